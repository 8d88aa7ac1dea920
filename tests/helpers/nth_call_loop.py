"""Run with LD_PRELOAD=nth_call.so: lets the n-th write, flush or rename of a sprite's way fail, for every n.

Each time everything is begun in a new folder: a job is queued, taken, its sprite kept, written down and ended. When a
call has failed there must be a named error or success; then, with a sound disk, both stores open, hold whole things
only, and the rest can be done. Prints one line of figures.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import sys
import tempfile
from pathlib import Path

import numpy as np

from pixels_mcp.errors import PixelsError
from pixels_mcp.events import SpriteInfo
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import NewPart
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.requests import SpriteRequest

SHIM = ctypes.CDLL(None)
CALLS_MAX = 2_000


def new_entry() -> NewEntry:
    return NewEntry(seed=1, prompt="a key", model="plain", facts={})


def recipe() -> Recipe:
    return Recipe(operation="draw", request={}, plan={}, model_sha256="0" * 64, loras_sha256={}, versions={})


def go(folder: Path) -> None:
    """The way of one sprite, or what is left of it."""
    library = Library(folder / "library")
    store = JobStore(folder / "jobs.sqlite", largest_number=library.largest_number())
    try:
        store.recover()
        known = store.find_key("k", "f")
        request = NewPart(SpriteRequest(prompt="a key"), 1)
        if known is None:
            number = library.reserve_number(store.largest_number)
            known = store.add(
                "generate", "a key", [request], fingerprint="f", idempotency_key="k", queue_limit=9,
                larger_than=number - 1,
            )  # fmt: skip
        (part,) = store.parts(known)
        if part.state == "queued":
            store.start([part.number])
            pixels = np.zeros((8, 8, 4), np.uint8)
            kept = library.add(f"{part.part_id}.1", pixels, recipe(), new_entry())
            store.keep_sprite(part.number, SpriteInfo(**kept.model_dump(include=set(SpriteInfo.model_fields))))
            store.end(part.number, "done")
    finally:
        store.close()


def check(folder: Path) -> None:
    """What stands is whole: one job at most, a done part has its sprite, every picture has the bytes of its name."""
    library, store = Library(folder / "library"), JobStore(folder / "jobs.sqlite")
    jobs = store.latest(9)
    assert len(jobs) <= 1, jobs
    for job in jobs:
        for part in store.parts(job):
            assert part.state != "done" or len(part.sprites) == 1, part
    for entry in library.search():
        data = library.read_png(entry.sprite_id)
        assert hashlib.sha256(data).hexdigest() == entry.sha256
    for file in (folder / "library" / "sprites").rglob("*.png"):
        assert hashlib.sha256(file.read_bytes()).hexdigest() == file.stem, file
    store.close()


def main() -> None:
    named = survived = 0
    for error in (errno.ENOSPC, errno.EIO):
        for n in range(1, CALLS_MAX):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                SHIM.nth_call_arm(ctypes.c_long(n), error)
                try:
                    go(folder)
                except PixelsError:
                    named += 1
                else:
                    survived += 1
                calls = SHIM.nth_call_seen()
                check(folder)
                go(folder)
                library = Library(folder / "library")
                assert len(library.search()) == 1
                assert not any((folder / "library" / "stage").glob("*")), "something unfinished is left"
                store = JobStore(folder / "jobs.sqlite")
                assert [job.state for job in store.latest(9)] == ["done"]
                store.close()
            if calls < n:
                break
        else:
            sys.exit(f"more than {CALLS_MAX} calls")
    sys.stdout.write(f"{named + survived} failing calls: {named} named, {survived} survived, 0 lost, 0 torn\n")


if __name__ == "__main__":
    main()
