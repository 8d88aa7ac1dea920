"""Too little memory is said as such, leaves nothing allocated, and old models make room for new ones."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from helpers.drawing import Watching, draw, shared_engine, spec_of, tiny_models
from pixels_mcp.engines import devices
from pixels_mcp.engines.base import Row
from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl
from pixels_mcp.errors import EngineError

PROGRAM = """
import hashlib, resource, sys
sys.path.insert(0, sys.argv[1])
import psutil
from pathlib import Path
from helpers.drawing import Watching
from pixels_mcp.engines.base import RenderSpec, Row
from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl
from pixels_mcp.errors import OutOfDeviceMemory

engine = DiffusersSdxl(device="cpu", dtype="fp32", threads=2)
def draw(rows):
    spec = RenderSpec(Path(sys.argv[2]), "tiny", 512, 512, steps=1, guidance_scale=4.0)
    return engine.render(spec, [Row("a red potion", "", seed) for seed in range(rows)], Watching())

one = draw(1)
print("sha256", hashlib.sha256(one[0].tobytes()).hexdigest())
limit = psutil.Process().memory_info().vms + 400 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
before = psutil.Process().memory_info().rss
try:
    draw(128)
except OutOfDeviceMemory as error:
    left = psutil.Process().memory_info().rss - before
    print("refused", error.message, "|", left // 2**20)
again = draw(1)
print("same", (one[0] == again[0]).all())
print("total", abs(engine.device().memory_total_gib - limit / 2**30) < 0.01)
print("fit", 1 <= engine.rows_that_fit(RenderSpec(Path(sys.argv[2]), "tiny", 512, 512, 1, 4.0)) < 128)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_AS as Linux has it")
def test_too_many_rows_are_refused_as_out_of_memory_and_one_row_still_draws() -> None:
    arguments = [str(Path(__file__).parents[1]), str(tiny_models() / "single.safetensors")]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=240
    )

    said = done.stdout.splitlines()
    assert len(said) == 5, done.stderr[-2000:]
    here = draw(spec_of("single.safetensors", width_px=512, height_px=512, steps=1), Row("a red potion", "", 0))
    assert said.pop(0) == f"sha256 {hashlib.sha256(here[0].tobytes()).hexdigest()}", "another process draws the same"
    assert said[0].startswith("refused 128 rows of 512 x 512 px did not fit into cpu memory")
    assert int(said[0].rpartition("|")[2]) < 100, "MiB that stayed allocated"
    assert said[1:] == ["same True", "total True", "fit True"]


def test_the_guess_of_rows_that_fit_shrinks_with_the_picture_and_grows_with_memory() -> None:
    engine = shared_engine()
    sizes = [engine.rows_that_fit(spec_of("folder", width_px=side, height_px=side)) for side in (512, 1024, 2048)]

    assert sizes[0] > sizes[1] > sizes[2] >= 1
    assert engine.rows_that_fit(spec_of("folder", width_px=8192, height_px=8192)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="peaks are measured through /proc")
def test_a_drawn_size_is_measured_and_not_guessed() -> None:
    spec = spec_of("folder", width_px=448, height_px=640, steps=1)  # that no other test draws
    guess = shared_engine().rows_that_fit(spec)
    draw(spec, Row("red", "", 1), Row("red", "", 2))

    assert shared_engine().rows_that_fit(spec) != guess


def test_the_longest_unused_model_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = DiffusersSdxl(device="cpu", dtype="fp32", threads=2)

    def draw_with(name: str) -> None:
        engine.render(spec_of(name, steps=1), [Row("red", "", 1)], Watching())

    draw_with("pixel")
    draw_with("folder")
    draw_with("pixel")
    assert engine.loaded_models() == ("folder", "pixel")

    # Memory for one more tiny model and the headroom, but only once one has gone.
    free = iter([devices.HEADROOM_BYTES, psutil.virtual_memory().available])

    def memory_bytes(_: object) -> tuple[int, int]:
        return next(free, 2**40), 2**40

    monkeypatch.setattr(devices, "memory_bytes", memory_bytes)
    draw_with("single.safetensors")

    assert engine.loaded_models() == ("pixel", "single.safetensors")


def test_a_model_that_cannot_fit_is_refused_before_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = DiffusersSdxl(device="cpu", dtype="fp32", threads=2)

    def memory_bytes(_: object) -> tuple[int, int]:
        return 10 * 2**20, 2**30

    monkeypatch.setattr(devices, "memory_bytes", memory_bytes)

    with pytest.raises(EngineError, match=r"folder needs 0\.0 GiB of cpu memory for its weights, 0\.0 GiB are free"):
        engine.render(spec_of("folder"), [Row("red", "", 1)], Watching())
    assert engine.loaded_models() == ()
