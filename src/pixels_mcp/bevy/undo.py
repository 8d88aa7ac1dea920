"""Taking a deploy back, and taking that back: what stood there stands there again, byte by byte."""

from __future__ import annotations

import contextlib
import shutil
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp import png
from pixels_mcp.bevy.confirm import Awaited, Confirmation, Outcome
from pixels_mcp.bevy.deploy_registry import Deployed, DeployRegistry, read_registry, sha256_of
from pixels_mcp.bevy.folder import GameFolder
from pixels_mcp.bevy.formats.manifests import ENDINGS
from pixels_mcp.bevy.history import Direction, History
from pixels_mcp.bevy.project import BevyProject, find_project, follow_links, require_allowed
from pixels_mcp.bevy.results import DeployResult, FileResult
from pixels_mcp.errors import InvalidArgumentError, NameTakenError, NothingToUndoError, PixelsError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.requests import check_name


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

    What stands there until then, work by hand included, is kept for `redo`.

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
    return _step("undo", project_path, name, allowed_roots, force=force, confirm=confirm)


def redo(
    project_path: Path | str,
    name: str,
    allowed_roots: Sequence[Path],
    *,
    force: bool = False,
    confirm: bool = True,
) -> DeployResult:
    """Bring back what the last `undo` took away; arguments and errors are those of `undo`."""
    return _step("redo", project_path, name, allowed_roots, force=force, confirm=confirm)


def remove(project_path: Path | str, name: str, allowed_roots: Sequence[Path], *, force: bool = False) -> DeployResult:
    """Take what was deployed under a name out of the game's folder; `undo` brings it back.

    Args:
        project_path: The game's folder.
        name: As deployed.
        allowed_roots: The folders that the person named.
        force: Also when the files were changed by hand since; they are kept too.

    Raises:
        InvalidArgumentError: Nothing was deployed under that name.
        NameTakenError: The files were changed by hand since the deploy.
        GameFolderError: The folder cannot be written; nothing was changed.
    """
    project = find_project(project_path, allowed_roots=allowed_roots)
    folder = GameFolder(project)
    with folder.changing(f"the removal of {name!r}"):
        registry = read_registry(folder.registry_file)
        entry = registry.sprites.get(name)
        if entry is None:
            known = ", ".join(registry.sprites) or "none"
            raise InvalidArgumentError(
                f"nothing is deployed under the name {name[:80]!r}", hint=f"deployed names: {known}"
            )
        targets = [follow_links(project.assets / path) for path in entry.files]
        for target in targets:
            require_allowed(target, allowed_roots)
        if not force:
            _require_unchanged(project, registry, name, targets, "undo")
        history = History(folder, name)
        with contextlib.ExitStack() as back:
            history.give_up_redo()
            there = history.keep("undo", targets, entry)
            back.callback(shutil.rmtree, there, ignore_errors=True)
            after = registry.with_entry(name, None)
            back.callback(folder.write_own_back(folder.registry_file.name, after.to_bytes()))
            back.callback(folder.remove_back(list(reversed(targets))))  # the manifest first
            back.pop_all()
    return DeployResult(
        state="removed",
        name=name,
        project=str(project.package),
        asset=project.asset_path(targets[-1]),
        sprite_ids=entry.sprite_ids,
        files=tuple(FileResult(path=str(target), sha256=None, action="removed") for target in targets),
        notes=("a running game shows the sprite until it ends",),
        steps=(NextStep("undo_deploy", name),),
    )


def _step(
    direction: Direction,
    project_path: Path | str,
    name: str,
    allowed_roots: Sequence[Path],
    *,
    force: bool,
    confirm: bool,
) -> DeployResult:
    try:
        check_name(name)
    except ValueError as error:
        raise InvalidArgumentError(f"name: {error}", hint="give the name as it was deployed") from error
    project = find_project(project_path, allowed_roots=allowed_roots)
    folder = GameFolder(project)
    confirmation = Confirmation(project)
    with folder.changing(f"the earlier {name!r}"):
        restored = _restore(History(folder, name), direction, allowed_roots, force=force)
    outcome = confirmation.wait([restored.awaited])[0] if restored.awaited and confirm else None
    folder.settle([Path(file.path) for file in restored.files if file.action == "written"])
    return _result(project, name, restored, outcome)


def _restore(history: History, direction: Direction, allowed_roots: Sequence[Path], *, force: bool) -> _Restored:
    """Exchange what stands there for the newest kept state: picture, manifest, provenance and entry, all or none."""
    folder, name, project = history.folder, history.name, history.folder.project
    registry = read_registry(folder.registry_file)
    states = history.states(direction)
    if not states:
        known = ", ".join(registry.sprites) or "none"
        told = "no earlier state of" if direction == "undo" else "nothing that was taken back of"
        raise NothingToUndoError(f"{told} {name!r} is kept", hint=f"deployed names: {known}")
    kept = states[-1]
    record = history.read(kept)
    place = follow_links(project.assets / record.folder)
    require_allowed(place, allowed_roots)
    targets = (place / f"{name}.png", *(place / f"{name}{ending}" for ending in ENDINGS))
    if not force:
        _require_unchanged(project, registry, name, targets, direction)
    before = [(target, (kept / target.name).read_bytes()) for target in targets if target.name in record.files]
    gone = [target for target in reversed(targets) if target.name not in record.files and target.exists()]
    with contextlib.ExitStack() as back:
        saved, entry = history.saved_by_hand(kept), registry.sprites.get(name)
        there = history.keep("redo" if direction == "undo" else "undo", targets, entry, saved=saved)
        back.callback(shutil.rmtree, there, ignore_errors=True)
        back.callback(_restore_provenance(history, kept))
        after = registry.with_entry(name, record.entry)
        back.callback(folder.write_own_back(folder.registry_file.name, after.to_bytes()))
        back.callback(folder.remove_back(gone))  # a manifest first: none is left that names a picture which is gone
        placed = folder.place(before)
        back.pop_all()
    shutil.rmtree(kept)
    files = [FileResult(path=str(target), sha256=sha256_of(target), action="written") for target, _ in before]
    files += [FileResult(path=str(target), sha256=None, action="removed") for target in gone]
    named = set(record.files) if before else {target.name for target in gone}
    asset = project.asset_path(next((target for target in targets[1:] if target.name in named), targets[0]))
    awaited, size_px = _await(project, before, placed)
    return _Restored(tuple(files), awaited, record.entry, asset, size_px)


def _require_unchanged(
    project: BevyProject, registry: DeployRegistry, name: str, targets: Sequence[Path], direction: Direction
) -> None:
    entry = registry.sprites.get(name)
    for target in targets:
        told = entry.files.get(project.asset_path(target)) if entry else None
        if told is not None and sha256_of(target) not in (told, None):
            raise NameTakenError(
                f"{target} was changed by hand since it was deployed",
                hint="your file is kept too, and can be brought back",
                steps=[NextStep("force_undo" if direction == "undo" else "force_redo", name)],
            )


def _restore_provenance(history: History, kept: Path) -> Callable[[], None]:
    """Bring a kept provenance back; returns what takes that back."""
    provenance = kept / history.provenance.name
    if provenance.is_file():
        return history.folder.write_own_back(f"provenance/{provenance.name}", provenance.read_bytes())
    return history.folder.remove_back([history.provenance])


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
        steps=told.steps,
        notes=notes,
    )
