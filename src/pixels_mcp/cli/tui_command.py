"""`pixels-mcp tui`: the screens."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pixels_mcp.told_apart import Words

if TYPE_CHECKING:
    from pathlib import Path

    from pixels_mcp.client import Client
    from pixels_mcp.models.pull.sites import Offer
    from pixels_mcp.paths import Paths
    from pixels_mcp.settings import Settings
    from pixels_mcp.tui.session import CheckedThing, FaceTools, ReadItems


def tui() -> None:
    """Open the screens: draw, look through the library, follow the queue, deploy.

    Keys: 1 to 8 are the screens, ? lists what can be done, q quits; jobs go on without it.
    """
    open_screens(logs=True)


def open_screens(*, logs: bool) -> None:
    """Open them.

    Args:
        logs: Whether the log file is open already; else it is opened behind the first screen.

    Raises:
        TerminalError: This is no place to show them.
        SettingsError: The settings are not usable.
    """
    from pixels_mcp.paths import find_paths
    from pixels_mcp.tui.first_look import first_look
    from pixels_mcp.tui.terminal_check import (
        ask_for_24_bit,
        choose_colors,
        end_with_terminal,
        put_colors,
        require_terminal,
    )

    is_terminal = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))  # drawn on stderr
    require_terminal(os.environ, is_terminal=is_terminal, encoding=sys.stdout.encoding or "ascii")
    end_with_terminal(sys.stdin.fileno())
    paths = find_paths()
    look = first_look(paths.settings_file, os.environ)
    shows_24_bit, typed = False, ""
    if look.colors == "auto" and not os.environ.get("COLORTERM"):
        shows_24_bit, typed = ask_for_24_bit()
    colors, note = choose_colors(look.colors, os.environ, shows_24_bit=shows_24_bit)
    put_colors(colors, os.environ)
    from pixels_mcp.tui.app import PixelsApp

    with _quiet_stderr():
        problem = PixelsApp(paths, lend_tools(paths, logs=logs), theme=look.theme, note=note, typed=typed).run()
    if problem is not None:
        raise problem


def lend_tools(paths: Paths, *, logs: bool = True) -> FaceTools:
    """What the screens are lent; each is imported when it is used first, behind the first screen."""
    from pixels_mcp.tui.session import FaceTools

    def connect(settings: Settings) -> Client:
        from pixels_mcp.client import Client

        return Client.connect(paths, settings, face="tui")

    def examine() -> Iterable[CheckedThing]:
        from pixels_mcp.cli.setup.checks import examine

        return examine()

    def read_batch(file: Path, shared: Words) -> ReadItems:
        from pixels_mcp.cli.draw.batch_files import read_batch

        return read_batch(file, shared)

    def load_settings() -> Settings:
        from pixels_mcp.settings import load_settings

        if not logs and not logging.getLogger().handlers:
            from pixels_mcp.cli.logs import start_logging

            start_logging(face="tui")
            _mute_screen()
        return load_settings(paths)

    def ask_for_model(address: str) -> Offer:
        from pixels_mcp.cli.models.pull_commands import sites_of_person
        from pixels_mcp.models.pull.sites import find_offer

        return find_offer(address, sites_of_person())

    return FaceTools(connect, examine, read_batch, load_settings, ask_for_model)


@contextmanager
def _quiet_stderr() -> Generator[None]:
    """Textual draws on stderr: what else is written there would stand on the screen, so the log file alone has it."""
    screens = _mute_screen()
    logging.captureWarnings(True)
    warnings.simplefilter("ignore")
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for handler in screens:
            logging.getLogger().addHandler(handler)


def _mute_screen() -> list[logging.Handler]:
    root = logging.getLogger()
    screens: list[logging.Handler] = [one for one in root.handlers if type(one) is logging.StreamHandler]
    for handler in screens:
        root.removeHandler(handler)
    return screens
