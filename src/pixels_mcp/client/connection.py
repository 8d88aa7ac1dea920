"""A face's connection to the worker: found or started, greeted, and made anew when the worker ends meanwhile."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from pydantic import BaseModel

from pixels_mcp import __version__
from pixels_mcp.errors import (
    DecodeError,
    NoAnswerError,
    NotPairedError,
    OtherMachineError,
    OtherVersionError,
    PixelsError,
)
from pixels_mcp.next_steps import NextStep
from pixels_mcp.wire import answers, messages
from pixels_mcp.wire.answers import Answer
from pixels_mcp.wire.messages import Call
from pixels_mcp.wire.transport import PendingAnswer, Transport

CALL_S = 60.0
"""How long a call may take; waits take longer, in slices."""

_PATIENCE_S = 0.5
"""Without an answer for so long, the client looks whether the worker still is the one that it asked."""

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class Link:
    """A connection, how to see that its other end is gone, and how to get a new one.

    Args:
        why_silent: Says why nobody answers, where the worker is on another machine.
    """

    def __init__(
        self,
        transport: Transport,
        is_lost: Callable[[], bool] = lambda: False,
        renew: Callable[[], Link] | None = None,
        why_silent: Callable[[], PixelsError] | None = None,
    ) -> None:
        self.transport, self.is_lost, self.renew, self.why_silent = transport, is_lost, renew, why_silent


class Connection:
    """Calls that are answered, whichever worker answers them.

    When the worker ends meanwhile, a call finds or starts the next one and is sent again.
    """

    def __init__(self, link: Link, *, face: str) -> None:
        self._link = link
        self._face = face
        self._renewing = threading.Lock()
        self.is_closed = False

    @property
    def link(self) -> Link:
        """The connection as it is now; another one after the worker ended."""
        return self._link

    def __enter__(self) -> Self:
        """Use it in a `with` block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End the connection; jobs go on, calls on their way fail soon."""
        self.is_closed = True
        self._link.transport.close()

    def greet(self, *, timeout_s: float = CALL_S) -> None:
        """Introduce this face to the worker and see that both are of one version.

        Raises:
            OtherVersionError: They are not.
            NoAnswerError: It did not answer in time.
        """
        hello = messages.Hello(version=__version__, face=self._face, pid=os.getpid())
        welcome = self._ask(hello, answers.Welcome, timeout_s=timeout_s)
        if welcome.version != __version__:
            raise OtherVersionError(
                f"the running worker (process {welcome.pid}) is pixels-mcp {welcome.version}, this is {__version__}",
                hint="a new one is started when it has ended",
                steps=[NextStep("stop_worker")],
            )

    def _ask(self, call: Call, kind: type[AnswerT], *, timeout_s: float = CALL_S) -> AnswerT:
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            link = self._link
            pending = link.transport.start(call)
            try:
                while (left_s := deadline_s - time.monotonic()) > 0:
                    answer = _wait(pending, min(left_s, _PATIENCE_S), link)
                    if answer is not None:
                        return _expect(answer, kind)
                    if self.is_closed:
                        raise NoAnswerError(f"the connection was closed while {call.type} was on its way")
                    if link is not self._link or link.is_lost():
                        break
            finally:
                pending.forget()
            self._renew(link)
        if self._link.why_silent is not None:
            raise self._link.why_silent()
        raise NoAnswerError(
            f"the worker did not answer {call.type} within {timeout_s:.0f} s",
            hint="jobs that it accepted are kept",
            steps=[NextStep("check_installation")],
        )

    def _renew(self, lost: Link) -> None:
        with self._renewing:
            if self._link is not lost or lost.renew is None or not lost.is_lost():
                return
            self._link = lost.renew()
        lost.transport.close()
        self.greet()


def _wait(pending: PendingAnswer, timeout_s: float, link: Link) -> Answer | None:
    """An answer, None where none came; a far worker that was exchanged for another one meanwhile gives none."""
    try:
        return pending.wait(timeout_s)
    except (NotPairedError, OtherMachineError):
        if not link.is_lost():
            raise
        return None


def _expect(answer: BaseModel, kind: type[AnswerT]) -> AnswerT:
    if isinstance(answer, answers.ErrorAnswer):
        raise answer.error.as_error()
    if not isinstance(answer, kind):
        raise DecodeError(f"the worker answered with {type(answer).__name__}, not {kind.__name__}")
    return answer
