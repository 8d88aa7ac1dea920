"""What stood under a name before: kept so that a deploy can be taken back, and taking it back too.

A state is the picture, its manifest, its provenance and its entry in the registry, as one thing. Each lies in a
folder of its own, `.pixels/undo/NAME/000001/` or `.pixels/redo/NAME/000001/`.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pixels_mcp.bevy.deploy_registry import Deployed
from pixels_mcp.bevy.folder import GameFolder
from pixels_mcp.documents import parse_json
from pixels_mcp.errors import GameFolderError
from pixels_mcp.files import write_synced

KEPT_MAX = 10
"""States that are kept of each name, in either direction."""

RECORD = "state.undo.json"
"""Describes a kept state; no name of a sprite has a point in it."""

AS_SAVED = "as-saved."
"""What a person's own files are called in a kept state."""

Direction = Literal["undo", "redo"]


class KeptState(BaseModel):
    """One kept state: the folder below the assets folder, the files that stood there, the registry's entry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: int
    folder: str
    files: tuple[str, ...]
    entry: Deployed | None


class History:
    """The kept states of one name in one game's folder."""

    def __init__(self, folder: GameFolder, name: str) -> None:
        self.folder = folder
        self.name = name

    @property
    def provenance(self) -> Path:
        """How the sprite was made that stands there now."""
        return self.folder.root / "provenance" / f"{self.name}.json"

    def states(self, direction: Direction) -> list[Path]:
        """The kept states, the newest last."""
        folder = self.folder.root / direction / self.name
        return sorted(path for path in folder.glob("[0-9]*") if path.is_dir()) if folder.is_dir() else []

    def read(self, state: Path) -> KeptState:
        """Read what a kept state says of itself.

        Raises:
            GameFolderError: It is damaged.
        """
        try:
            return KeptState.model_validate(parse_json((state / RECORD).read_bytes()))
        except (OSError, ValueError, ValidationError) as error:
            raise GameFolderError(
                f"the kept state {state} cannot be used: {type(error).__name__}", hint="remove that folder by hand"
            ) from error

    def saved_by_hand(self, state: Path) -> dict[str, bytes]:
        """The files of a person that lie beside a kept state."""
        return {file.name.removeprefix(AS_SAVED): file.read_bytes() for file in state.glob(f"{AS_SAVED}*")}

    def keep(
        self,
        direction: Direction,
        targets: Sequence[Path],
        entry: Deployed | None,
        *,
        instead: Mapping[str, bytes] | None = None,
        saved: Mapping[str, bytes] | None = None,
    ) -> Path:
        """Keep what stands there now, also when that is nothing, and forget the oldest states.

        Args:
            direction: Which way leads back to it.
            targets: The picture and the manifest; they lie in one folder.
            entry: What the registry says of them.
            instead: File name -> bytes to keep in place of what stands in `targets` now.
            saved: What a person saved and a deploy wrote over, by file name; kept beside them, put back by hand only.
        """
        standing = {file.name: file.read_bytes() for file in targets if file.is_file()} if instead is None else instead
        record = KeptState(
            format_version=1,
            folder=self.folder.project.asset_path(targets[0].parent),
            files=tuple(sorted(standing)),
            entry=entry,
        )
        kept_by_hand = {f"{AS_SAVED}{file_name}": data for file_name, data in (saved or {}).items()}
        files = {**standing, **kept_by_hand, RECORD: record.model_dump_json(indent=1).encode()}
        if self.provenance.is_file():
            files[self.provenance.name] = self.provenance.read_bytes()
        return self._write(direction, files)

    def give_up_redo(self) -> None:
        """Something new was deployed: what was taken back stays within reach of undo, below the newest state."""
        for state in self.states("redo"):
            state.rename(self._next("undo"))
        self._forget("undo")

    def _write(self, direction: Direction, files: Mapping[str, bytes]) -> Path:
        unfinished = self.folder.stage / f"{direction}-{uuid.uuid4().hex[:12]}"
        unfinished.mkdir()
        for file_name, data in files.items():
            write_synced(unfinished / file_name, data)
        target = self._next(direction)
        unfinished.rename(target)
        self._forget(direction)
        return target

    def _next(self, direction: Direction) -> Path:
        states = self.states(direction)
        number = int(states[-1].name) + 1 if states else 1
        target = self.folder.root / direction / self.name / f"{number:06d}"
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _forget(self, direction: Direction) -> None:
        for old in self.states(direction)[:-KEPT_MAX]:
            shutil.rmtree(old, ignore_errors=True)
