"""Which files have changed and are quiet again: bursts become one, half-written files wait."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from pixels_mcp.bevy.inotify import explain_refusal

QUIET_S = 0.15
"""An editor that saves sends several events; a picture is looked at when none came for so long."""

BURST_S = 1.0
"""A burst is waited for as a whole, but not longer than this."""

_TELLING = {"created", "modified", "moved", "closed"}


class ChangeWatch(FileSystemEventHandler):
    """Collects changed PNGs of folders and gives them out once they are quiet.

    Args:
        folders: Each with whether the folders in it are watched too.
    """

    def __init__(self, folders: Sequence[tuple[Path, bool]], *, quiet_s: float = QUIET_S) -> None:
        self.quiet_s = quiet_s
        self._due: dict[Path, float] = {}
        self._events: queue.SimpleQueue[Path | None] = queue.SimpleQueue()
        self._folders = list(folders)
        self._observer: BaseObserver | None = None

    def start(self) -> None:
        """Begin to listen.

        Raises:
            WatchRefusedError: The system allows no further watches, or a folder is gone.
        """
        at = self._folders[0][0]
        try:
            self._observer = Observer()
            self._observer.start()
            for at, recursive in self._folders:  # `at` is named where it fails
                self._observer.schedule(self, str(at), recursive=recursive)
        except OSError as error:
            self.stop()
            raise explain_refusal(error, at) from error

    def stop(self) -> None:
        """Listen no more, and let `next` return."""
        self._events.put(None)
        if self._observer is not None and self._observer.is_alive():
            self._observer.stop()
            self._observer.join(timeout=5)

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called by watchdog, on its own thread."""
        if event.is_directory or event.event_type not in _TELLING:
            return
        for name in (event.src_path, event.dest_path):
            path = Path(name.decode() if isinstance(name, bytes) else name)
            if path.suffix.lower() == ".png" and not path.name.startswith("."):
                self._events.put(path)

    def again(self, path: Path, delay_s: float) -> None:
        """Give a path out once more, after a while."""
        self._due.setdefault(path, time.monotonic() + delay_s)

    def next(self, stop: threading.Event, timeout_s: float | None = None) -> list[Path]:
        """Wait for changed files.

        Returns:
            All that are quiet now; none when told to stop, or after `timeout_s`.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not stop.is_set():
            now = time.monotonic()
            ready = [path for path, due in self._due.items() if due <= now]
            late = [path for path in ready if self._due[path] <= now - BURST_S]
            if ready and (late or len(ready) == len(self._due)):  # else others of the same burst are still coming
                for path in ready:
                    del self._due[path]
                return sorted(ready)
            if deadline is not None and now >= deadline:
                return []
            waits = [due - now for due in self._due.values()] + ([] if deadline is None else [deadline - now])
            try:
                path = self._events.get(timeout=max(0.001, max(waits))) if waits else self._events.get()
            except queue.Empty:
                continue
            if path is not None:
                self._due[path] = time.monotonic() + self.quiet_s
        return []
