"""The server with the parts that the conformance suite calls by name, made and served as pixels-mcp itself is.

    python gates/conformance_server.py PORT

Factory, lifespan, handlers, gate and transport are the product's; only the parts are others.
"""

from __future__ import annotations

import base64
import logging
import struct
import sys
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
from mcp.server.mcpserver import Context
from mcp.types import (
    AudioContent,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    EmptyResult,
    GetPromptResult,
    ImageContent,
    Prompt,
    PromptArgument,
    PromptMessage,
    Resource,
    ResourceTemplate,
    SamplingMessage,
    SetLevelRequestParams,
    TextContent,
    TextResourceContents,
    Tool,
)

from pixels_mcp.http_address import HttpAddress, open_socket
from pixels_mcp.mcp_server.parts import ServedPrompt, ServedResource, ServedTemplate, ServerParts
from pixels_mcp.mcp_server.roots import Roots
from pixels_mcp.mcp_server.server import build_server
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.transports.http_server import known_hosts, serve_http, web_app
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

log = logging.getLogger(__name__)

Answer = CallToolResult | str | list[ContentBlock]
NOTHING: dict[str, Any] = {"type": "object", "properties": {}}


@dataclass(frozen=True)
class FixtureTool:
    """A tool of the suite: its words are not ours to choose."""

    name: str
    body: Callable[[dict[str, Any], Context[Any, Any]], Awaitable[Answer]]
    schema: Mapping[str, Any]

    def listed(self) -> Tool:
        """As the suite expects it."""
        return Tool(name=self.name, description=f"Fixture of the suite: {self.name}", input_schema=dict(self.schema))

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any]) -> CallToolResult:
        """Answer as the suite expects it."""
        answer = await self.body(arguments, context)
        if isinstance(answer, CallToolResult):
            return answer
        return CallToolResult(content=[text(answer)] if isinstance(answer, str) else answer)


def text(words: str) -> TextContent:
    """A block of text."""
    return TextContent(type="text", text=words)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    (
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        _chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")),
        _chunk(b"IEND", b""),
    )
)
WAV = b"RIFF" + struct.pack("<I4s4sIHHIIHH4sI", 36, b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", 0)
IMAGE = ImageContent(type="image", data=base64.b64encode(PNG).decode(), mime_type="image/png")
SOUND = AudioContent(type="audio", data=base64.b64encode(WAV).decode(), mime_type="audio/wav")


def embedded(uri: str, words: str, mime_type: str = "text/plain") -> EmbeddedResource:
    """A resource within an answer."""
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, text=words, mime_type=mime_type))


def always(answer: Answer) -> Callable[[dict[str, Any], Context[Any, Any]], Awaitable[Answer]]:
    """A body that says one thing."""

    async def body(_: dict[str, Any], __: Context[Any, Any]) -> Answer:
        return answer

    return body


async def log_three_times(_: dict[str, Any], context: Context[Any, Any]) -> Answer:
    """Send log messages while it runs."""
    asked = context.request_context
    for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await asked.session.send_log_message(level="info", data=words, related_request_id=asked.request_id)
        await anyio.sleep(0.05)
    return "logged three times"


async def tell_progress(_: dict[str, Any], context: Context[Any, Any]) -> Answer:
    """Report progress while it runs."""
    for percent in (0, 50, 100):
        await context.report_progress(percent, 100, f"Completed step {percent} of 100")
        await anyio.sleep(0.05)
    return "told progress"


async def sample(arguments: dict[str, Any], context: Context[Any, Any]) -> Answer:
    """Ask the client's model."""
    asked = context.request_context
    answer = await asked.session.create_message(
        messages=[SamplingMessage(role="user", content=text(arguments["prompt"]))],
        max_tokens=100,
        related_request_id=asked.request_id,
    )
    return f"LLM response: {answer.content.text if isinstance(answer.content, TextContent) else answer.content}"


def elicit(schema: dict[str, Any]) -> Callable[[dict[str, Any], Context[Any, Any]], Awaitable[Answer]]:
    """Ask the person."""

    async def body(arguments: dict[str, Any], context: Context[Any, Any]) -> Answer:
        asked = context.request_context
        words = arguments.get("message", "Please fill this in")
        answer = await asked.session.elicit_form(words, schema, related_request_id=asked.request_id)
        return f"User response: action={answer.action}, content={answer.content}"

    return body


def needing(name: str) -> dict[str, Any]:
    """A schema with one required text."""
    return {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}


def form(**properties: dict[str, Any]) -> dict[str, Any]:
    """A form to fill in."""
    return {"type": "object", "properties": properties, "required": []}


