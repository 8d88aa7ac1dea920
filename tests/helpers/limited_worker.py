"""A real worker that draws with the real engine, which after its first render may allocate only so much more memory.

`python tests/helpers/limited_worker.py MIB LOG` is the worker; it starts itself again as the drawing process. The
engine's estimate of how many rows fit is left out of it: every render is tried with as many rows as the settings allow,
so that memory really runs out.
"""

from __future__ import annotations

import logging
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings


def limited_worker_command(more_mib: int, log: Path) -> tuple[str, ...]:
    """The command that starts such a worker; `log` gets a line per render: rows, and `drawn` or the error's name."""
    return (sys.executable, str(Path(__file__).resolve()), str(more_mib), str(log))


def _work(more_mib: str, log: str) -> None:
    from pixels_mcp.worker.service import run_worker

    logging.basicConfig(level=logging.INFO)
    paths = find_paths()
    engine = (sys.executable, str(Path(__file__).resolve()), "draw", more_mib, log)
    run_worker(paths, load_settings(paths), engine_command=engine)


def _draw(more_mib: str, log: str, *socket_and_options: str) -> None:
    from pixels_mcp.engines.base import RenderSpec, RenderWatch, Rgba, Row
    from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl
    from pixels_mcp.errors import PixelsError
    from pixels_mcp.worker.engine_host import connect_to_worker, serve_engine

    class Limited(DiffusersSdxl):
        """Writes down every render, and limits its own address space after the first."""

        def rows_that_fit(self, spec: RenderSpec) -> int:  # noqa: ARG002  # called alike with others
            return 1_000

        def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
            outcome = "drawn"
            try:
                return super().render(spec, rows, watch)
            except PixelsError as error:
                outcome = error.code
                raise
            finally:
                with Path(log).open("a", encoding="utf-8") as stream:
                    stream.write(f"{len(rows)} {outcome}\n")
                if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
                    limit = psutil.Process().memory_info().vms + int(more_mib) * 2**20
                    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    worker, options = connect_to_worker(list(socket_and_options))
    made: dict[str, Any] = {**options, "cache_dir": Path(options["cache_dir"])}
    assert made.pop("name") == "diffusers"
    serve_engine(lambda: Limited(**made), worker)


if __name__ == "__main__":
    _draw(*sys.argv[2:]) if sys.argv[1] == "draw" else _work(*sys.argv[1:])
