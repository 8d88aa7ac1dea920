"""The named places of a workflow file: `%prompt%`, `%seed%`, ... as values in its graph, and what is put there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pixels_mcp.engines.comfyui.comfy_http import Graph

PLACES = (
    "prompt", "negative", "seed", "width", "height", "half_width", "half_height", "steps", "guidance", "strength",
    "image", "mask", "model", "lora", "lora_weight",
)  # fmt: skip

_WORD = re.compile(r"%([A-Za-z][A-Za-z_]{0,30})%")


def words_between_percents(graph: Graph) -> dict[str, list[str]]:
    """Every `%word%` in the inputs of a graph's nodes, known or not, with the nodes that hold it."""
    words: dict[str, list[str]] = {}
    for number, node in graph.items():
        for value in node["inputs"].values():
            for word in _WORD.findall(value) if isinstance(value, str) else ():
                words.setdefault(word, []).append(number)
    return words


def fill_places(graph: Graph, values: Mapping[str, int | float | str]) -> Graph:
    """Put values into a graph; every place that it has must have one.

    A text that is one place alone takes the value as it is, so `"seed": "%seed%"` becomes a number; among other words
    it is written out. Values go into the graph, never into its JSON: quotes and line breaks are safe, and what a
    prompt says between two percent signs is no place.
    """
    return {
        number: {**node, "inputs": {key: _filled(value, values) for key, value in node["inputs"].items()}}
        for number, node in graph.items()
    }


def _filled(value: Any, values: Mapping[str, int | float | str]) -> Any:
    if not isinstance(value, str):
        return value
    alone = _WORD.fullmatch(value)
    if alone and alone[1] in PLACES:
        return values[alone[1]]

    def put(match: re.Match[str]) -> str:
        return str(values[match[1]]) if match[1] in PLACES else match[0]

    return _WORD.sub(put, value)
