"""Which file system a folder lies on, and whether it tells a watcher of changes."""

from __future__ import annotations

import re
from pathlib import Path

_SILENT = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "drvfs", "vboxsf", "prl_fs", "afs", "ceph", "glusterfs", "lustre"}
)
_SILENT_FUSE = ("fuse.sshfs", "fuse.grpcfuse", "fuse.osxfs", "fuse.vmhgfs-fuse", "fuse.rclone", "fuse.s3fs")


def file_system_of(folder: Path, mountinfo: Path = Path("/proc/self/mountinfo")) -> str | None:
    """The kind of file system, `ext4`; None where the system does not say.

    Args:
        folder: Without links in it.
        mountinfo: Linux's list of mounts.
    """
    try:
        lines = mountinfo.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return None
    best, kind = -1, None
    for line in lines:
        before, _, after = line.partition(" - ")
        words = before.split()
        if len(words) < 5 or not after:
            continue
        place = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal.group(1), 8)), words[4]))
        if folder.is_relative_to(place) and len(place.parts) >= best:  # a later mount covers an earlier one
            best, kind = len(place.parts), after.split()[0]
    return kind


def tells_changes(kind: str | None) -> bool:
    """Whether inotify hears of every change on such a file system; unknown ones are trusted."""
    return kind not in _SILENT and kind not in _SILENT_FUSE
