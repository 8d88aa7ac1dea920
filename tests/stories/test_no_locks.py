"""A home on a file system that gives no locks is named at once, and the doctor finds it beforehand."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from helpers.commands import end_worker, pixels
from helpers.old_home import make_old_home
from helpers.toolchains import need_program
from pixels_mcp.paths import find_paths

SOURCE = Path(__file__).resolve().parents[1] / "helpers" / "no_locks.c"


@pytest.fixture(params=["posix", "both"])
def without_locks(request: pytest.FixtureRequest, home: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a process whose file system refuses SQLite's locks, or every lock."""
    compiler = need_program("cc", "apt-get install gcc")
    library = tmp_path / "no_locks.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True, capture_output=True)
    return {"LD_PRELOAD": str(library), **({"PIXELS_TEST_NO_FLOCK": "1"} if request.param == "both" else {})}


def test_doctor_finds_it_beforehand(without_locks: dict[str, str]) -> None:
    told = json.loads(pixels("doctor", "--json", extra=without_locks).stdout)

    (finding,) = [finding for finding in told["findings"] if finding["check"] == "locks"]
    assert finding["level"] == "fail"
    assert "gives no locks" in finding["found"]
    assert "PIXELS_HOME" in finding["next"]
    assert not told["healthy"]


def test_reading_and_drawing_say_it_without_waiting(without_locks: dict[str, str]) -> None:
    make_old_home(find_paths())
    for words in (("library", "list"), ("library", "rebuild"), ("generate", "a key")):
        begun_s = time.monotonic()
        try:
            tried = pixels(*words, extra=without_locks)
        finally:
            end_worker()

        assert tried.returncode == 1, words
        assert "gives no locks" in tried.stderr, words
        assert "PIXELS_HOME" in tried.stderr, words
        assert "Traceback" not in tried.stderr
        assert time.monotonic() - begun_s < 14, "it does not wait as for a lock that somebody holds"


def test_with_locks_the_doctor_says_so(home: Path) -> None:
    told = json.loads(pixels("doctor", "--json").stdout)

    assert [finding["level"] for finding in told["findings"] if finding["check"] == "locks"] == ["ok"]
