"""What is seen while the rest is imported: the frame of Draw with its prompt, which takes what is typed.

It imports no numpy and no pydantic, so it stands as soon as an empty app would; Draw takes its place and its text.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.screens.mode_screen import ModeScreen

PROMPT_PLACEHOLDER = "what to draw, in plain words: a ruby potion"
FIRST_STEPS = "type what to draw and press Enter\nthe sprite appears here\n? lists the keys, Esc leaves a field"

PANES = {"prompt": "Prompt", "words": "Words", "preview": "Sprite", "session": "This session"}
"""The panes of Draw and their titles."""


class FirstScreen(ModeScreen):
    """Stands for a moment."""

    MODE: ClassVar[Place] = "draw"
    PANE_TITLES = PANES

    def compose_body(self) -> ComposeResult:
        """The panes of Draw, empty but for the prompt."""
        with Horizontal(id="draw-columns"):
            with Vertical(id="form-side"):
                with Container(id="prompt-pane", classes="pane"):
                    yield Input(placeholder=PROMPT_PLACEHOLDER, id="prompt")
                yield Container(id="words-pane", classes="pane")
                yield Static("", id="says")
            with Vertical(id="result-side"):
                with Vertical(id="preview-pane", classes="pane"):
                    yield Static(FIRST_STEPS, id="first-steps", markup=False)
                yield Container(id="session-pane", classes="pane")

    @property
    def home(self) -> Widget:
        """The prompt."""
        return self.query_one("#prompt", Input)

    @property
    def typed(self) -> str:
        """What stands in the prompt."""
        return self.query_one("#prompt", Input).value
