"""What the system refuses (watches, a home, a long path for sockets) is one sentence with the next step."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.bevy_games import make_game
from helpers.commands import PIXELS, end_worker
from helpers.plain_worker import install_plain_model, plain_worker_command
from helpers.toolchains import need_program, skip_or_fail
from helpers.waiting import PATIENCE_S
from helpers.workers import plain_settings
from pixels_mcp.client import Client
from pixels_mcp.errors import SettingsError
from pixels_mcp.paths import expand_home, find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.worker.address import find_address


def with_limit(limit: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a name space of its own in which the user may have none of something."""
    script = f'echo 0 > /proc/sys/user/{limit} && exec "$@"'
    probe = subprocess.run(["unshare", "-U", "-r", "sh", "-c", script, "sh", "true"], capture_output=True)
    if probe.returncode != 0:
        skip_or_fail("a user name space with limits of its own is not allowed here")
    command = ["unshare", "-U", "-r", "sh", "-c", script, "sh", *PIXELS, *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("limit", ["max_inotify_instances", "max_inotify_watches"])
def test_a_watch_that_the_system_refuses_is_one_sentence(home: Path, tmp_path: Path, limit: str) -> None:
    game = make_game(tmp_path / "game")

    done = with_limit(limit, "watch", str(game), cwd=tmp_path)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    error, following = done.stderr.strip().splitlines()
    assert error.startswith("error: ")
    sysctl = f"fs.inotify.{limit.replace('inotify_', 'user_')}"
    assert f"{sysctl} is " in error
    assert f"sudo sysctl {sysctl}=" in following
    assert done.stdout == ""


def test_doctor_says_beforehand_that_nothing_can_be_watched(home: Path, tmp_path: Path) -> None:
    game = make_game(tmp_path / "game")

    done = with_limit("max_inotify_instances", "bevy", "doctor", str(game), cwd=tmp_path)

    assert "PROBLEM  watches" in done.stdout
    assert "fs.inotify.max_user_instances" in done.stdout
    assert done.returncode == 1


def test_a_watch_in_a_process_without_open_files_left_names_that_limit(home: Path, tmp_path: Path) -> None:
    game = make_game(tmp_path / "game")
    script = f"""
import resource, sys
from pathlib import Path
from pixels_mcp.errors import WatchRefusedError
from pixels_mcp.watch.changes import ChangeWatch
watch = ChangeWatch([(Path({str(game)!r}), True)])
Path("/dev/null").read_bytes()
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
try:
    watch.start()
except WatchRefusedError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)

    assert "as many open files as it may; raise the limit (`ulimit -n" in done.stdout


def as_nobody(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user without HOME and without an entry in the list of users, beside a picture a.png."""
    if os.geteuid() != 0:
        skip_or_fail("becoming a user that is in no list needs root")
    become = (need_program("setpriv", "it is part of util-linux"), "--reuid", "12345", "--regid", "12345")
    with tempfile.TemporaryDirectory(prefix="px-", dir="/tmp") as folder:
        pixels = np.full((16, 16, 4), 255, dtype=np.uint8)
        pixels[4:12, 4:12, :3] = (190, 74, 47)
        Image.fromarray(pixels).save(Path(folder) / "a.png")
        os.chown(folder, 12345, 12345)
        return subprocess.run(
            [*become, "--clear-groups", *PIXELS, *words],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )


@pytest.mark.parametrize(
    "words",
    [
        ("pixelize", "a.png"),
        ("inspect", "a.png"),
        ("sheet", "a.png", "-o", "s.png"),
        ("recolor", "a.png", "--palette", "pico-8"),
    ],
    ids=lambda words: words[0],
)
def test_commands_over_pictures_need_no_home(words: tuple[str, ...]) -> None:
    done = as_nobody(*words)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [("generate", "a key"), ("models", "list"), ("doctor",), ("serve",), ("status",)])
def test_other_commands_name_pixels_home(words: tuple[str, ...]) -> None:
    done = as_nobody(*words)

    assert done.returncode == 2
    assert "there is no home folder" in done.stderr
    assert "PIXELS_HOME" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_file_whose_name_begins_with_a_tilde_is_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")

    assert expand_home("~backup-of-nobody.png") == Path("~backup-of-nobody.png")
    assert expand_home("~/art") == Path("/home/me/art")
    monkeypatch.setenv("PIXELS_HOME", "~nobody-of-that-name/pixels")
    with pytest.raises(SettingsError, match="set PIXELS_HOME"):
        find_paths()


def test_a_long_home_and_a_long_temporary_folder_still_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("long-" * 30)
    long.mkdir()
    for variable in ("TMPDIR", "PIXELS_HOME"):
        monkeypatch.setenv(variable, str(long))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)
    install_plain_model(find_paths())
    with Client.connect(find_paths(), plain_settings(), face="test", worker_command=plain_worker_command()) as client:
        try:
            job = client.wait(client.submit(SpriteRequest(prompt="a key")).job_id, timeout_s=PATIENCE_S)
            address = find_address(find_paths())
        finally:
            end_worker()

    assert job.state == "done"
    assert address is not None
    folder = Path(address.calls.removeprefix("ipc://")).parent
    assert folder.parent == Path("/tmp")
    assert folder.stat().st_mode & 0o777 == 0o700
