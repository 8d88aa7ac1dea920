"""LDtk 1.5.3: a whole project with one IntGrid layer, auto-layer rules for every code, and a sample level.

Source: LDtk's JSON documentation and schema 1.5.3 (ldtk.io/json), every required field of which is written.
"""

from __future__ import annotations

import json
import uuid

import numpy as np

from pixels_mcp.operations.exports.ldtk_rules import (
    FIRST_RULE,
    LOWER,
    UPPER,
    cells_of,
    codes_of,
    codes_of_level,
    rule_of,
)
from pixels_mcp.operations.kept_tileset import KeptTileset
from pixels_mcp.pixelart.colors.color import hex_code
from pixels_mcp.pixelart.tiles.codes import Terrain
from pixels_mcp.pixelart.tiles.maps import TileMap
from pixels_mcp.pixelart.tiles.tileset import OUTSIDE
from pixels_mcp.told_apart import JsonObject

_TILESET, _LAYER, _GROUP, _LEVEL = 1, 2, 3, 5_000


def ldtk_project(kept: KeptTileset, name: str, image: str, laid: TileMap) -> bytes:
    """The set as an LDtk project.

    Args:
        kept: The set.
        name: Of the tileset and the layer's rules.
        image: File name of its picture, beside.
        laid: The sample level's map.
    """
    side = kept.tileset.tile_px
    rows, columns = laid.terrain.shape
    level = _level(kept, image, laid.terrain, name)
    project = {
        "__header__": {
            "fileType": "LDtk Project JSON",
            "app": "LDtk",
            "doc": "https://ldtk.io/json",
            "schema": "https://ldtk.io/files/JSON_SCHEMA.json",
            "appAuthor": "Sebastien 'deepnight' Benard",
            "appVersion": "1.5.3",
            "url": "https://ldtk.io",
        },
        "iid": _iid(name, "project"),
        "jsonVersion": "1.5.3",
        "appBuildId": 473703,
        "nextUid": _LEVEL + 1,
        "identifierStyle": "Capitalize",
        "toc": [],
        "worldLayout": "Free",
        "worldGridWidth": 256,
        "worldGridHeight": 256,
        "defaultLevelWidth": columns * side,
        "defaultLevelHeight": rows * side,
        "defaultPivotX": 0,
        "defaultPivotY": 0,
        "defaultGridSize": side,
        "defaultEntityWidth": side,
        "defaultEntityHeight": side,
        "bgColor": "#40465B",
        "defaultLevelBgColor": "#474B67",
        "minifyJson": False,
        "externalLevels": False,
        "exportTiled": False,
        "simplifiedExport": False,
        "imageExportMode": "None",
        "exportLevelBg": True,
        "pngFilePattern": None,
        "backupOnSave": False,
        "backupLimit": 10,
        "backupRelPath": None,
        "levelNamePattern": "Level_%idx",
        "tutorialDesc": None,
        "customCommands": [],
        "flags": [],
        "worlds": [],
        "dummyWorldIid": _iid(name, "world"),
        "defs": {
            "layers": [_layer(kept)],
            "entities": [],
            "tilesets": [_tileset(kept, name, image)],
            "enums": [],
            "externalEnums": [],
            "levelFields": [],
        },
        "levels": [level],
    }
    return (json.dumps(project, indent=1) + "\n").encode()


def _layer(kept: KeptTileset) -> JsonObject:
    names = ("below", *kept.terrains)[-2:]
    return {
        "__type": "IntGrid",
        "identifier": "Terrain",
        "type": "IntGrid",
        "uid": _LAYER,
        "doc": None,
        "uiColor": None,
        "gridSize": kept.tileset.tile_px,
        "guideGridWid": 0,
        "guideGridHei": 0,
        "displayOpacity": 1,
        "inactiveOpacity": 1,
        "hideInList": False,
        "hideFieldsWhenInactive": True,
        "canSelectWhenInactive": True,
        "renderInWorldView": True,
        "pxOffsetX": 0,
        "pxOffsetY": 0,
        "parallaxFactorX": 0,
        "parallaxFactorY": 0,
        "parallaxScaling": True,
        "requiredTags": [],
        "excludedTags": [],
        "autoTilesKilledByOtherLayerUid": None,
        "uiFilterTags": [],
        "useAsyncRender": False,
        "intGridValues": [
            {
                "value": value,
                "identifier": _identifier(terrain, value),
                "color": _mean_color(kept, value),
                "tile": None,
                "groupUid": 0,
            }
            for value, terrain in zip((LOWER, UPPER), names, strict=True)
        ],
        "intGridValuesGroups": [],
        "autoRuleGroups": [
            {
                "uid": _GROUP,
                "name": kept.tileset.kind,
                "color": None,
                "icon": None,
                "active": True,
                "isOptional": False,
                "usesWizard": False,
                "requiredBiomeValues": [],
                "biomeRequirementMode": 0,
                "rules": [rule_of(kept, number, code) for number, code in enumerate(codes_of(kept))],
            }
        ],
        "autoSourceLayerDefUid": None,
        "tilesetDefUid": _TILESET,
        "tilePivotX": 0,
        "tilePivotY": 0,
        "biomeFieldUid": None,
    }


