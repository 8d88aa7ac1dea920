"""Whether the place that the screens are started in can show them, how many colors it has, and when it is gone."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import threading
from collections.abc import Mapping, MutableMapping
from typing import Literal

from pixels_mcp.errors import TerminalError
from pixels_mcp.next_steps import NextStep

Colors = Literal["truecolor", "256", "none"]
ColorWish = Literal["auto", "truecolor", "256", "none"]

ANSWER_S = 0.2
"""How long a terminal that knows the question takes at most to answer it."""

_PROBE = (10, 20, 30)


def end_with_terminal(descriptor: int) -> None:
    """End this process as SIGHUP does when its terminal goes away.

    Where the terminal is not the process's own (a container's, one that a program handed over) nobody sends that
    signal: what reads the keys would then spin, and what draws wait for ever.
    """

    def wait() -> None:
        hangup = select.poll()
        hangup.register(descriptor, 0)
        if any(event & select.POLLHUP for _, event in hangup.poll()):
            os.kill(os.getpid(), signal.SIGHUP)

    threading.Thread(target=wait, name="terminal", daemon=True).start()


def require_terminal(environment: Mapping[str, str], *, is_terminal: bool, encoding: str) -> None:
    """Refuse what cannot show the screens.

    Raises:
        TerminalError: It is no terminal, says of itself that it can do nothing, or shows no half blocks.
    """
    elsewhere = [NextStep("draw"), NextStep("list_jobs")]
    if not is_terminal:
        raise TerminalError("the screens need a terminal, and stdin, stdout or stderr is none", steps=elsewhere)
    term = environment.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        raise TerminalError(
            f"TERM is {term or 'not set'}: this terminal cannot move its cursor", hint="use another", steps=elsewhere
        )
    if "utf" not in encoding.lower():
        raise TerminalError(
            f"the terminal's encoding is {encoding}; half blocks need UTF-8", hint="set LANG=C.UTF-8", steps=elsewhere
        )


def choose_colors(wish: ColorWish, environment: Mapping[str, str], *, shows_24_bit: bool) -> tuple[Colors, str]:
    """How many colors to draw with, and what to say about it.

    Args:
        wish: The setting `tui.colors`.
        environment: `NO_COLOR` and `COLORTERM` in it are heeded.
        shows_24_bit: The terminal answered that it does.
    """
    if wish != "auto":
        return wish, ""
    if environment.get("NO_COLOR"):
        return "none", ""
    if environment.get("COLORTERM", "") in ("truecolor", "24bit") or shows_24_bit:
        return "truecolor", ""
    return "256", "this terminal told of no 24-bit color, so sprites have 256 colors; setting tui.colors = truecolor"


def put_colors(colors: Colors, environment: MutableMapping[str, str]) -> None:
    """Say it to the library that draws; before that is imported."""
    if colors == "none":
        environment["NO_COLOR"] = "1"
    environment["TEXTUAL_COLOR_SYSTEM"] = "truecolor" if colors == "truecolor" else "256"


def ask_for_24_bit() -> tuple[bool, str]:
    """Set a 24-bit color and ask for it back (DECRQSS).

    Terminals name what they can in COLORTERM, which ssh and xterm do not pass on.

    Returns:
        Whether the terminal kept it, and the text that a person typed meanwhile.
    """
    import termios
    import tty

    red, green, blue = _PROBE
    file = sys.stdin.fileno()
    try:
        before = termios.tcgetattr(file)
    except termios.error:
        return False, ""
    try:
        tty.setcbreak(file, termios.TCSADRAIN)  # what was typed before stays
        sys.stdout.write(f"\x1b[48;2;{red};{green};{blue}m\x1bP$qm\x1b\\\x1b[0m")
        sys.stdout.flush()
        heard = b""
        while select.select([file], [], [], ANSWER_S)[0]:
            heard += os.read(file, 256)
            if _ANSWER.search(heard):
                break
    finally:
        termios.tcsetattr(file, termios.TCSADRAIN, before)
    return read_answer(heard)


_ANSWER = re.compile(rb"\x1bP[^\x1b]*\x1b\\")


def read_answer(heard: bytes) -> tuple[bool, str]:
    """Tell a terminal's answer from what was typed around it: whether it shows 24 bits, and the typed text."""
    answer = b"".join(_ANSWER.findall(heard))
    typed = _ANSWER.sub(b"", heard).decode("utf-8", errors="ignore")
    text = "".join(sign for sign in typed.partition("\x1b")[0] if sign.isprintable())
    return bool(re.search(rb"48[:;]2[:;](?:1?[:;])?10[:;]20[:;]30", answer)), text
