"""Tools with which an assistant captions a person's set: numbered contact sheets out, captions back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pixels_mcp.mcp_server.previews import image
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool, text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.requests import PathText
from pixels_mcp.told_apart import JsonObject

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)

SHEET = """\
Show up to 16 pictures of a person's training set (the folder that the command `dataset prep` made) as one numbered \
contact sheet, with their file names and present captions. Look at each, then write captions with dataset_caption. Say \
what differs: color, thing, details, view, in 3 to 10 plain words ("red potion with cork"); leave the style out, it is \
what is learned."""

CAPTION = """\
Write captions for pictures of a training set, by the numbers of dataset_sheet. Answers with how many have none from \
somebody who looked, and the page to look at next. A caption of the same number is replaced."""


class SheetWords(BaseModel):
    """Arguments of dataset_sheet."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    dataset: PathText = Field(description="The set's folder; relative to the game's folder, or absolute inside it")
    page: int = Field(default=1, ge=1, le=400, description="Which sheet of 16, from 1")


PictureNumber = Annotated[int, Field(ge=1, le=5_000)]
CaptionText = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class CaptionWords(BaseModel):
    """Arguments of dataset_caption."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    dataset: PathText = Field(description="The set's folder, as for dataset_sheet")
    captions: dict[PictureNumber, CaptionText] = Field(
        min_length=1, max_length=200, description='By the numbers on the sheet: {"17": "tall bell", "18": "round cup"}'
    )


def dataset_tools(desk: ToolDesk) -> list[PixelsTool[Any]]:
    """The tools of this file."""

    async def sheet(words: SheetWords, _context: Context) -> CallToolResult:
        return await anyio.to_thread.run_sync(_sheet, desk.roots.find_folder(words.dataset), words.page)

    async def caption(words: CaptionWords, _context: Context) -> CallToolResult:
        return await anyio.to_thread.run_sync(_caption, desk.roots.find_folder(words.dataset), words.captions)

    return [
        make_tool(
            "dataset_sheet",
            title="Show a training set",
            description=SHEET,
            words=SheetWords,
            body=sheet,
            annotations=READS,
        ),
        make_tool(
            "dataset_caption",
            title="Caption a training set",
            description=CAPTION,
            words=CaptionWords,
            body=caption,
            annotations=WRITES,
        ),
    ]


def _sheet(folder: Path, page: int) -> CallToolResult:
    from pixels_mcp.datasets.captioning import contact_sheet, page_numbers, pages
    from pixels_mcp.datasets.dataset import read_set
    from pixels_mcp.pixelart.sheets.preview import preview_png

    dataset = read_set(folder)
    pixels = contact_sheet(folder, dataset, page)
    shown = [dataset.pictures[number - 1] for number in page_numbers(dataset, page)]
    told = {
        "dataset": str(folder),
        "page": page,
        "pages": pages(dataset),
        "pictures": [
            {"number": number, "name": one.source, "caption": one.caption, "author": one.caption_author}
            for number, one in zip(page_numbers(dataset, page), shown, strict=True)
        ],
        "next": "dataset_caption with a caption for each number",
    }
    return CallToolResult(content=[text(told), image(preview_png(pixels, min_px=1, max_px=max(pixels.shape[:2])))])


def _caption(folder: Path, captions: dict[int, str]) -> CallToolResult:
    from pixels_mcp.datasets.captioning import SHEET_PICTURES, uncaptioned, with_captions
    from pixels_mcp.datasets.dataset import read_set, write_set

    dataset = with_captions(read_set(folder), captions, "assistant")
    write_set(folder, dataset)
    left = uncaptioned(dataset)
    told: JsonObject = {"written": len(captions), "left": len(left), "pictures": len(dataset.pictures)}
    if left:
        told["next"] = f"dataset_sheet with page {(left[0] - 1) // SHEET_PICTURES + 1}"
    else:
        told["next"] = "all are captioned; the person can train now"
    return CallToolResult(content=[text(told)])
