"""A machine's own key pair (Curve25519, as CURVE uses it), made when it is needed first."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import zmq

from pixels_mcp.errors import SettingsError
from pixels_mcp.wire.far.private_files import read_private, write_private


@dataclass(frozen=True)
class KeyPair:
    """Both keys, 40 characters of Z85 each; the secret one is told to nobody."""

    public: str
    secret: str = field(repr=False)


def own_keys(file: Path) -> KeyPair:
    """Read a key pair, or make one where there is none.

    Raises:
        SettingsError: The file cannot be read or written, or is damaged.
    """
    known = read_private(file)
    if not known:
        public, secret = zmq.curve_keypair()
        known = {"public": public.decode(), "secret": secret.decode()}
        write_private(file, known)
    pair = KeyPair(known.get("public", ""), known.get("secret", ""))
    try:
        is_pair = zmq.curve_public(pair.secret.encode()).decode() == pair.public
    except (ValueError, zmq.ZMQError):
        is_pair = False
    if not is_pair:
        raise SettingsError(f"{file} holds no pair of keys", hint="remove it and pair again")
    return pair
