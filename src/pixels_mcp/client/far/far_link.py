"""A face's link to the far worker, where one is connected."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pixels_mcp.client.far.known_worker import find_far_worker

if TYPE_CHECKING:
    from pixels_mcp.client.connection import Link
    from pixels_mcp.paths import Paths
    from pixels_mcp.settings import Settings


def find_far_link(paths: Paths, settings: Settings, renew: Callable[[], Link]) -> Link | None:
    """The link to the connected far worker, None where faces use this machine's own.

    Args:
        renew: Makes the next link, where another worker is used by then.

    Raises:
        SettingsError: What is known of it cannot be read.
    """
    way = find_far_worker(paths)
    if way is None:
        return None
    from pixels_mcp.client.connection import Link
    from pixels_mcp.client.far.carrying_transport import CarryingTransport
    from pixels_mcp.library.library_folder import Library
    from pixels_mcp.wire.far.far_transport import FarTransport
    from pixels_mcp.wire.far.who_answers import who_answers

    library = Library(settings.library_dir or paths.library)
    carrying = CarryingTransport(FarTransport(way), way, library)
    return Link(carrying, lambda: find_far_worker(paths) != way, renew, lambda: who_answers(way))
