"""A tool whose arguments are one of our own models: strict, and with errors that name the next step."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, TextContent, Tool, ToolAnnotations
from pydantic import BaseModel

from pixels_mcp.advice import said_with
from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.asked_words.loose_words import read_loosely
from pixels_mcp.errors import InvalidArgumentError, PixelsError
from pixels_mcp.mcp_server.schemas import Brief, input_schema
from pixels_mcp.mcp_server.tool_phrases import TOOL_PHRASES
from pixels_mcp.next_steps import NextStep, in_words
from pixels_mcp.told_apart import JsonObject

log = logging.getLogger(__name__)

Words = TypeVar("Words", bound=BaseModel)
Answer = BaseModel | CallToolResult


@dataclass(frozen=True)
class PixelsTool(Generic[Words]):
    """One tool.

    Attributes:
        name: As clients call it.
        title: As people see it.
        description: What an assistant needs to use it well.
        words: The model that checks the arguments.
        body: Answers a call: a model becomes JSON text, a `CallToolResult` goes out as it is.
        annotations: What the tool does to the world.
        parameters: JSON schema of the arguments.
        meta: What extensions say about it.
    """

    name: str
    title: str
    description: str
    words: type[Words]
    body: Callable[[Words, Context], Awaitable[Answer]]
    annotations: ToolAnnotations
    parameters: JsonObject
    meta: JsonObject | None = None

    def listed(self) -> Tool:
        """As `tools/list` shows it."""
        return Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.parameters,
            annotations=self.annotations,
            _meta=self.meta,
        )

    async def run(self, arguments: JsonObject, context: Context[Any, Any]) -> CallToolResult:
        """Check the arguments and answer; every error of ours becomes a result that says what to do next."""
        try:
            if arguments and not self.words.model_fields:
                raise InvalidArgumentError(f"{self.name} takes no arguments", hint="call it without any")
            words = parse_request(self.words, read_loosely(self.words, arguments))
            answer = await self.body(words, context)
        except PixelsError as error:
            log.info("%s failed: %s", self.name, error)
            return error_result(error)
        except Exception:
            log.exception("%s failed without a name", self.name)
            return error_result(PixelsError("this is a defect of pixels-mcp", steps=[NextStep("read_log")]))
        return answer if isinstance(answer, CallToolResult) else text_result(answer)


def make_tool(
    name: str,
    *,
    title: str,
    description: str,
    words: type[Words],
    body: Callable[[Words, Context], Awaitable[Answer]],
    annotations: ToolAnnotations,
    brief: Brief | None = None,
    told_as: tuple[str, type[BaseModel]] | None = None,
    meta: JsonObject | None = None,
) -> PixelsTool[Words]:
    """Make a tool.

    Args:
        name: As clients call it.
        title: As people see it.
        description: What an assistant needs to use it well.
        words: Model of the arguments.
        body: Answers a call.
        annotations: What the tool does to the world.
        brief: See `input_schema`.
        told_as: See `input_schema`.
        meta: What extensions say about it.
    """
    return PixelsTool(
        name=name,
        title=title,
        description=description,
        words=words,
        body=body,
        annotations=annotations,
        parameters=input_schema(words, brief=brief, told_as=told_as),
        meta=meta,
    )


def text_result(answer: BaseModel) -> CallToolResult:
    """Answer with JSON as text, whole: clients that are given structured content too show the model one of the two."""
    return CallToolResult(content=[text(tell(answer))])


def tell(answer: BaseModel) -> JsonObject:
    """An answer as JSON: what it does not know left out, its next steps as tools."""
    return answer.model_dump(mode="json", exclude_none=True, context=said_with(TOOL_PHRASES))


def text(content: Mapping[str, Any]) -> TextContent:
    """Write JSON as a text block; bytes of a file's name that are no text stay readable as JSON's own escapes."""
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return TextContent(type="text", text=_printable(written))


def error_result(error: PixelsError) -> CallToolResult:
    """Answer with what happened and the next step."""
    hint = in_words(error.hint, error.steps, TOOL_PHRASES)
    lines = f"{error.code}: {error.message}" + (f"\nNext: {hint}" if hint else "")
    return CallToolResult(content=[TextContent(type="text", text=_printable(lines))], is_error=True)


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
