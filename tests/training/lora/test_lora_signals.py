"""`pixels-mcp train lora` as a process: SIGTERM in mid-run keeps its state, `--resume` ends where a whole run ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path

from safetensors.torch import load_file  # pyright: ignore[reportUnknownVariableType]

from helpers import tiny_sdxl
from helpers.commands import PIXELS, pixels
from helpers.own_art import write_own_set
from helpers.waiting import PATIENCE_S
from pixels_mcp.datasets.prepare import prepare_set
from pixels_mcp.paths import find_paths

_STEPS = 60


def test_a_terminated_run_goes_on_to_a_whole_one_and_the_former_lora_comes_back(home: Path) -> None:
    paths = find_paths()
    tiny_sdxl.write_pixel_model(paths.models / "checkpoints" / "little")
    (paths.models / "checkpoints" / "little.json").write_text(json.dumps({"steps": 1}))
    prepare_set(write_own_set(home / "art", 10), home / "set", license_name="CC0-1.0")
    options = ("--base", "little", "--name", "moss", "--steps", str(_STEPS), "--rank", "4", "--threads", "1")
    command = ("train", "lora", str(home / "set"), *options)
    whole = pixels(*command, timeout_s=PATIENCE_S * 3)
    assert whole.returncode == 0, whole.stderr
    loras = paths.models / "loras"
    first = (loras / "moss.safetensors").read_bytes()

    cut = subprocess.Popen([*PIXELS, *command], stderr=subprocess.PIPE, text=True, env=os.environ)
    with contextlib.ExitStack() as ending:
        ending.callback(cut.kill)
        assert cut.stderr is not None
        told = [next(line for line in cut.stderr if f" of {_STEPS}, loss" in line)]
        cut.send_signal(signal.SIGTERM)
        told += cut.stderr.readlines()
        assert cut.wait(PATIENCE_S) == 130, told
    assert any(line.startswith("stopped at step") and "its state is kept" in line for line in told), told
    assert (loras / "moss.safetensors").read_bytes() == first
    again = pixels(*command, "--resume", timeout_s=PATIENCE_S * 3)

    assert again.returncode == 0, again.stderr
    assert "going on from step" in again.stderr
    assert (loras / "moss.safetensors").read_bytes() == first
    assert "the former moss is called moss-previous now" in again.stderr

    cards = {name: json.loads((loras / f"{name}.json").read_text()) for name in ("moss", "moss-previous")}
    assert ["--resume" in cards[name]["trained"]["command"] for name in ("moss", "moss-previous")] == [True, False]
    back = pixels("models", "rollback", "moss")
    assert back.returncode == 0, back.stderr
    assert json.loads((loras / "moss.json").read_text()) == cards["moss-previous"]
    assert json.loads((loras / "moss-previous.json").read_text()) == cards["moss"]
    for name in ("moss", "moss-previous"):
        assert load_file(loras / f"{name}.safetensors")
        assert (loras / f"{name}.style.json").is_file()
