"""Keep a training run on disk: tensors as safetensors, the rest as JSON; a run cut off at any moment goes on."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there

from pixels_mcp.documents import parse_json
from pixels_mcp.errors import TrainingError

STATE_FILE = "state.json"
FORMAT = 1


@dataclass(frozen=True)
class TrainingProgress:
    """How far a run is.

    Attributes:
        steps: Optimiser steps taken.
        pictures_seen: Training pairs drawn, the same tile in other colours counted again.
        trained_s: Seconds spent training, over all sittings.
        seed: Seed of the run.
    """

    steps: int = 0
    pictures_seen: int = 0
    trained_s: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Checkpoint:
    """What a run needs to go on: the trained weights, their running mean, and the optimiser's state."""

    progress: TrainingProgress
    shape: dict[str, Any]
    weights: dict[str, torch.Tensor]
    mean_weights: dict[str, torch.Tensor]
    optimizer: dict[str, torch.Tensor]


def save_checkpoint(run_dir: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint beside the older one and drop that only when the new one is whole.

    Returns:
        Its folder, `checkpoint-STEPS` in the run's folder.
    """
    final = run_dir / f"checkpoint-{checkpoint.progress.steps:08d}"
    part = final.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name, tensors in (
        ("weights", checkpoint.weights),
        ("mean", checkpoint.mean_weights),
        ("optimizer", checkpoint.optimizer),
    ):
        save_file({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, part / f"{name}.safetensors")
    state = {"format": FORMAT, "shape": checkpoint.shape, **asdict(checkpoint.progress)}
    (part / STATE_FILE).write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(final, ignore_errors=True)
    part.replace(final)
    for old in sorted(run_dir.glob("checkpoint-????????"))[:-2]:
        shutil.rmtree(old, ignore_errors=True)
    return final


def newest_checkpoint(run_dir: Path) -> Path | None:
    """Find the run's newest whole checkpoint."""
    checkpoints = sorted(folder for folder in run_dir.glob("checkpoint-????????") if (folder / STATE_FILE).is_file())
    return checkpoints[-1] if checkpoints else None


def load_checkpoint(folder: Path, shape: dict[str, Any]) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        TrainingError: It is damaged, of a newer format, or of another shape.
    """
    try:
        state = parse_json((folder / STATE_FILE).read_text(encoding="utf-8"))
        tensors = [load_file(folder / f"{name}.safetensors") for name in ("weights", "mean", "optimizer")]
    except (OSError, ValueError, SafetensorError) as error:
        raise TrainingError(
            f"the checkpoint {folder} cannot be read: {error}", hint="delete it; an older one is used then"
        ) from error
    if state.get("format") != FORMAT:
        raise TrainingError(
            f"the checkpoint {folder} has format {state.get('format')}, this version reads {FORMAT}",
            hint="update pixels-mcp, or start in another --run-dir",
        )
    if state["shape"] != shape:
        differing = {k: (state["shape"].get(k), v) for k, v in shape.items() if state["shape"].get(k) != v}
        raise TrainingError(
            f"the checkpoint {folder} is of another shape (there, here): {differing}",
            hint="go on with the shape it has, or start in another --run-dir",
        )
    progress = TrainingProgress(**{k: state[k] for k in ("steps", "pictures_seen", "trained_s", "seed")})
    return Checkpoint(progress, state["shape"], *tensors)
