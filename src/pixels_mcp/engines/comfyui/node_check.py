"""Judging a workflow by what a server has: its nodes, their inputs, the files that they may name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pixels_mcp.engines.comfyui.comfy_http import ComfyHttp, Graph, StatusError
from pixels_mcp.engines.comfyui.graph_file import is_link
from pixels_mcp.told_apart import JsonObject, is_list, is_mapping, is_table

_SHOWN = 5


class NodeList:
    """The nodes of a server, each asked for once.

    Args:
        http: The server.
    """

    def __init__(self, http: ComfyHttp) -> None:
        self._http = http
        self._known: dict[str, Mapping[str, Any] | None] = {}

    def node(self, kind: str) -> Mapping[str, Any] | None:
        """What the server says of a class of nodes; None where it has none of that name.

        Raises:
            ServerGoneError, NotComfyError, ServerLoginError: As `ComfyHttp.get`.
        """
        if kind not in self._known:
            try:
                said: object = self._http.get(f"/object_info/{_in_path(kind)}")
            except StatusError:
                said = {}
            self._known[kind] = said.get(kind) if is_table(said) else None
        return self._known[kind]

    def choices(self, kind: str, name: str) -> tuple[str, ...]:
        """What a list input of a node offers; empty where there is no such node or list."""
        node = self.node(kind)
        return () if node is None else _options(_inputs(node).get(name)) or ()

    def problems(self, graph: Graph) -> list[str]:
        """What the server would refuse of a graph: nodes it lacks, inputs that are missing, files it does not have."""
        return [problem for number, node in graph.items() for problem in self._problems_of(number, node)]

    def _problems_of(self, number: str, node: Mapping[str, Any]) -> Iterator[str]:
        kind, given = node["class_type"], node["inputs"]
        known = self.node(kind)
        if known is None:
            yield f"the server has no node {kind} (node {number})"
            return
        for name, about in known.get("input", {}).get("required", {}).items():
            options = _options(about)
            if name not in given:
                if not _has_default(about, options):
                    yield f"node {number} ({kind}) lacks {name}"
                continue
            value = given[name]
            if options and isinstance(value, str) and not is_link(value) and value not in options and "%" not in value:
                yield f"node {number} ({kind}): {name}: the server has no {value!r}, but {_listed(options)}"


def filled_up(graph: Graph, nodes: NodeList) -> Graph:
    """A graph with the inputs that a newer server wants and an older file does not have, as the server presets them."""
    done: Graph = {}
    for number, node in graph.items():
        known = nodes.node(node["class_type"]) or {}
        inputs = dict(node["inputs"])
        for name, about in known.get("input", {}).get("required", {}).items():
            options = _options(about)
            if name not in inputs and _has_default(about, options):
                settings: Mapping[str, Any] = about[1] if len(about) > 1 else {}
                inputs[name] = settings.get("default", options[0] if options else None)
        done[number] = {**node, "inputs": inputs}
    return done


def _inputs(node: Mapping[str, Any]) -> JsonObject:
    about = node.get("input", {})
    return {**about.get("optional", {}), **about.get("required", {})}


def _options(about: Any) -> tuple[str, ...] | None:
    """The list of an input, in the old form `[[...], {}]` and the new `["COMBO", {"options": [...]}]`."""
    if not is_list(about) or not about:
        return None
    if is_list(about[0]):
        return tuple(map(str, about[0]))
    if about[0] == "COMBO" and len(about) > 1 and is_mapping(about[1]):
        return tuple(map(str, about[1].get("options") or ()))
    return None


def _has_default(about: Any, options: tuple[str, ...] | None) -> bool:
    return bool(options) or (len(about) > 1 and isinstance(about[1], Mapping) and "default" in about[1])


def _listed(options: tuple[str, ...]) -> str:
    more = len(options) - _SHOWN
    return ", ".join(options[:_SHOWN]) + (f" and {more} more" if more > 0 else "") if options else "none"


def _in_path(kind: str) -> str:
    from urllib.parse import quote

    return quote(kind, safe="")
