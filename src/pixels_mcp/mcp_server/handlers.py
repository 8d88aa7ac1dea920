"""Answers to the protocol's requests, from the parts of a server."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from typing import Any

from mcp.server import ServerRequestContext
from mcp.server.apps import client_supports_apps
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.shared.uri_template import UriTemplate
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    BlobResourceContents,
    CallToolRequestParams,
    CallToolResult,
    CompleteRequestParams,
    CompleteResult,
    Completion,
    GetPromptRequestParams,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from pixels_mcp.errors import InvalidArgumentError, PixelsError
from pixels_mcp.mcp_server.gallery.gallery_app import without_app
from pixels_mcp.mcp_server.parts import Content, PromptAnswer, ServerParts
from pixels_mcp.mcp_server.tool import PixelsTool, error_result
from pixels_mcp.mcp_server.tool_phrases import TOOL_PHRASES
from pixels_mcp.mcp_server.transports.audit import AuditLog
from pixels_mcp.next_steps import in_words

log = logging.getLogger(__name__)

COMPLETIONS_MAX = 100
"""As the protocol has it."""


class Handlers:
    """One server's answers. Errors of ours keep their words; anything else is logged and answered without its text."""

    def __init__(self, parts: ServerParts, audit: AuditLog) -> None:
        self._parts, self._audit = parts, audit
        self._tools: dict[str, PixelsTool[Any]] = {tool.name: tool for tool in parts.tools}
        self._resources = {str(one.listed.uri): one for one in parts.resources}
        self._templates = [(UriTemplate.parse(one.listed.uri_template), one) for one in parts.templates]
        self._prompts = {one.listed.name: one for one in parts.prompts}

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """A tool's input schema; None where there is no such tool."""
        tool = self._tools.get(name)
        return None if tool is None else tool.listed().input_schema

    async def list_tools(
        self, context: ServerRequestContext[Any, Any], _: PaginatedRequestParams | None
    ) -> ListToolsResult:
        """All at once; of the gallery only hosts hear that can show it."""
        tools = [tool.listed() for tool in self._parts.tools]
        if not client_supports_apps(context):
            tools = [without_app(tool) for tool in tools]
        return ListToolsResult(tools=tools)

    async def call_tool(self, context: ServerRequestContext[Any, Any], params: CallToolRequestParams) -> CallToolResult:
        """An unknown tool is an answer that the assistant reads, not a broken call."""
        name, arguments = params.name, params.arguments or {}
        tool = self._tools.get(name)
        if tool is None:
            return error_result(self._no_tool(name))
        asked = Context(request_context=context, input_params=params)
        if not _changes_things(tool):
            return await tool.run(arguments, asked)
        told: CallToolResult | None = None
        try:
            told = await tool.run(arguments, asked)
            return told
        finally:
            self._audit.write(name, arguments, asked, told)

    def _no_tool(self, name: str) -> InvalidArgumentError:
        if name in self._parts.withheld:
            return InvalidArgumentError(
                f"{name} changes what the person has, and this server only reads",
                hint="ask the person to start it without `--read-only`",
            )
        known = ", ".join(self._tools)
        return InvalidArgumentError(f"there is no tool {name[:80]!r}", hint=f"call one of: {known}")

    async def list_resources(
        self, _: ServerRequestContext[Any, Any], __: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        """All at once."""
        return ListResourcesResult(resources=[one.listed for one in self._parts.resources])

    async def list_templates(
        self, _: ServerRequestContext[Any, Any], __: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        """All at once."""
        return ListResourceTemplatesResult(resource_templates=[one.listed for one in self._parts.templates])

    async def read_resource(
        self, context: ServerRequestContext[Any, Any], params: ReadResourceRequestParams
    ) -> ReadResourceResult:
        """Read by address; one that nobody has is refused with where to look.

        Raises:
            MCPError: As clients of the protocol expect it, with the address.
        """
        uri, asked = str(params.uri), Context(request_context=context, input_params=params)
        try:
            if resource := self._resources.get(uri):
                return _as_contents(uri, resource.listed, await resource.read(asked))
            for template, served in self._templates:
                names = template.match(uri)
                if names is not None:
                    words = {
                        name: value if isinstance(value, str) else "/".join(value) for name, value in names.items()
                    }
                    return _as_contents(uri, served.listed, await served.read(words, asked))
        except PixelsError as error:
            raise _protocol_error(error, uri=uri) from error
        except MCPError:
            raise
        except Exception as error:
            log.exception("reading %s failed without a name", uri[:200])
            raise MCPError(code=INTERNAL_ERROR, message="this is a defect of pixels-mcp", data={"uri": uri}) from error
        raise _protocol_error(
            InvalidArgumentError(
                f"there is no resource {uri[:200]!r}", hint="resources/list names those that there are"
            ),
            uri=uri,
        )

    async def list_prompts(
        self, _: ServerRequestContext[Any, Any], __: PaginatedRequestParams | None
    ) -> ListPromptsResult:
        """All at once."""
        return ListPromptsResult(prompts=[one.listed for one in self._parts.prompts])

    async def get_prompt(self, context: ServerRequestContext[Any, Any], params: GetPromptRequestParams) -> PromptAnswer:
        """Write a prompt's messages.

        Raises:
            MCPError: There is no such prompt, or its arguments are not what it takes.
        """
        prompt, words = self._prompts.get(params.name), dict(params.arguments or {})
        try:
            if prompt is None:
                known = ", ".join(self._prompts)
                raise InvalidArgumentError(f"there is no prompt {params.name[:80]!r}", hint=f"pick one of: {known}")
            taken = {one.name: one for one in prompt.listed.arguments or ()}
            if unknown := sorted(set(words) - set(taken)):
                raise InvalidArgumentError(
                    f"{params.name} takes no {', '.join(unknown)[:200]}", hint=f"it takes: {', '.join(taken) or 'none'}"
                )
            if missing := [name for name, one in taken.items() if one.required and not words.get(name)]:
                raise InvalidArgumentError(f"{params.name} needs {', '.join(missing)}", hint="give it and ask again")
            return await prompt.write(words, Context(request_context=context, input_params=params))
        except PixelsError as error:
            raise _protocol_error(error) from error

    async def complete(self, _: ServerRequestContext[Any, Any], params: CompleteRequestParams) -> CompleteResult:
        """Complete an argument of a prompt or a template."""
        known = params.context.arguments if params.context else None
        if self._parts.complete is None:
            return CompleteResult(completion=Completion(values=[]))
        try:
            values = await self._parts.complete(params.ref, params.argument.name, params.argument.value, known or {})
        except PixelsError as error:
            raise _protocol_error(error) from error
        shown = list(values)[:COMPLETIONS_MAX]
        return CompleteResult(completion=Completion(values=shown, total=len(values), has_more=len(values) > len(shown)))


def _changes_things(tool: PixelsTool[Any]) -> bool:
    told = tool.listed().annotations
    return told is not None and bool(told.destructive_hint)


def _as_contents(uri: str, listed: Resource | ResourceTemplate, content: Content) -> ReadResourceResult:
    if isinstance(content, bytes):
        blob = base64.b64encode(content).decode("ascii")
        mime_type = listed.mime_type or "application/octet-stream"
        return ReadResourceResult(
            contents=[BlobResourceContents(uri=uri, blob=blob, mime_type=mime_type, _meta=listed.meta)]
        )
    mime_type = listed.mime_type or "text/plain"
    return ReadResourceResult(
        contents=[TextResourceContents(uri=uri, text=content, mime_type=mime_type, _meta=listed.meta)]
    )


def _protocol_error(error: PixelsError, **data: str) -> MCPError:
    hint = in_words(error.hint, error.steps, TOOL_PHRASES)
    words = f"{error.code}: {error.message}" + (f"\nNext: {hint}" if hint else "")
    return MCPError(code=INVALID_PARAMS, message=words, data=data or None)
