"""A picture of the running game, taken by the game itself."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pixels_mcp.bevy.folder import GameFolder
from pixels_mcp.bevy.game import is_alive, read_game
from pixels_mcp.bevy.project import find_project
from pixels_mcp.errors import GameNotAnsweringError
from pixels_mcp.files import hold_lock
from pixels_mcp.next_steps import NextStep

PATIENCE_S = 12.0
"""The game itself gives up after 10 s."""

POLL_S = 0.02


class SpriteOnScreen(BaseModel):
    """Where a sheet's frame stands in the picture, in pixels: x, y, width, height from the top left.

    `animation_missing`: the sheet has no animation of the name that the game asks for; its first frame stands still.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    sheet: str
    animation: str = ""
    animation_missing: bool = False
    name: str | None = None
    frame: int
    source_px: tuple[int, int, int, int]
    screen_px: tuple[int, int, int, int]
    whole_px: bool = True
    flip_x: bool = False
    flip_y: bool = False
    z: float = 0.0


class TilemapOnScreen(BaseModel):
    """Where a map lies in the picture, and which tiles of its tileset's picture are drawn there in this frame.

    `size` is columns and rows of cells, `terrain` theirs row by row from the top left (0 is the lower one); `laid` is
    columns and rows of tiles, `tiles` theirs.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    tileset: str
    name: str | None = None
    size: tuple[int, int]
    terrain: tuple[int, ...]
    laid: tuple[int, int]
    tiles: tuple[int | None, ...]
    screen_px: tuple[int, int, int, int]
    whole_px: bool = True
    z: float = 0.0


class GameView(BaseModel):
    """What the game shows. `path` is a PNG in `.pixels/screenshots/`, which the game clears in time.

    `notes` tells animations that are asked for and that a sheet lacks.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    width_px: int
    height_px: int
    frame: int
    sprites: tuple[SpriteOnScreen, ...]
    tilemaps: tuple[TilemapOnScreen, ...] = ()
    taken_ms: float
    notes: tuple[str, ...] = ()


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    ok: bool
    error: str | None = None
    image: str | None = None
    width_px: int = 0
    height_px: int = 0
    frame: int = 0
    sprites: tuple[SpriteOnScreen, ...] = ()
    tilemaps: tuple[TilemapOnScreen, ...] = ()


def view_game(path: Path | str, allowed_roots: Sequence[Path], *, patience_s: float = PATIENCE_S) -> GameView:
    """Ask the running game for a picture of its window and wait for it.

    Args:
        path: The game's folder.
        allowed_roots: The folders that the person named.
        patience_s: How long to wait.

    Raises:
        GameNotAnsweringError: No game runs, it has no window or was built without screenshots, or it is hidden.
        NotABevyProjectError, UnsupportedBevyError, PathNotAllowedError: The project cannot be used.
        GameFolderError: The request cannot be written.
    """
    project = find_project(path, allowed_roots=allowed_roots)
    game = read_game(project.pixels)
    if game is None:
        raise GameNotAnsweringError(
            f"no running game reports in {project.pixels}",
            hint="start the game with `cargo run`; it needs the crate bevy_pixels_mcp",
            steps=[NextStep("prepare_game", str(project.package))],
        )
    if not game.screenshots:
        raise GameNotAnsweringError(
            "the running game cannot picture its window: it has none, or was built without it",
            hint='use bevy_pixels_mcp with features = ["screenshot"] and run the game in a window',
        )
    folder = GameFolder(project)
    folder.make()
    request_id = uuid.uuid4().hex[:16]
    answer_file = project.pixels / "screenshots" / f"{request_id}.json"
    request_file = project.pixels / "screenshot.request"
    with hold_lock(project.pixels / "screenshot.lock"):  # there is one request at a time
        asked = time.monotonic()
        folder.write_own(request_file.name, json.dumps({"id": request_id}).encode())
        while not answer_file.exists():
            waited_s = time.monotonic() - asked
            if waited_s > patience_s or not is_alive(game.pid):
                request_file.unlink(missing_ok=True)
                raise GameNotAnsweringError(
                    "the game was closed before it answered"
                    if not is_alive(game.pid)
                    else f"the game gave no picture within {waited_s:.0f} s",
                    hint="bring its window to the front, or start it again",
                )
            time.sleep(POLL_S)
    return _read(answer_file, (time.monotonic() - asked) * 1000)


def _read(answer_file: Path, taken_ms: float) -> GameView:
    try:
        answer = _Answer.model_validate_json(answer_file.read_bytes())
    except (OSError, ValidationError) as error:
        raise GameNotAnsweringError(
            f"the game's answer {answer_file} cannot be read", hint="use the bevy_pixels_mcp that came with pixels-mcp"
        ) from error
    picture = answer_file.with_name(Path(answer.image or answer_file.stem).name)
    if not answer.ok or not picture.is_file():
        raise GameNotAnsweringError(
            f"the game could not picture its window: {answer.error or 'no reason given'}",
            hint="bring its window to the front and try again",
        )
    return GameView(
        path=str(picture),
        width_px=answer.width_px,
        height_px=answer.height_px,
        frame=answer.frame,
        sprites=answer.sprites,
        tilemaps=answer.tilemaps,
        taken_ms=round(taken_ms, 1),
        notes=_notes(answer.sprites),
    )


def _notes(sprites: Sequence[SpriteOnScreen]) -> tuple[str, ...]:
    missing = dict.fromkeys((one.sheet, one.animation) for one in sprites if one.animation_missing)
    return tuple(
        f"the game asks {sheet} for the animation {animation!r}, which it lacks: its first frame stands still"
        for sheet, animation in missing
    )
