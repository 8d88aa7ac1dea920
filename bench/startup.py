"""How long `pixels-mcp serve` takes to answer `initialize`, against a bare MCPServer in the same run.

    python bench/startup.py [--runs 10]

Both are started as processes in turn; the time is from the start to the answer on stdout. Prints one JSON document.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

BARE = (sys.executable, "-c", "from mcp.server import MCPServer; MCPServer('bare').run()")
OURS = (sys.executable, "-m", "pixels_mcp", "serve")
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "bench", "version": "1"},
    },
}


def measure(command: tuple[str, ...], home: str) -> float:
    """Seconds from starting a server to its answer."""
    begun_s = time.perf_counter()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PIXELS_HOME": home},
        cwd=home,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(INITIALIZE).encode() + b"\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        took_s = time.perf_counter() - begun_s
        assert answer["result"]["serverInfo"]["name"], answer
        process.stdin.close()
        process.wait(timeout=30)
    return took_s


def main() -> None:
    """Measure in turn, so that a busy moment meets both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    bare_s, ours_s = [], []
    with tempfile.TemporaryDirectory(prefix="px-") as home:
        for command in (BARE, OURS):
            measure(command, home)  # fills the file cache
        for _ in range(runs):
            bare_s.append(measure(BARE, home))
            ours_s.append(measure(OURS, home))
    bare, ours = statistics.median(bare_s), statistics.median(ours_s)
    document = {
        "runs": runs,
        "bare_median_s": round(bare, 3),
        "serve_median_s": round(ours, 3),
        "ratio": round(ours / bare, 3),
        "bare_min_s": round(min(bare_s), 3),
        "serve_min_s": round(min(ours_s), 3),
        "ratio_of_minima": round(min(ours_s) / min(bare_s), 3),
        "load_average": os.getloadavg()[0],
        "python": sys.version.split()[0],
    }
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()
