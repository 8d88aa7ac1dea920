"""LoRAs in both key styles change the picture by their weight; those for another base are refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there

from helpers import tiny_sdxl
from helpers.drawing import draw, spec_of
from pixels_mcp.engines.base import LoraFile
from pixels_mcp.errors import ModelFileError

STYLES: list[tiny_sdxl.LoraStyle] = ["kohya", "diffusers"]


def lora_of(path: Path, weight: float) -> LoraFile:
    return LoraFile(path, hashlib.sha256(path.read_bytes()).hexdigest(), weight)


def apart(loras: tuple[LoraFile, ...]) -> float:
    plain, changed = draw(spec_of("folder")), draw(spec_of("folder", loras=loras))
    return float(np.abs(plain[0].astype(int) - changed[0].astype(int)).mean())


@pytest.mark.parametrize("style", STYLES)
def test_a_lora_changes_the_picture_by_its_weight(tmp_path: Path, style: tiny_sdxl.LoraStyle) -> None:
    path = tiny_sdxl.write_lora(tmp_path / f"{style}.safetensors", style)

    distances = [apart((lora_of(path, weight),)) for weight in (0.0, 0.02, 0.1, 0.5)]

    assert distances[0] == 0.0
    assert distances == sorted(distances)
    assert len(set(distances)) == 4


def test_both_key_styles_of_the_same_numbers_draw_the_same_picture(tmp_path: Path) -> None:
    pictures = [
        draw(spec_of("folder", loras=(lora_of(tiny_sdxl.write_lora(tmp_path / f"{s}-same.safetensors", s), 0.3),)))[0]
        for s in STYLES
    ]

    assert np.array_equal(pictures[0], pictures[1])


def test_a_stack_counts_every_lora_and_the_plain_model_comes_back(tmp_path: Path) -> None:
    one = tiny_sdxl.write_lora(tmp_path / "one.safetensors", "kohya", seed=1)
    two = tiny_sdxl.write_lora(tmp_path / "two.safetensors", "diffusers", seed=2)
    plain = draw(spec_of("folder"))[0]

    stacks = [
        (lora_of(one, 0.2),),
        (lora_of(two, 0.2),),
        (lora_of(one, 0.2), lora_of(two, 0.2)),
        (lora_of(one, 0.2), lora_of(two, -0.2)),
    ]
    pictures = {draw(spec_of("folder", loras=stack))[0].tobytes() for stack in stacks}

    assert len(pictures) == 4
    assert np.array_equal(plain, draw(spec_of("folder"))[0])


def test_a_lora_of_the_text_encoders_alone_changes_what_a_known_prompt_says(tmp_path: Path) -> None:
    whole = tiny_sdxl.write_lora(tmp_path / "whole.safetensors", "diffusers")
    of_texts = {name: tensor for name, tensor in load_file(whole).items() if name.startswith("text_encoder")}
    tiny_sdxl.save_file(of_texts, tmp_path / "texts.safetensors")
    plain = draw(spec_of("folder"))[0]

    changed = draw(spec_of("folder", loras=(lora_of(tmp_path / "texts.safetensors", 1.0),)))[0]

    assert not np.array_equal(plain, changed)
    assert np.array_equal(plain, draw(spec_of("folder"))[0])


def test_the_same_lora_twice_counts_with_both_weights(tmp_path: Path) -> None:
    path = tiny_sdxl.write_lora(tmp_path / "twice.safetensors", "kohya")
    once = draw(spec_of("folder", loras=(lora_of(path, 0.5),)))
    twice = draw(spec_of("folder", loras=(lora_of(path, 0.25), lora_of(path, 0.25))))

    assert np.array_equal(once[0], twice[0])


@pytest.mark.parametrize("style", STYLES)
def test_a_lora_for_another_base_is_refused_with_both_widths_and_leaves_no_trace(
    tmp_path: Path, style: tiny_sdxl.LoraStyle
) -> None:
    path = tiny_sdxl.write_lora(tmp_path / f"{style}-sd1.safetensors", style, text_width=768)
    plain = draw(spec_of("folder"))[0]

    with pytest.raises(ModelFileError, match=r"another base: unet\..*attn2\.to_k reads 768 numbers, this model's 96"):
        draw(spec_of("folder", loras=(lora_of(path, 1.0),)))

    assert np.array_equal(plain, draw(spec_of("folder"))[0])


def test_a_lora_none_of_whose_layers_exist_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "strange.safetensors"
    tiny_sdxl.save_file({"unet.nowhere.to_q.lora_A.weight": tiny_sdxl.torch.zeros(2, 8)}, path)

    with pytest.raises(ModelFileError, match="1 of its 1 layers are not in this model"):
        draw(spec_of("folder", loras=(lora_of(path, 1.0),)))


def test_a_truncated_lora_is_refused(tmp_path: Path) -> None:
    path = tiny_sdxl.write_lora(tmp_path / "cut.safetensors", "kohya")
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(ModelFileError, match="truncated"):
        draw(spec_of("folder", loras=(lora_of(path, 1.0),)))
