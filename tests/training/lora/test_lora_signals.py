"""`pixels-mcp train lora` as a process: SIGTERM in mid-run keeps its state, `--resume` ends where a whole run ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from helpers import tiny_sdxl
from helpers.commands import PIXELS
from helpers.own_art import write_own_set
from helpers.waiting import PATIENCE_S
from pixels_mcp.cli.models import model_commands
from pixels_mcp.cli.train import train_commands
from pixels_mcp.datasets.prepare import prepare_set
from pixels_mcp.paths import find_paths
from pixels_mcp.training.lora import lora_proof

_STEPS = 12


@pytest.fixture
def one_thread() -> Iterator[None]:
    """What trains in this process takes one thread, and leaves those that were."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_a_terminated_run_goes_on_to_a_whole_one_and_the_former_lora_comes_back(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lora_proof, "_PIXEL_PICTURES", 3)
    paths = find_paths()
    tiny_sdxl.write_pixel_model(paths.models / "checkpoints" / "little")
    (paths.models / "checkpoints" / "little.json").write_text(json.dumps({"steps": 1}))
    prepare_set(write_own_set(home / "art", 10), home / "set", license_name="CC0-1.0")
    words = ("lora", str(home / "set"), "--base", "little", "--name", "moss", "--steps", str(_STEPS))
    words += ("--batch-size", "1", "--rank", "2", "--threads", "1")
    loras = paths.models / "loras"

    def train(*more: str) -> str:
        monkeypatch.setattr(sys, "argv", ["pixels-mcp", "train", *words, *more])
        done = CliRunner().invoke(train_commands.app, [*words, *more], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stderr

    train()
    first = (loras / "moss.safetensors").read_bytes()

    cut = subprocess.Popen([*PIXELS, "train", *words], stderr=subprocess.PIPE, text=True, env=os.environ)
    with contextlib.ExitStack() as ending:
        ending.callback(cut.kill)
        assert cut.stderr is not None
        told = [next(line for line in cut.stderr if f" of {_STEPS}, loss" in line)]
        cut.send_signal(signal.SIGTERM)
        told += cut.stderr.readlines()
        assert cut.wait(PATIENCE_S) == 130, told
    assert any(line.startswith("stopped at step") and "its state is kept" in line for line in told), told
    assert (loras / "moss.safetensors").read_bytes() == first
    again = train("--resume")

    assert "going on from step" in again
    assert (loras / "moss.safetensors").read_bytes() == first
    assert "the former moss is called moss-previous now" in again
    cards = {name: json.loads((loras / f"{name}.json").read_text()) for name in ("moss", "moss-previous")}
    assert ["--resume" in cards[name]["trained"]["command"] for name in ("moss", "moss-previous")] == [True, False]

    back = CliRunner().invoke(model_commands.app, ["rollback", "moss"])
    assert back.exit_code == 0, back.output
    assert json.loads((loras / "moss.json").read_text()) == cards["moss-previous"]
    assert json.loads((loras / "moss-previous.json").read_text()) == cards["moss"]
    assert (loras / "moss.style.json").is_file()
