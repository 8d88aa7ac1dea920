from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pixels_mcp.files import hold_lock, is_locked, write_whole


def test_a_file_is_replaced_whole_and_nothing_unfinished_stays(tmp_path: Path) -> None:
    target, stage = tmp_path / "data" / "sprite.png", tmp_path / "stage"
    target.parent.mkdir()

    write_whole(target, b"old")
    write_whole(target, b"new", stage=stage)

    assert target.read_bytes() == b"new"
    assert list(target.parent.iterdir()) == [target]
    assert list(stage.iterdir()) == []


def test_what_cannot_be_put_in_place_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").write_bytes(b"")

    with pytest.raises(OSError, match="folder"):
        write_whole(tmp_path / "folder", b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert (tmp_path / "folder" / "kept").exists()


HOLDER = """
import sys
from pathlib import Path
from pixels_mcp.files import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    input()
"""


def test_a_lock_is_seen_by_other_processes_and_ends_with_its_holder(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert is_locked(lock) is False

    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert is_locked(lock) is True
    finally:
        holder.kill()
        holder.communicate()

    with hold_lock(lock):
        assert is_locked(lock) is True
    assert is_locked(lock) is False
