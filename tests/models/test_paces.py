"""A model made for few steps is known by its published name; a style that has such a word in its name is a style."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixels_mcp.models.header import Header
from pixels_mcp.models.paces import TRAINER_MARK, fast_pace


def header_with(**metadata: str) -> Header:
    return Header(Path("x.safetensors"), 0, {}, {key.replace("__", "."): value for key, value in metadata.items()})


@pytest.mark.parametrize(
    ("name", "steps", "guidance"),
    [
        ("sdxl_lightning_4step_lora", 4, 1.0),
        ("SDXL-Lightning-8step", 8, 1.0),
        ("lcm-lora-sdxl", 8, 1.5),
        ("lcm_lora_sdxl_v1", 8, 1.5),
        ("Hyper-SDXL-8steps-lora", 8, 1.0),
        ("Hyper-SDXL-8steps-CFG-lora", 8, 5.0),
        ("dmd2_sdxl_4step_lora_fp16", 4, 1.0),
        ("sd_xl_turbo_lora_v1", 4, 1.0),
    ],
)
def test_a_published_speed_lora_is_known(name: str, steps: int, guidance: float) -> None:
    pace = fast_pace(name, is_lora=True)
    assert pace is not None
    assert (pace.steps, pace.guidance_scale) == (steps, guidance)


@pytest.mark.parametrize(
    "name",
    ["lightning-mage", "turbo-racer-sprites", "hyper-light-style", "LightningBolts_XL_v2", "lcm-monsters-xl", "turbo",
     "hyper_realistic_sdxl", "sdxl-lightning-mage-4step", "dmd-doctor", "neon-lightning", "pixel-turbo-kart-lora"],
)  # fmt: skip
def test_a_style_lora_keeps_the_usual_pace_whatever_it_is_called(name: str) -> None:
    assert fast_pace(name, is_lora=True) is None
    assert fast_pace("style", header_with(modelspec__title=name), is_lora=True) is None


@pytest.mark.parametrize(
    "name", ["lightning-mage-xl", "turbo-racers", "hyper-light-style", "dark-lightning-fantasy-xl"]
)
def test_a_checkpoint_with_a_speeds_word_inside_its_title_keeps_the_usual_pace(name: str) -> None:
    assert fast_pace(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "RealVisXL_V4.0_Lightning",
        "juggernautXL_lightning_8steps",
        "dreamshaperXL_lightningDPMSDE",
        "animagine-lcm",
        "realvisxlV40_v40LightningBakedvae",
        "Hyper-SDXL-4step",
        "sd_xl_turbo_1.0_fp16",
        "wildcardxlxl-TURBO",
    ],
)
def test_a_checkpoint_whose_name_ends_in_a_speed_is_known(name: str) -> None:
    assert fast_pace(name) is not None


def test_a_lora_of_our_own_trainer_is_a_style_by_its_mark() -> None:
    marked = Header(Path("x.safetensors"), 0, {}, {TRAINER_MARK: "1"})
    assert fast_pace("sdxl_lightning_4step_lora", marked, is_lora=True) is None
