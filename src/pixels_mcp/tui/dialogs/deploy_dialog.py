"""Put sprites into the game, each for itself or as the frames of one animation, and wait for the game's answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Label, RadioSet, Static

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.bevy import undo as history
from pixels_mcp.bevy.deploy import check_names_differ, deploy, deploy_sheet
from pixels_mcp.bevy.project import named_roots
from pixels_mcp.bevy.results import DeployResult
from pixels_mcp.bevy.sheets import SheetRequest
from pixels_mcp.errors import PixelsError
from pixels_mcp.next_steps import in_words
from pixels_mcp.paths import expand_home
from pixels_mcp.requests import DeployRequest
from pixels_mcp.told_apart import Words
from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.dialogs.dialog import Dialog
from pixels_mcp.tui.lines.screen_phrases import SCREEN_PHRASES
from pixels_mcp.tui.session import Change, Session
from pixels_mcp.tui.widgets.choices import ChoiceButton, SwitchButton

CONFLICTS = ("error", "replace", "rename")


class DeployDialog(Dialog[None]):
    """Writes at `Ctrl+S`, and stays open to show what became of it."""

    PLACES: ClassVar[tuple[Place, ...]] = ("deploy",)
    SIZE: ClassVar[str] = "-small"

    def __init__(self, session: Session, sprite_ids: Sequence[str]) -> None:
        what = sprite_ids[0] if len(sprite_ids) == 1 else f"{len(sprite_ids)} sprites"
        super().__init__(f"Deploy {what}")
        self._session, self._sprite_ids = session, tuple(sprite_ids)

    def compose_dialog(self) -> Iterable[Widget]:
        """Game, name, and what to do where the name is taken."""
        project = self._session.settings.project or (Path.cwd() if Path("Cargo.toml").exists() else None)
        yield _line("game", Input(str(project or ""), placeholder="the game's folder", id="game"))
        yield _line("name", Input(placeholder="the sprite's own", id="name"))
        yield _line("animation", Input(placeholder="none; a name makes them frames of one sheet", id="animation"))
        yield _line("name taken", RadioSet(*[ChoiceButton(word, word == "error") for word in CONFLICTS], id="conflict"))
        yield _line("bob", SwitchButton("two frames, the upper body a pixel lower", id="bob"))
        yield Static("", id="deploy-says", classes="says", markup=False)

    def on_mount(self) -> None:
        """The cursor where something is missing, else in the name."""
        game = self.query_one("#game", Input)
        self.set_focus(self.query_one("#name", Input) if game.value else game)

    @on(Input.Submitted)
    def _enter(self) -> None:
        self.action_submit()

    def action_submit(self) -> None:
        """Write, and wait for the game."""
        try:
            calls = self._requests()
        except PixelsError as error:
            self._say(f"! {error}")
            return
        library, game = self._session.library, str(expand_home(self.query_one("#game", Input).value.strip()))

        def put() -> list[DeployResult]:
            roots = named_roots(game)
            singles = [one for one in calls if isinstance(one, DeployRequest)]
            check_names_differ(library, singles)
            return [
                deploy(library, one, roots) if isinstance(one, DeployRequest) else deploy_sheet(library, one, roots)
                for one in calls
            ]

        self._say("writing, and waiting for the game's answer ...")
        self._session.far(put, lambda results: self._told(results, game), self._failed)

    def _requests(self) -> list[DeployRequest | SheetRequest]:
        """What is asked.

        Raises:
            PixelsError: It cannot be.
        """
        game = self.query_one("#game", Input).value.strip()
        pressed = self.query_one(RadioSet).pressed_index
        words: Words = {"project": game or None, "on_conflict": CONFLICTS[max(0, pressed)]}
        if not game:
            raise PixelsError("no game is named", hint="give the folder that holds Cargo.toml")
        if name := self.query_one("#name", Input).value.strip():
            words["name"] = name
        animation = self.query_one("#animation", Input).value.strip()
        bob = self.query_one("#bob", SwitchButton).value
        if animation or bob:
            asked = {"sprite_ids": self._sprite_ids, "bob": bob, **({"animation": animation} if animation else {})}
            return [parse_request(SheetRequest, {**words, **asked})]
        if name and len(self._sprite_ids) > 1:
            raise PixelsError(
                f"one name for {len(self._sprite_ids)} sprites", hint="leave it empty, or name an animation"
            )
        return [parse_request(DeployRequest, {**words, "sprite_id": one}) for one in self._sprite_ids]

    def _told(self, results: Sequence[DeployResult], game: str) -> None:
        for result in results:
            if result.state != "unchanged":
                self._session.changed(Change(f"deployed {result.name}", _undo(game, result.name)))
        self._say("\n".join(described(result) for result in results) + "\n\nEsc closes this")

    def _failed(self, error: PixelsError) -> None:
        self._session.tell(error)
        self._say(f"! {error.message}\nnext: {self._session.advice(error)}\nnothing was written")

    def _say(self, words: str) -> None:
        if self.is_attached:
            self.query_one("#deploy-says", Static).update(words)


def described(result: DeployResult) -> str:
    """What became of a deploy, and what to do next."""
    told = {
        "written": "written; nobody was asked whether it is shown",
        "unchanged": "stands there already",
        "dry_run": "would be written",
        "confirmed": f"the game shows it, {result.confirmed_ms} ms after the write",
        "unconfirmed": f"written, but not confirmed: {result.detail}",
    }
    following = in_words(result.next or "", result.steps, SCREEN_PHRASES)
    return f"{result.asset}: {told[result.state]}" + (f"\n  next: {following}" if following else "")


def _undo(game: str, name: str) -> Callable[[], str]:
    def back() -> str:
        result = history.undo(game, name, named_roots(game), confirm=False)
        return f"{result.name} is what it was before"

    return back


def _line(name: str, widget: Widget) -> Horizontal:
    return Horizontal(Label(name), widget, classes="word")
