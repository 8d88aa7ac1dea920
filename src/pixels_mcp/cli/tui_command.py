"""`pixels-mcp tui`: the screens."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixels_mcp.paths import Paths
    from pixels_mcp.settings import Settings
    from pixels_mcp.tui.session import FaceTools


def tui() -> None:
    """Open the screens: draw, look through the library, follow the queue, deploy.

    Keys: 1 to 8 are the screens, ? lists what can be done, q quits; jobs go on without it.
    """
    from pixels_mcp.paths import find_paths
    from pixels_mcp.settings import load_settings
    from pixels_mcp.tui.terminal_check import asks_for_24_bit, choose_colors, put_colors, require_terminal

    is_terminal = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))  # drawn on stderr
    require_terminal(os.environ, is_terminal=is_terminal, encoding=sys.stdout.encoding or "ascii")
    paths = find_paths()
    settings = load_settings(paths)
    needs_asking = settings.tui.colors == "auto" and not os.environ.get("COLORTERM")
    colors, note = choose_colors(settings.tui.colors, os.environ, shows_24_bit=needs_asking and asks_for_24_bit())
    put_colors(colors, os.environ)
    from pixels_mcp.tui.app import PixelsApp

    with _quiet_stderr():
        PixelsApp(paths, settings, _tools(paths, settings), note=note).run()


def _tools(paths: Paths, settings: Settings) -> FaceTools:
    from pixels_mcp.cli.draw.batch_files import read_batch
    from pixels_mcp.cli.setup.checks import examine
    from pixels_mcp.client import Client
    from pixels_mcp.tui.session import FaceTools

    return FaceTools(lambda: Client.connect(paths, settings, face="tui"), examine, read_batch)


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Textual draws on stderr: what else is written there would stand on the screen, so the log file alone has it."""
    root = logging.getLogger()
    screens = [handler for handler in root.handlers if type(handler) is logging.StreamHandler]
    for handler in screens:
        root.removeHandler(handler)
    logging.captureWarnings(True)
    warnings.simplefilter("ignore")
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for handler in screens:
            root.addHandler(handler)
