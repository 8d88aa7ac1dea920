"""Engines draw raw pictures (renders) from plans; they know neither pixel art nor the library."""

from __future__ import annotations

from typing import Any

from pixels_mcp.engines.base import Engine
from pixels_mcp.errors import SettingsError

ENGINE_NAMES = ("diffusers", "ray")


def make_engine(name: str = "diffusers", **options: Any) -> Engine:
    """Make an engine by its name; this is where torch is imported.

    Args:
        name: One of `ENGINE_NAMES`.
        options: What the engine's class takes, in values that JSON has.

    Raises:
        SettingsError: No such engine, or the device or number format is not there.
    """
    if name == "diffusers":
        from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl

        return DiffusersSdxl(**options)
    if name == "ray":
        from pixels_mcp.engines.ray_cluster import RayEngine

        return RayEngine(**options)
    raise SettingsError(f"no engine is called {name!r}", hint=f"known engines: {', '.join(ENGINE_NAMES)}")
