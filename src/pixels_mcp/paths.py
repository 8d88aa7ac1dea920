"""Where a person's files live; `PIXELS_HOME` puts all of them under one folder."""

from __future__ import annotations

import os
import re
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes
from urllib.request import url2pathname

import platformdirs

from pixels_mcp.errors import SettingsError

APP_NAME = "pixels-mcp"


@dataclass(frozen=True)
class Paths:
    """The folders and files of one person; nothing is created by naming them.

    Attributes:
        data: Holds `library/`, `models/` and `jobs.sqlite`.
        runtime: The worker's sockets and lock; private (mode 0700) once made by `ensure_private`.
        config: Holds `settings.toml`.
        cache: Compiled things only; may be deleted at any time.
        state: Holds the log file.
    """

    data: Path
    runtime: Path
    config: Path
    cache: Path
    state: Path

    @property
    def library(self) -> Path:
        """Sprites and their index."""
        return self.data / "library"

    @property
    def models(self) -> Path:
        """`checkpoints/`, `loras/` and `vae/` of the person."""
        return self.data / "models"

    @property
    def comparisons(self) -> Path:
        """Comparisons and their votes, a file each."""
        return self.data / "comparisons"

    @property
    def jobs_db(self) -> Path:
        """The job store, SQLite in WAL mode."""
        return self.data / "jobs.sqlite"

    @property
    def settings_file(self) -> Path:
        """TOML; see `pixels_mcp.settings`."""
        return self.config / "settings.toml"

    @property
    def log_file(self) -> Path:
        """The one log file that worker and faces write."""
        return self.state / "pixels-mcp.log"

    @property
    def audit_file(self) -> Path:
        """JSON lines: what assistants changed."""
        return self.state / "changes.jsonl"


def expand_home(path: Path | str) -> Path:
    """Put the home folder for a leading `~`; where there is none, or it is part of a file's name, it stays."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  # pathlib raises where there is no home


def local_path(text: str) -> str:
    """Read a path as it is given: a `file:` URI becomes the path that it names, anything else stays as it is.

    Raises:
        ValueError: The URI names a file on another computer.
    """
    uri = re.match(r"\s*file:(?://([^/\\]*))?(/.*)", text, re.IGNORECASE | re.DOTALL)
    if uri is None:
        return text
    host, path = uri.groups()
    if host and host.lower() != "localhost":
        raise ValueError(f"{text!r} names a file on the computer {host!r}; give one on this machine")
    if os.name == "nt":
        return url2pathname(path)
    return os.fsdecode(unquote_to_bytes(path))


def find_paths() -> Paths:
    """Name the person's folders: under `PIXELS_HOME` where it is set, else as the platform has them.

    Raises:
        SettingsError: There is neither a `PIXELS_HOME` nor a home folder.
    """
    home = os.environ.get("PIXELS_HOME")
    if str(expand_home(home or "~")).startswith("~"):
        raise SettingsError(
            f"there is no home folder: HOME is not set, and user {os.getuid()} is not in the list of users",
            hint="set PIXELS_HOME to a folder of your own",
        )
    if home:
        root = expand_home(home).absolute()
        return Paths(
            data=root / "data",
            runtime=root / "run",
            config=root / "config",
            cache=root / "cache",
            state=root / "state",
        )
    dirs = platformdirs.PlatformDirs(APP_NAME, appauthor=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without XDG_RUNTIME_DIR it takes a folder in /tmp: `ensure_private` guards it
        runtime = dirs.user_runtime_path
    return Paths(
        data=dirs.user_data_path,
        runtime=runtime,
        config=dirs.user_config_path,
        cache=dirs.user_cache_path,
        state=dirs.user_log_path,
    )


def ensure_private(folder: Path) -> Path:
    """Make a folder that only its owner may enter (mode 0700).

    Raises:
        SettingsError: It belongs to somebody else, is a link, or cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.lstat()
        if not stat.S_ISDIR(facts.st_mode):
            raise SettingsError(f"{folder} is not a folder", hint="remove it, or set PIXELS_HOME")
        if hasattr(os, "getuid") and facts.st_uid != os.getuid():
            raise SettingsError(
                f"{folder} belongs to user {facts.st_uid}, not to {os.getuid()}",
                hint="set PIXELS_HOME to a folder of your own",
            )
        folder.chmod(0o700)
    except OSError as error:
        raise SettingsError(f"cannot make {folder}: {error.strerror}", hint="set PIXELS_HOME") from error
    return folder
