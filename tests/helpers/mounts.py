"""File systems that are full, read-only or elsewhere: real ones, which need root on Linux."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from helpers.toolchains import skip_or_fail


@contextmanager
def _mounted(folder: Path, *commands: tuple[str, ...]) -> Generator[Path]:
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


def may_mount() -> bool:
    """Whether `small_disk` works here."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        mounting = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True)
        return mounting.returncode == 0 and subprocess.run(["umount", folder]).returncode == 0


@contextmanager
def full(folder: Path) -> Generator[None]:
    """A disk without a free byte, as long as the block runs."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as stream, suppress(OSError):
        os.posix_fallocate(stream.fileno(), 0, shutil.disk_usage(folder).free)
    with filler.open("ab", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


def read_only(folder: Path) -> AbstractContextManager[Path]:
    """The same files, but nobody may write, root neither."""
    return _mounted(folder, ("--bind", str(folder), str(folder)), ("-o", "remount,ro,bind", str(folder)))


def bound(folder: Path, onto: Path) -> AbstractContextManager[Path]:
    """`folder` seen at `onto`: the same device, but no file can be moved across."""
    return _mounted(onto, ("--bind", str(folder), str(onto)))


def few_files(folder: Path, inodes: int) -> AbstractContextManager[Path]:
    """A file system of its own with room for bytes, but only for so many files and folders."""
    return _mounted(folder, ("-t", "tmpfs", "-o", f"nr_inodes={inodes}", "tmpfs", str(folder)))


@contextmanager
def breaking_disk(folder: Path, image: Path) -> Generator[Callable[[], None]]:
    """A file system in a file, and a function that turns it read-only as the kernel does after an error of a disk."""
    maker = shutil.which("mkfs.ext4", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if maker is None:
        skip_or_fail("mkfs.ext4 is not installed: apt-get install e2fsprogs")
        raise AssertionError
    image.write_bytes(b"")
    os.truncate(image, 16 * 2**20)
    subprocess.run([maker, "-q", "-m", "0", str(image)], check=True)
    with _mounted(folder, ("-o", "loop,errors=remount-ro", str(image), str(folder))):

        def break_it() -> None:
            subprocess.run(["mount", "-o", "remount,abort", str(folder)], check=True)

        yield break_it


@contextmanager
def again(folder: Path, image: Path) -> Generator[Path]:
    """The file system of a `breaking_disk`, looked through and mended."""
    checker = shutil.which("fsck.ext4", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert checker is not None
    assert subprocess.run([checker, "-fy", str(image)], capture_output=True).returncode in (0, 1)
    with _mounted(folder, ("-o", "loop", str(image), str(folder))):
        yield folder
