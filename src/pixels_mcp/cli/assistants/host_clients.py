"""The programs that an assistant lives in: where each keeps its servers, and how it wants one written."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pixels_mcp.cli.assistants.jsonc import Json
from pixels_mcp.paths import expand_home

TOOL_TIMEOUT_S = 120
"""Asked of clients that take one: longer than our longest wait."""


@dataclass(frozen=True)
class Launch:
    """How a client starts our server: absolute, since clients start servers with a nearly empty PATH."""

    command: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class HostClient:
    """One program.

    Attributes:
        title: As people call it.
        kind: How its file is written.
        key: The table of servers.
        file: Its file; given the game's folder, for clients that keep servers in it.
        entry: What it wants to know of a server.
        then: What the person has to do to see it.
    """

    title: str
    kind: Literal["json", "toml"]
    key: str
    file: Callable[[Path], Path]
    entry: Callable[[Launch], dict[str, Json]]
    then: str


def _plain(launch: Launch) -> dict[str, Json]:
    entry: dict[str, Json] = {"command": launch.command, "args": list(launch.arguments)}
    return {**entry, "env": dict(launch.environment)} if launch.environment else entry


def _config(mac: str, windows: str, linux: str) -> Path:
    """A program's own file, where the system has such files."""
    if sys.platform == "darwin":
        return expand_home("~/Library/Application Support") / mac
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or expand_home("~/AppData/Roaming")) / windows
    return Path(os.environ.get("XDG_CONFIG_HOME") or expand_home("~/.config")) / linux


def _own(variable: str, usual: str) -> Path:
    return expand_home(os.environ.get(variable) or usual)


_DESKTOP = "Claude/claude_desktop_config.json"

HOST_CLIENTS: dict[str, HostClient] = {
    "claude-code": HostClient(
        "Claude Code",
        "json",
        "mcpServers",
        lambda game: game / ".mcp.json",
        lambda launch: {"type": "stdio", **_plain(launch)},
        "start `claude` in that folder and approve the server once",
    ),
    "claude-desktop": HostClient(
        "Claude Desktop",
        "json",
        "mcpServers",
        lambda _: _config(_DESKTOP, _DESKTOP, _DESKTOP),
        _plain,
        "quit Claude Desktop wholly and start it again",
    ),
    "cursor": HostClient(
        "Cursor",
        "json",
        "mcpServers",
        lambda _: expand_home("~/.cursor/mcp.json"),
        _plain,
        "switch the server on under Settings, MCP",
    ),
    "vscode": HostClient(
        "VS Code",
        "json",
        "servers",
        lambda game: game / ".vscode" / "mcp.json",
        lambda launch: {"type": "stdio", **_plain(launch)},
        "open the folder and press Start above the entry",
    ),
    "codex": HostClient(
        "Codex",
        "toml",
        "mcp_servers",
        lambda _: _own("CODEX_HOME", "~/.codex") / "config.toml",
        lambda launch: {**_plain(launch), "startup_timeout_sec": 30, "tool_timeout_sec": TOOL_TIMEOUT_S},
        "start `codex` anew",
    ),
    "gemini": HostClient(
        "Gemini CLI",
        "json",
        "mcpServers",
        lambda _: expand_home("~/.gemini/settings.json"),
        lambda launch: {**_plain(launch), "timeout": TOOL_TIMEOUT_S * 1_000},
        "start `gemini` anew; `/mcp` lists it",
    ),
    "zed": HostClient(
        "Zed",
        "json",
        "context_servers",
        lambda _: _config("../../.config/zed/settings.json", "Zed/settings.json", "zed/settings.json"),
        lambda launch: {"source": "custom", **_plain(launch)},
        "look for its green dot under Agent, Settings",
    ),
}


def our_launch(project: Path | None) -> Launch:
    """How this installation is started.

    Args:
        project: The game that the server may put sprites into; None leaves it to where the client starts it.
    """
    script = Path(sys.executable).with_name("pixels-mcp.exe" if sys.platform == "win32" else "pixels-mcp")
    start = (str(script),) if script.is_file() else (sys.executable, "-m", "pixels_mcp")
    home = os.environ.get("PIXELS_HOME")
    return Launch(
        start[0],
        (*start[1:], "serve", *(("--project", str(project)) if project else ())),
        {"PIXELS_HOME": str(expand_home(home).absolute())} if home else {},
    )
