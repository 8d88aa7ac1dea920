"""Sprites, jobs, palettes, models and workflows as resources that a client reads by address."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import ResourceTemplate

from pixels_mcp.errors import InvalidArgumentError, UnknownModelError
from pixels_mcp.mcp_server.parts import Content, ServedTemplate
from pixels_mcp.mcp_server.replies import JobReply, SpriteReply
from pixels_mcp.mcp_server.resources.guides import told_model
from pixels_mcp.mcp_server.tool import tell
from pixels_mcp.mcp_server.workflow_tools.known_workflows import workflow_file
from pixels_mcp.next_steps import NextStep
from pixels_mcp.requests import JOB_ID_PATTERN, SPRITE_ID_PATTERN

if TYPE_CHECKING:
    from pixels_mcp.mcp_server.tool_desk import ToolDesk


def templates(desk: ToolDesk) -> list[ServedTemplate]:
    """Resources with a name in their address."""

    async def facts(names: Mapping[str, str], _: Context[Any, Any]) -> Content:
        sprite_id = _checked(names["sprite_id"], SPRITE_ID_PATTERN, "sprite_id", "ruby-potion-0007.1")
        entry = await anyio.to_thread.run_sync(lambda: desk.library.get(sprite_id))
        return _json({**tell(SpriteReply.of(entry)), "prompt": entry.prompt, "tags": list(entry.tags)})

    async def job(names: Mapping[str, str], _: Context[Any, Any]) -> Content:
        job_id = _checked(names["job_id"], JOB_ID_PATTERN, "job_id", "ruby-potion-0007")
        info = await desk.ask(lambda client: client.job(job_id))
        desk.jobs.add(info)
        return _json(tell(JobReply.of(info)))

    async def palette(names: Mapping[str, str], _: Context[Any, Any]) -> Content:
        return await anyio.to_thread.run_sync(_palette, names["name"])

    async def model(names: Mapping[str, str], _: Context[Any, Any]) -> Content:
        known = await desk.ask(lambda client: client.models())
        one = next((model for model in known if model.name == names["name"]), None)
        if one is None:
            raise UnknownModelError(f"there is no model {names['name'][:80]!r}", steps=[NextStep("list_models")])
        return _json(told_model(one))

    async def workflow(names: Mapping[str, str], _: Context[Any, Any]) -> Content:
        return await anyio.to_thread.run_sync(lambda: workflow_file(desk, names["name"]).read_text("utf-8-sig"))

    return [
        _template("sprite://{sprite_id}", "sprite", "What is known of a sprite: path, facts, tags", facts),
        _template("job://{job_id}", "job", "How a job stands; changes are told to who subscribes", job),
        _template("palette://{name}", "palette", "A palette's colors", palette),
        _template("model://{name}", "model", "What is known of a model or LoRA", model),
        _template("workflow://{name}", "workflow", "A workflow's file", workflow, mime_type="application/toml"),
    ]


def _template(uri: str, name: str, description: str, read: Any, mime_type: str = "application/json") -> ServedTemplate:
    listed = ResourceTemplate(uri_template=uri, name=name, description=description, mime_type=mime_type)
    return ServedTemplate(listed, read)


def _checked(text: str, pattern: str, word: str, example: str) -> str:
    if not re.fullmatch(pattern, text):
        raise InvalidArgumentError(f"{word}: {text[:80]!r} is none", hint=f"for example {example}")
    return text


def _palette(name: str) -> str:
    from pixels_mcp.pixelart.colors.palettes import load_palette

    palette = load_palette(name, allow_files=False)
    return _json({"name": palette.name, "colors": list(palette.hex_codes)})


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"))
