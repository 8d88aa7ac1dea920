"""Where a person's models are: in a folder of this machine, or with a ComfyUI server as well."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.paths import Paths
from pixels_mcp.settings import Settings

if TYPE_CHECKING:
    from pixels_mcp.engines.comfyui.comfy_models import ComfyModels

GRAPH_FOLDER = "comfyui"
"""In a folder of workflows: those in ComfyUI's API form."""


def open_registry(paths: Paths, settings: Settings) -> ModelRegistry:
    """All the models that the settings lead to.

    Raises:
        SettingsError: `comfyui_url` is no address.
    """
    folder = settings.models_dir or paths.models
    return ModelRegistry(folder, paths.cache, elsewhere=open_served(paths, settings))


def open_served(paths: Paths, settings: Settings) -> ComfyModels | None:
    """The models of the ComfyUI server; None where the embedded engine draws.

    Raises:
        SettingsError: `comfyui_url` is no address.
    """
    if settings.engine != "comfyui":
        return None
    return _served(
        settings.comfyui_url,
        tuple(settings.comfyui_headers.items()),
        (settings.models_dir or paths.models) / GRAPH_FOLDER,
        graph_folders(paths),
        settings.default_model,
    )


def graph_folders(paths: Paths) -> tuple[Path, ...]:
    """Where workflows for ComfyUI lie, the first of a name wins.

    None beside a game: a graph that somebody else wrote is not sent to a person's server unasked.
    """
    from pixels_mcp.workflows.workflow_places import shipped_folder, workflow_folders

    own = workflow_folders(None, paths.config)[0]
    return own / GRAPH_FOLDER, shipped_folder() / GRAPH_FOLDER


@lru_cache(maxsize=4)
def _served(
    url: str, headers: tuple[tuple[str, str], ...], cards: Path, workflows: tuple[Path, ...], default_model: str
) -> ComfyModels:
    """One that remembers what the server said, however often its models are asked for."""
    from pixels_mcp.engines.comfyui.comfy_models import ComfyModels
    from pixels_mcp.engines.comfyui.server_url import parse_server_url

    return ComfyModels(
        parse_server_url(url), dict(headers), cards=cards, workflows=workflows, default_model=default_model
    )
