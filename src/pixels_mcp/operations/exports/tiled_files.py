"""Tiled 1.10: a tileset with terrains (`.tsx` and `.tsj`), and a map of it (`.tmx`).

Source: Tiled's documentation of its XML and JSON formats (doc.mapeditor.org).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from xml.etree import ElementTree

from pixels_mcp.operations.kept_tileset import KeptTileset
from pixels_mcp.pixelart.colors.color import hex_code
from pixels_mcp.pixelart.tiles.codes import BLOB_BITS, CORNER_BITS, EDGE_BITS
from pixels_mcp.pixelart.tiles.maps import TileMap
from pixels_mcp.pixelart.tiles.tileset import OUTSIDE
from pixels_mcp.set_words import TileKind
from pixels_mcp.told_apart import JsonObject

_VERSIONS = {"version": "1.10", "tiledversion": "1.10.2"}
_ROUND = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
"""The places of a wangid, clockwise from the top."""
_WANG_TYPE: Mapping[TileKind, str] = {"corner": "corner", "edge": "edge", "blob": "mixed", "wall": "mixed"}
_BITS: Mapping[TileKind, Mapping[str, int]] = {
    "corner": CORNER_BITS,
    "edge": EDGE_BITS,
    "blob": BLOB_BITS,
    "wall": BLOB_BITS,
}
LOWER, UPPER = 1, 2
"""Numbers of the terrains in a wang set; 0 is unset."""


def tileset_json(kept: KeptTileset, name: str, image: str) -> JsonObject:
    """The set as Tiled's JSON.

    Args:
        kept: The set.
        name: What it is called in Tiled.
        image: File name of its picture, beside.
    """
    side, columns = kept.tileset.tile_px, kept.tileset.columns
    document: JsonObject = {
        "type": "tileset",
        **_VERSIONS,
        "name": name,
        "image": image,
        "imagewidth": columns * side,
        "imageheight": kept.rows * side,
        "tilewidth": side,
        "tileheight": side,
        "tilecount": columns * kept.rows,
        "columns": columns,
        "margin": 0,
        "spacing": 0,
        "tiles": _tiles(kept),
    }
    if kept.tileset.kind in _WANG_TYPE:
        document["wangsets"] = [_wang_set(kept, name)]
    return document


def tsj(kept: KeptTileset, name: str, image: str) -> bytes:
    """The set as a `.tsj` file."""
    return (json.dumps(tileset_json(kept, name, image), indent=1) + "\n").encode()


def tsx(kept: KeptTileset, name: str, image: str) -> bytes:
    """The set as a `.tsx` file."""
    told = tileset_json(kept, name, image)
    plain = ("version", "tiledversion", "name", "tilewidth", "tileheight", "tilecount", "columns")
    root = ElementTree.Element("tileset", {key: str(told[key]) for key in plain})
    ElementTree.SubElement(root, "image", source=image, width=str(told["imagewidth"]), height=str(told["imageheight"]))
    for tile in told["tiles"]:
        chance = {"probability": f"{tile['probability']:g}"} if "probability" in tile else {}
        element = ElementTree.SubElement(root, "tile", {"id": str(tile["id"]), **chance})
        if "animation" in tile:
            shown = ElementTree.SubElement(element, "animation")
            for frame in tile["animation"]:
                ElementTree.SubElement(shown, "frame", tileid=str(frame["tileid"]), duration=str(frame["duration"]))
    sets = ElementTree.SubElement(root, "wangsets") if "wangsets" in told else None
    for one in told.get("wangsets", ()):
        assert sets is not None
        wang = ElementTree.SubElement(sets, "wangset", name=one["name"], type=one["type"], tile=str(one["tile"]))
        for color in one["colors"]:
            ElementTree.SubElement(wang, "wangcolor", {key: str(value) for key, value in color.items()})
        for tile in one["wangtiles"]:
            ElementTree.SubElement(
                wang, "wangtile", tileid=str(tile["tileid"]), wangid=",".join(map(str, tile["wangid"]))
            )
    return _written(root)


def tmx(kept: KeptTileset, laid: TileMap, tileset_file: str) -> bytes:
    """A map as a `.tmx` file.

    Args:
        kept: The set.
        laid: Which tile lies where.
        tileset_file: Name of the set's `.tsx`, beside.
    """
    rows, columns = laid.codes.shape
    side = str(kept.tileset.tile_px)
    number_of = {key: number for number, key in enumerate(kept.tileset.keys, start=1)}
    root = ElementTree.Element(
        "map",
        _VERSIONS,
        orientation="orthogonal",
        renderorder="right-down",
        width=str(columns),
        height=str(rows),
        tilewidth=side,
        tileheight=side,
        infinite="0",
        nextlayerid="2",
        nextobjectid="1",
    )
    ElementTree.SubElement(root, "tileset", firstgid="1", source=tileset_file)
    layer = ElementTree.SubElement(root, "layer", id="1", name="terrain", width=str(columns), height=str(rows))
    cells = [
        ",".join(str(number_of[(int(code), int(variant))]) for code, variant in zip(*row, strict=True))
        for row in zip(laid.codes, laid.variants, strict=True)
    ]
    ElementTree.SubElement(layer, "data", encoding="csv").text = "\n" + ",\n".join(cells) + "\n"
    return _written(root)


def _tiles(kept: KeptTileset) -> list[JsonObject]:
    """What is to be said of single tiles: how often they are laid, and what is shown in their place."""
    told: list[JsonObject] = []
    for number, key in enumerate(kept.tileset.keys):
        one: JsonObject = {"id": number}
        heaviest = max(kept.tileset.weight_of((key[0], variant)) for variant in kept.tileset.variants_of(key[0]))
        if kept.tileset.weight_of(key) != heaviest:
            one["probability"] = kept.tileset.weight_of(key) / heaviest
        if kept.frames:
            one["animation"] = [{"tileid": cell, "duration": kept.shown_ms} for cell in kept.frames[number]]
        if len(one) > 1:
            told.append(one)
    return told


def _wang_set(kept: KeptTileset, name: str) -> JsonObject:
    kind, keys = kept.tileset.kind, kept.tileset.keys
    codes = [code for code, _ in keys]
    full = {"corner": (0, 15), "edge": (OUTSIDE, 15), "blob": (OUTSIDE, 255), "wall": (OUTSIDE, 255)}[kind]
    colors = [
        {
            "name": terrain,
            "color": hex_code(kept.tileset.tiles[(code, 0)][..., :3].reshape(-1, 3).mean(axis=0).astype("uint8")),
            "probability": 1,
            "tile": codes.index(code),
        }
        for terrain, code in zip(kept.terrains, full, strict=True)
    ]
    return {
        "name": name,
        "type": _WANG_TYPE[kind],
        "tile": -1,
        "colors": colors,
        # Floors in a wall's shadow are no terrain of their own.
        "wangtiles": [
            {"tileid": number, "wangid": wang_id(kind, code)}
            for number, (code, _) in enumerate(keys)
            if code >= OUTSIDE
        ],
    }


def wang_id(kind: TileKind, code: int) -> list[int]:
    """The terrain at each place around a tile, clockwise from the top; 0 where the kind knows none."""
    bits = _BITS[kind]
    inside = max(code, 0)
    return [0 if place not in bits else UPPER if inside & bits[place] else LOWER for place in _ROUND]


def _written(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"
