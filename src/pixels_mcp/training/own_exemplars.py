"""Make exemplars of a person's set: what `mini` redraws when words ask for one of its things."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.datasets.dataset import Dataset, DatasetPicture, open_pixels
from pixels_mcp.errors import TrainingError
from pixels_mcp.exemplars.own_libraries import SET_NAME
from pixels_mcp.exemplars.prompt_words import read_prompt
from pixels_mcp.exemplars.tile_index import FOLDER, VECTORS_FILE
from pixels_mcp.exemplars.words import singular
from pixels_mcp.next_steps import NextStep
from pixels_mcp.pixelart.drawing.canvas import place
from pixels_mcp.training.exemplar_library import write_exemplar_library
from pixels_mcp.training.packs.captions import TileWords
from pixels_mcp.training.packs.tiles import Tile
from pixels_mcp.training.packs.training_canvas import CANVASES_PX


@dataclass(frozen=True)
class AddedExemplars:
    """What was added, and what was not because it is too large or says nothing."""

    name: str
    added: int
    too_large: int
    unnamed: int


def add_exemplars(set_folder: Path, dataset: Dataset, name: str, root: Path) -> AddedExemplars:
    """Write a set's sprites as an exemplar library of their own; one of that name is replaced, whole.

    Args:
        root: Holds a folder for each set.

    Raises:
        TrainingError: None of its pictures can be an exemplar, or the folder cannot be written.
    """
    if not SET_NAME.fullmatch(name):
        raise TrainingError(f"{name!r} is no name of exemplars", hint="lower-case letters, digits, - and _")
    fitting = [one for one in dataset.pictures if one.canvas_px <= CANVASES_PX[-1]]
    tiles = [tile for one in fitting if (tile := _tile(set_folder, one, name)) is not None]
    if not tiles:
        raise TrainingError(
            f"none of {len(dataset.pictures)} pictures can be an exemplar: {len(dataset.pictures) - len(fitting)} are "
            f"larger than {CANVASES_PX[-1]} px, {len(fitting)} have no caption that names a thing",
            steps=[NextStep("check_set")],
        )
    staged = root / f".{name}.new"
    try:
        shutil.rmtree(staged, ignore_errors=True)
        added = write_exemplar_library(tiles, staged)
        shutil.copyfile(FOLDER / VECTORS_FILE, staged / VECTORS_FILE)
        shutil.rmtree(root / name, ignore_errors=True)
        staged.replace(root / name)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise TrainingError(f"cannot write {root / name}: {error.strerror}", hint="free some room there") from error
    return AddedExemplars(name, added, len(dataset.pictures) - len(fitting), len(fitting) - len(tiles))


def _tile(set_folder: Path, picture: DatasetPicture, name: str) -> Tile | None:
    asked = read_prompt(picture.caption)
    if not asked.head:
        return None
    side = next(side for side in CANVASES_PX if picture.canvas_px <= side)
    pixels = place(open_pixels(set_folder, picture), (side, side))
    words = tuple(dict.fromkeys(singular(word) for word in (*asked.words, asked.head)))
    kind = ("wall" if asked.head == "wall" else "floor") if picture.fills else "item"
    about = TileWords(kind, singular(asked.head), words, " ".join(words), 1.0, True)
    # Its maker chose every one of them: none is passed over for being like another.
    return Tile(f"own/{name}/{picture.file}", pixels, about, False, name, "", is_dungeon=True)
