"""A line for every call that changes what a person has: who asked, for what, and what came of it."""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, TextContent

log = logging.getLogger(__name__)

FILE_BYTES_MAX = 4 * 2**20
_WORDS_MAX = 2_000


class AuditLog:
    """A file of JSON lines, private to the person; a full one is kept as `.1` beside the new one.

    A log that cannot be written is said in the other log and holds up nothing.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def write(
        self, tool: str, arguments: dict[str, Any], context: Context[Any, Any], answer: CallToolResult | None
    ) -> None:
        """Add a line; without an answer the client left before there was one, and the call went on without it."""
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            **_caller(context),
            "tool": tool,
            "arguments": json.dumps(arguments, ensure_ascii=False, default=str)[:_WORDS_MAX],
            "outcome": "left" if answer is None else "refused" if answer.is_error else "done",
        }
        if answer is not None and answer.is_error and isinstance(answer.content[0], TextContent):
            line["error"] = answer.content[0].text.partition("\n")[0][:_WORDS_MAX]
        try:
            self._append(json.dumps(line, ensure_ascii=False).encode("utf-8", errors="replace") + b"\n")
        except OSError as error:
            log.warning("cannot write %s: %s", self.file, error.strerror)

    def _append(self, line: bytes) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_size > FILE_BYTES_MAX:
                self.file.replace(self.file.with_name(f"{self.file.name}.1"))
                os.close(handle)
                handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(handle, line)
        finally:
            os.close(handle)


def _caller(context: Context[Any, Any]) -> dict[str, str]:
    """Over what, with whose token, and which program says that it is."""
    asked = context.request_context
    caller: dict[str, str] = {"over": "stdio" if asked.request is None else "http"}
    if asked.request is not None:
        user, client = asked.request.scope.get("user"), asked.request.client
        caller |= {"address": client.host if client else "", "token": getattr(user, "username", "")}
    params = asked.session.client_params
    if params is not None:
        caller["client"] = f"{params.client_info.name} {params.client_info.version}"[:120]
    return caller
