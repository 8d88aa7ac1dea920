"""A person's own workflow: ComfyUI's API form with named places, judged without a server."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixels_mcp.documents import parse_json
from pixels_mcp.engines.comfyui.comfy_http import Graph
from pixels_mcp.engines.comfyui.named_places import PLACES, words_between_percents
from pixels_mcp.errors import WorkflowError
from pixels_mcp.told_apart import is_list, is_mapping, is_table

BYTES_MAX, NODES_MAX = 2 * 2**20, 2_000
OUTPUT_KINDS = ("PreviewImage", "SaveImage")
OUTPUT_TITLE = "pixels-mcp"
_EXPORT = "in ComfyUI take Workflow > Export (API)"


@dataclass(frozen=True)
class GraphFile:
    """A workflow as it stands in its file.

    Attributes:
        graph: Its nodes, places not filled.
        places: Those that it has.
        output: The node whose picture is taken.
        sha256: Of the file's bytes.
    """

    file: Path
    graph: Graph
    places: frozenset[str]
    output: str
    sha256: str

    @property
    def kinds(self) -> dict[str, str]:
        """A node of each class that it uses, by class."""
        return {node["class_type"]: number for number, node in self.graph.items()}


def read_graph_file(file: Path) -> GraphFile:
    """Read a workflow and judge its form and its places.

    Raises:
        WorkflowError: Names the file, the node and what is wrong with it.
    """
    try:
        size = file.stat().st_size
        if size > BYTES_MAX:
            raise WorkflowError(f"{file} has {size} bytes, a workflow at most {BYTES_MAX}", hint=_EXPORT)
        data = file.read_bytes()
    except OSError as error:
        raise WorkflowError(f"cannot read {file}: {error.strerror}", hint="check the path") from error
    try:
        said = parse_json(data)
    except ValueError as error:
        raise WorkflowError(f"{file} is not JSON: {error}", hint=_EXPORT) from error
    graph = _graph_of(file, said)
    places = _places_of(file, graph)
    return GraphFile(file, graph, places, _output_of(file, graph), hashlib.sha256(data).hexdigest())


def _graph_of(file: Path, said: Any) -> Graph:
    if is_mapping(said) and isinstance(said.get("nodes"), list):
        raise WorkflowError(f"{file} is a workflow as the editor keeps it, not in API form", hint=_EXPORT)
    if not is_table(said) or not said:
        raise WorkflowError(f"{file} is no workflow in API form", hint=_EXPORT)
    if len(said) > NODES_MAX:
        raise WorkflowError(f"{file} has {len(said)} nodes, {NODES_MAX} are allowed", hint="leave out what is not used")
    for number, node in said.items():
        kind, inputs = (node.get("class_type"), node.get("inputs")) if is_table(node) else (None, None)
        if not isinstance(kind, str) or not is_table(inputs):
            raise WorkflowError(f"{file}: node {number} has no class_type or no inputs", hint=_EXPORT)
        for name, value in inputs.items():
            if is_link(value) and value[0] not in said:
                raise WorkflowError(
                    f"{file}: node {number} ({kind}): {name} comes from node {value[0]}, which is not there",
                    hint=_EXPORT,
                )
    return said


def is_link(value: Any) -> bool:
    """Whether an input is another node's output."""
    return is_list(value) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int)


def _places_of(file: Path, graph: Graph) -> frozenset[str]:
    words = words_between_percents(graph)
    for word, nodes in words.items():
        near = difflib.get_close_matches(word.lower(), PLACES, n=1, cutoff=0.7)
        if word not in PLACES and near:
            raise WorkflowError(f"{file}: node {nodes[0]}: there is no place %{word}%", hint=f"write %{near[0]}%")
    places = frozenset(place for place in PLACES if place in words)
    known = ", ".join(f"%{place}%" for place in PLACES)
    if "prompt" not in places:
        raise WorkflowError(f"{file} has no %prompt%", hint=f"write it where the words go; places: {known}")
    if "seed" not in places:
        raise WorkflowError(
            f"{file} has no %seed%: every picture would be the same", hint='write "%seed%" for the number of the seed'
        )
    if ("width" in places) != ("height" in places):
        raise WorkflowError(f"{file} has only one of %width% and %height%", hint="write both, or neither")
    if not places & {"width", "image"}:
        raise WorkflowError(
            f"{file} draws a size of its own: it has neither %width% and %height% nor %image%",
            hint="write %width% and %height% where the size of the picture is",
        )
    if "mask" in places and "image" not in places:
        raise WorkflowError(f"{file} has %mask%, but no %image%", hint="a mask is one of a picture")
    return places


def _output_of(file: Path, graph: Graph) -> str:
    """The node titled `pixels-mcp`, else the only one that shows or saves a picture."""
    outputs = [number for number, node in graph.items() if node["class_type"] in OUTPUT_KINDS]
    titled = [number for number in outputs if _title(graph[number]) == OUTPUT_TITLE]
    if not outputs:
        raise WorkflowError(
            f"{file} has no node that shows or saves a picture", hint=f"end it with {' or '.join(OUTPUT_KINDS)}"
        )
    if len(outputs) > 1 and len(titled) != 1:
        raise WorkflowError(
            f"{file} has {len(outputs)} nodes that show or save pictures: {', '.join(outputs)}",
            hint=f"give the one that is meant the title {OUTPUT_TITLE}",
        )
    return (titled or outputs)[0]


def _title(node: Mapping[str, Any]) -> str:
    meta = node.get("_meta")
    return str(meta.get("title", "")).strip() if is_mapping(meta) else ""
