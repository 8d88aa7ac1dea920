"""Looking ahead for other machines: on a thread of its own, one question after the other, while the desk answers."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pixels_mcp.errors import EngineError, PixelsError, QueueFullError
from pixels_mcp.events import ErrorInfo, WorkerHealth
from pixels_mcp.foreseen import Forecast
from pixels_mcp.wire import answers
from pixels_mcp.wire.answers import Answer
from pixels_mcp.wire.messages import Foresee
from pixels_mcp.wire.transport import SendAnswer

log = logging.getLogger(__name__)

WAITING_MAX = 8
"""So many questions wait; planning a batch of a thousand takes seconds."""


LookAhead: TypeAlias = Callable[[WorkerHealth, Foresee], Forecast]
"""Works out what drawing would take: `planning.forecast.foresee_for_machine` with a person's folders."""


@dataclass(frozen=True)
class _Question:
    health: WorkerHealth
    asked: Foresee
    send: SendAnswer


class Foreseeing:
    """Answers questions about what would be; `answer_ready` is called by the thread that sends.

    Args:
        look: Works an answer out.
    """

    def __init__(self, look: LookAhead) -> None:
        self._look = look
        self._asked: queue.SimpleQueue[_Question] = queue.SimpleQueue()
        self._ready: queue.SimpleQueue[tuple[SendAnswer, Answer]] = queue.SimpleQueue()
        self._open = 0
        self._thread: threading.Thread | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an answer is to come."""
        return self._open > 0

    def ask(self, health: WorkerHealth, asked: Foresee, send: SendAnswer) -> None:
        """Take a question.

        Raises:
            QueueFullError: Too many wait.
        """
        if self._open >= WAITING_MAX:
            raise QueueFullError(f"{self._open} questions about what drawing would take wait", hint="ask again later")
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="foreseeing", daemon=True)
            self._thread.start()
        self._open += 1
        self._asked.put(_Question(health, asked, send))

    def answer_ready(self) -> None:
        """Send what is worked out."""
        while not self._ready.empty():
            send, answer = self._ready.get()
            self._open -= 1
            send(answer)

    def _run(self) -> None:
        while True:
            question = self._asked.get()
            self._ready.put((question.send, _answer(self._look, question)))


def _answer(look: LookAhead, question: _Question) -> Answer:
    try:
        return answers.ForecastAnswer(forecast=look(question.health, question.asked))
    except PixelsError as error:
        return answers.ErrorAnswer(error=ErrorInfo.of(error))
    except Exception as error:
        log.exception("looking ahead failed")
        problem = EngineError(f"unexpected {type(error).__name__}: {error}", hint="see the log file")
        return answers.ErrorAnswer(error=ErrorInfo.of(problem))
