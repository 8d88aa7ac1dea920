"""A far worker as it is used: two machines with a home and a network stack each, a cable that is pulled."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.commands import PIXELS
from helpers.far_machines import FarMachine, far_machine
from helpers.two_machines import FAR_HOST, Cable, two_machines
from helpers.workers import until
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.wire.far.far_address import FarAddress

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def cable() -> Iterator[Cable]:
    with two_machines() as cable:
        yield cable


@pytest.fixture
def far(cable: Cable) -> Iterator[FarMachine]:
    with far_machine(PIXELS_ROWS_MAX="1") as machine:
        machine.address = FarAddress(FAR_HOST, 5570)
        machine.start(before=cable.far, step_s=0.2)
        yield machine


def test_a_laptop_pairs_draws_and_loses_nothing_while_the_cable_is_pulled(
    cable: Cable, far: FarMachine, home: Path, tmp_path: Path
) -> None:
    connected = on_laptop(cable, "connect", far.line, "--json")
    written = tmp_path / "items.json"
    asked = {"items": [f"thing {number}" for number in range(4)], "reference": "none", "steps": 10}
    written.write_text(json.dumps(asked), "utf-8")
    ahead = on_laptop(cable, "batch", str(written), "--dry-run")
    drawing = subprocess.Popen(
        [*cable.near, *PIXELS, "batch", str(written), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PIXELS_HOME": str(home)},
    )  # fmt: skip
    until(lambda: far.library.count() > 0, "it draws there", timeout_s=120)
    cable.pull()
    until(lambda: far.library.count() == 4, "the far machine draws on", timeout_s=120)
    own = Library(find_paths().library)
    nothing_here = own.count() < 4
    cable.plug()
    said, told = drawing.communicate(timeout=200)

    assert json.loads(connected.stdout)["worker"]["address"] == f"{FAR_HOST}:5570"
    assert f"({FAR_HOST}:5570)" in ahead.stderr
    assert drawing.returncode == 0, told
    assert len(json.loads(said)["items"]) == 4
    assert nothing_here
    assert {entry.sprite_id: entry.sha256 for entry in own.search()} == {
        entry.sprite_id: entry.sha256 for entry in far.library.search()
    }, "all of it came, and none was drawn twice"
    assert all(Path(entry.path).is_relative_to(home) for entry in own.search())


def test_who_is_not_there_is_named_and_a_worker_without_keys_is_not_reached_from_elsewhere(
    cable: Cable, far: FarMachine, home: Path
) -> None:
    on_laptop(cable, "connect", far.line)
    cable.pull()
    refused = on_laptop(cable, "status", check=False)
    cable.plug()
    again = on_laptop(cable, "status")

    assert refused.returncode == 1
    assert f"{FAR_HOST}:5570" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert f"({FAR_HOST}:5570)" in again.stderr


def on_laptop(cable: Cable, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """One command of the near machine."""
    done = subprocess.run([*cable.near, *PIXELS, *words], capture_output=True, text=True, timeout=120)
    assert not check or done.returncode == 0, done.stderr
    return done
