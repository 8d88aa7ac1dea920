"""The tool pixelize_image: true pixel art out of any picture, without a model."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import anyio.to_process
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field

from pixels_mcp.errors import InvalidArgumentError, PathNotAllowedError, StoreError
from pixels_mcp.files import write_whole
from pixels_mcp.mcp_server.previews import image
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool, text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.waiting import Meter, telling
from pixels_mcp.pictures.pixelize_apart import Asked, Made, make
from pixels_mcp.requests import DrawWords, PaletteText, PathText, SizePx

WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)

PIXELIZE = """\
Turn a picture from anywhere (another generator's fake pixel art, a screenshot, a scan) into true pixel art: finds \
the grid, takes one color per cell, merges near colors, removes a plain background. What is pixel art already \
stays as it is. Writes a PNG beside the picture, STEM.pixel.png, or to `output`; answers with the file, its sha256, \
how sure the grid is, measured facts, and a picture of the result. Takes about a second, without a model. Without \
width_px and height_px the size is what the picture itself has; a picture with no grid needs them. Only files in the \
folders that the person named are read and written."""


class PixelizeWords(BaseModel):
    """Arguments of pixelize_image."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    path: PathText = Field(
        description="The picture: PNG, JPEG, WebP, GIF, ...; relative to the game's folder, or absolute"
    )
    output: PathText | None = Field(default=None, description="The PNG to write; STEM.pixel.png beside the picture")
    on_conflict: Literal["error", "replace"] = Field(default="error", description="What to do when that file exists")
    width_px: SizePx | None = Field(default=None, description="Width of the result; goes with height_px")
    height_px: SizePx | None = Field(default=None, description="Height of the result")
    cell_px: float | None = Field(
        default=None, ge=1.0, le=512.0, description="Side of one drawn pixel in the picture, where it is found wrongly"
    )
    palette: PaletteText | None = Field(default=None, description=DrawWords.model_fields["palette"].description)
    max_colors: int | None = Field(default=None, ge=2, le=256, description="At most so many colors")
    transparent: bool = Field(default=True, description="Remove a plain background; false is ground keep")
    ground: Literal["auto", "keep", "remove"] = Field(
        default="auto", description="A plain background: auto keeps it in doubt and says so, keep, remove"
    )
    holes: Literal["auto", "keep", "remove"] = Field(
        default="auto", description="Enclosed patches in the background's color: parts of the drawing, or holes"
    )


def picture_tools(desk: ToolDesk) -> list[PixelsTool[Any]]:
    """The tools of this file."""

    async def pixelize_image(words: PixelizeWords, context: Context) -> CallToolResult:
        asked = _asked(words, desk.roots.find_readable(words.path))
        target = desk.roots.find_writable(
            words.output or str(asked.picture.with_name(f"{asked.picture.stem}.pixel.png"))
        )
        made = await telling(
            Meter(context), "making pixel art", lambda: anyio.to_process.run_sync(make, asked, cancellable=True)
        )
        if made.error is not None:
            raise made.error.as_error()
        _write(target, made.png, replace=words.on_conflict == "replace")
        return _result(target, made)

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
    return Asked(picture, size_px, words.cell_px, words.palette, words.max_colors, ground, words.holes)


def _write(target: Path, png: bytes, *, replace: bool) -> None:
    if target.exists() and not replace and target.read_bytes() != png:
        raise PathNotAllowedError(
            f"{target} exists and holds another picture", hint='name another `output`, or say on_conflict "replace"'
        )
    try:
        write_whole(target, png)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror}", hint="name another `output`") from error


def _result(target: Path, made: Made) -> CallToolResult:
    told = {"path": str(target), "sha256": hashlib.sha256(made.png).hexdigest(), **(made.told or {})}
    return CallToolResult(content=[text(told), image(made.preview)])
