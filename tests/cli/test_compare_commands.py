"""A person compares two ways to draw from the command line: drawn as one job, voted blind, judged, taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from helpers.commands import pixels
from helpers.plain_home import plain_home


def told(*words: str) -> Any:
    done = pixels(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_two_ways_are_drawn_voted_on_and_judged(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a ruby potion\nan iron sword\n")
    with plain_home():
        drawn = told("compare", "plain steps=2", "plain steps=3 name=slow", "--prompts", str(prompts), "--seeds", "2")
        name = drawn["comparison_id"]
        first = told("comparison", "vote", name)["ballot"]
        second = told("comparison", "vote", name, "b")
        told("comparison", "vote", name, "tie")
        undone = told("comparison", "undo", name)
        result = pixels("comparison", "result", name, "--html", str(tmp_path / "report.html"))
        pair = told("comparison", "vote", name, "--as", "assistant")["ballot"]
        refused = pixels("comparison", "vote", name, "z")

        assert (drawn["rounds"], drawn["void_rounds"]) == (4, [])
        assert "sprites" not in json.dumps(drawn)
        assert (first["number"], first["of"], first["choices"]) == (1, 4, ["a", "b", "tie"])
        assert all(Path(path).is_file() for path in first["pictures"].values())
        assert (second["ballot"]["number"], second["votes"]) == (2, 1)
        assert undone == {"votes": 1}
        assert "not decided, about" in result.stderr
        assert "3 ballots open" in result.stderr
        assert (tmp_path / "report.html").read_text().count("data:image/png") == 8
        assert pair["of"] == 8
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "'z' cannot be voted" in refused.stderr


WORKFLOW = """format = 1
title = "{title}"
description = "One thing"
[inputs.prompt]
type = "prompt"
[inputs.steps]
type = "int"
default = {steps}
[[steps]]
id = "drawn"
do = "draw"
prompt = "$prompt"
steps = "$steps"
"""


def test_a_workflow_is_an_arm_beside_a_model_or_another_workflow(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a ruby potion\nan iron sword\n")
    with plain_home() as home:
        folder = Path(home) / "config" / "workflows"
        folder.mkdir(parents=True)
        for name, steps in (("quick", 2), ("slow", 4)):
            (folder / f"{name}.toml").write_text(WORKFLOW.format(title=name, steps=steps))
        (folder / "both.toml").write_text(WORKFLOW.format(title="both", steps=2).replace("default = 2\n", ""))
        mixed = told("compare", "plain steps=3", "workflow=quick", "--prompts", str(prompts))
        alone = told("compare", "workflow=quick", "workflow=slow name=slow", "--prompts", str(prompts), "--seeds", "2")
        ballot = told("comparison", "vote", mixed["comparison_id"], "a")
        refused = pixels("compare", "plain", "workflow=both", "--prompts", str(prompts))
        unknown = pixels("compare", "plain", "workflow=dance", "--prompts", str(prompts))
        wordy = pixels("compare", "plain", "workflow=quick steps=3", "--prompts", str(prompts))
        listed = told("comparison", "list")

    assert (mixed["rounds"], mixed["void_rounds"], mixed["arms"][1]) == (
        2, [], {"name": "workflow=quick", "loras": [], "workflow": "quick"},
    )  # fmt: skip
    assert (alone["rounds"], alone["void_rounds"], alone["job_id"]) == (4, [], None)
    assert ballot["votes"] == 1
    assert "needs steps beside a prompt" in refused.stderr
    assert "there is no workflow dance" in unknown.stderr
    assert "decides its own words" in wordy.stderr
    assert [refused.returncode, unknown.returncode, wordy.returncode] == [2, 2, 2]
    assert len(listed) == 2
