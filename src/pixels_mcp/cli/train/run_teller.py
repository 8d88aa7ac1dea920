"""What a person is told of a training run, and how they end it: Ctrl+C and SIGTERM."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
from collections.abc import Callable, Generator
from types import FrameType
from typing import TYPE_CHECKING

from pixels_mcp.cli.output import note

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_NOTED_STEPS = 20


class RunTeller:
    """Shows a run as a bar where one can be seen, else as a line now and then."""

    def __init__(self, progress: Progress | None, free_memory: Callable[[], None] | None = None) -> None:
        """Args:
        free_memory: Lets what else holds memory let it go, once the run is checked and begins.
        """
        self._progress = progress
        self._free_memory = free_memory
        self._task: TaskID | None = None
        self._asked = False
        self._asks: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._mean = float("nan")

    def begins(self) -> None:
        """Make room for the run."""
        if self._free_memory is not None:
            self._free_memory()

    def note(self, text: str) -> None:
        """Say something."""
        note(text)

    def step(self, step: int, steps: int, loss: float) -> None:
        """Show a step that is done."""
        self._mean = loss if self._mean != self._mean else 0.95 * self._mean + 0.05 * loss
        if self._progress is None:
            if step % max(1, steps // _NOTED_STEPS) == 0:
                note(f"step {step} of {steps}, loss {self._mean:.4f}")
            return
        if self._task is None:
            self._task = self._progress.add_task("", total=steps, completed=step - 1, loss=self._mean)
        self._progress.update(self._task, completed=step, loss=self._mean)

    def stopped(self) -> bool:
        """Whether the run is to end after this step."""
        return self._asked

    def ask_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Let the run end after this step; the second time at once. A signal's handler: it writes nothing itself.

        Raises:
            KeyboardInterrupt: It was asked before.
        """
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        self._asks.put(None)

    def tell_when_asked(self) -> None:
        """Wait until the run is asked to stop or is over, and say so in the first case; on a thread of its own."""
        self._asks.get()
        if self._asked:
            with contextlib.suppress(OSError):  # whoever read it is gone
                note("stopping after this step; once more ends at once")

    def end(self) -> None:
        """The run is over."""
        self._asks.put(None)


@contextlib.contextmanager
def heeding_signals(teller: RunTeller) -> Generator[None]:
    """Ctrl+C and SIGTERM ask the run to stop, as long as the block runs."""
    threading.Thread(target=teller.tell_when_asked, daemon=True).start()
    before = {one: signal.signal(one, teller.ask_to_stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        teller.end()
        for one, handler in before.items():
            signal.signal(one, handler)
