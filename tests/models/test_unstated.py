"""What a file does not say of itself is believed from its name and told, settled by its card, or refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there

from helpers import tiny_sdxl
from helpers.drawing import draw, spec_of, tiny_models
from pixels_mcp.errors import ModelFileError
from pixels_mcp.models.model_registry import ModelRegistry

UNET = "model.diffusion_model."


@pytest.fixture
def models(tmp_path: Path) -> Path:
    (tmp_path / "checkpoints").mkdir()
    return tmp_path


def plain() -> dict[str, torch.Tensor]:
    return load_file(tiny_models() / "single.safetensors")


def test_a_name_that_says_v_prediction_is_believed_and_told_and_the_card_settles_it(models: Path) -> None:
    for name in ("noob-xl-vpred-merge", "some_v-prediction_mix", "plain-mix"):
        tiny_sdxl.write_single_file(models / "checkpoints" / f"{name}.safetensors")
    registry = ModelRegistry(models, models / "cache")

    for name in ("noob-xl-vpred-merge", "some_v-prediction_mix"):
        guessed = registry.find(name)
        assert (guessed.prediction, guessed.sampler) == ("v_prediction", "euler")
        assert "because its name says so" in guessed.notes[0]
    assert (registry.find("plain-mix").prediction, registry.find("plain-mix").notes) == (None, ())

    (models / "checkpoints" / "noob-xl-vpred-merge.json").write_text(json.dumps({"prediction_type": "epsilon"}))
    (models / "checkpoints" / "plain-mix.json").write_text(json.dumps({"prediction_type": "v_prediction"}))
    settled = registry.find("noob-xl-vpred-merge")
    assert (settled.prediction, settled.notes, settled.sampler) == ("epsilon", (), "dpmpp_2m_karras")
    assert registry.find("plain-mix").prediction == "v_prediction"


def test_what_a_model_predicts_changes_the_picture() -> None:
    as_noise, as_velocity = (draw(spec_of("folder", prediction=p))[0] for p in ("epsilon", "v_prediction"))

    assert np.array_equal(as_noise, draw(spec_of("folder"))[0])
    assert not np.array_equal(as_noise, as_velocity)


@pytest.mark.parametrize("names", [("edm_vpred.sigma_max", "edm_vpred.sigma_min"), ("edm_mean", "edm_std")])
def test_a_model_of_the_edm_kind_is_refused_by_name(models: Path, names: tuple[str, ...]) -> None:
    save_file({**plain(), **{name: torch.tensor(1.0) for name in names}}, models / "checkpoints" / "edm.safetensors")

    with pytest.raises(ModelFileError, match="EDM kind"):
        ModelRegistry(models, models / "cache").find("edm")


@pytest.mark.parametrize("scale", ["scale_weight", "weight_scale", "weight.absmax", "comfy_quant", "input_scale"])
def test_weights_that_need_scales_are_refused_by_name(models: Path, scale: str) -> None:
    tensors = plain()
    layer = f"{UNET}input_blocks.4.1.proj_in."
    tensors[f"{layer}weight"] = tensors[f"{layer}weight"].to(torch.float8_e4m3fn)
    save_file({**tensors, f"{layer}{scale}": torch.tensor(0.5)}, models / "checkpoints" / "scaled.safetensors")

    with pytest.raises(ModelFileError, match=rf"is quantized .*{scale.split('.')[-1]}"):
        ModelRegistry(models, models / "cache").find("scaled")
    with pytest.raises(ModelFileError, match="is quantized"):
        draw(spec_of("scaled", model_path=models / "checkpoints" / "scaled.safetensors"))


def test_plain_fp8_weights_are_drawn(models: Path) -> None:
    short = {k: v.to(torch.float8_e4m3fn) if k.startswith(UNET) and v.ndim >= 2 else v for k, v in plain().items()}
    save_file(short, models / "checkpoints" / "short.safetensors")

    assert ModelRegistry(models, models / "cache").find("short").problem is None
    drawn = draw(spec_of("short", model_path=models / "checkpoints" / "short.safetensors"))[0].astype(int)
    assert np.abs(drawn - draw(spec_of("single.safetensors"))[0]).mean() < 40
