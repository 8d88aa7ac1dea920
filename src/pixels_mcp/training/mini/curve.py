"""Keep a run's losses as CSV, and draw them as a picture."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw

from pixels_mcp.errors import TrainingError
from pixels_mcp.training.checkpoint import TrainingProgress
from pixels_mcp.training.packs.training_canvas import CANVASES_PX

CANVAS_COLUMNS = {side: f"held_out_loss_{side}_px" for side in CANVASES_PX}
LOSS_COLUMNS = ("steps", "pictures_seen", "trained_s", "loss", *CANVAS_COLUMNS.values(), "pictures_per_s")
_WIDTH_PX, _HEIGHT_PX, _LEFT_PX, _FOOT_PX = 800, 400, 56, 28
_COLORS = {
    "loss": (110, 160, 255),
    **dict(zip(CANVAS_COLUMNS.values(), ((255, 110, 110), (255, 190, 70)), strict=True)),
}


def append_losses(
    path: Path, progress: TrainingProgress, *, loss: float, held_out_losses: Mapping[int, float], pictures_per_s: float
) -> None:
    """Add a line to `loss.csv`; a new file gets its head first. A canvas that was not measured, and a loss before the
    first step, count 0."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(LOSS_COLUMNS)
        held_out = [f"{held_out_losses.get(side, 0.0):.5f}" for side in CANVAS_COLUMNS]
        numbers = (f"{progress.trained_s:.0f}", f"{loss:.5f}", *held_out, f"{pictures_per_s:.2f}")
        writer.writerow((progress.steps, progress.pictures_seen, *numbers))


def read_losses(path: Path) -> list[dict[str, float]]:
    """Read `loss.csv`: a dict of numbers a line.

    Raises:
        TrainingError: It is missing or damaged.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError(f"{path} cannot be read: {error}", hint="delete it; the run goes on without") from error


def draw_curve(losses: list[dict[str, float]], path: Path) -> None:
    """Draw training and held-out loss over the pictures seen, the loss on a logarithmic scale."""
    if not losses:
        return
    values = [row[key] for row in losses for key in _COLORS if row[key] > 0]
    low, high = min(values) * 0.95, max(max(values), min(values) * 1.2) * 1.02
    last = max(1.0, *(row["pictures_seen"] for row in losses))
    image = Image.new("RGB", (_WIDTH_PX, _HEIGHT_PX), (24, 24, 30))
    pen = ImageDraw.Draw(image)
    width, height = _WIDTH_PX - _LEFT_PX - 12, _HEIGHT_PX - _FOOT_PX - 12

    def place(seen: float, loss: float) -> tuple[float, float]:
        from math import log

        share = (log(loss) - log(low)) / (log(high) - log(low))
        return _LEFT_PX + width * seen / last, 12 + height * (1.0 - share)

    for step in range(6):
        loss = low * (high / low) ** (step / 5)
        _, y = place(0, loss)
        pen.line((_LEFT_PX, y, _LEFT_PX + width, y), fill=(52, 52, 62))
        pen.text((6, y - 6), f"{loss:.3f}", fill=(200, 200, 210))
        pen.text(
            (_LEFT_PX + width * step / 5 - 12, _HEIGHT_PX - 20), f"{last * step / 5000:.0f}k", fill=(200, 200, 210)
        )
    for number, (key, color) in enumerate(_COLORS.items()):
        points = [place(row["pictures_seen"], row[key]) for row in losses if row[key] > 0]
        if len(points) > 1:
            pen.line(points, fill=color, width=2)
        pen.text((_LEFT_PX + 16 + 160 * number, 16), key.replace("_", " "), fill=color)
    image.save(path, optimize=True)
