"""Two machines on this one: two network namespaces, each with a network stack of its own, and a cable between them.

Needs root on Linux. What runs in one sees only its own interfaces; the cable is pulled by `Cable.pull`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Generator
from dataclasses import dataclass

from helpers.toolchains import skip_or_fail

FAR_HOST, NEAR_HOST = "10.77.31.1", "10.77.31.2"


@dataclass(frozen=True)
class Cable:
    """What joins the two.

    Attributes:
        far, near: Words in front of a command that runs it on that machine.
    """

    far: tuple[str, ...]
    near: tuple[str, ...]

    def pull(self) -> None:
        """Nothing passes from now on, and nobody is told."""
        _ip(*self._link("down"))

    def plug(self) -> None:
        """It passes again."""
        _ip(*self._link("up"))

    def _link(self, way: str) -> tuple[str, ...]:
        return ("-n", self.far[-1], "link", "set", "cable", way)


@contextlib.contextmanager
def two_machines() -> Generator[Cable]:
    """Two network stacks and a cable."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("ip") is None:
        skip_or_fail("network namespaces need root on Linux and `ip` (package iproute2)")
    mark = uuid.uuid4().hex[:6]
    far, near = f"pxfar{mark}", f"pxnear{mark}"
    with contextlib.ExitStack() as closing:
        for name in (far, near):
            if (made := _try_ip("netns", "add", name)) is not None:
                skip_or_fail(f"network namespaces are not allowed here: {made}")
            closing.callback(_try_ip, "netns", "del", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", far, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", near)
        for name, host in ((far, FAR_HOST), (near, NEAR_HOST)):
            _ip("-n", name, "addr", "add", f"{host}/24", "dev", "cable")
            _ip("-n", name, "link", "set", "cable", "up")
        yield Cable(("ip", "netns", "exec", far), ("ip", "netns", "exec", near))


def _try_ip(*words: str) -> str | None:
    """Why it did not work; None where it did."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    return done.stderr.strip() or "refused" if done.returncode else None


def _ip(*words: str) -> None:
    problem = _try_ip(*words)
    assert problem is None, problem
