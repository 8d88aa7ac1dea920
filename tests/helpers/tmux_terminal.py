"""A real terminal: tmux, in which a program runs, keys are pressed and the screen is read."""

from __future__ import annotations

import contextlib
import shlex
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from pathlib import Path

from helpers.waiting import PATIENCE_S

ESCAPE_S = 0.3
"""A key right behind Escape is one key to a terminal (Alt and that key)."""


class TmuxTerminal:
    """A window of a tmux server; a start after a stop has a server of its own.

    Args:
        folder: Where the servers' sockets lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._starts = 0

    def start(self, command: Sequence[str], environment: dict[str, str], size: tuple[int, int] = (120, 36)) -> None:
        """Run a command in a window of so many columns and rows; the window stays when it has ended."""
        self._starts += 1
        told = " ".join(f"{word}={shlex.quote(value)}" for word, value in environment.items())
        line = f"env -u COLUMNS -u LINES {told} {shlex.join(command)}; echo ended with $?; sleep 600"
        self._run("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), line)

    def stop(self) -> None:
        """End the server and what runs in it."""
        with contextlib.suppress(AssertionError):
            self._run("kill-server")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names, each for itself."""
        for key in keys:
            self._run("send-keys", key)
            time.sleep(ESCAPE_S if key == "Escape" else 0.05)

    def type(self, text: str) -> None:
        """Type a text."""
        self._run("send-keys", "-l", text)

    def read(self) -> str:
        """What stands on the screen."""
        return self._run("capture-pane", "-p")

    def read_colors(self) -> str:
        """What stands on the screen, with the codes of its colors."""
        return self._run("capture-pane", "-p", "-e", "-N")

    def wait_for(self, *words: str, seconds: float = PATIENCE_S) -> str:
        """Wait until all of these stand on the screen at once."""
        deadline_s = time.monotonic() + seconds
        while time.monotonic() < deadline_s:
            shown = self.read()
            if all(word in shown for word in words):
                return shown
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds:.0f} s: {words}\n{self.read()}")

    def _run(self, *words: str) -> str:
        # each start has a socket of its own: a server that was told to end may still answer at its own
        base = ("tmux", "-S", str(self._folder / f"{self._starts}.sock"))
        done = subprocess.run([*base, *words], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"tmux {words[:3]}: {done.stderr or done.stdout}"
        return done.stdout


@contextlib.contextmanager
def tmux_terminal() -> Generator[TmuxTerminal]:
    """A server of its own, ended at the end."""
    with tempfile.TemporaryDirectory(prefix="px-tmux-") as folder:
        terminal = TmuxTerminal(Path(folder))
        try:
            yield terminal
        finally:
            terminal.stop()
