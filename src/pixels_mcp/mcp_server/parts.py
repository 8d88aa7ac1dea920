"""What a server is put together from: tools, resources, prompts and what completes a name; all of them plain values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mcp.server.mcpserver import Context
from mcp.types import (
    GetPromptResult,
    InputRequiredResult,
    Prompt,
    PromptReference,
    Resource,
    ResourceTemplate,
    ResourceTemplateReference,
)

from pixels_mcp.mcp_server.tool import PixelsTool

Content = str | bytes
PromptAnswer = GetPromptResult | InputRequiredResult
Complete = Callable[
    [PromptReference | ResourceTemplateReference, str, str, Mapping[str, str]], Awaitable[Sequence[str]]
]
"""What may be typed: (of which prompt or template, argument's name, text so far, arguments known already) -> values,
best first; an empty list for an argument that nobody completes."""


@dataclass(frozen=True)
class ServedResource:
    """A resource with an address of its own.

    Attributes:
        listed: As `resources/list` shows it; its `mime_type` and `meta` go out with what is read.
        read: Gives its content; a `PixelsError` becomes the answer that says what to do next.
    """

    listed: Resource
    read: Callable[[Context[Any, Any]], Awaitable[Content]]


@dataclass(frozen=True)
class ServedTemplate:
    """Resources whose address holds a name (`sprite://{sprite_id}`).

    Attributes:
        listed: As `resources/templates/list` shows it.
        read: Gives the content for the names in an address; they are a stranger's words, to be checked like arguments.
    """

    listed: ResourceTemplate
    read: Callable[[Mapping[str, str], Context[Any, Any]], Awaitable[Content]]


@dataclass(frozen=True)
class ServedPrompt:
    """A prompt that a person picks.

    Attributes:
        listed: As `prompts/list` shows it.
        write: Writes its messages from the arguments; a `PixelsError` becomes the answer.
    """

    listed: Prompt
    write: Callable[[Mapping[str, str], Context[Any, Any]], Awaitable[PromptAnswer]]


@dataclass(frozen=True)
class ServerParts:
    """Everything that one server offers.

    Attributes:
        tools: In the order in which an assistant should read them.
        resources: With an address of their own.
        templates: With names in their address; the first that fits an address reads it.
        prompts: For a person to pick.
        complete: Completes arguments of prompts and templates; None where nothing is completed.
        extensions: Extensions of the protocol that are spoken, each with its settings.
        withheld: Names of tools that there would be, did this server not only read.
    """

    tools: Sequence[PixelsTool[Any]] = ()
    resources: Sequence[ServedResource] = ()
    templates: Sequence[ServedTemplate] = ()
    prompts: Sequence[ServedPrompt] = ()
    complete: Complete | None = None
    extensions: Mapping[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    withheld: frozenset[str] = frozenset()

    def reading_only(self) -> ServerParts:
        """The same without the tools that change anything."""
        reading = [tool for tool in self.tools if (told := tool.listed().annotations) and told.read_only_hint]
        return replace(self, tools=reading, withheld=frozenset(one.name for one in self.tools if one not in reading))
