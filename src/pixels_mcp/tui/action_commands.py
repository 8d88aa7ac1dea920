"""What the palette finds: every action of the screen with its key, models, palettes, workflows, themes, and
sprites by words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.command import DiscoveryHit, Hit, Hits, Provider

from pixels_mcp.errors import PixelsError
from pixels_mcp.tui.actions import PLACE_WORDS, actions_of, key_words
from pixels_mcp.tui.session import Draft, Session

if TYPE_CHECKING:
    from pixels_mcp.tui.app import PixelsApp

SPRITES_MAX = 20
LETTERS_MIN = 2


class _PixelsProvider(Provider):
    @property
    def pixels(self) -> Any:
        """The app, which is only known as a class where types are checked."""
        app: PixelsApp = self.app  # type: ignore[assignment]  # these screens run in no other app
        return app

    @property
    def session(self) -> Session:
        """What all screens share."""
        return self.pixels.session


class ActionCommands(_PixelsProvider):
    """The actions of the screen that the palette lies over, those of the screen first."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for text, do, told in self.commands():
            yield DiscoveryHit(text, do, help=told)

    async def search(self, query: str) -> Hits:
        """Those that have the letters."""
        matcher = self.matcher(query)
        for text, do, told in self.commands():
            score = matcher.match(f"{text} {told}")
            if score > 0:
                yield Hit(score, matcher.highlight(text), do, help=told)

    def commands(self) -> list[tuple[str, Callable[[], Any], str]]:
        """What can be done here: the words, the deed, and what is told about it."""
        own = self.session.settings.tui.keys
        screen, focused = self.screen, self.screen.focused
        app = self.pixels
        return [
            (
                f"{action.meaning}  [{key_words(own.get(action.name, action.keys))}]".replace("[", "\\["),
                partial(app.do_action, action.name, screen, focused),
                f"{PLACE_WORDS[action.place]}: {action.words}",
            )
            for action in actions_of(*app.places_on(screen))
        ]


class ThingCommands(_PixelsProvider):
    """Models and palettes to draw with, workflows, and themes."""

    async def search(self, query: str) -> Hits:
        """Those that have the letters."""
        matcher = self.matcher(query)
        for text, do, told in self.commands():
            score = matcher.match(text)
            if score > 0:
                yield Hit(score, matcher.highlight(text), do, help=told)

    def commands(self) -> list[tuple[str, Callable[[], Any], str]]:
        """What can be done here: the words, the deed, and what is told about it."""
        from pixels_mcp.pixelart.colors.palettes import palette_names
        from pixels_mcp.tui.workflow_work import workflow_folders
        from pixels_mcp.workflows.workflow_places import list_workflows

        models = [
            entry.name for entry in self.session.registry.entries() if entry.kind == "checkpoint" and not entry.problem
        ]
        return [
            *((f"model {name}", partial(self._draw_with, "model", name), "draw with it next") for name in models),
            *(
                (f"palette {name}", partial(self._draw_with, "palette", name), "draw in it next")
                for name in palette_names()
            ),
            *(
                (f"workflow {one.name}", partial(self._workflow, one.name), "edit and try it")
                for one in list_workflows(workflow_folders(self.session))
            ),
            *(
                (f"theme {name}", partial(self._theme, name), "colors of the screens")
                for name in self.app.available_themes
            ),
            ("rebuild the library's index", self._rebuild, "make it again from the files"),
        ]

    def _draw_with(self, word: str, name: str) -> None:
        self.session.draft = Draft({word: name})
        self.pixels.action_go("draw")

    def _workflow(self, name: str) -> None:
        from pixels_mcp.tui.dialogs.workflow_dialog import WorkflowDialog
        from pixels_mcp.tui.workflow_work import OpenedWorkflow, open_workflow

        session, app = self.session, self.app

        def edit(opened: OpenedWorkflow) -> None:
            app.push_screen(WorkflowDialog(session, opened))

        session.near_first(lambda: open_workflow(session, name), edit)

    def _theme(self, name: str) -> None:
        session = self.session
        session.near(lambda: session.set_value("tui.theme", name), lambda _: session.take_over())

    def _rebuild(self) -> None:
        session = self.session
        library = session.library
        session.near(library.rebuild, lambda count: session.say(f"{count} sprites are in the index", False))


class SpriteCommands(_PixelsProvider):
    """Sprites of the library, by the words of the library's own search."""

    async def search(self, query: str) -> Hits:
        """The newest that have the words."""
        if len(query.strip()) < LETTERS_MIN:
            return
        import asyncio

        library = self.session.library
        try:
            entries = await asyncio.to_thread(library.search, query, limit=SPRITES_MAX)
        except PixelsError:
            return
        for place, entry in enumerate(entries):
            text = f"open {entry.sprite_id}"
            yield Hit(0.5 - place / 100, text, partial(self._open, entry.sprite_id), help=entry.prompt[:80])

    def _open(self, sprite_id: str) -> None:
        self.session.wanted_sprite = sprite_id
        self.session.library_version += 1
        self.pixels.action_go("gallery")
