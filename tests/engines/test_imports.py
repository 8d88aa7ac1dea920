"""Who may import what: diffusers has one place."""

from __future__ import annotations

import re

from helpers.toolchains import REPOSITORY

SOURCE = REPOSITORY / "src" / "pixels_mcp"


def test_only_the_engine_and_the_training_import_diffusers() -> None:
    importing = re.compile(r"^\s*(?:from|import) (?:diffusers|peft)\b", re.MULTILINE)
    places = {
        file.relative_to(SOURCE).parts[0:2]
        for file in SOURCE.rglob("*.py")
        if importing.search(file.read_text("utf-8"))
    }

    assert ("engines", "diffusers_sdxl") in places
    assert {place for place in places if place[0] != "training"} == {("engines", "diffusers_sdxl")}
