"""Keys in the order in which they were typed, each given on when the one before has had its effect.

A quick hand, a macro or tmux sends several keys at once, and a terminal keeps what is typed before the screens are
there. Textual gives a key to what has the focus when it comes, while a focus, a dialog or a screen comes some messages
after the key that asked for it: without a queue the `k` of `/knight` would move the grid.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeAlias

from textual.app import App
from textual.events import Key, Paste
from textual.message_pump import MessagePump

TypedEvent: TypeAlias = Key | Paste

ROUNDS_MIN, ROUNDS_MAX = 2, 8
PATIENCE_S = 1.0
"""A widget that went away takes its messages along: after so long a key is given on all the same."""


class KeyQueue:
    """What was typed and not given on yet.

    Attributes:
        gate: `shut` keeps everything, `text` lets through what a field takes as text, `open` everything.

    Args:
        app: Whose focus decides.
        is_held: Whether something that a key asked for is still being read.
        go_on: Gives on what may go; runs in the app's own task.
    """

    def __init__(self, app: App[Any], is_held: Callable[[], bool], go_on: Callable[[], Awaitable[None]]) -> None:
        self.gate: Literal["shut", "text", "open"] = "shut"
        self._app, self._is_held, self._go_on = app, is_held, go_on
        self._waiting: deque[TypedEvent] = deque()
        self._settles_until_s = 0.0
        self._turn = 0

    def put(self, event: TypedEvent) -> None:
        """Something was typed."""
        self._waiting.append(event)

    def next(self) -> TypedEvent | None:
        """What is given on now; None while it has to wait."""
        if not self._waiting or self.gate == "shut" or self._is_held() or time.monotonic() < self._settles_until_s:
            return None
        if self.gate == "text" and not self._is_text(self._waiting[0]):
            return None
        return self._waiting.popleft()

    def given(self, event: TypedEvent) -> None:
        """It was given on: text stays in the order of its field by itself, everything else is waited for."""
        if not self._is_text(event):
            self._settles_until_s = time.monotonic() + PATIENCE_S
            self._turn += 1
            self._round(self._turn, 1, self._where)

    def _is_text(self, event: TypedEvent) -> bool:
        """Whether what has the focus takes it as text: a field."""
        key, character = ("a", "a") if isinstance(event, Paste) else (event.key, event.character)
        return self._app.focused is not None and self._app.focused.check_consume_key(key, character)

    @property
    def _where(self) -> tuple[object, object]:
        return self._app.screen, self._app.focused

    def _round(self, turn: int, number: int, before: tuple[object, object]) -> None:
        """Go the way of a key, from the focus up to the app, behind everything that waits there."""
        start = self._app.focused or self._app.screen
        self._hop(turn, number, before, tuple(start.ancestors_with_self))

    async def _arrived(self, turn: int, number: int, before: tuple[object, object]) -> None:
        if turn != self._turn:
            return
        if number < ROUNDS_MIN or (before != self._where and number < ROUNDS_MAX):
            self._round(turn, number + 1, self._where)
            return
        self._settles_until_s = 0.0
        await self._go_on()

    def _hop(self, turn: int, number: int, before: tuple[object, object], way: tuple[MessagePump, ...]) -> None:
        for place, node in enumerate(way):
            if node is self._app:
                node.call_later(self._arrived, turn, number, before)
                return
            if node.call_later(self._hop, turn, number, before, way[place + 1 :]):
                return