ASK_ANYTHING = {
    "type": "object",
    "properties": {"response": {"type": "string", "description": "User's response"}},
    "required": ["response"],
}
ASK_WITH_DEFAULTS = form(
    name={"type": "string", "default": "John Doe"},
    age={"type": "integer", "default": 30},
    score={"type": "number", "default": 95.5},
    status={"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    verified={"type": "boolean", "default": True},
)
TITLED = [{"const": f"value{number}", "title": title} for number, title in enumerate(("First", "Second", "Third"), 1)]
ASK_FOR_CHOICES = form(
    untitledSingle={"type": "string", "enum": ["option1", "option2", "option3"]},
    titledSingle={"type": "string", "oneOf": TITLED},
    legacyEnum={
        "type": "string",
        "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"],
    },
    untitledMulti={"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
    titledMulti={"type": "array", "items": {"anyOf": TITLED}},
)
FULL_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {"type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
    "properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"}},
    "additionalProperties": False,
}
MIXED: list[ContentBlock] = [
    text("Multiple content types test:"),
    IMAGE,
    embedded("test://mixed-content-resource", '{"test":"data","value":123}', "application/json"),
]
TOOLS = [
    FixtureTool("test_simple_text", always("This is a simple text response for testing."), NOTHING),
    FixtureTool("test_image_content", always([IMAGE]), NOTHING),
    FixtureTool("test_audio_content", always([SOUND]), NOTHING),
    FixtureTool(
        "test_embedded_resource",
        always([embedded("test://embedded-resource", "This is an embedded resource content.")]),
        NOTHING,
    ),
    FixtureTool("test_multiple_content_types", always(MIXED), NOTHING),
    FixtureTool("test_tool_with_logging", log_three_times, NOTHING),
    FixtureTool("test_tool_with_progress", tell_progress, NOTHING),
    FixtureTool(
        "test_error_handling",
        always(CallToolResult(content=[text("This tool intentionally returns an error for testing")], is_error=True)),
        NOTHING,
    ),
    FixtureTool("test_sampling", sample, needing("prompt")),
    FixtureTool("test_elicitation", elicit(ASK_ANYTHING), needing("message")),
    FixtureTool("test_elicitation_sep1034_defaults", elicit(ASK_WITH_DEFAULTS), NOTHING),
    FixtureTool("test_elicitation_sep1330_enums", elicit(ASK_FOR_CHOICES), NOTHING),
    FixtureTool("json_schema_2020_12_tool", always("a schema of its own"), FULL_SCHEMA),
]


def resource(uri: str, mime_type: str, content: str | bytes) -> ServedResource:
    """A resource that says one thing."""

    async def read(_: Context[Any, Any]) -> str | bytes:
        return content

    return ServedResource(Resource(uri=uri, name=uri.removeprefix("test://"), mime_type=mime_type), read)


async def read_template(names: Mapping[str, str], _: Context[Any, Any]) -> str:
    """A resource with a name in its address."""
    return f'{{"id":"{names["id"]}","templateTest":true,"data":"Data for ID: {names["id"]}"}}'


def prompt(name: str, write: Callable[[Mapping[str, str]], list[ContentBlock]], *arguments: str) -> ServedPrompt:
    """A prompt with required arguments."""

    async def answer(words: Mapping[str, str], _: Context[Any, Any]) -> GetPromptResult:
        return GetPromptResult(messages=[PromptMessage(role="user", content=block) for block in write(words)])

    taken = [PromptArgument(name=one, description=one, required=True) for one in arguments]
    return ServedPrompt(Prompt(name=name, description=f"Fixture of the suite: {name}", arguments=taken), answer)


async def complete(_: Any, __: str, value: str, ___: Mapping[str, str]) -> Sequence[str]:
    """Complete whatever is asked."""
    return [word for word in ("paris", "park", "party") if word.startswith(value)]


PARTS = ServerParts(
    tools=TOOLS,
    resources=[
        resource("test://static-text", "text/plain", "This is the content of the static text resource."),
        resource("test://static-binary", "image/png", PNG),
        resource("test://watched-resource", "text/plain", "This is the content of the watched resource."),
    ],
    templates=[
        ServedTemplate(
            ResourceTemplate(uri_template="test://template/{id}/data", name="template", mime_type="application/json"),
            read_template,
        )
    ],
    prompts=[
        prompt("test_simple_prompt", lambda _: [text("This is a simple prompt for testing.")]),
        prompt(
            "test_prompt_with_arguments",
            lambda words: [text(f"Prompt with arguments: arg1='{words['arg1']}', arg2='{words['arg2']}'")],
            "arg1",
            "arg2",
        ),
        prompt(
            "test_prompt_with_embedded_resource",
            lambda words: [embedded(words["resourceUri"], "Embedded resource content for testing."), text("Use it.")],
            "resourceUri",
        ),
        prompt("test_prompt_with_image", lambda _: [IMAGE, text("Please analyze the image above.")]),
    ],
    complete=complete,
)


async def set_level(_: Any, __: SetLevelRequestParams) -> EmptyResult:
    """The suite's logs come whatever the level."""
    return EmptyResult()


def main() -> None:
    """Serve until a signal comes."""
    paths = find_paths()
    server = build_server(ToolDesk(paths, load_settings(paths), Roots(())), PARTS)
    server.add_request_handler("logging/setLevel", SetLevelRequestParams, set_level)
    logging.basicConfig(level=logging.WARNING)
    with open_socket(HttpAddress("127.0.0.1", int(sys.argv[1]))) as listening:
        app = web_app(server, hosts=known_hosts(listening, []), tokens=None)
        serve_http(app, listening, lambda url: log.warning("serving %s", url))


if __name__ == "__main__":
    main()
