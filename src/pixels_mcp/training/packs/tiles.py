"""Read the training tiles of one or several packs, and set a tenth of each apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pixels_mcp.errors import TrainingError
from pixels_mcp.exemplars.ramps import Rgba
from pixels_mcp.pixelart.near_copies import hold_out
from pixels_mcp.training.packs.captions import BACKGROUND_KINDS, KIND_WEIGHTS, TileWords, describe_tile
from pixels_mcp.training.packs.pack import Pack, read_pack
from pixels_mcp.training.packs.pack_captions import (
    PACK_SHARES,
    UNNAMED_PACK_SHARE,
    describe_picture,
    may_be_halved,
    style_of,
)
from pixels_mcp.training.packs.tile_cleanup import clean_tile
from pixels_mcp.training.packs.training_canvas import CANVASES_PX, FILLED_SHARE, fit_to_canvas

FEWEST_TILES = 200
DUNGEON_TILE_PX = 32

HALVED_KINDS = frozenset({"space", "vehicle", "building"})
"""Kinds that stay readable at half their size."""

CHARACTER_WEIGHT = 2.0
"""All frames of an actor together count as so many pictures of its kind."""
NAME_EXPONENT = 0.6
"""Of n pictures with the same words each counts n to minus this: three hundred cursors are not three hundred things."""


@dataclass(frozen=True)
class Tile:
    """One training picture.

    Attributes:
        path: Inside its zip or folder, with `/`; in the common layout the pack's name stands before it.
        pixels: (S, S, 4) uint8, S one of `CANVASES_PX`, hard alpha, zero colour under alpha 0, cleaned and centred.
        words: What its path or caption says.
        held_out: Whether it belongs to the tenth that training never sees.
        pack: Name of its pack.
        style: Its look, a key of `pack_captions.STYLES`, or empty.
        weight: How often it is drawn against the others of its pack.
        pose: Words for what an actor does in it.
        character: Whose frame it is, `PACK/FOLDERS/NAME`, or empty.
        is_exemplar: Whether it may stand in the exemplar library: not a second frame of an actor.
        is_dungeon: Whether its pack is laid out as the dungeon tiles, whose every picture was looked at.
    """

    path: str
    pixels: Rgba
    words: TileWords
    held_out: bool
    pack: str = ""
    style: str = ""
    weight: float = 1.0
    pose: tuple[str, ...] = ()
    character: str = ""
    is_exemplar: bool = True
    is_dungeon: bool = False


def read_tiles(sources: Sequence[Path]) -> list[Tile]:
    """Read the tiles of packs, in their order and sorted by path within each, the held-out tenth of each marked.

    Weights are such that each pack is drawn by its share (`pack_words.toml`).

    Raises:
        TrainingError: A path is missing, holds no pictures, a picture cannot be read, or too few fit a canvas.
    """
    tiles: list[Tile] = []
    pictures = 0
    for source in sources:
        pack = read_pack(source)
        pictures += len(pack.pictures)
        mine = _common_tiles(pack) if pack.is_common_layout else _dungeon_tiles(pack)
        total = sum(tile.weight for tile in mine)
        share = PACK_SHARES.get(pack.name, UNNAMED_PACK_SHARE)
        tiles += [replace(tile, weight=tile.weight * share / total) for tile in mine]
    if len(tiles) < FEWEST_TILES:
        sizes = " and ".join(f"{side}x{side}" for side in CANVASES_PX)
        raise TrainingError(
            f"{', '.join(map(str, sources))}: {len(tiles)} tiles of {sizes} among {pictures} pictures, "
            f"training needs {FEWEST_TILES}",
            hint="add tiles, or cut sheets into tiles first",
        )
    return tiles


def _dungeon_tiles(pack: Pack) -> list[Tile]:
    side = DUNGEON_TILE_PX
    fitting = [picture for picture in pack.pictures if picture.pixels.shape == (side, side, 4)]
    said = [describe_tile(picture.path) for picture in fitting]
    # The pictures as they lie there, so that no change of the cleaning moves a tile to the other side.
    held_out = hold_out([w.name for w in said], [w.kind for w in said], [picture.pixels for picture in fitting])
    tiles: list[Tile] = []
    for picture, about, held in zip(fitting, said, held_out, strict=True):
        words = _with_true_kind(about, picture.pixels)
        pixels = clean_tile(picture.pixels, about.kind)
        style = style_of(f"{pack.name}/{picture.path}")
        tiles.append(Tile(picture.path, pixels, words, held, pack.name, style, words.weight, is_dungeon=True))
    return tiles


def _common_tiles(pack: Pack) -> list[Tile]:
    tiles: list[Tile] = []
    frames: dict[str, list[tuple[tuple[int, ...], str]]] = {}
    for picture in pack.pictures:
        shown = describe_picture(pack, picture)
        if shown is None:
            continue
        fills = shown.words.kind in BACKGROUND_KINDS
        path = f"{pack.name}/{picture.path}"
        may_halve = shown.words.kind in HALVED_KINDS or may_be_halved(path)
        pixels = fit_to_canvas(picture.pixels, fills=fills, may_halve=may_halve)
        if pixels is None:
            continue
        character = f"{pack.name}/{shown.character}" if shown.character else ""
        tile = Tile(path, pixels, shown.words, False, pack.name, style_of(path), pose=shown.pose, character=character)
        if character:
            drawn_px = int((pixels[..., 3] > 0).sum()) if shown.words.kind == "effect" else 0
            rank = (-drawn_px, *_frame_rank(shown.action, shown.direction, shown.frame))
            frames.setdefault(character, []).append((rank, path))
        tiles.append(tile)
    first_of = {character: min(ranked)[1] for character, ranked in frames.items()}
    side_of = {tile.path: len(tile.pixels) for tile in tiles}
    # A frame with the weapon stretched out needs a larger canvas, on which the actor itself would be a dwarf.
    kept = [t for t in tiles if not t.character or len(t.pixels) == side_of[first_of[t.character]]]
    held_out = hold_out([t.words.name for t in kept], [t.words.kind for t in kept], [t.pixels for t in kept])
    return _weighed(
        [
            replace(t, held_out=held, is_exemplar=not t.character or t.path == first_of[t.character])
            for t, held in zip(kept, held_out, strict=True)
        ]
    )


def _frame_rank(action: str, direction: str, frame: int) -> tuple[int, int, int]:
    """The lower the better an actor is known by this frame: standing or walking, seen from the front, the first."""
    calm = ("idle", "stand", "walk", "play", "fly", "run", "glow", "spin", "move", "swim")
    facing = ("down", "front", "", "right", "left")
    by_action = calm.index(action) if action in calm else len(calm)
    by_direction = facing.index(direction) if direction in facing else len(facing)
    return by_direction // 3, by_action, by_direction * 1000 + frame


def _weighed(tiles: list[Tile]) -> list[Tile]:
    count_of_name: dict[str, int] = {}
    count_of_character: dict[str, int] = {}
    for tile in tiles:
        if tile.character:
            count_of_character[tile.character] = count_of_character.get(tile.character, 0) + 1
        else:
            count_of_name[tile.words.name] = count_of_name.get(tile.words.name, 0) + 1

    def weight(tile: Tile) -> float:
        if tile.character:
            return tile.words.weight * CHARACTER_WEIGHT / count_of_character[tile.character]
        return tile.words.weight * count_of_name[tile.words.name] ** -NAME_EXPONENT

    return [replace(tile, weight=weight(tile)) for tile in tiles]


def _with_true_kind(about: TileWords, pixels: Rgba) -> TileWords:
    """Call a mark what only lies on a floor, a wall or water: a sigil, the edge of a wave, a banner."""
    if about.kind not in BACKGROUND_KINDS or (pixels[..., 3] > 0).mean() >= FILLED_SHARE:
        return about
    return replace(about, kind="mark", weight=KIND_WEIGHTS["mark"], mirrors=False)