def _tileset(kept: KeptTileset, name: str, image: str) -> JsonObject:
    side, columns = kept.tileset.tile_px, kept.tileset.columns
    return {
        "__cWid": columns,
        "__cHei": kept.rows,
        "identifier": _identifier(name, 0),
        "uid": _TILESET,
        "relPath": image,
        "embedAtlas": None,
        "pxWid": columns * side,
        "pxHei": kept.rows * side,
        "tileGridSize": side,
        "spacing": 0,
        "padding": 0,
        "tags": [],
        "tagsSourceEnumUid": None,
        "enumTags": [],
        "customData": [],
        "savedSelections": [],
        "cachedPixelData": None,
    }


def _level(kept: KeptTileset, image: str, terrain: Terrain, name: str) -> JsonObject:
    side = kept.tileset.tile_px
    rows, columns = terrain.shape
    layer = {
        "__identifier": "Terrain",
        "__type": "IntGrid",
        "__cWid": columns,
        "__cHei": rows,
        "__gridSize": side,
        "__opacity": 1,
        "__pxTotalOffsetX": 0,
        "__pxTotalOffsetY": 0,
        "__tilesetDefUid": _TILESET,
        "__tilesetRelPath": image,
        "iid": _iid(name, "layer"),
        "levelId": _LEVEL,
        "layerDefUid": _LAYER,
        "pxOffsetX": 0,
        "pxOffsetY": 0,
        "visible": True,
        "optionalRules": [],
        "intGridCsv": np.where(terrain, UPPER, LOWER).reshape(-1).tolist(),
        "autoLayerTiles": _auto_tiles(kept, terrain),
        "seed": 1,
        "overrideTilesetUid": None,
        "gridTiles": [],
        "entityInstances": [],
    }
    return {
        "identifier": "Level_0",
        "iid": _iid(name, "level"),
        "uid": _LEVEL,
        "worldX": 0,
        "worldY": 0,
        "worldDepth": 0,
        "pxWid": columns * side,
        "pxHei": rows * side,
        "__bgColor": "#474B67",
        "bgColor": None,
        "useAutoIdentifier": True,
        "bgRelPath": None,
        "bgPos": None,
        "bgPivotX": 0.5,
        "bgPivotY": 0.5,
        "__smartColor": "#A3A5B3",
        "__bgPos": None,
        "externalRelPath": None,
        "fieldInstances": [],
        "layerInstances": [layer],
        "__neighbours": [],
    }


def _auto_tiles(kept: KeptTileset, terrain: Terrain) -> list[JsonObject]:
    """The tiles that the rules lay: games read these and no rules."""
    side, columns = kept.tileset.tile_px, kept.tileset.columns
    codes = {code: number for number, code in enumerate(codes_of(kept))}
    shift = -side // 2 if kept.tileset.kind == "corner" else 0
    laid: list[JsonObject] = []
    for (row, column), code in np.ndenumerate(codes_of_level(kept, terrain)):
        cell = cells_of(kept, int(code))[0]
        down, right = divmod(cell, columns)
        laid.append(
            {
                "px": [column * side + shift, row * side + shift],
                "src": [right * side, down * side],
                "f": 0,
                "t": cell,
                "d": [FIRST_RULE + codes[int(code)], row * terrain.shape[1] + column],
                "a": 1,
            }
        )
    return laid


def _mean_color(kept: KeptTileset, value: int) -> str:
    code = {"corner": (0, 15), "edge": (OUTSIDE, 15), "single": (0, 0)}.get(kept.tileset.kind, (OUTSIDE, 255))[
        value - 1
    ]
    mean = kept.tileset.tiles[(code, 0)][..., :3].reshape(-1, 3).mean(axis=0)
    return hex_code(mean.astype("uint8")).upper()


def _identifier(text: str, number: int) -> str:
    plain = "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in text).strip("_")
    return f"{plain[:1].upper()}{plain[1:48]}" if plain[:1].isalpha() else f"T{number}_{plain[:48]}"


def _iid(name: str, what: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"pixels-mcp/{name}/{what}"))
