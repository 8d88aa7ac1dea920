"""Tokens of clients that come over the network: shown once, kept hashed, one small file each."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.errors import InvalidArgumentError, SettingsError
from pixels_mcp.files import write_synced
from pixels_mcp.paths import Paths, ensure_private

TOKEN_PREFIX = "pxm_"  # noqa: S105  # no secret
"""So that a token is recognized where it should not be."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SECRET_BYTES = 32


@dataclass(frozen=True)
class KnownToken:
    """What is kept of a token.

    Attributes:
        name: As the person called it.
        sha256: Of the token; enough, since it holds 256 random bits and no word that could be guessed.
        created_s: Seconds since 1970.
    """

    name: str
    sha256: str
    created_s: float


class TokenShelf:
    """The tokens of one person, in a folder that only they may enter."""

    def __init__(self, paths: Paths) -> None:
        self._folder = paths.config / "tokens"

    def new(self, name: str) -> str:
        """Make a token; this is the only time that it can be read.

        Raises:
            InvalidArgumentError: The name is no name, or has a token already.
            SettingsError: It cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise InvalidArgumentError(
                f"{name[:80]!r} is not a name for a token", hint="take 1 to 64 of a-z, 0-9, _ and -, as in `laptop`"
            )
        token = TOKEN_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        document = json.dumps({"name": name, "sha256": _digest(token), "created_s": round(time.time())})
        try:
            write_synced(ensure_private(self._folder) / f"{name}.json", document.encode())
        except FileExistsError as error:
            raise InvalidArgumentError(
                f"there is a token {name!r} already", hint="revoke it first, or take another name"
            ) from error
        except OSError as error:
            raise SettingsError(
                f"cannot write {self._folder}: {error.strerror}", hint="check the folder's rights and its disk"
            ) from error
        return token

    def list(self) -> list[KnownToken]:
        """All tokens by name; a file that is none of ours is passed over.

        Raises:
            SettingsError: The folder cannot be read.
        """
        try:
            files = sorted(self._folder.glob("*.json")) if self._folder.exists() else []
            return [known for file in files if (known := _read(file))]
        except OSError as error:
            raise SettingsError(
                f"cannot read {self._folder}: {error.strerror}", hint="check the folder's rights"
            ) from error

    def revoke(self, name: str) -> None:
        """Take a token away; a running server refuses it from the next request on.

        Raises:
            InvalidArgumentError: There is none of that name.
        """
        known = [token.name for token in self.list()]
        if name not in known:
            raise InvalidArgumentError(
                f"there is no token {name[:80]!r}", hint=f"there are: {', '.join(known)}" if known else "there are none"
            )
        (self._folder / f"{name}.json").unlink(missing_ok=True)

    def find(self, token: str) -> KnownToken | None:
        """Say whose token this is; takes as long for a wrong one as for a right one."""
        digest, owner = _digest(token), None
        for known in self.list():
            if hmac.compare_digest(known.sha256, digest):
                owner = known
        return owner


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", errors="replace")).hexdigest()


def _read(file: Path) -> KnownToken | None:
    try:
        document = json.loads(file.read_bytes())
        return KnownToken(file.stem, str(document["sha256"]), float(document["created_s"]))
    except (ValueError, KeyError, TypeError, FileNotFoundError):
        return None
