"""LoRAs of every trainer's form are drawn as meant, with a note of what was left out, or refused by what they are."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there

from helpers import tiny_sdxl
from helpers.drawing import Watching, draw, shared_engine, spec_of
from pixels_mcp.engines.base import LoraFile, Row
from pixels_mcp.engines.diffusers_sdxl.lora import FittedLora, fit_to_model
from pixels_mcp.errors import ModelFileError

Tensors = dict[str, torch.Tensor]


@cache
def tiny_pipeline() -> Any:
    return tiny_sdxl.make_tiny_sdxl(0)


def fitted(weights: Tensors) -> FittedLora:
    return fit_to_model(tiny_pipeline(), LoraFile(Path("some.safetensors"), "0", 1.0), weights)


def same(one: FittedLora, other: FittedLora) -> None:
    assert sorted(one.tensors) == sorted(other.tensors)
    assert one.unknown == other.unknown == ()
    assert all(torch.equal(tensor, other.tensors[name]) for name, tensor in one.tensors.items())


def picture_of(path: Path, weight: float = 0.3) -> np.ndarray:
    return draw(spec_of("folder", loras=(LoraFile(path, hashlib.sha256(path.read_bytes()).hexdigest(), weight),)))[0]


def tensors_of(tmp_path: Path, style: tiny_sdxl.LoraStyle) -> Tensors:
    return load_file(tiny_sdxl.write_lora(tmp_path / f"source-{style}.safetensors", style))


def in_form(tmp_path: Path, form: str) -> Tensors:
    """The same numbers under the names of another writer."""
    named, kohya = tensors_of(tmp_path, "diffusers"), tensors_of(tmp_path, "kohya")
    unet = {k: v for k, v in named.items() if k.startswith("unet.")}
    forms: dict[str, Tensors] = {
        "adapter name": {k.replace(".weight", ".default_0.weight"): v for k, v in named.items()},
        "old halves": {k.replace("lora_A", "lora.down").replace("lora_B", "lora.up"): v for k, v in named.items()},
        "onetrainer": {
            f"lora_{_onetrainer(k.rsplit('.lora_', 1)[0])}.lora_{'down' if 'lora_A' in k else 'up'}.weight": v
            for k, v in named.items()
        },
        "clip parts": {
            k.replace("text_encoder_2.", "clip_g.").replace("text_encoder.", "clip_l."): v for k, v in named.items()
        },
        "1 x 1": {k: v[..., None, None] if v.ndim == 2 and "unet" in k else v for k, v in kohya.items()},
    }
    unet_forms: dict[str, Tensors] = {
        "peft": {k.replace("unet.", "base_model.model.", 1): v for k, v in unet.items()},
        "bare": {k.removeprefix("unet."): v for k, v in unet.items()},
        "comfyui": {
            k.replace("lora_unet_input_blocks_4_1_", "diffusion_model.input_blocks.4.1."): v for k, v in kohya.items()
        },
        "lycoris": {
            f"lycoris_{k.removeprefix('unet.').rsplit('.lora_', 1)[0].replace('.', '_')}"
            f".lora_{'down' if 'lora_A' in k else 'up'}.weight": v
            for k, v in unet.items()
        },
        "processors": {
            k.replace("attn1.to_q.lora_A", "attn1.processor.to_q_lora.down")
            .replace("attn1.to_q.lora_B", "attn1.processor.to_q_lora.up"): v
            for k, v in unet.items()
        },
    }  # fmt: skip
    return (forms | unet_forms)[form]


def _onetrainer(layer: str) -> str:
    part, rest = layer.split(".", 1)
    return {"unet": "unet_", "text_encoder": "te1_", "text_encoder_2": "te2_"}[part] + rest.replace(".", "_")


@pytest.mark.parametrize("form", ["adapter name", "old halves", "onetrainer", "clip parts", "1 x 1", "comfyui"])
def test_the_same_numbers_under_another_writers_names_are_the_same_layers(tmp_path: Path, form: str) -> None:
    same(fitted(in_form(tmp_path, form)), fitted(tensors_of(tmp_path, "diffusers")))


@pytest.mark.parametrize("form", ["peft", "bare", "lycoris", "processors"])
def test_layers_of_the_unet_alone_are_the_same_under_another_writers_names(tmp_path: Path, form: str) -> None:
    named = tensors_of(tmp_path, "diffusers")
    same(fitted(in_form(tmp_path, form)), fitted({k: v for k, v in named.items() if k.startswith("unet.")}))


def test_a_lora_of_the_text_encoders_alone_changes_the_picture(tmp_path: Path) -> None:
    kohya = tensors_of(tmp_path, "kohya")
    save_file({k: v for k, v in kohya.items() if "_te" in k}, tmp_path / "text.safetensors")

    assert not np.array_equal(picture_of(tmp_path / "text.safetensors"), draw(spec_of("folder"))[0])


def test_a_text_layer_of_another_width_is_refused(tmp_path: Path) -> None:
    name = "lora_te1_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight"

    with pytest.raises(ModelFileError, match=r"another base: text_encoder\..*q_proj reads 48 numbers, this model's 32"):
        fitted({**tensors_of(tmp_path, "kohya"), name: torch.zeros(4, 48)})


def test_a_layer_that_lacks_a_matrix_is_refused(tmp_path: Path) -> None:
    kohya = tensors_of(tmp_path, "kohya")
    kohya.pop("lora_te1_text_model_encoder_layers_0_self_attn_q_proj.lora_up.weight")

    with pytest.raises(ModelFileError, match="lacks one of the two matrices"):
        fitted(kohya)


def test_an_alpha_other_than_the_rank_stays_with_its_layer(tmp_path: Path) -> None:
    kohya = tensors_of(tmp_path, "kohya")
    first = next(name for name in kohya if name.endswith("alpha"))

    alphas = fitted({**kohya, first: torch.tensor(2.0)}).alphas

    assert sorted(alphas.values()) == [2.0] + [4.0] * (len(alphas) - 1)


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        ("dora_scale", "is a DoRA"),
        ("lora_magnitude_vector", "is a DoRA"),
        ("hada_w1_a", "is a LyCORIS"),
        ("lora_mid.weight", "is a LoCon with three matrices"),
    ],
)
def test_an_adapter_that_is_more_than_a_plain_lora_is_refused_by_name(tmp_path: Path, ending: str, why: str) -> None:
    kohya = tensors_of(tmp_path, "kohya")
    layer = next(iter(kohya)).split(".")[0]
    save_file({**kohya, f"{layer}.{ending}": torch.ones(64, 1)}, tmp_path / "more.safetensors")

    with pytest.raises(ModelFileError, match=why):
        picture_of(tmp_path / "more.safetensors")


def test_layers_that_the_model_does_not_have_are_told_and_those_it_has_are_not(tmp_path: Path) -> None:
    kohya = tensors_of(tmp_path, "kohya")
    strange = {"lora_unet_input_blocks_9_1_proj_in.lora_down.weight": torch.zeros(4, 64)}
    strange["lora_unet_input_blocks_9_1_proj_in.lora_up.weight"] = torch.zeros(64, 4)
    save_file({**kohya, **strange}, tmp_path / "deep.safetensors")
    deep = spec_of("folder", loras=(LoraFile(tmp_path / "deep.safetensors", "deep", 0.3),))
    plain = spec_of("folder", loras=(LoraFile(tmp_path / "source-kohya.safetensors", "not-deep", 0.3),))

    shared_engine().render(deep, [Row("a red potion", "", 7)], Watching())
    assert shared_engine().account(deep, ()).notes == ("the LoRA deep: 1 of its 18 layers are not in this model",)
    shared_engine().render(plain, [Row("a red potion", "", 7)], Watching())
    assert shared_engine().account(plain, ()).notes == ()
