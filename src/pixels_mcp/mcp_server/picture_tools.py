"""The tool pixelize_image: true pixel art out of any picture, without a model."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import anyio.to_process
import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field, field_validator

from pixels_mcp.errors import InvalidArgumentError, PathNotAllowedError, StoreError
from pixels_mcp.files import write_whole
from pixels_mcp.mcp_server.previews import image
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool, text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.tool_phrases import TOOL_PHRASES
from pixels_mcp.mcp_server.waiting import Meter, telling
from pixels_mcp.next_steps import NextStep, in_words
from pixels_mcp.pictures.pixelize_apart import Asked, Made, make
from pixels_mcp.pictures.pixelize_request import PictureWords
from pixels_mcp.requests import PathText, SizePx

if TYPE_CHECKING:
    from pixels_mcp.importing.keep_imported import Kept

WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)

PIXELIZE = """\
Turn a picture from anywhere (another generator's fake pixel art, a screenshot, a scan) into true pixel art: finds \
the grid, takes one color per cell, merges near colors, removes a plain background. What is pixel art already stays \
as it is. Keeps the result in the library and writes it to `output`; answers with its sprite_id, the file, how sure \
the grid is, measured facts, and a picture. No model is needed. Without width_px and height_px the size is \
what the picture itself has; a picture with no grid needs them."""


_ARTIST_TAKES = 0
"""The number of colors that leaves the number to the picture."""


class PixelizeWords(PictureWords):
    """Arguments of pixelize_image."""

    path: PathText = Field(
        description="The picture: PNG, JPEG, WebP, GIF, ...; relative to the game's folder, or absolute"
    )
    output: PathText | None = Field(default=None, description="The PNG to write; STEM.pixel.png beside the picture")
    on_conflict: Literal["error", "replace"] = Field(default="error", description="What to do when that file exists")
    width_px: SizePx | None = Field(default=None, description="Width of the result; goes with height_px")
    height_px: SizePx | None = Field(default=None, description="Height of the result")
    # One plain kind, since unions do not reach every client; the command line says "auto".
    max_colors: int | None = Field(
        default=None,
        ge=0,
        le=256,
        description=f"At most so many colors, from 2; {_ARTIST_TAKES} takes the few that an artist would use",
    )
    transparent: bool = Field(default=True, description="Remove a plain background; false is ground keep")

    @field_validator("max_colors")
    @classmethod
    def _colors_are_several(cls, most: int | None) -> int | None:
        if most == 1:
            raise ValueError(f"give 2 to 256 colors, or {_ARTIST_TAKES} for the few that an artist would use")
        return most


def picture_tools(desk: ToolDesk) -> list[PixelsTool[Any]]:
    """The tools of this file."""

    async def pixelize_image(words: PixelizeWords, context: Context) -> CallToolResult:
        asked = _asked(words, desk.roots.find_readable(words.path))
        target = _target(words, asked.picture, desk)
        made = await telling(
            Meter(context), "making pixel art", lambda: anyio.to_process.run_sync(make, asked, cancellable=True)
        )
        if made.error is not None:
            raise made.error.as_error()
        if target is not None:
            _write(target, made.png, replace=words.on_conflict == "replace")
        kept = await anyio.to_thread.run_sync(_keep, desk, words, asked.picture, made)
        return _result(target, made, kept)

    return [
        make_tool(
            "pixelize_image",
            title="Make true pixel art of a picture",
            description=PIXELIZE,
            words=PixelizeWords,
            body=pixelize_image,
            annotations=WRITES,
        )
    ]


def _asked(words: PixelizeWords, picture: Path) -> Asked:
    if (words.width_px is None) != (words.height_px is None):
        raise InvalidArgumentError("width_px and height_px go together", hint="give both, or neither")
    size_px = None if words.width_px is None or words.height_px is None else (words.width_px, words.height_px)
    if not words.transparent and words.ground == "remove":
        raise InvalidArgumentError("transparent false keeps the background, ground remove takes it", hint="give one")
    ground = words.ground if words.transparent else "keep"
    if ground == "keep" and words.holes != "auto":
        raise InvalidArgumentError(f"holes {words.holes} with a background that is kept", hint="leave holes out")
    most_colors = "auto" if words.max_colors == _ARTIST_TAKES else words.max_colors
    return Asked(picture, size_px, words.cell_px, words.palette, most_colors, ground, words.holes)


def _target(words: PixelizeWords, picture: Path, desk: ToolDesk) -> Path | None:
    """The file to write: as named, else beside the picture; none beside a picture of the library, which keeps its own.

    Raises:
        PathNotAllowedError: The named one lies where nothing may be written.
    """
    if words.output is not None:
        return desk.roots.find_writable(words.output)
    beside = picture.with_name(f"{picture.stem}.pixel.png")
    return desk.roots.find_writable(str(beside)) if desk.roots.is_project(beside) else None


def _keep(desk: ToolDesk, words: PixelizeWords, picture: Path, made: Made) -> Kept:
    """Keep the result in the library, so that it is deployed, animated and redrawn like any sprite."""
    from pixels_mcp.importing.imported_art import ImportedArt, sha256_of
    from pixels_mcp.importing.keep_imported import keep_imported
    from pixels_mcp.png import decode_png

    asked = words.model_dump(mode="json", exclude_unset=True, exclude={"path", "output", "on_conflict"})
    art = ImportedArt(
        (decode_png(made.png)[0],),
        {"file": sha256_of(picture)},
        operation="pixelize",
        asked=asked,
        notes=("made from a picture, by pixelizing it",),
    )
    return keep_imported(art, desk.library, label=" ".join(re.findall(r"\w+", picture.stem)) or "picture")


def _write(target: Path, png: bytes, *, replace: bool) -> None:
    if target.exists() and not replace and target.read_bytes() != png:
        raise PathNotAllowedError(
            f"{target} exists and holds another picture", hint='name another `output`, or say on_conflict "replace"'
        )
    try:
        write_whole(target, png)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror}", hint="name another `output`") from error


def _result(target: Path | None, made: Made, kept: Kept) -> CallToolResult:
    entry = kept.entry
    written = {"path": entry.path, "sha256": entry.sha256}
    if target is not None:
        written = {"path": str(target), "sha256": hashlib.sha256(made.png).hexdigest()}
    steps = [NextStep("deploy_sprite", entry.sprite_id), NextStep("animate_sprite", entry.sprite_id)]
    told = {"sprite_id": entry.sprite_id, **written, **(made.told or {}), "next": in_words("", steps, TOOL_PHRASES)}
    return CallToolResult(content=[text(told), image(made.preview)])
