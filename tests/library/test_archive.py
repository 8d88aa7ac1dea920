"""A backup holds everything as it stood at one moment, and is put back whole or not at all."""

from __future__ import annotations

import json
import shutil
import tarfile
import threading
from pathlib import Path

import pytest

from helpers import mounts
from helpers.bevy_games import keep
from helpers.commands import end_worker, pixels
from helpers.old_home import dump, make_old_home
from helpers.plain_home import plain_home
from pixels_mcp.errors import DiskFullError, InvalidArgumentError, StoreError
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.library.archive import restore_backup, write_backup
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import Paths, find_paths


@pytest.fixture
def paths(home: Path) -> Paths:
    """A home with three sprites (one rated, one removed) and a job that waits."""
    paths = find_paths()
    make_old_home(paths)
    library = Library(paths.library)
    library.rate(["a-potion-0002.1"], 4)
    library.remove("a-potion-0003.1")
    return paths


def told(paths: Paths) -> tuple[object, ...]:
    """Everything that the stores know."""
    library = Library(paths.library)
    return (
        [(one.model_dump(), library.read_png(one.sprite_id)) for one in library.search()],
        [one.model_dump() for one in library.removed()],
        library.largest_number(),
        dump(paths.jobs_db),
    )


def test_what_is_put_back_is_what_was_there(paths: Paths, tmp_path: Path) -> None:
    before = told(paths)
    archive = tmp_path / "all.tar"
    assert write_backup(Library(paths.library), paths.jobs_db, archive).sprites == 2

    shutil.rmtree(paths.data)
    restored = restore_backup(archive, Library(paths.library), paths.jobs_db)

    assert told(paths) == before
    assert (restored.sprites, restored.kept_aside) == (2, ())
    assert Library(paths.library).restore("a-potion-0003.1").seed == 3
    assert Library(paths.library).rebuild() == 3
    store = JobStore(paths.jobs_db)
    assert [part.part_id for part in store.next_parts(5)] == ["a-lantern-0004"]
    store.close()


def test_what_stood_there_before_is_kept_beside(paths: Paths, tmp_path: Path) -> None:
    write_backup(Library(paths.library), paths.jobs_db, tmp_path / "all.tar")
    before = told(paths)
    keep(Library(paths.library), 9, "newer")

    restored = restore_backup(tmp_path / "all.tar", Library(paths.library), paths.jobs_db)

    assert told(paths) == before
    aside, jobs = restored.kept_aside
    assert [one.sprite_id for one in Library(aside).search("newer")] == ["newer-0009.1"]
    assert "a-lantern-0004" in "".join(dump(jobs))


