"""The shipped `mini` folder in the stock pipelines: nothing of our own is needed to draw with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.models.describe import MINI_FOLDER

LARGEST_MIB = 40


@pytest.fixture(scope="module")
def pipeline() -> Any:
    from diffusers.pipelines.pipeline_utils import DiffusionPipeline

    loaded = DiffusionPipeline.from_pretrained(MINI_FOLDER, dtype=torch.float32)
    loaded.set_progress_bar_config(disable=True)
    return loaded


def draw(pipeline: Any, prompt: str = "red potion", *, seed: int = 1, **more: Any) -> np.ndarray:
    call = {"num_inference_steps": 3, "guidance_scale": 3.0, "height": 32, "width": 32, **more}
    image = pipeline(prompt, generator=torch.Generator().manual_seed(seed), **call).images[0]
    assert image.mode == "RGBA"
    return np.array(image)


def test_the_folder_is_the_stock_sdxl_pipeline_and_small(pipeline: Any) -> None:
    size_bytes = sum(f.stat().st_size for f in MINI_FOLDER.rglob("*") if f.is_file())

    assert type(pipeline).__name__ == "StableDiffusionXLPipeline"
    assert pipeline.vae_scale_factor == 1
    assert size_bytes < LARGEST_MIB * 2**20


def test_no_pickle_is_shipped() -> None:
    assert not [f for f in MINI_FOLDER.rglob("*") if f.suffix in (".bin", ".pt", ".pth", ".ckpt", ".pkl")]


def test_a_prompt_gives_32_pixels_of_rgba_and_a_seed_gives_them_again(pipeline: Any) -> None:
    first, again, other = draw(pipeline), draw(pipeline), draw(pipeline, seed=2)

    assert first.shape == (32, 32, 4)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_prompt_negative_prompt_and_guidance_each_change_the_picture(pipeline: Any) -> None:
    plain = draw(pipeline)

    assert not np.array_equal(plain, draw(pipeline, "blue potion"))
    assert not np.array_equal(plain, draw(pipeline, negative_prompt="glass"))
    assert not np.array_equal(plain, draw(pipeline, guidance_scale=6.0))
    assert not np.array_equal(plain, draw(pipeline, guidance_scale=1.0))


def test_an_unknown_word_draws_all_the_same(pipeline: Any) -> None:
    assert draw(pipeline, "qwzx ümlaut 龍 sword" * 20).shape == (32, 32, 4)


def test_img2img_redraws_an_exemplar_and_strength_says_how_much(pipeline: Any) -> None:
    from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl_img2img import (
        StableDiffusionXLImg2ImgPipeline,
    )

    redraw: Any = StableDiffusionXLImg2ImgPipeline(**pipeline.components)
    redraw.set_progress_bar_config(disable=True)
    pixels = find_exemplars("red potion", 1)[0].pixels
    reference = Image.fromarray(pixels)

    def distance(strength: float) -> float:
        image = redraw(
            "red potion",
            image=reference,
            strength=strength,
            num_inference_steps=10,
            generator=torch.Generator().manual_seed(1),
        ).images[0]
        return float(np.abs(np.array(image).astype(float) - pixels).mean())

    assert distance(0.2) < distance(0.9)


def test_inpainting_runs_and_keeps_what_lies_outside_the_mask(pipeline: Any) -> None:
    from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl_inpaint import (
        StableDiffusionXLInpaintPipeline,
    )

    inpaint: Any = StableDiffusionXLInpaintPipeline(**pipeline.components)
    inpaint.set_progress_bar_config(disable=True)
    pixels = find_exemplars("stone wall", 1)[0].pixels
    mask = np.zeros((32, 32), dtype=np.uint8)
    mask[8:24, 8:24] = 255

    image = inpaint(
        "lava",
        image=Image.fromarray(pixels),
        mask_image=Image.fromarray(mask),
        strength=0.9,
        num_inference_steps=4,
        height=32,
        width=32,
        generator=torch.Generator().manual_seed(1),
    ).images[0]

    drawn = np.array(image.convert("RGBA")).astype(int)
    outside, inside = mask == 0, mask == 255
    assert np.abs(drawn - pixels)[outside].mean() < np.abs(drawn - pixels)[inside].mean()


def test_the_identity_vae_hands_pixels_through_within_a_tenth_of_a_level(pipeline: Any) -> None:
    vae = pipeline.vae
    pixels = torch.rand(1, 4, 32, 32) * 2 - 1

    with torch.no_grad():
        back = vae.decode(vae.encode(pixels).latents, return_dict=False)[0]

    assert (back - pixels).abs().max() * 127.5 < 0.1


def test_packaging_a_run_writes_the_same_layout(tmp_path: Path, tiles: list[Any]) -> None:
    from diffusers.pipelines.pipeline_utils import DiffusionPipeline

    from pixels_mcp.training.mini.mini_trainer import MiniTrainer
    from pixels_mcp.training.mini.network import Shape
    from pixels_mcp.training.mini.options import RunOptions
    from pixels_mcp.training.mini.package import package_run

    shape = Shape(channels=(16, 32, 32), text_width=32)
    table = np.random.default_rng(0).normal(0, 0.5, (shape.vocabulary, shape.text_width)).astype(np.float32)
    options = RunOptions(batch_size=2, stop_at_pictures=4, way="fp32", device="cpu", sheet_every_s=0, held_out_pairs=4)
    MiniTrainer(tmp_path / "run", tiles, options, resume=False, shape=shape, table=table).run()

    folder = package_run(tmp_path / "run", tmp_path / "model", shape=shape)

    loaded = DiffusionPipeline.from_pretrained(folder, dtype=torch.float32)
    loaded.set_progress_bar_config(disable=True)
    assert draw(loaded, "red sword").shape == (32, 32, 4)
    assert {p.name for p in folder.iterdir()} == {
        "model_index.json", "scheduler", "text_encoder_2", "tokenizer_2", "unet", "vae",
    }  # fmt: skip
