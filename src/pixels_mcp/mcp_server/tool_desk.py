"""What every tool of one server shares: the person's folders, the allowed game folders, the client."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import anyio.to_thread

from pixels_mcp.mcp_server.resources.job_watch import JobWatch
from pixels_mcp.mcp_server.roots import Roots
from pixels_mcp.mcp_server.updates import ResourceUpdates
from pixels_mcp.paths import Paths
from pixels_mcp.settings import Settings

if TYPE_CHECKING:
    from pixels_mcp.client import Client
    from pixels_mcp.game_style.style_file import GameStyle
    from pixels_mcp.library.library_folder import Library

Value = TypeVar("Value")


class ToolDesk:
    """One server's tools reach everything through this. Nothing is imported or connected before it is needed.

    Attributes:
        paths: The person's folders.
        settings: The person's settings.
        roots: Folders that tools may touch.
        updates: Who wants to hear of which resource.
        jobs: Jobs of which clients are told when they change.
    """

    def __init__(self, paths: Paths, settings: Settings, roots: Roots) -> None:
        self.paths = paths
        self.settings = settings
        self.roots = roots
        self.updates = ResourceUpdates()
        self.jobs = JobWatch()
        self._client: Client | None = None
        self._connecting = threading.Lock()

    @property
    def library(self) -> Library:
        """The sprite library, read on this machine without the worker."""
        from pixels_mcp.library.library_folder import Library

        return Library(self.settings.library_dir or self.paths.library)

    def game_style(self) -> GameStyle | None:
        """The `pixels.toml` of the first game folder; None where there is none.

        Raises:
            StyleFileError: It cannot be used.
        """
        from pixels_mcp.game_style.style_file import STYLE_FILE, read_game_style

        file = self.roots.projects[0] / STYLE_FILE if self.roots.projects else None
        return read_game_style(file, self.library.path_of) if file is not None and file.is_file() else None

    async def ask(self, call: Callable[[Client], Value]) -> Value:
        """Call the worker on a thread, finding or starting it first.

        A cancelled MCP call leaves the thread to end by itself: whatever it submitted stays queued. The client itself
        finds a new worker where the one that it knew has ended.

        Raises:
            PixelsError: As the worker, or the way to it, gave it.
        """
        return await anyio.to_thread.run_sync(lambda: call(self._connected()), abandon_on_cancel=True)

    def _connected(self) -> Client:
        with self._connecting:
            if self._client is None:
                from pixels_mcp.client import Client

                self._client = Client.connect(self.paths, self.settings, face="serve")
            return self._client

    def close(self) -> None:
        """Let go of the worker, which goes on by itself."""
        with self._connecting:
            client, self._client = self._client, None
        if client is not None:
            client.close()
