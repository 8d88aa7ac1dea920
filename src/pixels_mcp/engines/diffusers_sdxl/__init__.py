"""The engine on diffusers: models in SDXL's layout, the built-in `mini` among them.

This package is the only place, besides training, that imports diffusers.
"""

from __future__ import annotations

from pixels_mcp.engines.diffusers_sdxl.engine import DiffusersSdxl

__all__ = ["DiffusersSdxl"]
