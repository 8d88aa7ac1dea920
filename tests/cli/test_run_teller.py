"""Ending a training run by signals: what was learned is kept, whoever reads what is said."""

from __future__ import annotations

import contextlib
import os
import signal
import sys

import pytest

from helpers.waiting import until
from pixels_mcp.cli.train.run_teller import RunTeller, heeding_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_after_its_step_and_the_second_at_once(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    teller, before = RunTeller(None), signal.getsignal(number)
    told: list[str] = []
    with heeding_signals(teller):
        assert not teller.stopped()
        os.kill(os.getpid(), number)
        assert teller.stopped()
        until(lambda: (told.append(capfd.readouterr().err), "once more ends at once" in "".join(told))[1], "it is told")
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) == before


def test_a_run_stops_also_when_nobody_reads_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(4096))
    os.set_blocking(writing, True)
    monkeypatch.setattr(sys, "stderr", os.fdopen(writing, "w", closefd=False))
    teller = RunTeller(None)
    with heeding_signals(teller):
        os.kill(os.getpid(), signal.SIGTERM)
        assert teller.stopped()
    said = b""
    while b"once more ends at once" not in said:
        said = said[-100:] + os.read(reading, 4096)
    os.close(reading)
    os.close(writing)


def test_a_run_that_ends_by_itself_says_nothing_of_stopping(capfd: pytest.CaptureFixture[str]) -> None:
    with heeding_signals(RunTeller(None)):
        pass
    assert capfd.readouterr().err == ""
