"""What all dialogs have in common: they lie over a screen, and Escape closes them without a change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Footer, Static

from pixels_mcp.tui.actions import Place, bindings_of
from pixels_mcp.tui.screens.quiet_fields import QuietFields

Answered = TypeVar("Answered")


class Dialog(QuietFields, ModalScreen[Answered | None], Generic[Answered]):
    """A dialog; its answer is None where it was closed.

    Attributes:
        PLACES: Whose actions of the table it has beside those of every dialog.
        SIZE: A class of the style sheet.
    """

    PLACES: ClassVar[tuple[Place, ...]] = ()
    SIZE: ClassVar[str] = ""
    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init_subclass__(cls) -> None:
        cls.BINDINGS = [  # pyright: ignore[reportConstantRedefinition]  # the base class reads it
            *cls.__dict__.get("BINDINGS", ()),
            *bindings_of(*cls.PLACES, "dialog"),
        ]
        super().__init_subclass__()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.heading = title

    def compose(self) -> ComposeResult:
        """Title, body, keys."""
        with Vertical(classes=f"dialog {self.SIZE}"):
            yield Static(self.heading, classes="title", markup=False, id="dialog-title")
            yield from self.compose_dialog()
        yield Footer(show_command_palette=False)

    def compose_dialog(self) -> Iterable[Widget]:
        """The dialog's own widgets."""
        return ()

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
