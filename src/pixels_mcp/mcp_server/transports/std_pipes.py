"""Taking stdin and stdout for the protocol, before anything else is imported."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO


def take_wire() -> tuple[BinaryIO, BinaryIO]:
    """Keep stdin and stdout for the protocol, and give everybody else /dev/null and stderr in their place.

    What a library prints, or what is still buffered when the process ends, would reach the client as broken protocol.

    Returns:
        The streams that the protocol reads and writes.
    """
    sys.stdout.flush()
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return os.fdopen(reading, "rb"), os.fdopen(writing, "wb")
