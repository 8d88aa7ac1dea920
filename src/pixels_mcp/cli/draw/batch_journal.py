"""Which items of a batch file are already drawn or under way, so that the same command goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pixels_mcp.documents import parse_json
from pixels_mcp.errors import StoreError
from pixels_mcp.files import write_whole
from pixels_mcp.requests import SpriteRequest


def item_keys(requests: Sequence[SpriteRequest]) -> list[str]:
    """Name each item by its words; a second item of the same words gets a name of its own."""
    seen: Counter[str] = Counter()
    keys: list[str] = []
    for request in requests:
        words = request.model_dump_json(exclude_unset=True)
        seen[words] += 1
        keys.append(hashlib.sha256(f"{words}#{seen[words]}".encode()).hexdigest()[:24])
    return keys


@dataclass
class Journal:
    """One batch file's items: key -> (job id, part id), kept in a small file of the state folder.

    Attributes:
        file: The journal's own file.
        parts: What was submitted last for each item.
    """

    file: Path
    parts: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    @classmethod
    def open(cls, folder: Path, batch_file: Path) -> Journal:
        """Find the journal of a batch file; a missing or unreadable one is empty."""
        name = hashlib.sha256(os.fsencode(batch_file.resolve())).hexdigest()[:24]
        journal = cls(folder / f"{name}.json")
        try:
            kept = parse_json(journal.file.read_text("utf-8"))
            journal.parts = {key: (job, part) for key, (job, part) in kept["parts"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            journal.parts = {}  # the worst that follows: a finished item is drawn once more
        return journal

    def note(self, keys: Sequence[str], job_id: str, part_ids: Sequence[str]) -> None:
        """Keep which parts the items became, before anybody waits for them."""
        self.parts.update({key: (job_id, part) for key, part in zip(keys, part_ids, strict=True)})
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.file, json.dumps({"parts": self.parts}).encode())
        except OSError as error:
            raise StoreError(
                f"cannot write {self.file}: {error.strerror}", hint=f"{job_id} is queued all the same; free some space"
            ) from error

    def submit_key(self, keys: Sequence[str]) -> str:
        """The idempotency key of submitting these items: the same after a crash, another when some are tried again."""
        text = "\n".join(f"{key} {self.parts.get(key, ('', ''))[1]}" for key in keys)
        return "batch-" + hashlib.sha256(f"{self.file.name}\n{text}".encode()).hexdigest()[:40]
