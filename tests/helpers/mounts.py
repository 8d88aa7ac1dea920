"""File systems that are full, read-only or elsewhere: real ones, which need root on Linux."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from helpers.toolchains import skip_or_fail


@contextmanager
def _mounted(folder: Path, *commands: tuple[str, ...]) -> Iterator[Path]:
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        skip_or_fail("mounting needs root on Linux")
    done = 0
    try:
        for words in commands:
            mounting = subprocess.run(["mount", *words], capture_output=True, text=True)
            if mounting.returncode != 0:
                skip_or_fail(f"mounting is not allowed here: {mounting.stderr.strip()}")
            done += 1
        yield folder
    finally:
        if done:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def small_disk(folder: Path, size: str = "256k") -> AbstractContextManager[Path]:
    """A file system of its own, with so many bytes in all."""
    return _mounted(folder, ("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)))


def read_only(folder: Path) -> AbstractContextManager[Path]:
    """The same files, but nobody may write, root neither."""
    return _mounted(folder, ("--bind", str(folder), str(folder)), ("-o", "remount,ro,bind", str(folder)))


def bound(folder: Path, onto: Path) -> AbstractContextManager[Path]:
    """`folder` seen at `onto`: the same device, but no file can be moved across."""
    return _mounted(onto, ("--bind", str(folder), str(onto)))
