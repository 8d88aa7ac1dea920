"""`pixels-mcp models` reads the files alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there


@pytest.fixture
def models(home: Path) -> Path:
    folder = home / "data" / "models"
    for name in ("checkpoints", "loras"):
        (folder / name).mkdir(parents=True)
    down = {"lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight": np.zeros((4, 2048), "f4")}
    save_file(down, folder / "loras" / "pixel-art-xl.safetensors", metadata={"modelspec.license": "openrail"})
    (folder / "checkpoints" / "old.ckpt").write_bytes(b"\x80\x02}q\x00.")
    return folder


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pixels_mcp", "models", *words], capture_output=True, text=True, timeout=120
    )


def test_the_list_shows_what_is_there_and_says_on_stderr_what_is_unusable(models: Path) -> None:
    done = run("list")

    assert done.returncode == 0, done.stderr
    assert "pixel-art-xl" in done.stdout
    assert "sdxl" in done.stdout
    assert "old is a pickle" in done.stderr
    assert f"{models}/vae does not exist yet" in done.stderr


def test_the_list_as_json_is_one_document(models: Path) -> None:
    listed = {entry["name"]: entry for entry in json.loads(run("list", "--json").stdout)}

    assert listed["pixel-art-xl"]["base"] == "sdxl"
    assert listed["pixel-art-xl"]["license"] == "openrail"
    assert listed["old"]["problem"].startswith("is a pickle")


def test_show_tells_all_of_one_with_its_hash(models: Path) -> None:
    done = run("show", "pixel-art-xl")

    assert done.returncode == 0, done.stderr
    facts = dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if not line.startswith("trigger"))
    assert facts["base"] == "sdxl (text width 2048)"
    assert len(facts["sha256"]) == 64


def test_an_unknown_name_ends_with_an_error_and_the_names_that_exist(models: Path) -> None:
    done = run("show", "pixel-art")

    assert done.returncode == 1
    assert done.stdout == ""
    assert "did you mean 'pixel-art-xl'?" in done.stderr


def test_show_finds_what_mini_can_draw(models: Path) -> None:
    done, as_json = run("show", "mini", "--find", "elixir"), run("show", "mini", "--find", "elixir", "--json")
    other = run("show", "pixel-art-xl", "--find", "elixir")

    assert any(line.startswith("potion ") for line in done.stdout.splitlines())
    assert "potion" in [thing["word"] for thing in json.loads(as_json.stdout)]
    assert other.returncode == 2
    assert "not known" in other.stderr
