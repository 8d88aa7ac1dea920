"""Drawing on a real ComfyUI server: pictures, steps, previews, references, masks, LoRAs, grounds that join."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.comfy_drawing import SIDE, Watch, draw, lora, one_color, row, spec
from helpers.comfy_server import ComfyServer
from pixels_mcp.engines.comfyui.comfy_engine import ComfyEngine
from pixels_mcp.errors import EngineError, GraphRefusedError, WorkflowError

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]
"""The first test may install ComfyUI."""


@pytest.fixture(scope="module")
def engine(comfy_server: ComfyServer) -> Iterator[ComfyEngine]:
    engine = ComfyEngine(comfy_server.url)
    yield engine
    engine.close()


def test_every_step_is_told_with_a_preview_of_the_latents_size(engine: ComfyEngine) -> None:
    watch = Watch()

    (picture,) = draw(engine, row(seed=11), watch=watch, steps=5)

    assert picture.shape == (SIDE, SIDE, 4)
    assert (picture[..., 3] == 255).all()
    assert watch.steps == [(step, 5) for step in range(1, 6)]
    assert watch.stages[-1] == "denoising"
    assert watch.stages == sorted(watch.stages, key=["loading", "encoding", "denoising"].index)
    assert all(preview is not None and preview.shape == (8, 8, 4) for preview in watch.previews)


def test_rows_are_what_they_are_alone(engine: ComfyEngine) -> None:
    watch = Watch()

    together = draw(engine, row(seed=1), row(seed=2), watch=watch)

    assert (together[0] != together[1]).any()
    assert (draw(engine, row(seed=2))[0] == together[1]).all()
    assert watch.steps[-1] == (8, 8)


def test_words_negative_words_and_guidance_change_the_picture(engine: ComfyEngine) -> None:
    plain, other = draw(engine, row("a red potion"))[0], draw(engine, row("a blue sword"))[0]

    assert (plain != other).any()
    assert (draw(engine, row("a red potion", negative="blue"))[0] != plain).any()
    assert (draw(engine, row("a red potion"), guidance_scale=9.0)[0] != plain).any()
    assert (draw(engine, row("a red potion"), sampler="dpmpp_2m_karras")[0] != plain).any()


def test_a_weak_redrawing_keeps_the_reference_and_a_strong_one_does_not(engine: ComfyEngine) -> None:
    red = one_color(220, 40, 40)

    weak = draw(engine, row("a", reference=red), strength=0.2)[0][..., :3].mean((0, 1))
    strong = draw(engine, row("a", reference=red), strength=1.0)[0][..., :3].mean((0, 1))

    assert np.abs(weak - (220, 40, 40)).max() < 30
    assert strong[0] < 170


def test_what_lies_under_transparency_is_not_seen(engine: ComfyEngine) -> None:
    hidden = draw(engine, row("a", reference=one_color(255, 0, 0, alpha=0)), strength=0.1)[0][..., :3].mean((0, 1))

    assert np.abs(hidden - 127).max() < 25


def test_what_is_kept_of_a_reference_stays(engine: ComfyEngine) -> None:
    keep = np.zeros((SIDE, SIDE), bool)
    keep[:, : SIDE // 2] = True

    (picture,) = draw(engine, row("a", reference=one_color(220, 40, 40), keep=keep), strength=1.0)

    kept, drawn = picture[:, : SIDE // 2 - 8, :3].astype(int), picture[:, SIDE // 2 + 8 :, :3].astype(int)
    assert np.abs(kept - (220, 40, 40)).max() < 25
    assert np.abs(drawn - (220, 40, 40)).mean() > 40


def test_loras_stack(engine: ComfyEngine) -> None:
    other = lora("of/a folder/tiny_other.safetensors", 2.0)
    pictures = [draw(engine, row(), loras=loras)[0] for loras in ((), (lora(),), (lora(weight=2.0),), (lora(), other))]

    for place, picture in enumerate(pictures):
        assert all((picture != before).any() for before in pictures[:place])


def test_another_vae_is_used(engine: ComfyEngine) -> None:
    assert (draw(engine, row(), vae_path=Path("tiny_vae.safetensors"))[0] != draw(engine, row())[0]).any()


@pytest.mark.parametrize("wrap", ["x", "y", "both"])
def test_a_ground_joins_itself_along_the_axes_that_are_asked(engine: ComfyEngine, wrap: str) -> None:
    ramp = np.linspace(0, 255, SIDE).astype(np.uint8)
    slope = one_color(0, 0, 0)
    slope[..., 0], slope[..., 1] = ramp[None, :], ramp[:, None]

    (picture,) = draw(engine, row("a", reference=slope), strength=0.2, wrap=wrap, steps=5)

    colors = picture[..., :3].astype(int)
    over_x = np.abs(colors[:, 0, 0] - colors[:, -1, 0]).mean()
    over_y = np.abs(colors[0, :, 1] - colors[-1, :, 1]).mean()
    assert (over_x < 60) == (wrap in ("x", "both"))
    assert (over_y < 60) == (wrap in ("y", "both"))


def test_a_part_of_a_ground_that_joins_is_refused_by_name(engine: ComfyEngine) -> None:
    keep = np.zeros((SIDE, SIDE), bool)

    with pytest.raises(GraphRefusedError, match="a part of a ground that joins itself"):
        draw(engine, row("a", reference=one_color(1, 2, 3), keep=keep), strength=0.5, wrap="both")


def test_a_picture_that_somebody_removed_is_drawn_again(engine: ComfyEngine, comfy_server: ComfyServer) -> None:
    first = draw(engine, row(seed=77))[0]
    for file in (comfy_server.home / "temp").glob("*.png"):
        file.unlink()

    assert (draw(engine, row(seed=77))[0] == first).all()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"vae_path": Path("none.safetensors")}, r"node vae \(VAELoader\).*none\.safetensors"),
        ({"loras": (lora("none.safetensors"),)}, r"node lora_1 \(LoraLoader\).*none\.safetensors"),
        ({"sampler": "tcd"}, "no sampler tcd"),
        ({"width_px": 8}, r"node size \(EmptyLatentImage\).*width"),
    ],
)
def test_what_the_server_lacks_is_named(engine: ComfyEngine, words: dict[str, Any], told: str) -> None:
    with pytest.raises(GraphRefusedError, match=told) as caught:
        draw(engine, row(), **words)

    assert caught.value.hint


def test_a_checkpoint_that_is_damaged_is_named(engine: ComfyEngine, comfy_server: ComfyServer) -> None:
    (comfy_server.home / "models" / "checkpoints" / "damaged.safetensors").write_bytes(b"no tensors at all")
    try:
        with pytest.raises(EngineError, match="CheckpointLoaderSimple") as caught:
            engine.render(replace(spec(), model_path=Path("damaged.safetensors")), [row()], Watch())
    finally:
        (comfy_server.home / "models" / "checkpoints" / "damaged.safetensors").unlink()

    assert "Traceback" not in str(caught.value)


def test_a_workflow_file_is_drawn_with(engine: ComfyEngine, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    shipped = Path(__file__).parents[2] / "workflows" / "comfyui" / "txt2img.json"
    file.write_text(shipped.read_text("utf-8").replace("%model%", "tiny_sd1.safetensors"), "utf-8")
    words: dict[str, Any] = {"sampler": "dpmpp_2m_karras", "steps": 3}
    mine = replace(spec(**words), model_path=file, checkpoint_path=Path("unused"))
    said = row('a "quoted" potion,\nof 50% %seed%', seed=9, negative="dull")

    (by_file,) = engine.render(mine, [said], Watch())

    assert (by_file == draw(engine, said, **words)[0]).all()


def test_a_workflow_that_changed_since_it_was_planned_is_refused(engine: ComfyEngine, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    shipped = Path(__file__).parents[2] / "workflows" / "comfyui" / "txt2img.json"
    file.write_text(shipped.read_text("utf-8").replace("%model%", "tiny_sd1.safetensors"), "utf-8")

    with pytest.raises(WorkflowError, match="was changed since"):
        engine.render(replace(spec(), model_path=file), [row()], Watch())


def test_the_server_is_described(engine: ComfyEngine, comfy_server: ComfyServer) -> None:
    device = engine.device()

    assert (device.kind, device.dtype) == ("cpu", "server")
    assert device.memory_total_gib > 1
    assert device.server is not None
    assert (device.server.url, device.server.version) == (comfy_server.url, "0.30.0")


def test_nothing_is_left_among_the_persons_pictures(engine: ComfyEngine, comfy_server: ComfyServer) -> None:
    draw(engine, row("a", reference=one_color(9, 9, 9)), strength=0.3)

    folders = (comfy_server.home / "input", comfy_server.home / "output")
    assert [file for folder in folders for file in folder.rglob("*") if file.is_file()] == []
