"""pixels-mcp: game art that an assistant makes for you while your game runs.

The way a sprite takes: request -> job -> worker -> engine -> pixelart -> library -> bevy.
Start reading at `pixels_mcp.worker.produce`.
"""

__version__ = "0.1.0"
