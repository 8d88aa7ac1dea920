"""The workflow files that come along are what the engine itself sends, with named places for its values."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from helpers.toolchains import REPOSITORY
from pixels_mcp.engines.comfyui.comfy_graphs import SAMPLERS, DrawnRow, make_graph
from pixels_mcp.engines.comfyui.graph_file import read_graph_file

FOLDER = REPOSITORY / "workflows" / "comfyui"
PLAIN: dict[str, Any] = {
    "checkpoint": "%model%",
    "prompt": "%prompt%",
    "negative": "%negative%",
    "seed": "%seed%",
    "width_px": "%width%",
    "height_px": "%height%",
    "steps": "%steps%",
    "guidance_scale": "%guidance%",
    "sampler": SAMPLERS["dpmpp_2m_karras"],
}
REDRAWN: dict[str, Any] = {**PLAIN, "image": "%image%", "strength": "%strength%"}
SHIPPED = {
    "txt2img": DrawnRow(**PLAIN),
    "lora": DrawnRow(**PLAIN, loras=(("%lora%", "%lora_weight%"),)),
    "img2img": DrawnRow(**REDRAWN),
    "inpaint": DrawnRow(**REDRAWN, mask="%mask%"),
    "tile": DrawnRow(**PLAIN, wrap="both", seam_steps="%steps%"),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_workflow_is_the_graph_that_the_engine_sends(name: str) -> None:
    text = json.dumps(make_graph(SHIPPED[name]), indent=2) + "\n"
    file = FOLDER / f"{name}.json"
    if os.environ.get("PIXELS_UPDATE_SNAPSHOTS"):
        file.write_text(text, "utf-8")

    assert file.read_text("utf-8") == text


def test_there_are_no_others() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == SHIPPED.keys()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_workflow_passes_its_own_check(name: str) -> None:
    read = read_graph_file(FOLDER / f"{name}.json")

    assert {"prompt", "negative", "seed", "steps", "guidance", "model"} <= read.places
    assert read.graph[read.output]["class_type"] == "PreviewImage"
