"""Bytes that flip in a database, a log that is lost, an older copy put back: named, and no number is given twice."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from helpers.waiting import PATIENCE_S, until
from helpers.workers import is_alive, worker_pid, worker_process
from pixels_mcp.database import delete_database
from pixels_mcp.errors import DamagedStoreError
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest

PAGE_BYTES = 4096
RUBY = SpriteRequest(prompt="a ruby potion")


@pytest.fixture(scope="module")
def both_databases(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes, Path]:
    """The bytes of a job store and of an index that hold 24 sprites, and the library's folder."""
    home = tmp_path_factory.mktemp("drawn", numbered=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_HOME", str(home))
        with worker_process() as connect:
            client = connect()
            for number in range(12):
                client.wait(client.submit(SpriteRequest(prompt=f"thing {number}", count=2)).job_id, PATIENCE_S)
        paths = find_paths()
        index = paths.library / "index.sqlite"
        return paths.jobs_db.read_bytes(), index.read_bytes(), paths.library


def flipped(data: bytes, page: int, chance: random.Random) -> bytes:
    """The same bytes with one bit turned in a page."""
    damaged = bytearray(data)
    damaged[page * PAGE_BYTES + chance.randrange(PAGE_BYTES)] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def test_a_flipped_bit_in_any_page_of_the_job_store_is_harmless_or_named(
    both_databases: tuple[bytes, bytes, Path], tmp_path: Path
) -> None:
    data, _, _ = both_databases
    chance, file, ends = random.Random(11), tmp_path / "jobs.sqlite", Counter[str]()
    for page in range(len(data) // PAGE_BYTES):
        for _ in range(6):
            delete_database(file)
            damaged = flipped(data, page, chance)
            file.write_bytes(damaged)
            try:
                store = JobStore(file)
                try:
                    store.recover()
                    for job in store.latest(100):
                        store.parts(job)
                finally:
                    store.close()
                ends["read"] += 1
            except DamagedStoreError as error:
                ends["named"] += 1
                ends["hinted"] += "mv " in error.hint

    assert ends["named"] == ends["hinted"] > 5
    assert ends["read"] > 20, "most bits of a page are unused"


def test_a_flipped_bit_in_any_page_of_the_index_is_mended_from_the_files(
    both_databases: tuple[bytes, bytes, Path],
) -> None:
    _, data, folder = both_databases
    chance, file = random.Random(12), folder / "index.sqlite"
    pictures = sorted(folder.rglob("*.png"))
    for page in range(len(data) // PAGE_BYTES):
        for _ in range(4):
            delete_database(file)
            file.write_bytes(flipped(data, page, chance))
            library = Library(folder)
            for entry in library.search(limit=100):
                assert Path(entry.path).is_file()

    assert sorted(folder.rglob("*.png")) == pictures, "no picture was touched"
    assert Library(folder).rebuild() == 24


def test_numbers_do_not_repeat_whatever_of_the_job_store_is_lost(home: Path) -> None:
    paths = find_paths()
    with worker_process() as connect:
        connect().submit(RUBY)
        until(lambda: len(Library(paths.library).search()) == 1, "it is drawn")
    old = paths.jobs_db.read_bytes()

    def drawn_after(loss: str) -> str:
        log = paths.jobs_db.with_name("jobs.sqlite-wal")
        if loss == "its log":
            log.unlink(missing_ok=True)
        else:
            delete_database(paths.jobs_db)
        if loss == "all since a copy":
            paths.jobs_db.write_bytes(old)
        with worker_process() as connect:
            client = connect()
            ids = [client.wait(client.submit(RUBY).job_id, PATIENCE_S).job_id for _ in range(2)]
            pid = worker_pid(paths)
            os.kill(pid, signal.SIGKILL)  # its log stays, with all that it did
            until(lambda: not is_alive(pid), "it is dead")
        return " ".join(ids)

    ids = " ".join(drawn_after(loss) for loss in ("its log", "all since a copy", "the whole store")).split()

    numbers = [int(job_id.rpartition("-")[2]) for job_id in ids]
    assert numbers == sorted(set(numbers))
    assert len(Library(paths.library).search()) == 7
