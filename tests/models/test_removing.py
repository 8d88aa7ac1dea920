"""A model is removed with its card; what lies elsewhere, and the built-in model, stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers import tiny_sdxl
from pixels_mcp.errors import ModelFileError, UnknownModelError
from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.models.previous import install_model_file, roll_back
from pixels_mcp.models.removing import files_to_remove, remove_files


def test_a_lora_goes_with_its_card_and_a_link_without_its_target(tmp_path: Path) -> None:
    loras = tmp_path / "models" / "loras"
    lora = tiny_sdxl.write_lora(loras / "moss.safetensors", "kohya")
    beside = [loras / f"moss{ending}" for ending in (".json", ".report.html", ".style.json")]
    for file in beside:
        file.write_text("{}")
    elsewhere = tiny_sdxl.write_lora(tmp_path / "elsewhere.safetensors", "kohya")
    (loras / "linked.safetensors").symlink_to(elsewhere)
    registry = ModelRegistry(tmp_path / "models", tmp_path / "cache")

    assert files_to_remove(registry, "moss") == [lora, *beside]
    assert remove_files(files_to_remove(registry, "moss")) > 1_000
    remove_files(files_to_remove(registry, "linked"))

    assert list(loras.iterdir()) == []
    assert elsewhere.is_file()
    with pytest.raises(ModelFileError, match="mini is built in"):
        files_to_remove(registry, "mini")
    with pytest.raises(UnknownModelError):
        files_to_remove(registry, "moss")


def test_the_former_file_comes_back_with_its_card_and_a_third_one_drops_the_oldest(tmp_path: Path) -> None:
    folder = tmp_path / "loras"
    for number in (1, 2, 3):
        staged = tmp_path / "staged"
        staged.write_bytes(bytes([number]) * 10)
        told = install_model_file(staged, folder, "moss", f'{{"steps": {number}}}')
        assert told == (None if number == 1 else "moss-previous")
    roll_back(folder, "moss")

    assert (folder / "moss.safetensors").read_bytes() == b"\x02" * 10
    assert (folder / "moss.json").read_text() == '{"steps": 2}'
    assert (folder / "moss-previous.safetensors").read_bytes() == b"\x03" * 10
    assert sorted(file.name for file in folder.iterdir()) == [
        "moss-previous.json", "moss-previous.safetensors", "moss.json", "moss.safetensors",
    ]  # fmt: skip
    with pytest.raises(ModelFileError, match="there is no fern-previous"):
        roll_back(folder, "fern")
