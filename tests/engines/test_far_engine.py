"""The far end of a lane: it draws with its own machine's files, found by content, and tells how far it is."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.plain_engine import PlainEngine
from helpers.plain_worker import install_plain_model
from helpers.waiting import PATIENCE_S, until
from pixels_mcp.engines.base import LoraFile, RenderSpec, Row
from pixels_mcp.engines.ray_cluster.far_engine import FarEngine
from pixels_mcp.engines.ray_cluster.ray_engine import RayEngine
from pixels_mcp.errors import EngineError, LaneLostError
from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.paths import find_paths
from pixels_mcp.worker.warming import QuietWatch

ROWS = (Row("a ruby potion", "", 1), Row("a sword", "", 2))


@pytest.fixture
def spec(home: Path) -> RenderSpec:
    """What a near machine asks for: its own path, which this machine has not."""
    paths = find_paths()
    install_plain_model(paths)
    model = ModelRegistry(paths.models, paths.cache).find("plain")
    return RenderSpec(Path("/near/models/plain"), model.sha256 or "", 32, 32, 6, 3.0)


def _far(make: Callable[[], PlainEngine]) -> FarEngine:
    return FarEngine(make, "spark-2")


def test_a_model_is_found_by_its_content_and_drawn_as_at_home(spec: RenderSpec) -> None:
    far = _far(PlainEngine)

    assert far.ask("refusal", (spec, None)).value is None
    said = far.render(spec, None, ROWS)

    at_home = PlainEngine().render(spec, ROWS, QuietWatch(lambda: False))
    assert said.error is None
    pictures, with_them = said.value
    assert all(map(np.array_equal, pictures, at_home))
    assert with_them.unread == ("", "")
    assert far.ask("loaded_models", None).value == (spec.model_sha256,)
    account = far.ask("account", (spec, None), ("word " * 79, "a sword"))
    assert account.value.unread == ("word word", "")
    assert account.seen is not None
    assert account.seen.loaded_models == (spec.model_sha256,), "no question of its own is needed for that"


def test_a_file_that_comes_later_is_found_then(spec: RenderSpec) -> None:
    far = _far(PlainEngine)
    install_plain_model(find_paths(), "later")
    later = ModelRegistry(find_paths().models, None).find("later")

    assert far.ask("refusal", (replace(spec, model_sha256=later.sha256 or ""), None)).value is None


def test_what_the_machine_lacks_is_named_with_the_machine(spec: RenderSpec) -> None:
    far = _far(PlainEngine)
    folder = find_paths().models
    lora = replace(spec, loras=(LoraFile(Path("/near/loras/cozy.safetensors"), "c" * 64, 1.0),))
    vae = replace(spec, vae_path=Path("/near/vae/fixed.safetensors"))

    model = far.ask("refusal", (replace(spec, model_sha256="f" * 64), None)).value
    assert model == f"spark-2 has no model of sha256 ffffffffffff (plain) in {folder}"
    assert "no LoRA of sha256 cccccccccccc (cozy.safetensors)" in far.ask("refusal", (lora, None)).value
    assert "no VAE of sha256 eeeeeeeeeeee (fixed.safetensors)" in far.ask("refusal", (vae, "e" * 64)).value
    error = far.render(lora, None, ROWS).error
    assert error is not None
    assert error[0] == "EngineError"
    assert "spark-2 has no LoRA" in error[1]


def test_it_stops_within_a_step_and_shows_a_row_while_it_draws(spec: RenderSpec) -> None:
    far = _far(lambda: PlainEngine(step_s=0.05))
    said = []
    drawing = threading.Thread(target=lambda: said.append(far.render(replace(spec, steps=400), None, ROWS)))
    drawing.start()
    until(lambda: far.news(False).step >= 1, "it draws")

    shown = far.preview(1)
    assert shown is not None
    assert shown.shape == (32, 32, 4)
    step = far.news(True).step
    drawing.join(PATIENCE_S)

    assert far.news(False).step <= step + 2
    assert said[0].error[0] == "RenderStopped"
    assert far.preview(0) is None, "nothing is drawn any more"
    assert far.render(replace(spec, steps=1), None, ROWS).error is None, "the next one is not stopped"
    finished = far.preview(0)
    assert finished is not None
    assert finished[..., 3].any()


def test_an_engine_that_cannot_be_made_says_so_at_every_call(home: Path) -> None:
    def make() -> PlainEngine:
        raise ModuleNotFoundError("No module named 'torch'")

    far = _far(make)

    for said in (far.ask("device", None), far.render(RenderSpec(Path("/m"), "a" * 64, 32, 32, 4, 3.0), None, ROWS)):
        assert said.error is not None
        assert said.error[0] == EngineError.__name__
        assert "not installed on spark-2: No module named 'torch'" in said.error[1]
        assert "pixels-mcp[worker,ray]" in said.error[2]
    assert far.about()[0] == "spark-2"


def test_a_cluster_that_is_not_there_is_told_at_once_and_its_lane_waits(home: Path) -> None:
    pytest.importorskip("ray", reason="the extra pixels-mcp[ray] is not installed")

    with pytest.raises(LaneLostError, match=r"cannot join the Ray cluster at 127\.0\.0\.1:9: .*refused") as told:
        RayEngine("127.0.0.1:9")
    assert "ray start --address" in told.value.hint


def test_without_the_extra_it_says_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # what an import meets where it is not installed

    with pytest.raises(EngineError, match=r"Ray is not installed; install it: pip install 'pixels-mcp\[ray\]'"):
        RayEngine("127.0.0.1:9")
