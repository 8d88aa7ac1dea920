"""Which lanes the settings make."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixels_mcp.errors import SettingsError
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import Settings
from pixels_mcp.worker.lanes.cuda_cards import visible_cards
from pixels_mcp.worker.lanes.lane_plans import plan_lanes


def test_one_device_is_one_lane(home: Path) -> None:
    (plan,) = plan_lanes(find_paths(), Settings(device="cpu", threads=3))

    assert plan.name == "diffusers"
    assert plan.engine_options["device"] == "cpu"
    assert plan.engine_options["threads"] == 3
    assert not plan.is_far


def test_all_devices_are_a_lane_each_and_the_cpu_draws_small_models_beside_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-5ee1, 3")

    plans = plan_lanes(find_paths(), Settings(devices="all", dtype="fp16"))

    assert [plan.name for plan in plans] == ["card 0", "card 1", "cpu"]
    assert [plan.environment.get("CUDA_VISIBLE_DEVICES") for plan in plans] == ["GPU-5ee1", "3", None]
    assert [plan.engine_options["device"] for plan in plans] == ["cuda", "cuda", "cpu"]
    assert [plan.engine_options["dtype"] for plan in plans] == ["fp16", "fp16", "auto"]
    assert plans[2].engine_options["small_models_only"] is True


@pytest.mark.parametrize("hidden", ["", "-1", "-1,0"])
def test_hidden_cards_are_not_drawn_on_and_the_cpu_then_draws_everything(
    home: Path, monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)

    (plan,) = plan_lanes(find_paths(), Settings(devices="all"))

    assert visible_cards() == ()
    assert (plan.name, plan.engine_options["small_models_only"]) == ("cpu", False)


def test_a_ray_cluster_is_a_lane_a_device_and_each_is_far(home: Path) -> None:
    plans = plan_lanes(find_paths(), Settings(engine="ray", ray_address="spark:6379", ray_lanes=3, dtype="bf16"))

    assert [plan.name for plan in plans] == ["ray 0", "ray 1", "ray 2"]
    assert all(plan.is_far for plan in plans)
    assert plans[0].engine_options["address"] == "spark:6379"
    assert plans[0].engine_options["options"] == {"dtype": "bf16", "threads": 0}


@pytest.mark.parametrize("words", [{"device": "cpu"}, {"device": "mps"}, {"engine": "ray"}])
def test_settings_that_contradict_each_other_are_refused(home: Path, words: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="devices = 'all'"):
        plan_lanes(find_paths(), Settings(devices="all", **words))  # type: ignore[arg-type]  # words of a test
