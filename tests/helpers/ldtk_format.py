"""Whether an LDtk project holds every field that version 1.5.3 of the format asks for, of its type, and no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from helpers.toolchains import REPOSITORY

_FIELDS: dict[str, dict[str, str]] = json.loads(
    (REPOSITORY / "tests" / "golden" / "exports" / "ldtk_1_5_3_fields.json").read_text()
)
"""`Level must`, `Level may`: field -> types, as LDtk's own JSON schema lists them."""

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
    "any": (object,),
}


def ldtk_faults(project: dict[str, Any]) -> list[str]:
    """What is missing, unknown or of another type, by the object that it stands in."""
    return [fault for kind, one in _objects(project) for fault in _faults(kind, one)]


def _objects(project: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "Project", {name: value for name, value in project.items() if name != "__header__"}
    yield "Definitions", project["defs"]
    for tileset in project["defs"]["tilesets"]:
        yield "TilesetDef", tileset
    for layer in project["defs"]["layers"]:
        yield "LayerDef", layer
        for value in layer["intGridValues"]:
            yield "IntGridValueDef", value
        for group in layer["autoRuleGroups"]:
            yield "AutoLayerRuleGroup", group
            for rule in group["rules"]:
                yield "AutoRuleDef", rule
    for level in project["levels"]:
        yield "Level", level
        for layer in level["layerInstances"]:
            yield "LayerInstance", layer
            for tile in layer["autoLayerTiles"]:
                yield "Tile", tile


def _faults(kind: str, one: dict[str, Any]) -> Iterator[str]:
    must, may = _FIELDS[f"{kind} must"], _FIELDS[f"{kind} may"]
    for name in must.keys() - one.keys():
        yield f"{kind} lacks {name}"
    for name, value in one.items():
        types = (must | may).get(name)
        if types is None:
            yield f"{kind} has no field {name}"
        elif not any(_is(value, wanted) for wanted in types.split("|")):
            yield f"{kind}.{name} is {value!r}, not {types}"


def _is(value: object, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted in ("boolean", "any")
    return isinstance(value, _PYTHON_TYPES[wanted])
