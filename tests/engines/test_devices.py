"""Device, number format and threads are what was asked, or what is fast here."""

# The measured gain is what a threshold decides on, and no caller sees the number.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import torch

from pixels_mcp.engines import devices, make_engine
from pixels_mcp.engines.base import RenderSpec
from pixels_mcp.errors import SettingsError
from pixels_mcp.models.describe import MINI_FOLDER


def always(value: object) -> Callable[..., object]:
    """A function that gives this whatever it is asked."""

    def give(*_: object) -> object:
        return value

    return give


def test_a_device_that_is_not_there_is_refused_with_those_that_are() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA card")
    with pytest.raises(SettingsError, match=r"'cuda' is not available; this machine has .*cpu"):
        make_engine(device="cuda")
    assert make_engine(device="auto").device().kind in ("cpu", "mps")


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(SettingsError, match="no engine is called 'crayon'"):
        make_engine("crayon")


def test_a_model_that_is_elsewhere_or_left_to_the_card_is_refused_with_the_reason(tmp_path: Path) -> None:
    beside_a_card = make_engine(device="cpu", dtype="fp32", small_models_only=True)
    large = tmp_path / "large.safetensors"
    header = json.dumps({"unet.weight": {"dtype": "F16", "shape": [2**14, 2**14], "data_offsets": [0, 2**29]}}).encode()
    with large.open("wb") as stream:
        stream.write(len(header).to_bytes(8, "little") + header)
        stream.truncate(8 + len(header) + 2**29)  # sparse

    assert (
        beside_a_card.refusal(_spec(tmp_path / "away.safetensors"))
        == f"{tmp_path}/away.safetensors is not on this machine"
    )
    assert beside_a_card.refusal(_spec(large)) == "large.safetensors is large, and left to the card"
    assert beside_a_card.refusal(_spec(MINI_FOLDER)) is None
    assert make_engine(device="cpu", dtype="fp32").refusal(_spec(large)) is None


def _spec(model: Path) -> RenderSpec:
    return RenderSpec(model, "0" * 64, 32, 32, 4, 3.0)


def test_fp16_is_never_drawn_on_a_cpu() -> None:
    with pytest.raises(SettingsError, match="fp16 is not drawn on a CPU"):
        make_engine(device="cpu", dtype="fp16")
    assert make_engine(device="cpu", dtype="bf16").device().dtype == "bf16"
    assert make_engine(device="cpu").device().dtype in ("fp32", "bf16")


def test_the_thread_count_is_set_and_told() -> None:
    before = torch.get_num_threads()
    try:
        assert make_engine(device="cpu", dtype="fp32", threads=1).device().threads == 1
        assert torch.get_num_threads() == 1
        assert make_engine(device="cpu", dtype="fp32", threads=0).device().threads >= 1
    finally:
        torch.set_num_threads(before)


def test_the_device_tells_its_memory() -> None:
    device = make_engine(device="cpu", dtype="fp32").device()
    assert 0 < device.memory_free_gib <= device.memory_total_gib
    assert device.name


def test_bf16_is_taken_only_where_the_kept_measurement_says_that_it_gains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "_has_bf16_instructions", lambda: True)
    choices = []
    for gain in (4.0, 1.1):
        monkeypatch.setattr(devices, "_measure_bf16_gain", lambda gain=gain: gain)
        cache = tmp_path / str(gain)
        choices.append(devices.choose_dtype("cpu", "auto", cache))
        kept = json.loads((cache / "bf16_gain.json").read_text())
        assert list(kept.values()) == [gain]

        monkeypatch.setattr(devices, "_measure_bf16_gain", lambda: pytest.fail("measured again"))
        assert devices.choose_dtype("cpu", "auto", cache) == choices[-1]

    assert choices == ["bf16", "fp32"]
    monkeypatch.setattr(devices, "_has_bf16_instructions", lambda: False)
    assert devices.choose_dtype("cpu", "auto", None) == "fp32"


def test_the_measurement_gives_a_sensible_number_and_leaves_the_threads_alone() -> None:
    threads = torch.get_num_threads()
    assert 0.01 < devices._measure_bf16_gain() < 100
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize(
    ("cuda_free_gib", "available_gib", "is_integrated", "expected_gib"),
    [
        (10.0, 100.0, 1, 92.0),  # page cache: CUDA counts it as used, the system gives it away
        (100.0, 90.0, 1, 92.0),
        (3.0, 6.0, 1, 0.0),  # what is left belongs to the machine
        (10.0, 100.0, 0, 10.0),  # a card with memory of its own
    ],
)
def test_a_card_that_shares_the_machines_memory_leaves_8_gib_of_it(
    monkeypatch: pytest.MonkeyPatch,
    cuda_free_gib: float,
    available_gib: float,
    is_integrated: int,
    expected_gib: float,
) -> None:
    """No machine here has such a card; what CUDA and the system would say is put in its place."""
    gib = 2**30
    told = {
        "mem_get_info": (int(cuda_free_gib * gib), 120 * gib),
        "memory_reserved": 0,
        "memory_allocated": 0,
        "current_device": 0,
        "get_device_properties": SimpleNamespace(name="NVIDIA GB10", is_integrated=is_integrated),
    }
    for name, value in told.items():
        monkeypatch.setattr(torch.cuda, name, always(value))
    memory = SimpleNamespace(available=int(available_gib * gib), total=119 * gib)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)

    free, total = devices.memory_bytes("cuda")

    assert free / gib == expected_gib
    assert total / gib == (119 if is_integrated else 120)
