"""Running `pixels-mcp` as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PIXELS = (sys.executable, "-m", "pixels_mcp")


def pixels(
    *words: str, cwd: Path | None = None, extra: Mapping[str, str] | None = None, timeout_s: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; stdout and stderr are kept apart."""
    return subprocess.run(
        [*PIXELS, *words],
        cwd=cwd,
        env={**os.environ, **(extra or {})},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        stdin=subprocess.DEVNULL,
    )
