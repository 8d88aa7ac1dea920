"""A dry run tells what would be drawn from what, how long it takes and what memory it needs, and keeps nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pixels_mcp.engines.base import RenderSpec
from pixels_mcp.events import WorkerHealth
from pixels_mcp.foreseen import TOLD_MAX, Forecast
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.operations.workflow_ahead import LookTools, look_ahead
from pixels_mcp.paths import find_paths
from pixels_mcp.png import encode_png
from pixels_mcp.requests import BatchRequest, SpriteRequest
from pixels_mcp.settings import load_settings
from pixels_mcp.worker.pace_book import MeasuredPace, PaceBook, pace_book, passes_of
from pixels_mcp.worker.planning.forecast import Forecaster, make_forecaster
from pixels_mcp.worker.planning.looking_shelf import open_looking_shelf
from pixels_mcp.worker.planning.outlook import outlooks_of
from pixels_mcp.workflows.workflow_file import read_workflow

pytestmark = pytest.mark.usefixtures("home")


def health(**changed: object) -> WorkerHealth:
    known: dict[str, object] = {
        "version": "1", "protocol": 1, "pid": 1, "uptime_s": 1.0, "device": "cpu", "device_name": "a processor",
        "dtype": "fp32", "memory_free_gib": 4.0, "memory_total_gib": 8.0, "loaded_models": (), "parts_queued": 3,
        "parts_running": 1, "queue_limit": 100,
    }  # fmt: skip
    return WorkerHealth.model_validate({**known, **changed})


def forecaster(**changed: object) -> Forecaster:
    paths = find_paths()
    return make_forecaster(paths, load_settings(paths), Library(paths.library), health(**changed))


def foresee(*prompts: str, **words: object) -> Forecast:
    return forecaster().of_requests(BatchRequest.model_validate({"items": prompts, **words}).expand())


def spec(side_px: int = 32, **changed: object) -> RenderSpec:
    words = {"steps": 10, "guidance_scale": 3.0, "two_pass": True, "strength": 0.5, **changed}
    return RenderSpec(Path("model"), "", side_px, side_px, **words)  # type: ignore[arg-type]  # words of a test


def test_what_is_known_and_what_is_not_is_told_for_each_item_before_anything_is_drawn(home: Path) -> None:
    before = {file for file in home.rglob("*") if "cache" not in file.parts}
    told = foresee("a ruby potion", "a xylograph").to_dict()
    after = {file for file in home.rglob("*") if "cache" not in file.parts}

    unsure, sure = told["items"]
    assert list(told)[:2] == ["confidence", "warning"]
    assert (told["confidence"], told["state"], told["sprites"]) == ("low", "dry_run", 2)
    assert told["warning"].endswith(": 2")
    assert (unsure["item"], unsure["confidence"], unsure["drawn_from"]) == (2, "low", "scratch")
    assert (sure["item"], sure["confidence"]) == (1, "high")
    assert sure["drawn_from"].startswith("exemplar ")
    assert "potion" in sure["drawn_from"]
    assert {file for file in after - before if file.is_file() and file.suffix != ".sqlite"} == set()


def test_an_item_that_cannot_be_drawn_says_why_and_the_others_are_foreseen() -> None:
    forecast = foresee("a ruby potion", {"prompt": "a key", "width_px": 9, "height_px": 9})  # type: ignore[arg-type]  # words of a test
    refused, fine = forecast.to_dict()["items"]

    assert forecast.refused == [2]
    assert "cannot draw 9x9" in refused["error"]
    assert refused["hint"]
    assert fine["item"] == 1
    assert forecast.to_dict()["sprites"] == 1


def test_seconds_are_those_that_drawing_took_here_and_the_load_counts_once() -> None:
    assert foresee("a key").to_dict()["seconds_unknown"].startswith("nothing was drawn with mini")
    requests = BatchRequest(items=("a key", "a potion"), steps=10, reference="none", count=3).expand()  # type: ignore[arg-type]  # words of a test
    shelf = open_looking_shelf(find_paths(), load_settings(find_paths()), Library(find_paths().library))
    drawn_with = outlooks_of(requests, shelf)[0].spec
    assert drawn_with is not None
    book = pace_book(find_paths())
    book.note_render("mini", drawn_with, 4, render_s=4 * 20 * 0.1, load_s=5.0)
    book.note_finish("mini", drawn_with, 0.5)

    cold, warm = forecaster().of_requests(requests), forecaster(loaded_models=("mini",)).of_requests(requests)

    assert cold.seconds == pytest.approx(6 * (20 * 0.1 + 0.5) + 5.0)
    assert warm.seconds == pytest.approx(6 * (20 * 0.1 + 0.5))
    assert cold.memory_free_gib is not None
    assert warm.memory_needed_gib < cold.memory_needed_gib < cold.memory_free_gib == 4.0
    assert cold.to_dict()["parts_before"] == 4
    assert forecaster(memory_free_gib=0.001).of_requests(requests).to_dict()["memory"]["fits"] is False


def test_a_redraw_counts_the_steps_that_are_run_and_guidance_counts_twice() -> None:
    assert passes_of(spec()) == 10
    assert passes_of(spec(two_pass=False)) == 5
    assert passes_of(spec(strength=None)) == 20


def test_paces_are_averaged_scaled_to_other_sizes_and_lost_without_harm(tmp_path: Path) -> None:
    book = PaceBook(tmp_path / "state" / "paces.json")
    for render_s, finish_s, load_s in ((10.0, 1.0, 3.0), (20.0, 2.0, 0.0)):
        book.note_render("mini", spec(), 1, render_s=render_s, load_s=load_s)
        book.note_finish("mini", spec(), finish_s)

    assert book.pace_of("mini", spec()) == MeasuredPace(step_s=1.5, finish_s=1.5, load_s=3.0)
    assert book.pace_of("mini", spec(64)) == MeasuredPace(step_s=6.0, finish_s=6.0, load_s=3.0)
    assert book.pace_of("other", spec()) is None
    (tmp_path / "state" / "paces.json").write_text("{torn")
    assert book.pace_of("mini", spec()) is None
    book.note_render("mini", spec(), 2, render_s=10.0, load_s=0.0)
    assert book.pace_of("mini", spec()) == MeasuredPace(step_s=0.5)


def test_a_picture_to_redraw_is_looked_at_and_not_kept(home: Path) -> None:
    picture = np.full((32, 32, 4), (200, 30, 60, 255), dtype=np.uint8)
    (home / "berry.png").write_bytes(encode_png(picture))
    (item,) = foresee("a berry", reference=str(home / "berry.png"), strength=0.2).to_dict()["items"]

    assert item["drawn_from"] == "file berry.png"
    assert not list((home / "data" / "library").rglob("*.png"))


def test_a_long_batch_is_told_in_short_and_what_is_unsure_comes_first() -> None:
    prompts = [f"a potion {number}" for number in range(TOLD_MAX + 10)]
    told = foresee(*prompts[:-1], "a xylograph").to_dict()

    assert told["items_shown"] == f"{TOLD_MAX} of {TOLD_MAX + 10}"
    assert told["items"][0]["prompt"] == "a xylograph"
    assert len(str(told)) < 60_000


CHAIN = """\
format = 1
title = "Chain"
description = "A hero, another of it, both moving"
[inputs.prompt]
type = "prompt"
default = "a knight"
[[steps]]
id = "hero"
do = "draw"
prompt = "$prompt"
count = 2
[[steps]]
id = "ghost"
do = "draw"
prompt = "a ghost"
reference = "$hero.1"
strength = 0.4
[[steps]]
id = "other"
do = "edit"
operation = "vary"
sprite_id = "$ghost"
count = 3
[[steps]]
id = "shore"
do = "tileset"
upper = "grass"
lower = "water"
[[steps]]
id = "clips"
do = "animate"
each = "$other"
sprite_id = "$item"
motions = ["idle"]
"""


def test_a_workflow_is_walked_through_with_results_that_are_not_there_yet(tmp_path: Path) -> None:
    (tmp_path / "chain.toml").write_text(CHAIN)
    workflow, library = read_workflow(tmp_path / "chain.toml"), Library(find_paths().library)
    steps = look_ahead(workflow, {}, 0, LookTools(library, None, None, tmp_path / "kept"))
    forecast = forecaster().of_requests((), steps)

    assert [(one.step, one.gives, one.draws, one.kept) for one in forecast.steps] == [
        ("hero", 2, 2, 0), ("ghost", 1, 1, 0), ("other", 3, 3, 0), ("shore", 1, 2, 0), ("clips", 3, 0, 0),
    ]  # fmt: skip
    by_prompt = {item.prompt: item.drawn_from for item in forecast.items}
    assert by_prompt["ghost: a ghost"] == "result of hero"
    assert by_prompt["other: vary"] == "result of ghost"
    assert by_prompt["hero: a knight"].startswith("exemplar ")
    assert forecast.refused == []
    assert library.search("", limit=1) == []


def test_what_stands_from_an_earlier_run_is_not_counted(tmp_path: Path) -> None:
    (tmp_path / "chain.toml").write_text("\n".join(CHAIN.splitlines()[:11]) + "\n")
    workflow, library = read_workflow(tmp_path / "chain.toml"), Library(find_paths().library)
    recipe = Recipe(request={"prompt": "a knight"}, plan={"seed": 1}, model_sha256="0" * 64)
    new = NewEntry(seed=1, prompt="a knight", model="mini", facts={})
    kept = [library.add(f"knight-0001.{n}", np.full((8, 8, 4), 255, np.uint8), recipe, new).sprite_id for n in (1, 2)]

    def run_once() -> None:
        from pixels_mcp.events import JobInfo, PartInfo
        from pixels_mcp.operations.workflow_run import run_workflow
        from pixels_mcp.operations.workflow_steps import StepTools

        part = PartInfo(
            part_id="knight-0001", state="done", prompt="a knight", sprites=tuple(library.get(one) for one in kept)
        )
        job = JobInfo(job_id="knight-0001", kind="batch", state="done", parts=(part,), created_s=0.0)

        def draw(*_: object) -> JobInfo:
            return job

        run_workflow(workflow, {}, 0, StepTools(library, draw, None), tmp_path / "kept", lambda _: None)

    run_once()
    (step,) = look_ahead(workflow, {}, 0, LookTools(library, None, None, tmp_path / "kept"))

    assert (step.entries, step.kept, step.requests) == (2, 2, ())
    (other,) = look_ahead(workflow, {"prompt": "a wizard"}, 0, LookTools(library, None, None, tmp_path / "kept"))
    assert (other.entries, other.kept) == (2, 0)
    assert isinstance(other.requests[0], SpriteRequest)
