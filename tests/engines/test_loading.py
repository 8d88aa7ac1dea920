"""Models of every form load from the disk alone, and files that are not usable are refused with the reason."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from helpers import tiny_sdxl
from helpers.drawing import Watching, draw, shared_engine, spec_of, tiny_models
from pixels_mcp.engines.base import Row
from pixels_mcp.errors import EngineError, ModelFileError


def test_a_folder_and_a_single_file_of_the_same_weights_draw_the_same_picture() -> None:
    folder, single = draw(spec_of("folder")), draw(spec_of("single.safetensors"))

    assert folder[0].shape == (64, 64, 4)
    assert np.array_equal(folder[0], single[0])
    assert folder[0][..., :3].std() > 5


def test_loading_and_drawing_open_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    for name in ("pixel", "folder", "single.safetensors"):
        assert draw(spec_of(name, model_sha256=f"offline-{name}"))


def test_a_vae_of_its_own_changes_the_picture_and_can_stand_in_for_a_missing_one(tmp_path: Path) -> None:
    vae = tiny_sdxl.write_vae(tmp_path / "vae.safetensors")
    pipeline = tiny_sdxl.make_tiny_sdxl(0)
    tensors = {k: v for k, v in tiny_sdxl.single_file_tensors(pipeline).items() if not k.startswith("first_stage")}
    tiny_sdxl.save_file(tensors, tmp_path / "without.safetensors")

    own = draw(spec_of("single.safetensors"))
    other = draw(spec_of("single.safetensors", vae_path=vae))
    stood_in = draw(spec_of("x", model_path=tmp_path / "without.safetensors", vae_path=vae))

    assert not np.array_equal(own[0], other[0])
    assert np.array_equal(other[0], stood_in[0])
    with pytest.raises(ModelFileError, match="holds no VAE"):
        draw(spec_of("y", model_path=tmp_path / "without.safetensors"))


def test_a_folder_that_holds_only_half_precision_files_loads(tmp_path: Path) -> None:
    tiny_sdxl.make_tiny_sdxl(0).to(tiny_sdxl.torch.float16).save_pretrained(tmp_path / "half", variant="fp16")

    assert draw(spec_of("half", model_path=tmp_path / "half"))[0].shape == (64, 64, 4)


def test_a_model_with_alpha_draws_it_and_others_are_opaque() -> None:
    assert len(np.unique(draw(spec_of("pixel"))[0][..., 3])) > 1
    assert np.unique(draw(spec_of("folder"))[0][..., 3]).tolist() == [255]


@pytest.mark.parametrize("suffix", [".ckpt", ".bin", ".pt", ".pth"])
def test_a_pickle_is_refused_without_being_opened(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"model{suffix}"
    file.write_bytes(b"\x80\x02}q\x00.")

    with pytest.raises(ModelFileError, match=r"pickle.*any program"):
        draw(spec_of("pickle", model_path=file))


def test_a_truncated_file_is_refused_with_its_numbers(tmp_path: Path) -> None:
    whole = (tiny_models() / "single.safetensors").read_bytes()
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(ModelFileError, match=r"truncated: .* ends at byte \d+, the file holds \d+"):
        draw(spec_of("cut", model_path=cut))


def test_a_file_that_lacks_one_weight_is_refused(tmp_path: Path) -> None:
    tensors = tiny_sdxl.single_file_tensors(tiny_sdxl.make_tiny_sdxl(0))
    del tensors["model.diffusion_model.middle_block.1.transformer_blocks.0.attn1.to_q.weight"]
    tiny_sdxl.save_file(tensors, tmp_path / "lacking.safetensors")

    with pytest.raises(ModelFileError, match=r"lacking\.safetensors lacks weights"):
        draw(spec_of("lacking", model_path=tmp_path / "lacking.safetensors"))


def test_a_folder_that_names_other_code_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "odd"
    shutil.copytree(tiny_models() / "pixel", copy)
    index = json.loads((copy / "model_index.json").read_text())

    (copy / "model_index.json").write_text(json.dumps(index | {"unet": ["my_module", "MyUNet"]}))
    with pytest.raises(ModelFileError, match=r"unet is my_module\.MyUNet"):
        draw(spec_of("odd", model_path=copy))

    (copy / "model_index.json").write_text(json.dumps(index | {"_class_name": "FluxPipeline"}))
    with pytest.raises(ModelFileError, match="is a FluxPipeline"):
        draw(spec_of("odd", model_path=copy))


def test_a_folder_with_a_pickle_in_place_of_weights_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "pickled"
    shutil.copytree(tiny_models() / "pixel", copy)
    (copy / "unet" / "diffusion_pytorch_model.safetensors").rename(copy / "unet" / "diffusion_pytorch_model.bin")

    with pytest.raises(ModelFileError, match="pickled cannot be loaded"):
        draw(spec_of("pickled", model_path=copy))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ModelFileError, match="does not exist"):
        draw(spec_of("nowhere", model_path=Path("/nowhere/at-all.safetensors")))


def test_the_end_of_a_prompt_that_is_too_long_is_told() -> None:
    draw(spec_of("folder"))
    long_prompt = " ".join(["red"] * 75 + ["golden", "dragon"])

    account = shared_engine().account(spec_of("folder"), (long_prompt, "a red potion"))
    assert account.unread == ("golden dragon", "")


def test_a_size_that_is_no_multiple_of_8_is_refused() -> None:
    with pytest.raises(EngineError, match="multiples of 8"):
        draw(spec_of("folder", width_px=60))


def test_loaded_models_are_told_the_last_used_last() -> None:
    for name in ("folder", "pixel", "folder"):
        shared_engine().render(spec_of(name, model_sha256=f"order-{name}"), [Row("red", "", 1)], Watching())

    assert [name for name in shared_engine().loaded_models() if name.startswith("order-")] == [
        "order-pixel",
        "order-folder",
    ]
