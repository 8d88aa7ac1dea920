"""The far side's book: which machines are paired, by name; and the one open offer to pair another."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from pathlib import Path

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.paths import Paths
from pixels_mcp.wire.far.private_files import private_folder, read_private, write_private

OFFER_S = 600.0
"""How long a printed line is good."""

_TOKEN_BYTES = 16
_NAME_CHARS_MAX = 40
_Stamp = tuple[int, int, int]


class PairedMachines:
    """Machines that may use this worker. Files are looked at again whenever they change, so another process may pair
    and unpair while the worker runs."""

    def __init__(self, paths: Paths) -> None:
        folder = private_folder(paths)
        self._book, self._offer = folder / "paired.toml", folder / "offer.toml"
        self._seen: tuple[_Stamp | None, dict[str, str]] | None = None

    def by_name(self) -> dict[str, str]:
        """Public keys by the machines' names.

        Raises:
            SettingsError: The book cannot be read.
        """
        stamp = _stamp(self._book)
        if self._seen is None or self._seen[0] != stamp:
            self._seen = (stamp, read_private(self._book))
        return self._seen[1]

    def name_of(self, public_key: str) -> str | None:
        """Which machine has this key, None where none has."""
        return next((name for name, key in self.by_name().items() if hmac.compare_digest(key, public_key)), None)

    def unpair(self, name: str) -> None:
        """Forget a machine; a running worker answers it no more.

        Raises:
            InvalidArgumentError: There is none of that name.
        """
        known = dict(self.by_name())
        if known.pop(name, None) is None:
            raise InvalidArgumentError(
                f"no machine {name[:80]!r} is paired",
                hint=f"there are: {', '.join(known)}" if known else "none is",
            )
        write_private(self._book, known)

    # --- pairing ------------------------------------------------------------------------------------------------

    def offer(self) -> str:
        """Open the pairing for ten minutes; returns the token, which is good once. An earlier offer ends."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        write_private(self._offer, {"sha256": _digest(token), "until_s": f"{time.time() + OFFER_S:.3f}"})
        return token

    @property
    def is_open(self) -> bool:
        """Whether a printed line is still good."""
        return self._open_offer() is not None

    def take(self, token: str, name: str, public_key: str) -> str | None:
        """Pair a machine that shows the token, and end the offer.

        Returns:
            What it is called here; None where the token is not that of the open offer.
        """
        if (known := self.name_of(public_key)) is not None:
            return known  # its answer was lost, and it asks again
        offered = self._open_offer()
        if offered is None or not hmac.compare_digest(offered, _digest(token)):
            return None
        self._offer.unlink(missing_ok=True)
        book = dict(self.by_name())
        free = _free_name(name, book)
        write_private(self._book, {**book, free: public_key})
        return free

    def _open_offer(self) -> str | None:
        offer = read_private(self._offer)
        try:
            left_s = float(offer["until_s"]) - time.time()
            is_open = 0 < left_s <= OFFER_S + 1  # a clock that was set back opens nothing
            return offer["sha256"] if is_open else None
        except (KeyError, ValueError):
            return None


def _free_name(asked: str, taken: dict[str, str]) -> str:
    slug = re.sub(r"[^a-z0-9-]+", "-", asked.lower()).strip("-")[:_NAME_CHARS_MAX] or "machine"
    return next(
        name for name in (slug, *(f"{slug}-{number}" for number in range(2, len(taken) + 3))) if name not in taken
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", errors="replace")).hexdigest()


def _stamp(file: Path) -> _Stamp | None:
    try:
        facts = file.stat()
    except OSError:
        return None
    return (facts.st_ino, facts.st_mtime_ns, facts.st_size)
