"""What all screens share: the person's folders and settings, the library, the way to the worker, what went wrong, and
what can be taken back. It knows no widget."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from pixels_mcp.errors import PixelsError
from pixels_mcp.next_steps import in_words
from pixels_mcp.paths import Paths
from pixels_mcp.told_apart import Words
from pixels_mcp.tui.board import Board, BoardFact
from pixels_mcp.tui.errands.errands import Errands, Failed
from pixels_mcp.tui.inbox import Inbox
from pixels_mcp.tui.lines.screen_phrases import SCREEN_PHRASES

if TYPE_CHECKING:
    from pixels_mcp.client import Client
    from pixels_mcp.library.library_folder import Library
    from pixels_mcp.models.model_registry import ModelRegistry
    from pixels_mcp.models.pull.sites import Offer
    from pixels_mcp.settings import Settings
    from pixels_mcp.tui.link import WorkerLink

Value = TypeVar("Value")

KEPT_PROBLEMS = 50
KEPT_CHANGES = 100


class CheckedThing(Protocol):
    """One line of what `doctor` finds; the command line, which finds it, stands above the screens."""

    @property
    def check(self) -> str:
        """What was looked at."""
        ...

    @property
    def level(self) -> str:
        """`ok`, `warn` or `fail`."""
        ...

    @property
    def fact(self) -> str:
        """What there is."""
        ...

    @property
    def next(self) -> str:
        """What to do about it."""
        ...


class ReadItems(Protocol):
    """What a batch file asks for: requests, and items that are wrong; read by the command line, above the screens."""

    @property
    def items(self) -> Sequence[object]:
        """`SpriteRequest`s, or things with a `label` and an `error`."""
        ...

    @property
    def remarks(self) -> Sequence[str]:
        """What was read in another way than one might think."""
        ...


@dataclass(frozen=True)
class FaceTools:
    """What the command line lends to the screens.

    Attributes:
        connect: Finds or starts the worker.
        examine: Looks through the installation.
        read_batch: Reads a batch file with words that its items share.
        load_settings: Reads the person's settings.
        find_offer: Asks a site for a model by its address.
    """

    connect: Callable[[Settings], Client]
    examine: Callable[[], Iterable[CheckedThing]]
    read_batch: Callable[[Path, Words], ReadItems]
    load_settings: Callable[[], Settings]
    find_offer: Callable[[str], Offer]


@dataclass(frozen=True)
class Problem:
    """Something that went wrong, kept for Help; `at_s` in seconds since 1970."""

    at_s: float
    message: str
    advice: str


@dataclass(frozen=True)
class Change:
    """Something that was done and can be taken back.

    Attributes:
        words: What was done: `removed knight-0004.1`.
        take_back: Undoes it, on a thread; gives what to say.
    """

    words: str
    take_back: Callable[[], str]


@dataclass(frozen=True)
class Draft:
    """Words that another screen brings to Draw; `whole` empties what they do not name."""

    words: Mapping[str, object]
    whole: bool = False


@dataclass(frozen=True)
class Rivals:
    """What another screen brings to Compare: ways to draw, a line for each, and what they draw."""

    arms: Sequence[str]
    prompts: Sequence[str] = ()


@dataclass
class Session:
    """One person at one terminal. Settings and the way to the worker are there after `load`.

    Args:
        paths: The person's folders.
        tools: What the command line lends.
        give_back: Brings what shall happen onto the app's loop, from any thread.
        wake: Tells the app, from any thread, that the inbox is no longer empty.
        say: Shows words to the person: text, and whether it is an error.
        take_over: Lets the app take over theme and keys from the settings.
        asked: Tells the app, from any thread, that the worker was asked and may leave it without an answer.
    """

    paths: Paths
    tools: FaceTools
    give_back: Callable[[Callable[[], None]], object]
    wake: Callable[[], object]
    say: Callable[[str, bool], None]
    take_over: Callable[[], None] = lambda: None
    asked: Callable[[], object] = lambda: None
    board: Board = field(default_factory=Board)
    problems: list[Problem] = field(default_factory=list[Problem])
    changes: list[Change] = field(default_factory=list[Change])
    library_version: int = 0
    draft: Draft | None = None
    rivals: Rivals | None = None
    wanted_sprite: str | None = None
    wants_log: bool = False
    unsaved: dict[str, str] = field(default_factory=dict[str, str])
    settings: Settings = field(init=False)
    link: WorkerLink = field(init=False)
    is_loaded: bool = False
    held: int = 0

    def __post_init__(self) -> None:
        self.inbox: Inbox[BoardFact] = Inbox(self.wake)
        self._near = Errands(self.give_back, "near")
        self._far = Errands(self.give_back, "far", threads=3)

    def load(self) -> None:
        """Read the settings, and import what everything but the first screen needs; on a thread.

        Raises:
            SettingsError: The settings are not usable.
        """
        from pixels_mcp.tui.link import WorkerLink

        settings = self.tools.load_settings()
        self.settings = settings
        self.link = WorkerLink(lambda: self.tools.connect(settings), self.inbox, self.asked)
        self.is_loaded = True

    @property
    def is_silent(self) -> bool:
        """True when the worker, which was there, leaves a question unanswered for some seconds."""
        return self.is_loaded and self.link.is_silent

    @property
    def is_asking(self) -> bool:
        """True while the worker was asked how it is and did not answer yet."""
        return self.is_loaded and self.link.is_asking

    @property
    def library(self) -> Library:
        """The sprites, read without the worker."""
        from pixels_mcp.library.library_folder import Library

        return Library(self.settings.library_dir or self.paths.library)

    @property
    def registry(self) -> ModelRegistry:
        """The models, read from their files."""
        from pixels_mcp.engines.model_places import open_registry

        return open_registry(self.paths, self.settings)

    def close(self) -> None:
        """Let go of everything."""
        if self.is_loaded:
            self.link.close()
        self._near.close()
        self._far.close()

    # --- work on threads ----------------------------------------------------------------------------------------

    def near(self, work: Callable[[], Value], then: Callable[[Value], None], failed: Failed | None = None) -> None:
        """Read or write files on a thread; an error is shown where nobody takes it."""
        self._near.run(work, then, failed or self.tell)

    def near_first(
        self, work: Callable[[], Value], then: Callable[[Value], None], failed: Failed | None = None
    ) -> None:
        """As `near`; what is typed meanwhile waits, because it belongs to what is shown or opened with the result."""

        def put(value: Value) -> None:
            self.held -= 1
            then(value)

        def tell(error: PixelsError) -> None:
            self.held -= 1
            (failed or self.tell)(error)

        self.held += 1
        self._near.run(work, put, tell)

    def far(self, work: Callable[[], Value], then: Callable[[Value], None], failed: Failed | None = None) -> None:
        """Ask the worker, or wait for a game, on a thread; as `near`."""
        self._far.run(work, then, failed or self.tell)

    def look(self) -> bool:
        """Empty the inbox into the board; True where something had come."""
        from pixels_mcp.tui.board_updates import with_facts

        taken = self.inbox.take()
        before = self.board
        self.board = with_facts(before, (*taken.told, *taken.newest))
        if self.board.sprites is not before.sprites:
            self.library_version += 1
        return self.board is not before

    # --- what a person is told ----------------------------------------------------------------------------------

    def tell(self, error: PixelsError) -> None:
        """Show an error and its next step, and keep it for Help."""
        advice = self.advice(error)
        self.problems.insert(0, Problem(time.time(), error.message, advice))
        del self.problems[KEPT_PROBLEMS:]
        self.say(f"{error.message}\nnext: {advice}" if advice else error.message, True)

    def advice(self, error: PixelsError) -> str:
        """What to do about an error, in the words of the screens."""
        return in_words(error.hint, error.steps, SCREEN_PHRASES)

    # --- changes ------------------------------------------------------------------------------------------------

    def changed(self, change: Change) -> None:
        """Remember something that can be taken back, and say that it was done."""
        self.changes.append(change)
        del self.changes[:-KEPT_CHANGES]
        self.library_version += 1
        self.say(f"{change.words}  (u takes it back)", False)

    def set_value(self, key: str, text: str | None) -> None:
        """Write a setting into the file and take over what is now in force; on a thread.

        Raises:
            SettingsError: It cannot be that, or the file cannot be written.
        """
        from pixels_mcp.settings import write_setting

        write_setting(self.paths, key, text)
        self.settings = self.tools.load_settings()
