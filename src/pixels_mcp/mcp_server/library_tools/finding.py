"""Tools over the library: find_sprites, and choose_sprites, which keeps some and puts others into the trash."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ContentBlock, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pixels_mcp.errors import InvalidArgumentError, PixelsError
from pixels_mcp.library.entries import EntryKind, LibraryEntry
from pixels_mcp.mcp_server.library_tools.entry_replies import ChosenReply, FoundReply, Listing
from pixels_mcp.mcp_server.previews import preview_of
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool, tell, text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.viewing import READS
from pixels_mcp.requests import SPRITE_ID_PATTERN, PathText

if TYPE_CHECKING:
    from pixels_mcp.library.library_folder import Library

SHOWN_MAX = 48
RATING_OF_KEPT = 4

SpriteId = Annotated[str, StringConstraints(pattern=SPRITE_ID_PATTERN)]
CHOOSES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)

FIND = """\
Find what the library holds, also from earlier days: by words (of prompt, name, id, model, palette or tags), tags, \
rating, kind, or what is deployed in the game; without words the newest. Answers with how many there are, their ids, \
and one sheet with the ids under the pictures; `offset` pages on. Example: {"query": "potion", "rating_min": 3}."""

CHOOSE = """\
Pick among variants: give `keep` a rating (4 of 5 by default) and tags, put `trash` into the trash, or with \
trash_others the other variants of what you keep. Nothing is lost: `restore` brings ids back, with rating and tags; \
files in a game stay. Example: {"keep": ["ruby-potion-0007.2"], "trash_others": true}."""


class _FindingWords(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class FindWords(_FindingWords):
    """Arguments of find_sprites."""

    query: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, description="Words that all must occur"
    )
    tags: tuple[str, ...] = Field(default=(), max_length=32, description="Only what has all of these tags")
    rating_min: int = Field(default=0, ge=0, le=5, description="Only what has at least so many of 5 stars")
    entry_kind: EntryKind | None = Field(default=None, description="Only this kind")
    deployed: bool = Field(default=False, description="Only what stands in the game, with its name there")
    project: PathText | None = Field(default=None, description="The game's folder, where several are open")
    in_trash: bool = Field(default=False, description="Look through what was removed instead")
    offset: int = Field(default=0, ge=0, le=1_000_000, description="Pass over so many, to page on")
    limit: int = Field(default=24, ge=1, le=SHOWN_MAX, description="Show at most so many")


class ChooseWords(_FindingWords):
    """Arguments of choose_sprites."""

    keep: tuple[SpriteId, ...] = Field(default=(), max_length=64, description="Sprite ids to keep, rate and tag")
    rating: int | None = Field(default=None, ge=0, le=5, description="Stars for `keep`; 0 takes them away")
    tags: tuple[str, ...] = Field(default=(), max_length=32, description="Tags for `keep`")
    trash: tuple[SpriteId, ...] = Field(default=(), max_length=1_000, description="Sprite ids to put into the trash")
    trash_others: bool = Field(default=False, description="Put the other variants of `keep` into the trash")
    restore: tuple[SpriteId, ...] = Field(default=(), max_length=1_000, description="Sprite ids to bring back")


def finding_tools(desk: ToolDesk) -> list[PixelsTool[Any]]:
    """The tools of this file."""

    async def find(words: FindWords, context: Context) -> CallToolResult:  # noqa: ARG001  # bodies are called alike
        return await anyio.to_thread.run_sync(_find, desk, words)

    async def choose(words: ChooseWords, context: Context) -> ChosenReply:  # noqa: ARG001  # called alike with others
        return await anyio.to_thread.run_sync(_choose, desk.library, words)

    return [
        make_tool(
            "find_sprites", title="Find sprites", description=FIND, words=FindWords, body=find, annotations=READS
        ),
        make_tool(
            "choose_sprites",
            title="Keep and remove sprites",
            description=CHOOSE,
            words=ChooseWords,
            body=choose,
            annotations=CHOOSES,
        ),
    ]


def _find(desk: ToolDesk, words: FindWords) -> CallToolResult:
    names = _deployed_names(desk, words)
    entries, count = _removed(desk.library, words) if words.in_trash else _kept(desk.library, words, names)
    listing = Listing(count=count, offset=words.offset, shown=len(entries), in_trash=words.in_trash)
    told = FoundReply.of(entries, listing, names)
    content: list[ContentBlock] = [text(tell(told))]
    shown = [entry for entry in entries if Path(entry.path).is_file()]
    if shown:
        content.append(preview_of(shown))
    return CallToolResult(content=content)


def _kept(library: Library, words: FindWords, names: dict[str, str]) -> tuple[list[LibraryEntry], int]:
    from pixels_mcp.library.query import Query

    return library.page(
        Query(
            text=words.query or "",
            tags=words.tags,
            rating_min=words.rating_min,
            entry_kind=words.entry_kind,
            sprite_ids=list(names) if words.deployed else None,
            offset=words.offset,
            limit=words.limit,
        )
    )


def _removed(library: Library, words: FindWords) -> tuple[list[LibraryEntry], int]:
    if words.deployed:
        raise InvalidArgumentError("what lies in the trash is not looked for in the game", hint="leave out deployed")
    parts = (words.query or "").casefold().split()
    fitting = [
        entry
        for entry in library.removed()
        if all(part in _haystack(entry) for part in parts)
        and set(words.tags) <= set(entry.tags)
        and entry.rating >= words.rating_min
        and words.entry_kind in (None, entry.entry_kind)
    ]
    return fitting[words.offset : words.offset + words.limit], len(fitting)


def _haystack(entry: LibraryEntry) -> str:
    return f"{entry.sprite_id} {entry.name or ''} {entry.prompt} {entry.model}".casefold()


def _deployed_names(desk: ToolDesk, words: FindWords) -> dict[str, str]:
    """Which sprite stands in the game under which name; empty where no game is open, unless it was asked for."""
    project = words.project or next(map(str, desk.roots.projects), None)
    if project is None:
        if words.deployed:
            raise InvalidArgumentError("project: no game was named", hint="name the game's folder as `project`")
        return {}
    from pixels_mcp.bevy.deploy_registry import read_registry
    from pixels_mcp.bevy.folder import GameFolder
    from pixels_mcp.bevy.project import find_project

    try:
        folder = GameFolder(find_project(project, allowed_roots=desk.roots.projects))
        registry = read_registry(folder.registry_file)
    except PixelsError:
        if words.deployed or words.project:
            raise
        return {}
    return {sprite_id: name for name, entry in registry.sprites.items() for sprite_id in entry.sprite_ids}


def _choose(library: Library, words: ChooseWords) -> ChosenReply:
    trash = _to_trash(library, words)
    _check(library, words, trash)
    restored = [library.restore(sprite_id).sprite_id for sprite_id in words.restore]
    kept: list[LibraryEntry] = []
    if words.keep:
        kept = library.rate(words.keep, RATING_OF_KEPT if words.rating is None else words.rating)
        kept = library.tag(words.keep, words.tags) if words.tags else kept
    removed = [library.remove(sprite_id).sprite_id for sprite_id in trash]
    return ChosenReply.of(kept, removed, restored)


def _to_trash(library: Library, words: ChooseWords) -> list[str]:
    """The ids to remove: those named, and the other variants of what is kept."""
    others: list[str] = []
    if words.trash_others:
        if not words.keep:
            raise InvalidArgumentError("trash_others needs something that is kept", hint="name it in `keep`")
        parts = {sprite_id.rpartition(".")[0] for sprite_id in words.keep}
        for part in parts:
            others += [entry.sprite_id for entry in library.search(f"{part}.", limit=64) if _is_variant(entry, part)]
    others = [one for one in sorted(others) if one not in words.keep]
    return list(dict.fromkeys([*words.trash, *others]))


def _is_variant(entry: LibraryEntry, part: str) -> bool:
    return entry.sprite_id.rpartition(".")[0] == part


def _check(library: Library, words: ChooseWords, trash: Sequence[str]) -> None:
    """See that all of it can be done before any of it is.

    Raises:
        UnknownSpriteError: There is none of an id.
        InvalidArgumentError: Nothing is asked for, or one id for two things.
    """
    if not (words.keep or trash or words.restore):
        raise InvalidArgumentError("nothing to do was named", hint="give ids in keep, trash or restore")
    if (words.rating is not None or words.tags) and not words.keep:
        raise InvalidArgumentError("rating and tags go to what is kept", hint="name it in `keep`")
    asked = [*dict.fromkeys(words.keep), *dict.fromkeys(trash), *dict.fromkeys(words.restore)]
    if twice := sorted({one for one in asked if asked.count(one) > 1}):
        raise InvalidArgumentError(f"{', '.join(twice[:5])} is named for two things", hint="name each once")
    for sprite_id in (*words.keep, *trash):
        library.get(sprite_id)
    lying: set[str] = {entry.sprite_id for entry in library.removed()} if words.restore else set()
    for sprite_id in words.restore:
        if sprite_id not in lying:
            library.restore(sprite_id)  # it names what is wrong
