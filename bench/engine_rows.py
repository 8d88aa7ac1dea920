"""How long the engine takes for one sprite and for sixteen together, after loading and before; one JSON document.

python bench/engine_rows.py [--model mini] [--device auto] [--dtype auto] [--threads 0]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from bench_home import report, spread
from pixels_mcp.engines.base import RenderSpec, Rgba, Row
from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

ROUNDS = 5


class Silent:
    """A watch that neither shows nor stops."""

    def stage(self, stage: str) -> None:
        """Do nothing."""

    def step(self, step: int, steps: int, preview: Callable[[int], Rgba | None]) -> None:
        """Do nothing."""

    def stopped(self) -> bool:
        """Never."""
        return False


def main() -> None:
    """Measure and report."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--model", default="mini")
    words.add_argument("--device", default="auto")
    words.add_argument("--dtype", default="auto")
    words.add_argument("--threads", type=int, default=0)
    asked = words.parse_args()

    paths = find_paths()
    model = ModelRegistry(load_settings(paths).models_dir or paths.models).find(asked.model)
    width_px, height_px = model.render_size_px(*model.default_size_px)
    spec = RenderSpec(
        Path(model.path),
        model.sha256 or "",
        width_px,
        height_px,
        steps=model.steps or 25,
        guidance_scale=model.guidance_scale or 1.0,
        two_pass=(model.guidance_scale or 1.0) > 1.0,
        sampler=model.sampler,
    )

    start = time.perf_counter()
    from pixels_mcp.engines import make_engine

    engine = make_engine(device=asked.device, dtype=asked.dtype, threads=asked.threads, cache_dir=paths.cache)
    imported_s = time.perf_counter() - start

    def draw(rows: int) -> float:
        begin = time.perf_counter()
        engine.render(spec, [Row("a ruby potion", "", seed) for seed in range(rows)], Silent())
        return time.perf_counter() - begin

    first_s = draw(1)
    draw(16)
    one, sixteen = [draw(1) for _ in range(ROUNDS)], [draw(16) for _ in range(ROUNDS)]
    device = engine.device()
    report(
        model=model.name,
        steps=spec.steps,
        guidance_scale=spec.guidance_scale,
        render_px=[width_px, height_px],
        device=device.kind,
        device_name=device.name,
        dtype=engine.account(spec, ()).dtype,
        threads=device.threads,
        import_s=round(imported_s, 3),
        load_and_first_s=round(first_s, 3),
        one=spread(one),
        sixteen=spread(sixteen),
        sixteen_against_sixteen_single=round(min(sixteen) / (16 * min(one)), 3),
        rows_that_fit=engine.rows_that_fit(spec),
    )


if __name__ == "__main__":
    main()
