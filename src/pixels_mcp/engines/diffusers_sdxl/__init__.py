"""The engine on diffusers: models in SDXL's layout, the built-in `mini` among them.

This package is the only place, besides training, that imports diffusers.
"""

from __future__ import annotations

import os

from pixels_mcp.engines.lean_imports import lean_imports

# Nothing is ever fetched at run time; both packages read this when they are imported.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
# What it says while it is imported (no torchvision) helps nobody here.
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

with lean_imports():
    from pixels_mcp.engines.diffusers_sdxl.engine import DiffusersSdxl

__all__ = ["DiffusersSdxl"]
