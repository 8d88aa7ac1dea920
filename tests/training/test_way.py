"""Which way a network is computed in while it trains."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from pixels_mcp.training.way import choose_way

CPU = torch.device("cpu")


@pytest.mark.parametrize(("asked", "bf16"), [("fp32", False), ("bf16", True), ("auto", True)])
def test_plain_ways_run_where_nothing_can_be_compiled(monkeypatch: pytest.MonkeyPatch, asked: str, bf16: bool) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("torch.compile is not supported here")

    monkeypatch.setattr(torch, "compile", refuse)
    network = nn.Linear(1, 1)
    plain = network.forward

    assert choose_way(asked, CPU, network, lambda in_bf16: 1.0 if in_bf16 else 2.0) is bf16
    assert network.forward == plain


@pytest.mark.parametrize(("compiled_s", "is_compiled"), [(0.5, True), (3.0, False)])
def test_the_compiled_network_is_kept_only_where_it_is_faster(compiled_s: float, is_compiled: bool) -> None:
    network = nn.Linear(1, 1)
    plain = network.forward

    def seconds_a_step(in_bf16: bool) -> float:
        if network.forward != plain:
            return compiled_s
        return 2.0 if in_bf16 else 1.0

    assert choose_way("auto", CPU, network, seconds_a_step) is False
    assert (network.forward != plain) is is_compiled
