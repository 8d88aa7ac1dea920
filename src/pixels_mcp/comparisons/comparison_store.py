"""Comparisons on the disk, a file each: every vote is there before anything is shown of it."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Generator
from pathlib import Path

from pydantic import ValidationError

from pixels_mcp.asked_words.checked_words import explain
from pixels_mcp.comparisons.rounds import Comparison
from pixels_mcp.errors import DamagedStoreError, DiskFullError, StoreError, UnknownComparisonError
from pixels_mcp.files import hold_lock, write_whole
from pixels_mcp.next_steps import NextStep


class ComparisonStore:
    """The comparisons of one person; several processes may use the folder at a time.

    Args:
        folder: Made by the first write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, make: Callable[[str], Comparison]) -> Comparison:
        """Keep a new comparison.

        Args:
            make: Makes it, given its id.

        Raises:
            DiskFullError, StoreError: It cannot be written.
        """
        with self._writing():
            number = max((int(file.stem.rpartition("-")[2]) for file in self._files()), default=0) + 1
            comparison = make(f"compare-{number:04d}")
            self._write(comparison)
            return comparison

    def get(self, comparison_id: str) -> Comparison:
        """Read a comparison.

        Raises:
            UnknownComparisonError: There is none of that id.
            DamagedStoreError: Its file is damaged.
            StoreError: It cannot be read.
        """
        file = next((one for one in self._files() if one.stem == comparison_id), None)
        if file is None:
            raise UnknownComparisonError(
                f"no comparison is called {comparison_id!r}", steps=[NextStep("list_comparisons")]
            )
        try:
            return Comparison.model_validate_json(file.read_bytes())
        except OSError as error:
            raise StoreError(f"cannot read {file}: {error.strerror}", hint="check the file's rights") from error
        except ValidationError as error:
            raise DamagedStoreError(
                f"the comparison {file} is damaged: {explain(error)}", hint=f"move it away: mv {file} {file}.damaged"
            ) from error

    def latest(self) -> list[Comparison]:
        """All comparisons that can be read, the newest first."""
        comparisons: list[Comparison] = []
        for file in sorted(self._files(), reverse=True):
            with contextlib.suppress(StoreError):
                comparisons.append(self.get(file.stem))
        return comparisons

    def change(self, comparison_id: str, change: Callable[[Comparison], Comparison]) -> Comparison:
        """Change a comparison as it stands now, whoever else changes it; on the disk when this returns.

        Raises:
            UnknownComparisonError, DamagedStoreError: As `get`.
            DiskFullError, StoreError: It cannot be written; it is as it was.
        """
        with self._writing():
            changed = change(self.get(comparison_id))
            self._write(changed)
            return changed

    def drop(self, comparison_id: str) -> None:
        """Take a comparison away; its sprites stay.

        Raises:
            UnknownComparisonError: There is none of that id.
            StoreError: It cannot be taken away.
        """
        with self._writing():
            self.get(comparison_id)
            (self._folder / f"{comparison_id}.json").unlink()

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("compare-[0-9]*.json"))

    def _write(self, comparison: Comparison) -> None:
        write_whole(self._folder / f"{comparison.comparison_id}.json", comparison.model_dump_json(indent=1).encode())

    @contextlib.contextmanager
    def _writing(self) -> Generator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with hold_lock(self._folder / "write.lock"):
                yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFullError(
                    f"no room in {self._folder}", hint="free some disk space and try again; nothing was changed"
                ) from error
            raise StoreError(
                f"cannot write in {self._folder}: {error.strerror}",
                hint="check the folder's rights, or set PIXELS_HOME",
            ) from error
