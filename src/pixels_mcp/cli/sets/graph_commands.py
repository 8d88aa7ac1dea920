"""Workflows in ComfyUI's API form on the command line: judged here, and by the server where one draws."""

from __future__ import annotations

import shutil
from pathlib import Path

from pixels_mcp.cli.output import note, print_json, print_result
from pixels_mcp.errors import EngineError, WorkflowError
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

PREFIX = "comfyui/"
"""Before the name of a shipped one."""


def check_graph(file: Path, *, as_json: bool) -> None:
    """Judge form and places without a server; nodes and files by the server, where `engine` is comfyui.

    Raises:
        WorkflowError: It cannot be drawn with; names the node.
    """
    from pixels_mcp.engines.comfyui.graph_file import read_graph_file
    from pixels_mcp.engines.model_places import open_served

    read = read_graph_file(file)
    served = open_served(find_paths(), load_settings(find_paths()))
    asked = "no"
    if served is not None:
        try:
            problems = served.problems_of(read.graph)
        except EngineError as error:
            note(f"its nodes are not judged: {error}")
        else:
            if problems:
                raise WorkflowError(
                    f"{file}: {'; '.join(problems)}",
                    hint=f"install what is missing in the ComfyUI at {served.url.http}",
                )
            asked = served.url.http
    places = sorted(read.places)
    if as_json:
        print_json({"file": str(file), "nodes": len(read.graph), "places": places, "output": read.output,
                    "judged_by": None if asked == "no" else asked})  # fmt: skip
        return
    print_result(f"{file}: {len(read.graph)} nodes, places {', '.join(places)}, nothing wrong")
    if served is None:
        note("its nodes are judged where engine = comfyui: `pixels-mcp config set engine comfyui`")


def begin_graph(name: str, file: Path) -> None:
    """Copy a shipped workflow, to change it.

    Raises:
        WorkflowError: There is none of that name, or the file exists.
    """
    from pixels_mcp.engines.model_places import graph_folders

    shipped = {one.stem: one for one in sorted(graph_folders(find_paths())[-1].glob("*.json"))}
    wanted = name.removeprefix(PREFIX)
    if wanted not in shipped:
        raise WorkflowError(f"there is no workflow {name}", hint=f"known: {', '.join(PREFIX + one for one in shipped)}")
    if file.exists() or file.suffix != ".json":
        raise WorkflowError(f"{file} exists already, or does not end in .json", hint="name a new .json file")
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(shipped[wanted], file)
    print_result(str(file))
