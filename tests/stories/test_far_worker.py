"""A worker on another machine: two homes, a real worker process, real TCP, real keys."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from helpers.far_machines import FarMachine, far_machine, machines_of, near_client
from helpers.workers import until
from pixels_mcp.client.far.known_worker import find_far_worker, forget_far_worker
from pixels_mcp.client.far.pairing import connect_far
from pixels_mcp.errors import InvalidArgumentError, NotPairedError, PairingLineError
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.png import encode_png
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.wire.far.pairing_line import PairingLine
from pixels_mcp.worker.address import find_address

RUBY = SpriteRequest(prompt="a ruby potion", seed=7)


@pytest.fixture
def paired(home: Path) -> Iterator[FarMachine]:
    with far_machine() as far:
        connect_far(find_paths(), PairingLine.read(far.start()))
        yield far


def test_what_a_far_worker_draws_stands_in_the_library_here(paired: FarMachine, home: Path) -> None:
    with near_client() as client:
        job = client.wait(client.submit(RUBY).job_id, 30)
        health = client.health()

    (sprite,) = job.parts[0].sprites
    kept = Library(find_paths().library).get(sprite.sprite_id)
    assert Path(sprite.path).is_relative_to(home)
    assert kept.path == sprite.path
    assert hashlib.sha256(Path(sprite.path).read_bytes()).hexdigest() == sprite.sha256
    assert paired.library.get(sprite.sprite_id).sha256 == sprite.sha256, "the id and the recipe are those of there"
    assert open_picture(Path(sprite.path)).shape == (32, 32, 4)
    assert health.machine == f"127.0.0.1 ({paired.address})"
    assert find_address(find_paths()) is None, "no worker was started here"
