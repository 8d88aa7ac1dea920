"""Taking a deploy back: what stood there before stands there again, byte by byte."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pixels_mcp import png
from pixels_mcp.bevy.confirm import Awaited, Confirmation, Outcome
from pixels_mcp.bevy.folder import UNDO_RECORD, GameFolder
from pixels_mcp.bevy.project import BevyProject, find_project, require_allowed
from pixels_mcp.bevy.registry import Deployed, Registry, read_registry, sha256_of
from pixels_mcp.bevy.results import DeployResult, FileResult
from pixels_mcp.errors import GameFolderError, InvalidArgumentError, NameTakenError, NothingToUndoError, PixelsError
from pixels_mcp.requests import check_name


class _Record(BaseModel):
    """One kept state: the folder below the assets folder, the files that stood there, the registry's entry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: int
    folder: str
    files: tuple[str, ...]
    entry: Deployed | None


@dataclass(frozen=True)
class _Restored:
    """What an undo did."""

    files: tuple[FileResult, ...]
    awaited: Awaited | None
    entry: Deployed | None
    asset: str
    size_px: tuple[int, int]


def undo(
    project_path: Path | str,
    name: str,
    allowed_roots: Sequence[Path],
    *,
    force: bool = False,
    confirm: bool = True,
) -> DeployResult:
    """Bring back what stood under a name before the last deploy of it; again and again, up to ten deploys back.

    Args:
        project_path: The game's folder.
        name: As deployed.
        allowed_roots: The folders that the person named.
        force: Also when the files were changed by hand since.
        confirm: Wait for the game's answer.

    Raises:
        NothingToUndoError: No earlier state is kept.
        NameTakenError: The files were changed by hand since the deploy.
        GameFolderError: The folder cannot be written; nothing was changed.
    """
    try:
        check_name(name)
    except ValueError as error:
        raise InvalidArgumentError(f"name: {error}", hint="give the name as it was deployed") from error
    project = find_project(project_path, allowed_roots=allowed_roots)
    folder = GameFolder(project)
    confirmation = Confirmation(project)
    with folder.changing(f"the earlier {name!r}"):
        restored = _restore(folder, name, allowed_roots, force=force)
    outcome = confirmation.wait([restored.awaited])[0] if restored.awaited and confirm else None
    folder.settle([Path(file.path) for file in restored.files if file.action == "written"])
    return _result(project, name, restored, outcome)


def _restore(folder: GameFolder, name: str, allowed_roots: Sequence[Path], *, force: bool) -> _Restored:
    project = folder.project
    registry = read_registry(folder.registry_file)
    records = folder.undo_records(name)
    if not records:
        known = ", ".join(registry.sprites) or "none"
        raise NothingToUndoError(f"no earlier state of {name!r} is kept", hint=f"deployed names: {known}")
    kept = records[-1]
    record = _read_record(kept)
    place = (project.assets / record.folder).resolve()
    require_allowed(place, allowed_roots)
    targets = (place / f"{name}.png", place / f"{name}.sprite.ron")
    if not force:
        _require_unchanged(project, registry, name, targets)
    before = [(target, (kept / target.name).read_bytes()) for target in targets if target.name in record.files]
    gone = [target for target in reversed(targets) if target.name not in record.files and target.exists()]
    folder.remove(gone)  # a manifest first: none is left that names a picture which is gone
    placed = folder.place(before)
    _restore_provenance(folder, name, kept)
    folder.write_own(folder.registry_file.name, registry.with_entry(name, record.entry).to_bytes())
    shutil.rmtree(kept)
    files = [FileResult(path=str(target), sha256=sha256_of(target), action="written") for target, _ in before]
    files += [FileResult(path=str(target), sha256=None, action="removed") for target in gone]
    asset = project.asset_path(targets[1] if targets[1].name in record.files or not before else targets[0])
    awaited, size_px = _await(project, before, placed)
    return _Restored(tuple(files), awaited, record.entry, asset, size_px)


def _read_record(kept: Path) -> _Record:
    try:
        return _Record.model_validate(json.loads((kept / UNDO_RECORD).read_bytes()))
    except (OSError, ValueError, ValidationError) as error:
        raise GameFolderError(
            f"the kept state {kept} cannot be used: {type(error).__name__}", hint="remove that folder by hand"
        ) from error


def _require_unchanged(project: BevyProject, registry: Registry, name: str, targets: Sequence[Path]) -> None:
    entry = registry.sprites.get(name)
    for target in targets:
        told = entry.files.get(project.asset_path(target)) if entry else None
        if told is not None and sha256_of(target) not in (told, None):
            raise NameTakenError(
                f"{target} was changed by hand since it was deployed",
                hint="copy it away, then use `pixels-mcp deploy --undo NAME --force`",
            )


def _restore_provenance(folder: GameFolder, name: str, kept: Path) -> None:
    provenance = kept / f"{name}.json"
    if provenance.is_file():
        folder.write_own(f"provenance/{name}.json", provenance.read_bytes())
    else:
        (folder.root / "provenance" / f"{name}.json").unlink(missing_ok=True)


def _await(
    project: BevyProject, before: Sequence[tuple[Path, bytes]], placed: float
) -> tuple[Awaited | None, tuple[int, int]]:
    """What the game should tell of: the picture that is back, if one is and it can be read."""
    pictures = [(target, data) for target, data in before if target.suffix == ".png"]
    if not pictures:
        return None, (0, 0)
    target, data = pictures[0]
    try:
        pixels, _ = png.decode_png(data)
    except PixelsError:  # it was not readable before either
        return None, (0, 0)
    manifests = [project.asset_path(other) for other, _ in before if other != target]
    awaited = Awaited(
        picture=project.asset_path(target),
        manifest=manifests[0] if manifests else None,
        crc32=zlib.crc32(pixels.tobytes()),
        placed=placed,
        files=tuple(other for other, _ in before),
    )
    return awaited, (pixels.shape[1], pixels.shape[0])


def _result(project: BevyProject, name: str, restored: _Restored, outcome: Outcome | None) -> DeployResult:
    notes = ()
    if not any(file.action == "written" for file in restored.files):
        notes = (
            "nothing stood there before, so the files were removed; a running game shows the sprite until it ends",
        )
    told = outcome or Outcome()
    state = "written" if outcome is None else "unconfirmed" if outcome.confirmed_ms is None else "confirmed"
    return DeployResult(
        state=state,
        name=name,
        project=str(project.package),
        asset=restored.asset,
        sprite_ids=restored.entry.sprite_ids if restored.entry else (),
        files=restored.files,
        width_px=restored.size_px[0],
        height_px=restored.size_px[1],
        confirmed_ms=told.confirmed_ms,
        cause=told.cause,
        detail=told.detail,
        next=told.next,
        notes=notes,
    )
