"""Make a tileset of terrains, and keep it in the library: one sheet, in code order."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from pixels_mcp.errors import TilesetError
from pixels_mcp.library.doubts import inherited_doubt
from pixels_mcp.library.entries import LibraryEntry, NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.given_picture import GivenPicture, kept_sha256
from pixels_mcp.operations.keeping import keep_made
from pixels_mcp.operations.set_requests import TilesetRequest
from pixels_mcp.operations.terrains import Role, words_to_draw
from pixels_mcp.pixelart.colors.hue_match import snap_by_hue
from pixels_mcp.pixelart.colors.palettes import Palette, load_palette
from pixels_mcp.pixelart.colors.quantize import snap_to_palette
from pixels_mcp.pixelart.colors.recolor import lock_set
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.quality import measure_facts, seam_errors
from pixels_mcp.pixelart.tiles.borders import make_border
from pixels_mcp.pixelart.tiles.fields import TileGeometry
from pixels_mcp.pixelart.tiles.ground_variants import ground_variants
from pixels_mcp.pixelart.tiles.maps import compose, count_differences, lay, random_terrain
from pixels_mcp.pixelart.tiles.moving import moving_designs
from pixels_mcp.pixelart.tiles.tileset import Tileset, TilesetDesign, make_tileset
from pixels_mcp.pixelart.tiles.walls import make_wall_look
from pixels_mcp.set_words import SEAM_ERROR_MAX, BorderKind, TileKind

MAPS_COMPARED = 20
SEEN_MOVING_SHARE = 0.1
"""So many pixels change from frame to frame where a ground is seen to move."""

_BORDER_OF: Mapping[TileKind, BorderKind] = {"corner": "bank", "edge": "outline", "blob": "bank"}
"""The border that suits a kind when none is asked."""

_FILLED_ROLES: Mapping[TileKind, tuple[Role, ...]] = {
    "corner": ("upper", "lower"),
    "edge": ("lower",),
    "single": ("upper",),
    "blob": (),
    "wall": (),
}
"""The terrains that a kind has tiles of that show nothing else."""


@dataclass(frozen=True, eq=False)
class MadeTileset:
    """A tileset and its entry.

    Attributes:
        entry: As the library keeps it.
        tileset: The tiles, of an animated set in its first frame.
        design: What they were made from.
        sheet: Their picture; further frames lie below, each as a sheet of its own.
    """

    entry: LibraryEntry
    tileset: Tileset
    design: TilesetDesign
    sheet: Rgba

    def preview(self, columns: int, rows: int, seed: int = 0) -> Rgba:
        """A random map laid from the tiles: (rows * tile_px, columns * tile_px, 4)."""
        return compose(self.tileset, lay(self.tileset, random_terrain(self.tileset.kind, columns, rows, seed), seed))


@dataclass(frozen=True)
class TilesetFacts:
    """What is true of a set, as the library tells it beside the pixel facts of its sheet.

    Attributes:
        tileset_kind: corner, edge, blob, wall or single.
        tile_px: Side of a tile.
        columns: Of the sheet.
        tiles: Code and variant of each tile, row by row.
        weights: How often each is laid among those of its code.
        terrains: What the lower and the upper terrain are called.
        codes_present: How many codes have a tile.
        composed_equals_whole: Random maps of the tiles equal the maps worked out whole, to the pixel.
        seam_error: The larger of the terrains' own seam errors; up to 1 nothing is seen.
        frame_count: How many sheets lie one below the other, each a frame of every tile.
        frame_ms: How long each stands; None in a still set.
        moving_share: Share of the moving terrain's pixels that differ from one frame to the next, 0 in a still set.
    """

    tileset_kind: TileKind
    tile_px: int
    columns: int
    tiles: tuple[tuple[int, int], ...]
    weights: tuple[int, ...]
    terrains: tuple[str, ...]
    codes_present: int
    composed_equals_whole: bool
    seam_error: float
    frame_count: int = 1
    frame_ms: int | None = None
    moving_share: float = 0.0


def design_tileset(request: TilesetRequest, terrains: Mapping[Role, GivenPicture]) -> TilesetDesign:
    """Bring the terrains to one palette, make their variants and decide everything else.

    Raises:
        TilesetError: The terrains have another size than the tiles, or holes.
        PaletteError: The palette is none.
    """
    roles = list(terrains)
    for role in roles:
        height_px, width_px = terrains[role].pixels.shape[:2]
        if (width_px, height_px) != (request.tile_px, request.tile_px):
            raise TilesetError(
                f"{role} is {width_px} x {height_px} px, tiles of {request.tile_px} px were asked",
                hint="ask for its own size with tile_px, or draw it anew in words",
            )
    given = [terrains[role].pixels for role in roles]
    if request.palette is not None:
        palette = load_palette(request.palette, allow_files=False)
        given = [snap_by_hue(pixels, palette) for pixels in given]
    is_flat = len(np.unique(np.concatenate([one.reshape(-1, 4) for one in given]), axis=0)) == 1
    locked = given if is_flat else lock_set(given, request.max_colors)[0]  # one color is no palette
    pixels = dict(zip(roles, locked, strict=True))
    upper, lower = pixels["upper"], pixels.get("lower", pixels["upper"])
    side = request.tile_px
    border = request.border or _BORDER_OF.get(request.kind, "none")
    wall = None
    if request.kind == "wall":
        wall = make_wall_look(upper, tile_px=side, face_px=request.face_px or side * 5 // 8)
    return TilesetDesign(
        request.kind,
        upper,
        lower,
        make_border(border, upper, lower, tile_px=side, band=pixels.get("band")),
        wall=wall,
        upper_fills=_variants("upper", upper, request),
        lower_fills=_variants("lower", lower, request),
        variants=request.variants,
        roughness_px=2.5 if request.roughness_px is None else request.roughness_px,
        path_px=request.path_px or side * 3 // 8,
        seed=request.seed,
    )


def _variants(role: Role, ground: Rgba, request: TilesetRequest) -> tuple[Rgba, ...]:
    """More tiles of a terrain that has some which show nothing else."""
    if role not in _FILLED_ROLES[request.kind]:
        return ()
    rim_px = TileGeometry.of(request.tile_px).plateau_px
    seed = request.seed + (role == "lower")
    return tuple(ground_variants(ground, request.variants - 1, rim_px=rim_px, seed=seed))


def build_tileset(request: TilesetRequest, terrains: Mapping[Role, GivenPicture], library: Library) -> MadeTileset:
    """Make the tiles, compare maps of them with the same maps worked out whole, and keep the sheet.

    Args:
        request: As asked.
        terrains: A picture for each of its terrains.
        library: Where the set goes.

    Raises:
        TilesetError: The terrains cannot become one set.
        DiskFullError, StoreError: It cannot be kept.
    """
    designs = moving_designs(design_tileset(request, terrains), request.frames)
    tilesets = [make_tileset(design) for design in designs]
    facts = _facts(request, list(zip(designs, tilesets, strict=True)))
    if request.palette is not None:  # pixel by pixel, so that tiles that met still meet
        palette = load_palette(request.palette, allow_files=False)
        tilesets = [_in_palette(tileset, palette) for tileset in tilesets]
    design, tileset = designs[0], tilesets[0]
    sheet = np.concatenate([one.sheet() for one in tilesets])
    sources = {role: kept_sha256(one, library) for role, one in terrains.items()}
    parts = tuple(dict.fromkeys(one.sprite_id for one in terrains.values() if one.sprite_id))
    doubt = inherited_doubt(map(library.get, parts))
    entry = keep_made(
        library,
        sheet,
        NewEntry(
            seed=request.seed,
            prompt=" and ".join(facts.terrains),
            model="tileset",
            facts={**measure_facts(sheet).to_dict(), **asdict(facts), **doubt},
            notes=_notes(facts),
            name=request.name,
            palette=request.palette,
            entry_kind="tileset",
            parts=parts,
        ),
        label=request.label,
        operation="tileset",
        # What a terrain's file is called here says nothing elsewhere: the recipe names it by its content.
        request=request.model_copy(update={role: sources[role] for role in terrains if not _is_words(request, role)}),
        left_out=frozenset({"name"}),
        sources=sources,
        parts={role: library.get(one.sprite_id) for role, one in terrains.items() if one.sprite_id},
        plan={
            "border": design.border.kind,
            "path_px": design.path_px,
            "roughness_px": design.roughness_px,
            "face_px": design.wall.face_px if design.wall else None,
            "variants": design.variants,
        },
    )
    return MadeTileset(entry, tileset, design, sheet)


def _is_words(request: TilesetRequest, role: Role) -> bool:
    return role in words_to_draw(request)


def _in_palette(tileset: Tileset, palette: Palette) -> Tileset:
    return replace(tileset, tiles={key: snap_to_palette(tile, palette) for key, tile in tileset.tiles.items()})


def _facts(request: TilesetRequest, frames: Sequence[tuple[TilesetDesign, Tileset]]) -> TilesetFacts:
    design, tileset = frames[0]
    seams = [max(seam_errors(terrain)) for terrain in (design.upper, design.lower)]
    return TilesetFacts(
        tileset_kind=tileset.kind,
        tile_px=tileset.tile_px,
        columns=tileset.columns,
        tiles=tileset.keys,
        weights=tuple(tileset.weight_of(key) for key in tileset.keys),
        terrains=tuple(filter(None, (request.lower, request.upper))),
        codes_present=len({code for code, _ in tileset.keys if code >= 0}),
        composed_equals_whole=not any(
            count_differences(design, tileset, maps=max(1, MAPS_COMPARED // len(frames)), side=8)
            for design, tileset in frames
        ),
        seam_error=round(float(np.max(seams)), 2),
        frame_count=len(frames),
        frame_ms=request.frame_ms if len(frames) > 1 else None,
        moving_share=_moving_share([one.lower for one, _ in frames]),
    )


def _moving_share(grounds: Sequence[Rgba]) -> float:
    pairs = list(itertools.pairwise(grounds))
    moved = [float((before != after).any(axis=-1).mean()) for before, after in pairs]
    return round(float(np.mean(moved)), 3) if moved else 0.0


def _notes(facts: TilesetFacts) -> tuple[str, ...]:
    notes: list[str] = []
    if facts.seam_error > SEAM_ERROR_MAX:
        notes.append(
            f"a terrain shows where it repeats (seam error {facts.seam_error:g}, up to {SEAM_ERROR_MAX:g} is unseen)"
        )
    if facts.frame_count > 1 and facts.moving_share < SEEN_MOVING_SHARE:
        notes.append(
            f"{facts.terrains[0]} is so plain that it hardly moves: {facts.moving_share:.1%} of its pixels change from "
            "frame to frame; one with waves shows more"
        )
    return tuple(notes)
