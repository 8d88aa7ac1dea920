"""Diffusers folders are drawn as they are saved: variants and parts of files in any combination."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there

from helpers import tiny_sdxl
from helpers.drawing import draw, spec_of

PARTS = ("unet", "vae", "text_encoder", "text_encoder_2")


def rewrite(folder: Path, part: str, variant: str, *, in_two: bool) -> None:
    """Put a part's weights into files of a variant's name, whole or in two files with their index."""
    [file] = list((folder / part).glob("*.safetensors"))
    weights = {name: tensor.half() for name, tensor in load_file(file).items()}
    stem = file.name.removesuffix(".safetensors")
    file.unlink()
    if not in_two:
        save_file(weights, folder / part / f"{stem}.{variant}.safetensors", {"format": "pt"})
        return
    names = sorted(weights)
    files = [f"{stem}.{variant}-0000{n}-of-00002.safetensors" for n in (1, 2)]
    where = {name: files[at >= len(names) // 2] for at, name in enumerate(names)}
    for one in files:
        save_file({k: weights[k] for k in names if where[k] == one}, folder / part / one, {"format": "pt"})
    index = {"metadata": {"total_size": sum(v.nbytes for v in weights.values())}, "weight_map": where}
    (folder / part / f"{stem}.safetensors.index.{variant}.json").write_text(json.dumps(index))


@pytest.mark.parametrize(
    "forms",
    [
        {part: ("fp16", part in ("unet", "text_encoder_2")) for part in PARTS},
        {"text_encoder_2": ("fp16", True)},
        {"unet": ("bf16", False), "vae": ("fp16", False)},
    ],
    ids=["all fp16, two in parts", "one text encoder in parts", "two variants"],
)
def test_every_combination_of_variants_and_parts_is_drawn(
    tmp_path: Path, forms: dict[str, tuple[str, bool]], request: pytest.FixtureRequest
) -> None:
    folder = tiny_sdxl.write_folder(tmp_path / "saved", seed=0)
    for part, (variant, in_two) in forms.items():
        rewrite(folder, part, variant, in_two=in_two)

    drawn = draw(spec_of("saved", model_path=folder, model_sha256=request.node.name))[0].astype(int)

    assert np.abs(drawn - draw(spec_of("folder"))[0]).mean() < 2
