"""A workflow file is edited, checked while it is written, saved among the person's own, and tried."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from helpers.screens import NARROW, play, staged, text_of, until
from pixels_mcp.errors import InvalidArgumentError, WorkflowError
from pixels_mcp.tui.dialogs.workflow_dialog import WorkflowDialog
from pixels_mcp.tui.lines.workflow_lines import problem_row
from pixels_mcp.tui.widgets.sprite_view import SpriteView
from pixels_mcp.tui.workflow_work import checked_workflow, inputs_text, read_inputs_text

GOOD = """format = 1
title = "Two potions"
description = "Two"
[inputs.prompt]
type = "prompt"
default = "a ruby potion"
[inputs.worn]
type = "bool"
[inputs.palette]
type = "palette"
optional = true
[[steps]]
id = "first"
do = "draw"
prompt = "$prompt"
[[steps]]
id = "second"
do = "draw"
prompt = "$prompt, worn"
steps = 3
"""


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (("title =", "title"), 2),
        (("steps = 3", "steps = 3000"), 20),
        (("steps = 3", "dance = 3"), 20),
        (('prompt = "$prompt, worn"', 'prompt = "$nobody"'), 19),
        (('id = "second"', 'id = "first"'), 17),
        (('type = "bool"', 'type = "elephant"'), 7),
        (('default = "a ruby potion"', 'default = ""'), 4),
    ],
)
def test_what_is_wrong_is_told_with_its_line(change: tuple[str, str], row: int) -> None:
    text = GOOD.replace(*change)

    with pytest.raises(WorkflowError) as caught:
        checked_workflow("two", text)

    assert abs((problem_row(text, caught.value.message) or 0) - row) <= 1, caught.value.message


def test_inputs_are_a_line_that_can_be_changed() -> None:
    line = inputs_text(checked_workflow("two", GOOD))

    assert line == "prompt='a ruby potion' worn=true"
    assert read_inputs_text(line) == {"prompt": "a ruby potion", "worn": "true"}
    with pytest.raises(InvalidArgumentError, match="'potion' is no input"):
        read_inputs_text("potion")
    with pytest.raises(InvalidArgumentError, match="quotation"):
        read_inputs_text("prompt='a")


def test_a_workflow_is_edited_tried_saved_and_taken_back(home: Path) -> None:
    own = home / "config" / "workflows" / "sprite-variants.toml"

    async def story(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+t", *"variants of", "enter")
        await until(pilot, lambda: isinstance(app.screen, WorkflowDialog), "the dialog")
        dialog = app.screen
        await until(pilot, lambda: any("nothing wrong" in line for line in text_of(app)), "it is checked")
        text = dialog.query_one(TextArea)
        text.text = text.text.replace("default = 4", "default = 4000")
        await until(pilot, lambda: any("! line" in line for line in text_of(app)), "what is wrong is told")
        await pilot.press("ctrl+s")
        assert not own.exists()
        text.text = text.text.replace("default = 4000", "default = 2")
        await until(pilot, lambda: any("nothing wrong" in line for line in text_of(app)), "it is right again")

        await pilot.press("escape", "ctrl+t", *"variants of", "enter")
        await until(pilot, lambda: isinstance(app.screen, WorkflowDialog), "the dialog again")
        dialog = app.screen
        assert "default = 2" in dialog.query_one(TextArea).text
        await until(pilot, lambda: "count=2" in dialog.query_one("#workflow-inputs", Input).value, "inputs")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: bool(dialog.query_one("#tried", SpriteView).frames), "it was tried")
        assert app.session.library.count() == 2
        assert any("1 steps gave 2 entries" in line for line in text_of(app))

        await pilot.press("ctrl+s")
        await until(pilot, own.exists, "it is saved")
        assert "default = 2" in own.read_text()
        await pilot.press("escape", "escape", "u")
        await until(pilot, lambda: not own.exists(), "it is taken back")

    with staged(home) as app:
        play(app, story, NARROW)
