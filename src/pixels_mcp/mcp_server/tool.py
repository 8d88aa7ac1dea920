"""A tool whose arguments are one of our own models: strict, and with errors that name the next step."""

from __future__ import annotations

import json
import logging
import types
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, TextContent, Tool, ToolAnnotations
from pydantic import BaseModel

from pixels_mcp.advice import said_with
from pixels_mcp.errors import InvalidArgumentError, PixelsError
from pixels_mcp.mcp_server.schemas import input_schema, output_schema
from pixels_mcp.mcp_server.tool_phrases import TOOL_PHRASES
from pixels_mcp.next_steps import NextStep, in_words
from pixels_mcp.requests import parse_request

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
        body: Answers a call: a model becomes structured content, a `CallToolResult` goes out as it is.
        annotations: What the tool does to the world.
        parameters: JSON schema of the arguments.
        output_schema: JSON schema of the structured answer; None for a tool that answers with text and pictures.
        meta: What extensions say about it.
    """

    name: str
    title: str
    description: str
    words: type[Words]
    body: Callable[[Words, Context], Awaitable[Answer]]
    annotations: ToolAnnotations
    parameters: dict[str, Any]
    output_schema: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None

    def listed(self) -> Tool:
        """As `tools/list` shows it."""
        return Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.parameters,
            output_schema=self.output_schema,
            annotations=self.annotations,
            _meta=self.meta,
        )

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any]) -> CallToolResult:
        """Check the arguments and answer; every error of ours becomes a result that says what to do next."""
        try:
            if arguments and not self.words.model_fields:
                raise InvalidArgumentError(f"{self.name} takes no arguments", hint="call it without any")
            words = parse_request(self.words, lenient(self.words, arguments))
            answer = await self.body(words, context)
        except PixelsError as error:
            log.info("%s failed: %s", self.name, error)
            return error_result(error)
        except Exception:
            log.exception("%s failed without a name", self.name)
            return error_result(PixelsError("this is a defect of pixels-mcp", steps=[NextStep("read_log")]))
        return answer if isinstance(answer, CallToolResult) else structured_result(answer)


def make_tool(
    name: str,
    *,
    title: str,
    description: str,
    words: type[Words],
    body: Callable[[Words, Context], Awaitable[Answer]],
    annotations: ToolAnnotations,
    answer: type[BaseModel] | None = None,
    brief: frozenset[str] = frozenset(),
    meta: dict[str, Any] | None = None,
) -> PixelsTool[Words]:
    """Make a tool.

    Args:
        name: As clients call it.
        title: As people see it.
        description: What an assistant needs to use it well.
        words: Model of the arguments.
        body: Answers a call.
        annotations: What the tool does to the world.
        answer: Model of the structured answer; None for a tool that answers with text and pictures.
        brief: See `input_schema`.
        meta: What extensions say about it.
    """
    return PixelsTool(
        name=name,
        title=title,
        description=description,
        words=words,
        body=body,
        annotations=annotations,
        parameters=input_schema(words, brief=brief),
        output_schema=output_schema(answer) if answer else None,
        meta=meta,
    )


def lenient(words: type[BaseModel], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Read arguments as some clients write them: null for a word left out, a list or an object as JSON text."""
    read: dict[str, Any] = {}
    for name, value in arguments.items():
        field = words.model_fields.get(name)
        if field is None:
            read[name] = value
        elif value is not None:
            read[name] = _from_json(value) if _is_nested(field.annotation) else value
    return read


def _is_nested(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return any(_is_nested(kind) for kind in get_args(annotation))
    return origin in (list, tuple, dict)


def _from_json(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def structured_result(answer: BaseModel) -> CallToolResult:
    """Answer with structured content, and the same as text for clients that read only that."""
    content = tell(answer)
    return CallToolResult(content=[text(content)], structured_content=content)


def tell(answer: BaseModel) -> dict[str, Any]:
    """An answer as JSON: what it does not know left out, its next steps as tools."""
    return answer.model_dump(mode="json", exclude_none=True, context=said_with(TOOL_PHRASES))


def text(content: Mapping[str, Any]) -> TextContent:
    """Write JSON as a text block."""
    return TextContent(type="text", text=json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def error_result(error: PixelsError) -> CallToolResult:
    """Answer with what happened and the next step."""
    hint = in_words(error.hint, error.steps, TOOL_PHRASES)
    lines = f"{error.code}: {error.message}" + (f"\nNext: {hint}" if hint else "")
    return CallToolResult(content=[TextContent(type="text", text=lines)], is_error=True)
