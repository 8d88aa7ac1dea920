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
