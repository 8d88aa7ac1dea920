"""Blind readings of sets: a shuffled sheet of 16 motions and one of 16 terrains, and the score of what a reader says.

python bench/set_readings.py lay FOLDER [--seed N]      # motions.png, terrains.png, key.json
python bench/set_readings.py score FOLDER ANSWERS.json  # {"motions": ["walk", ...], "terrains": ["grass", ...]}

The reader gets the pictures and the words of `MOTIONS` and `TERRAINS` alone. Grounds are drawn by the embedded model in
the home that PIXELS_HOME names, clips are made of tiles of the exemplar library.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.pixelart.finish import finish_native
from pixels_mcp.pixelart.motion.motions import animate
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.set_words import Body, MotionName

CLIPS: tuple[tuple[str, MotionName, Body], ...] = (
    ("knight", "walk", "biped"), ("orc", "walk", "biped"), ("wolf", "walk", "quadruped"), ("knight", "idle", "biped"),
    ("goblin", "run", "biped"), ("bat", "flap", "flyer"), ("slime", "hop", "slime"), ("wizard", "glide", "biped"),
    ("orc", "hurt", "biped"), ("goblin", "death", "biped"), ("knight", "attack", "biped"),
    ("gold ring", "spin", "floater"), ("ghost", "float", "floater"), ("flame", "flicker", "floater"),
    ("ruby", "shimmer", "floater"), ("skeleton", "death", "biped"),
)  # fmt: skip
MOTIONS = sorted({motion for _, motion, _ in CLIPS})
TERRAINS = (
    "grass", "deep water", "sand", "dirt", "grey stone floor", "snow", "lava", "wooden planks", "red bricks",
    "cobblestone", "ice", "mud", "marble floor", "stone wall", "swamp", "moss",
)  # fmt: skip
GROUND = (96, 112, 96, 255)
SCALE = 3


def main() -> None:
    """Lay the sheets, or score answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["lay", "score"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("answers", type=Path, nargs="?")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.step == "lay":
        lay(asked.folder, asked.seed)
    elif asked.answers is None:
        parser.error("score needs the answers' file")
    else:
        print(json.dumps(score(asked.folder, asked.answers), indent=1))


def lay(folder: Path, seed: int) -> None:
    """Draw both sheets in a shuffled order and write the order down."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    clips, grounds = random.permutation(len(CLIPS)).tolist(), random.permutation(len(TERRAINS)).tolist()
    drawn = draw_grounds(folder, seed)
    strips = [strip(*CLIPS[number]) for number in clips]
    numbered(strips, columns=2).save(folder / "motions.png")
    numbered([np.tile(drawn[number], (2, 2, 1)) for number in grounds], columns=4).save(folder / "terrains.png")
    key = {"motions": [CLIPS[number][1] for number in clips], "terrains": [TERRAINS[number] for number in grounds]}
    (folder / "key.json").write_text(json.dumps(key, indent=1) + "\n", "utf-8")


def draw_grounds(folder: Path, seed: int) -> list[Rgba]:
    """One ground for each word, by the command."""
    batch = folder / f"grounds_{seed}.json"
    words = {"tiling": "both", "seed": seed, "width_px": 32, "height_px": 32, "items": list(TERRAINS)}
    batch.write_text(json.dumps(words), "utf-8")
    command = [str(Path(sys.executable).with_name("pixels-mcp")), "batch", str(batch), "--json"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return [np.array(Image.open(item["sprites"][0]["path"]).convert("RGBA")) for item in told["items"]]


def strip(thing: str, motion: MotionName, body: Body) -> Rgba:
    """The frames of a clip side by side on a plain ground."""
    sprite = finish_native(find_exemplars(thing, 1, side_px=32)[0].pixels, size_px=(32, 32)).pixels
    frames = animate(sprite, [motion], body)[motion].frames
    row = np.concatenate([np.pad(frame, ((2, 2), (2, 2), (0, 0))) for frame in frames], axis=1)
    return np.where(row[..., 3:] > 0, row, np.array(GROUND, dtype=np.uint8)).astype(np.uint8)


def numbered(pictures: list[Rgba], columns: int) -> Image.Image:
    """Enlarged pictures in a grid, a number above each."""
    width = max(one.shape[1] for one in pictures) * SCALE + 12
    height = max(one.shape[0] for one in pictures) * SCALE + 22
    sheet = Image.new("RGB", (width * columns, height * -(-len(pictures) // columns)), "white")
    for place, picture in enumerate(pictures):
        row, column = divmod(place, columns)
        ImageDraw.Draw(sheet).text((column * width + 6, row * height + 4), str(place + 1), fill="black")
        size = picture.shape[1] * SCALE, picture.shape[0] * SCALE
        large = Image.fromarray(picture).convert("RGB").resize(size, Image.Resampling.NEAREST)
        sheet.paste(large, (column * width + 6, row * height + 18))
    return sheet


def score(folder: Path, answers: Path) -> dict[str, object]:
    """How many words are right, and which are not."""
    key, said = (json.loads(file.read_text("utf-8")) for file in (folder / "key.json", answers))
    told: dict[str, object] = {}
    for what in ("motions", "terrains"):
        pairs = list(zip(key[what], said[what], strict=True))
        told[what] = f"{sum(right == read for right, read in pairs)} of {len(pairs)}"
        told[f"{what}_wrong"] = [
            {"number": number, "is": right, "read": read}
            for number, (right, read) in enumerate(pairs, start=1)
            if right != read
        ]
    return told


if __name__ == "__main__":
    main()