@pytest.mark.parametrize("damage", ["cut", "changed", "no tar", "foreign", "escaping", "newer", "empty"])
def test_an_archive_that_is_not_whole_changes_nothing(paths: Paths, tmp_path: Path, damage: str) -> None:
    archive = tmp_path / "all.tar"
    write_backup(Library(paths.library), paths.jobs_db, archive)
    before, data = told(paths), archive.read_bytes()
    if damage == "cut":
        archive.write_bytes(data[: len(data) // 2])
    elif damage == "changed":
        archive.write_bytes(data.replace(b"a-potion-0001", b"a-potion-0007"))
    elif damage in ("no tar", "empty"):
        archive.write_bytes(b"" if damage == "empty" else b"no tar" * 2_000)
    else:
        names = {"foreign": "library/sprites/notes.txt", "escaping": "../../evil.png", "newer": "MANIFEST.json"}
        (tmp_path / "file").write_text(json.dumps({"format_version": 9, "sha256": {}}))
        with tarfile.open(archive, "w" if damage == "newer" else "a") as opened:
            opened.add(tmp_path / "file", names[damage])

    with pytest.raises(StoreError):
        restore_backup(archive, Library(paths.library), paths.jobs_db)

    assert told(paths) == before
    assert sorted(entry.name for entry in paths.data.iterdir()) == ["jobs.sqlite", "library"]
    assert not list(tmp_path.rglob("evil.png"))


def test_a_link_in_an_archive_is_refused(paths: Paths, tmp_path: Path) -> None:
    archive = tmp_path / "all.tar"
    (tmp_path / "link").symlink_to("/etc/passwd")
    with tarfile.open(archive, "w") as opened:
        opened.add(tmp_path / "link", "jobs.sqlite")

    with pytest.raises(StoreError, match="no file of a backup"):
        restore_backup(archive, Library(paths.library), paths.jobs_db)


def test_a_backup_on_a_full_disk_leaves_no_file(paths: Paths, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    with mounts.small_disk(small, "64k"):
        with pytest.raises(DiskFullError, match="no room"):
            write_backup(Library(paths.library), paths.jobs_db, small / "all.tar")
        assert list(small.iterdir()) == []


def test_a_backup_never_writes_over_a_file_and_nothing_is_not_backed_up(paths: Paths, tmp_path: Path) -> None:
    (tmp_path / "all.tar").write_bytes(b"mine")
    with pytest.raises(InvalidArgumentError, match="exists"):
        write_backup(Library(paths.library), paths.jobs_db, tmp_path / "all.tar")
    assert (tmp_path / "all.tar").read_bytes() == b"mine"
    with pytest.raises(InvalidArgumentError, match="nothing to back up"):
        write_backup(Library(tmp_path / "none"), tmp_path / "none.sqlite", tmp_path / "none.tar")


def test_a_backup_made_while_sprites_are_added_holds_whole_ones_only(home: Path, tmp_path: Path) -> None:
    library = Library(home / "library")
    keep(library, 1)
    stop = threading.Event()

    def add() -> None:
        number = 2
        while not stop.is_set():
            keep(library, number)
            number += 1

    writer = threading.Thread(target=add)
    writer.start()
    try:
        archives = [tmp_path / f"{number}.tar" for number in range(3)]
        for archive in archives:
            write_backup(library, home / "jobs.sqlite", archive)
    finally:
        stop.set()
        writer.join()

    for number, archive in enumerate(archives):
        copy = Library(tmp_path / f"copy{number}")
        restore_backup(archive, copy, tmp_path / "jobs.sqlite")
        sprites = copy.search(limit=10_000)
        assert all(copy.read_png(sprite.sprite_id) for sprite in sprites)
        assert copy.rebuild() == len(sprites) >= 1


def test_the_commands_back_up_and_put_back(paths: Paths, tmp_path: Path) -> None:
    before = told(paths)
    made = pixels("library", "backup", "-o", str(tmp_path / "all.tar"), "--json")
    assert json.loads(made.stdout)["sprites"] == 2
    again = pixels("library", "backup", "-o", str(tmp_path / "all.tar"))
    assert (again.returncode, "exists" in again.stderr) == (2, True)

    assert pixels("library", "restore-backup", str(tmp_path / "all.tar")).returncode == 1, "it asks first"
    restored = pixels("library", "restore-backup", str(tmp_path / "all.tar"), "--yes", "--json")

    assert len(json.loads(restored.stdout)["kept_aside"]) == 2
    assert told(paths) == before
    missing = pixels("library", "restore-backup", str(tmp_path / "none.tar"), "--yes")
    assert (missing.returncode, "Traceback" in missing.stderr) == (1, False)


def test_nothing_is_put_back_under_a_running_worker(tmp_path: Path) -> None:
    with plain_home() as home:
        keep(Library(find_paths().library), 1)
        assert pixels("library", "backup", "-o", str(tmp_path / "all.tar")).returncode == 0

        refused = pixels("library", "restore-backup", str(tmp_path / "all.tar"), "--yes")
        assert refused.returncode == 1
        assert "a worker runs" in refused.stderr
        end_worker()

        assert pixels("library", "restore-backup", str(tmp_path / "all.tar"), "--yes").returncode == 0
        assert home.exists()
