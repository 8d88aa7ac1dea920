"""The configs for a single file come out of its shapes: SDXL's own figures for SDXL, narrower for narrower files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from accelerate import init_empty_weights  # pyright: ignore[reportMissingTypeStubs]  # it ships no types

from helpers import tiny_sdxl
from pixels_mcp.errors import ModelFileError
from pixels_mcp.models.header import read_header
from pixels_mcp.models.sdxl_layout import cross_width, layout_of_checkpoint, layout_of_vae


@pytest.fixture(scope="module")
def full_size_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The header of a full-size SDXL checkpoint: every name and shape, and 6.9 GB of nothing (a sparse file)."""
    with init_empty_weights():
        pipeline = tiny_sdxl.make_tiny_sdxl(full=True)
        tensors = {k: v.to(torch.float16) for k, v in tiny_sdxl.single_file_tensors(pipeline).items()}
    return tiny_sdxl.write_header_only(tmp_path_factory.mktemp("full") / "sd_xl_base_1.0.safetensors", tensors)


def as_json(value: object) -> object:
    """As a config file says it: a list for a tuple."""
    return json.loads(json.dumps(value))


def test_the_real_sdxl_gives_stabilitys_own_figures(full_size_file: Path) -> None:
    header = read_header(full_size_file)
    layout = layout_of_checkpoint(header)

    assert header.size_bytes > 6.9e9
    assert cross_width(header) == 2048
    unet = layout["unet"]
    for key, value in tiny_sdxl.SDXL_UNET.items():
        assert unet[key] == as_json(value), key
    for key, value in tiny_sdxl.SDXL_VAE.items():
        assert layout["vae"][key] == as_json(value), key
    for part, config in zip(("text_encoder", "text_encoder_2"), tiny_sdxl.text_configs(full=True), strict=True):
        stated, wanted = layout[part], config.to_dict()
        assert {key: stated[key] for key in stated if key in wanted and key != "architectures"} == {
            key: wanted[key] for key in stated if key in wanted and key != "architectures"
        }
    assert layout["scheduler"]["prediction_type"] == "epsilon"


def test_a_checkpoint_that_predicts_velocity_says_so_by_its_keys(full_size_file: Path, tmp_path: Path) -> None:
    names = read_header(full_size_file).tensors
    tensors = {name: torch.empty(tensor.shape, device="meta") for name, tensor in names.items()}
    marks = {"v_pred": torch.zeros(0), "ztsnr": torch.zeros(0)}

    scheduler = layout_of_checkpoint(
        read_header(tiny_sdxl.write_header_only(tmp_path / "v.safetensors", tensors | marks))
    )["scheduler"]

    assert (scheduler["prediction_type"], scheduler["rescale_betas_zero_snr"]) == ("v_prediction", True)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"model.diffusion_model.label_emb.0.0.weight": None}, "another family than SDXL"),
        ({"model.diffusion_model.input_blocks.0.0.weight": (320, 9, 3, 3)}, "takes 9 channels"),
        ({"conditioner.embedders.0.model.positional_embedding": (77, 1280)}, "is the SDXL refiner"),
        ({"edm_mean": (4,)}, "Playground"),
        ({"conditioner.embedders.1.model.token_embedding.weight": None}, "holds no second text encoder"),
        ({"first_stage_model.decoder.conv_in.weight": None}, "holds no VAE"),
        ({"model.diffusion_model.input_blocks.0.0.weight": (320,)}, "has 1 axes"),
    ],
)
def test_what_is_not_whole_sdxl_is_refused_with_the_reason(
    full_size_file: Path, tmp_path: Path, change: dict[str, tuple[int, ...] | None], why: str
) -> None:
    shapes = {name: tensor.shape for name, tensor in read_header(full_size_file).tensors.items()} | change
    tensors = {n: torch.empty(shape, device="meta") for n, shape in shapes.items() if shape is not None}
    file = tiny_sdxl.write_header_only(tmp_path / "odd.safetensors", tensors)

    with pytest.raises(ModelFileError) as caught:
        layout_of_checkpoint(read_header(file))
    assert why in caught.value.message


def test_a_vae_is_read_in_both_key_styles(tmp_path: Path) -> None:
    vae = tiny_sdxl.AutoencoderKL(**tiny_sdxl.TINY_VAE)
    tiny_sdxl.save_file(vae.state_dict(), tmp_path / "diffusers.safetensors")
    tiny_sdxl.write_vae(tmp_path / "sdxl-vae-fp16-fix.safetensors")

    plain = layout_of_vae(read_header(tmp_path / "diffusers.safetensors"))
    fixed = layout_of_vae(read_header(tmp_path / "sdxl-vae-fp16-fix.safetensors"))

    assert plain | {"force_upcast": False} == fixed
    assert plain["block_out_channels"] == [32, 32, 32, 32]
    assert plain["force_upcast"] is True
