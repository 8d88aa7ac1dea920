"""How much memory `pixels-mcp serve` takes: after start, and after it has listed its tools and drawn a preview.

    python bench/serve_memory.py

Prints one JSON document; MiB of resident memory. The preview is asked for a sprite that this script puts into a library
of its own, so numpy and Pillow are loaded by then, as they are in use.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe

SERVE = (sys.executable, "-m", "pixels_mcp", "serve")
SPRITE = "ruby-potion-0001.1"
CLIENT = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}


def ask(process: subprocess.Popen[bytes], number: int, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """Send one call and read its answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    call = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    process.stdin.write(json.dumps(call).encode() + b"\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def main() -> None:
    """Start a server, use it, and look at it."""
    with tempfile.TemporaryDirectory(prefix="px-") as home:
        pixels = np.full((32, 32, 4), 255, dtype=np.uint8)
        recipe = Recipe(request={"prompt": "a ruby potion"}, plan={"seed": 1}, model_sha256="0" * 64)
        new = NewEntry(seed=1, prompt="a ruby potion", model="mini", facts={})
        Library(Path(home) / "data" / "library").add(SPRITE, pixels, recipe, new)
        with subprocess.Popen(
            SERVE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PIXELS_HOME": home},
            cwd=home,
        ) as process:
            server = psutil.Process(process.pid)
            ask(process, 1, "initialize", CLIENT)
            started = server.memory_info().rss
            ask(process, 2, "tools/list", {})
            view = ask(process, 3, "tools/call", {"name": "view_sprite", "arguments": {"sprite_ids": [SPRITE]}})
            assert not view["result"].get("isError"), view
            used = server.memory_info().rss
            assert process.stdin is not None
            process.stdin.close()
    document = {"started_mib": round(started / 2**20, 1), "used_mib": round(used / 2**20, 1), "limit_mib": 120}
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()
