"""What the screens say in lines: the queue, meters, the log, verdicts, exports. Pure functions, real values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.screens import fill_library
from pixels_mcp.comparisons.arms import read_arm
from pixels_mcp.comparisons.ballots import with_vote
from pixels_mcp.comparisons.rounds import ArmSprite, Comparison, make_comparison
from pixels_mcp.comparisons.verdict import judge
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.events import ModelInfo, QueueEntry, QueueInfo
from pixels_mcp.pixelart.pictures import open_frames
from pixels_mcp.settings import Settings
from pixels_mcp.tui.board import Board, QueueTold
from pixels_mcp.tui.board_updates import with_facts
from pixels_mcp.tui.device_meter import DeviceMeter
from pixels_mcp.tui.entry_frames import clips_of
from pixels_mcp.tui.errands.export_files import ExportWords, plan_export, write_export
from pixels_mcp.tui.lines.arm_lines import enough_lines, line_of_request, lines_of_model
from pixels_mcp.tui.lines.log_tail import LogTail, chosen_lines, wrapped
from pixels_mcp.tui.lines.meter_lines import graph, meter_lines
from pixels_mcp.tui.lines.printed import hanging, short_words
from pixels_mcp.tui.lines.queue_lines import queue_lines
from pixels_mcp.tui.lines.setting_lines import setting_facts
from pixels_mcp.tui.lines.verdict_lines import interval, verdict_lines


def entry(number: int, place: int | None, **counts: Any) -> QueueEntry:
    """A job of the queue."""
    usual: dict[str, Any] = {
        "parts": 1,
        "parts_queued": 1,
        "parts_running": 0,
        "parts_done": 0,
        "parts_failed": 0,
        "parts_cancelled": 0,
    }
    return QueueEntry(
        job_id=f"key-{number:04d}", kind="generate", prompt="a [red] key", created_s=0.0, place=place, share_done=0.25,
        **{**usual, **counts},
    )  # fmt: skip


def test_the_queue_tells_what_is_drawn_then_what_waits_in_its_order_and_how_many_more() -> None:
    queue = QueueInfo(
        jobs=(entry(3, None, parts_running=1), entry(2, 1), entry(1, 2, parts=9, parts_done=2, parts_failed=1)),
        jobs_left_out=19_800, parts_queued=19_802, parts_running=1,
    )  # fmt: skip

    lines = [line.text for line in queue_lines(with_facts(Board(), [QueueTold(queue)]))]

    assert [line.split()[0] for line in lines] == ["Running", "0003", "Waiting", "0002", "0001", "and"]
    assert "[####------------]" in lines[1]
    assert "2/9 done, 1 failed" in lines[4]
    assert "a [red] key" in lines[4]
    assert "19,800 jobs more" in lines[5]


def test_meters_tell_this_machine_and_say_that_there_is_no_gpu_where_there_is_none() -> None:
    reading = DeviceMeter().read(None)
    lines = meter_lines(Board(), [reading], now_s=0.0, window_s=60.0, columns=116)

    assert [line.split()[0] for line in lines] == ["GPU", "CPU", "Sprites", "Steps", "Worker"]
    assert (reading.gpu_name is None) == ("no NVIDIA GPU" in lines[0])
    assert f"/{reading.total_gib:.0f} GiB" in lines[1]
    assert all(len(line) <= 116 for line in lines)


def test_a_graph_is_as_high_as_its_values() -> None:
    assert graph([0.0, 4.0, 8.0], 5) == "   ▄█"
    assert graph([50.0], 1, 100.0) == "▄"
    assert graph([], 3) == "   "


def test_the_log_is_followed_and_begins_anew_where_it_was_moved(tmp_path: Path) -> None:
    file = tmp_path / "log"
    tail = LogTail(file)
    assert tail.read() is None
    file.write_text("2026-01-01 a INFO one\nhalf")
    assert tail.read() == ["2026-01-01 a INFO one"]
    with file.open("a") as stream:
        stream.write(" a line\n")
    assert tail.read() == ["half a line"]
    file.replace(tmp_path / "log.1")
    file.write_text("2026-01-02 a INFO two\n")
    assert tail.read() == ["2026-01-02 a INFO two"]


def test_errors_keep_what_belongs_to_them_and_words_choose() -> None:
    lines = ["2026 a INFO fine", "2026 a ERROR broken", "Traceback", "2026 b INFO fine too"]

    assert chosen_lines(lines, "", errors_only=True) == lines[1:3]
    assert chosen_lines(lines, "FINE too", errors_only=False) == lines[3:]
    assert wrapped("x" * 25, 12) == ["x" * 12, "    " + "x" * 8, "    " + "x" * 5]


def voted() -> Comparison:
    """Two arms, four rounds, three of them voted for the first arm."""
    comparison = make_comparison(
        "compare-0001", [read_arm("mini steps=8"), read_arm("mini steps=20")], ["a key"], seeds=4, first_seed=1,
        shuffle_seed=7, shared={}, created_s=0.0,
    )  # fmt: skip
    sprite = ArmSprite(sprite_id="key-0001.1", path="x", width_px=32, height_px=32, model="mini")
    rounds = tuple(one.model_copy(update={"sprites": (sprite, sprite)}) for one in comparison.rounds)
    comparison = comparison.model_copy(update={"rounds": rounds})
    for number in (1, 2, 3):
        choice = "ab"[comparison.rounds[number - 1].places.index(0)]
        comparison = with_vote(comparison, "person", number, choice, seconds=1.0, voted_s=0.0)
    return comparison


def test_names_and_rates_stay_hidden_until_they_are_asked_for() -> None:
    hidden = "\n".join(verdict_lines(voted(), names_shown=False))
    shown = "\n".join(verdict_lines(voted(), names_shown=True))

    assert "3, 1 open" in hidden
    assert "steps" not in hidden
    assert "%" not in hidden
    assert "mini steps=8" in shown
    assert "100%" in shown


def test_an_interval_is_drawn_from_its_low_to_its_high_end() -> None:
    first, second = judge(voted(), "person").arms

    assert interval(first) == "|-------------[===============o|"
    assert interval(second).startswith("|o")
    assert len(interval(second)) == 32


@pytest.mark.parametrize("kind", ["png", "texture-packer", "aseprite", "gif", "apng", "recipe"])
def test_an_export_writes_what_it_listed_and_replaces_nothing(home: Path, tmp_path: Path, kind: str) -> None:
    entries = fill_library(3).search()
    words = ExportWords(kind, tmp_path / "out", 2, "things")  # type: ignore[arg-type]  # words of a test

    planned = [file.path for file in plan_export(entries, words)]
    written = write_export(plan_export(entries, words), words.folder)

    assert planned == written
    assert sorted(words.folder.iterdir()) == sorted(planned)
    with pytest.raises(InvalidArgumentError, match="exists already"):
        plan_export(entries, words)
    if kind in ("gif", "apng"):
        assert len(open_frames(planned[0])[0]) == 3


def test_an_animation_is_cut_into_its_clips_there_and_back() -> None:
    sheet = np.zeros((8, 24, 4), np.uint8)
    for number in range(3):
        sheet[:, 8 * number : 8 * number + 8] = (number * 40, 0, 0, 255)
    facts = {
        "frame_px": [8, 8],
        "clips": {
            "walk": {"frames": [0, 1, 2], "ms": [100, 200, 300], "play": "PingPong"},
            "idle": {"frames": [2], "ms": [50], "play": "Loop"},
        },
        "pivot": [0.5, 1.0],
    }

    walk, idle = clips_of(sheet, facts)

    assert [int(frame[0, 0, 0]) // 40 for frame in walk.frames] == [0, 1, 2, 1]
    assert walk.frame_ms == (100, 200, 300, 200)
    assert [int(frame[0, 0, 0]) // 40 for frame in idle.frames] == [2]
    assert clips_of(sheet, {"clips": "nonsense"})[0].frames[0] is sheet


def test_a_setting_says_where_its_value_comes_from() -> None:
    settings = Settings(rows_max=4, threads=2)
    facts = setting_facts(settings, {"rows_max": 4, "tui": {"theme": "nord"}}, {"PIXELS_THREADS": "2"})
    told = {fact.key: (fact.value, fact.source, fact.is_locked) for fact in facts}

    assert told["rows_max"] == ("4", "file", False)
    assert told["threads"] == ("2", "PIXELS_THREADS", True)
    assert told["tui.theme"][1] == "file"
    assert told["device"] == ("auto", "default", False)
    assert "tui.keys" not in told


def test_how_a_sprite_was_asked_for_is_an_arm_that_reads_back_with_the_same_words() -> None:
    asked = {
        "prompt": "a key", "model": "my model", "steps": 9, "guidance_scale": 2.5, "palette": "pico-8", "seed": 7,
        "loras": [{"name": "pixel art", "weight": 0.8}, {"name": "ink"}],
    }  # fmt: skip

    arm = read_arm(line_of_request(asked, "mini"))

    assert (arm.model, arm.steps, arm.guidance_scale, arm.palette) == ("my model", 9, 2.5, "pico-8")
    assert [(one.name, one.weight) for one in arm.loras] == [("pixel art", 0.8), ("ink", 1.0)]
    assert line_of_request({"prompt": "a key"}, "mini") == "mini"


def test_a_comparison_begins_with_each_way_once_and_always_with_two_to_four() -> None:
    assert enough_lines([], "mini") == ["mini steps=8", "mini steps=20"]
    assert enough_lines(["mini", "mini"], "mini") == ["mini", "mini steps=8"]
    assert enough_lines(["mini steps=8"], "mini") == ["mini steps=8", "mini steps=20"]
    assert enough_lines(["a", "b", "b", "c", "d", "e"], "mini") == ["a", "b", "c", "d"]


def test_a_model_is_compared_with_the_default_one_and_a_lora_with_none() -> None:
    def lines(kind: str, name: str) -> list[str]:
        model = ModelInfo.model_validate({"name": name, "kind": kind, "base": "sdxl", "size_mib": 1.0})
        return [read_arm(line).in_words() for line in lines_of_model(model, "mini")]

    assert lines("checkpoint", "night sky") == ["mini", "night sky"]
    assert lines("lora", "ink") == ["mini", "mini, lora ink at 1"]
    assert lines("checkpoint", "mini") == []


def test_a_line_of_columns_goes_on_below_its_last_column_and_loses_nothing() -> None:
    text = "o game        no Bevy project here; `pixels-mcp config set project FOLDER` names one"

    pieces = hanging(text, 60)

    assert len(pieces) == 2
    assert pieces[1].startswith(" " * 14)
    assert not pieces[1].startswith(" " * 15)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert hanging("short", 60) == ["short"]


def test_a_pasted_word_without_an_end_does_not_hide_the_words_behind_it() -> None:
    told = short_words(f"prompt: too long (got {'x' * 10_000} of 1000)", 32)

    assert told == f"prompt: too long (got {'x' * 31}~ of 1000)"
