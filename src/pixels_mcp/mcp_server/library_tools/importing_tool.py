"""The tool import_sprite: art of the assistant's own, or of a file, becomes an entry of the library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field, StringConstraints

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.importing.sketch_words import Sketch
from pixels_mcp.mcp_server.library_tools.entry_replies import KeptReply
from pixels_mcp.mcp_server.previews import image
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool, tell, text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.waiting import Meter, telling
from pixels_mcp.requests import PathText

if TYPE_CHECKING:
    from pixels_mcp.importing.imported_art import ImportedArt
    from pixels_mcp.importing.keep_imported import Kept
    from pixels_mcp.pixelart.pixels import Rgba

KEEPS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

IMPORT = """\
Draw a sprite yourself, or take a file: it is checked, cleaned, kept with a sprite_id and shown enlarged; then \
animated, put on tiles, deployed or redrawn like any other. The way to a thing that the models \
do not know: sketch it in letters, then generate_sprite with its sprite_id as `reference` and strength 0.2. Draw with \
4 to 12 colors: a dark outline, a shade, the color itself, a light; 16 x 16 is enough. Example: {"rows": ["..kkkk..", \
".krrrrk.", "krwrrrrk", "krrrrrrk", "krrrrrrk", "krrrrrsk", ".krrssk.", "..kkkk.."], "legend": {".": null, "k": \
"#2a1a1f", "r": "#c03a2b", "s": "#8a2432", "w": "#f4b8a0"}, "name": "berry"}. A file: PNG, GIF, a sheet with `tile`, \
Aseprite's JSON, .sprite.ron; for fake pixels pixelize_image."""

SHOWN_FRAMES_MAX = 64


class ImportWords(Sketch):
    """Arguments of import_sprite."""

    path: PathText | None = Field(default=None, description="Or a file, in the folders that the person named")
    tile: tuple[Annotated[int, Field(ge=1, le=4_096)], Annotated[int, Field(ge=1, le=4_096)]] | None = Field(
        default=None, description="The file is a sheet of frames of this width and height"
    )
    frame_ms: int | None = Field(default=None, ge=10, le=60_000, description="How long each frame is shown; 100")
    name: str | None = Field(default=None, description="Short name for the files: a-z, 0-9, '_', '-'")
    prompt: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = Field(
        default=None, description="What it shows, in plain words, to find it by"
    )
    tags: tuple[str, ...] = Field(default=(), max_length=32, description="Tags to find it by")


def importing_tools(desk: ToolDesk) -> list[PixelsTool[Any]]:
    """The tools of this file."""

    async def import_sprite(words: ImportWords, context: Context) -> CallToolResult:
        work = lambda: anyio.to_thread.run_sync(_import, desk, words)  # noqa: E731  # a name for what is waited for
        return await telling(Meter(context), "taking the picture in", work)

    return [
        make_tool(
            "import_sprite",
            title="Draw or import a sprite",
            description=IMPORT,
            words=ImportWords,
            body=import_sprite,
            annotations=KEEPS,
        )
    ]


def _import(desk: ToolDesk, words: ImportWords) -> CallToolResult:
    from pixels_mcp.importing.keep_imported import keep_imported

    art, label = _read(desk, words)
    kept = keep_imported(art, desk.library, label=label, name=words.name, prompt=words.prompt, tags=words.tags)
    return kept_answer(kept, list(art.frames))


def _read(desk: ToolDesk, words: ImportWords) -> tuple[ImportedArt, str]:
    from pixels_mcp.importing.art_files import read_art
    from pixels_mcp.importing.sketch import draw_sketch

    if words.path is None:
        if words.tile is not None:
            raise InvalidArgumentError("tile belongs to a file", hint="give frames of rows, or a path")
        sketch = Sketch(rows=words.rows, frames=words.frames, legend=words.legend)
        if words.frame_ms is not None and words.frames is None:
            raise InvalidArgumentError("frame_ms belongs to frames", hint="give frames, or leave frame_ms out")
        return draw_sketch(sketch, frame_ms=words.frame_ms), words.prompt or words.name or "sketch"
    if words.is_drawn:
        raise InvalidArgumentError("a path and rows are two pictures", hint="import them one by one")
    file = desk.roots.find_readable(words.path)

    def admit(named: Path) -> Path:
        return desk.roots.find_readable(str(named))

    return read_art(file, tile_px=words.tile, frame_ms=words.frame_ms, admit=admit), _label(file)


def _label(file: Path) -> str:
    stem = file.name.partition(".")[0]
    return " ".join(stem.replace("_", " ").replace("-", " ").split()) or "sprite"


def kept_answer(kept: Kept, frames: list[Rgba]) -> CallToolResult:
    """Answer with an entry that was kept, and a picture of its frames."""
    from pixels_mcp.pictures.small_preview import draw_preview

    shown = frames[:SHOWN_FRAMES_MAX]
    picture = draw_preview(shown, [str(number) for number in range(1, len(shown) + 1)])
    return CallToolResult(content=[text(tell(KeptReply.of(kept.entry, is_new=kept.is_new))), image(picture)])
