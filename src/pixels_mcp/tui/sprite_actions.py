"""What can be done with sprites on every screen that shows some: look, deploy, export, make again, rate, delete."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from pixels_mcp.errors import InvalidArgumentError, PixelsError
from pixels_mcp.library.entries import LibraryEntry, check_tags
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.requests import SPRITE_ID_PATTERN, SpriteRequest
from pixels_mcp.told_apart import Words
from pixels_mcp.tui.dialogs.deploy_dialog import DeployDialog
from pixels_mcp.tui.dialogs.export_dialog import ExportDialog
from pixels_mcp.tui.dialogs.sprite_dialog import SpriteDialog
from pixels_mcp.tui.dialogs.stars_dialog import StarsDialog
from pixels_mcp.tui.dialogs.words_dialog import WordsDialog
from pixels_mcp.tui.errands.made_again import made_again
from pixels_mcp.tui.lines.arm_lines import line_of_request
from pixels_mcp.tui.session import Change, Draft, Rivals

if TYPE_CHECKING:
    from pixels_mcp.tui.screens.mode_screen import ModeScreen as _Base
else:
    _Base = object

_LEFT_OUT = ("seed", "count")


class SpriteActions(_Base):
    """Joins a `ModeScreen` that can say which sprites are meant."""

    def chosen_sprites(self) -> list[str]:
        """Ids of what is marked, or of the sprite under the cursor."""
        raise NotImplementedError

    def action_sprite_look(self) -> None:
        """Large, moving, before and after."""
        for sprite_id in self.chosen_sprites()[:1]:
            self.app.push_screen(SpriteDialog(self.session, sprite_id))

    def action_sprite_deploy(self) -> None:
        """Into the game."""
        if chosen := self.chosen_sprites():
            self.app.push_screen(DeployDialog(self.session, chosen))

    def action_sprite_export(self) -> None:
        """Into a folder."""
        if chosen := self.chosen_sprites():
            self.app.push_screen(ExportDialog(self.session, chosen))

    def action_sprite_regenerate(self) -> None:
        """Make the first one again from the recipe in its file."""
        for sprite_id in self.chosen_sprites()[:1]:
            self.session.far(partial(made_again, self.session, sprite_id), self._tell_made)

    def _tell_made(self, told: str) -> None:
        self.session.library_version += 1
        self.session.say(told, False)

    def action_sprite_variants(self) -> None:
        """Its prompt and words, to Draw."""
        for sprite_id in self.chosen_sprites()[:1]:
            library = self.session.library
            self.session.near(partial(_words_of, library, sprite_id), self._to_draw)

    def _to_draw(self, words: Words) -> None:
        self.session.draft = Draft(words, whole=True)
        self.app.switch_mode("draw")

    def action_sprite_compare(self) -> None:
        """The ways in which they were drawn, and their prompts, to a new comparison."""
        if chosen := self.chosen_sprites():
            library, default_model = self.session.library, self.session.settings.default_model
            self.session.near(partial(_rivals_of, library, chosen, default_model), self._to_compare)

    def _to_compare(self, rivals: Rivals) -> None:
        self.session.rivals = rivals
        self.app.switch_mode("compare")

    def action_sprite_rate(self) -> None:
        """Stars."""
        if chosen := self.chosen_sprites():
            self.app.push_screen(StarsDialog(f"Stars for {_told(chosen)}"), lambda stars: self._rate(chosen, stars))

    def _rate(self, chosen: Sequence[str], stars: int | None) -> None:
        if stars is None:
            return
        library = self.session.library

        def rate() -> Change:
            before = [library.get(sprite_id) for sprite_id in chosen]
            library.rate(chosen, stars)

            def back() -> str:
                for entry in before:
                    library.rate([entry.sprite_id], entry.rating)
                return f"{_told(chosen)} rated as before"

            return Change(f"{_told(chosen)}: {'*' * stars or 'no rating'}", back)

        self.session.near(rate, self._done)

    def action_sprite_tags(self) -> None:
        """Tags, from a line of text."""
        chosen = self.chosen_sprites()
        if not chosen:
            return
        library = self.session.library

        def ask(entries: list[LibraryEntry]) -> None:
            tags = sorted({tag for entry in entries for tag in entry.tags})
            told = "with commas between them; what you take out is taken away"
            dialog = WordsDialog(f"Tags of {_told(chosen)}", told, text=", ".join(tags), check=_tag_problem)
            self.app.push_screen(dialog, lambda text: self._tag(entries, text))

        self.session.near_first(lambda: [library.get(sprite_id) for sprite_id in chosen], ask)

    def _tag(self, before: Sequence[LibraryEntry], text: str | None) -> None:
        if text is None:
            return
        library = self.session.library
        chosen = [entry.sprite_id for entry in before]
        shown = {tag for entry in before for tag in entry.tags}
        wanted = set(check_tags(_split(text)))

        def tag() -> Change:
            library.tag(chosen, sorted(wanted), sorted(shown - wanted))

            def back() -> str:
                for entry in before:
                    library.tag([entry.sprite_id], entry.tags, sorted(wanted - set(entry.tags)))
                return f"{_told(chosen)} tagged as before"

            return Change(f"{_told(chosen)}: {', '.join(sorted(wanted)) or 'no tags'}", back)

        self.session.near(tag, self._done)

    def action_sprite_delete(self) -> None:
        """Into the trash, from where `u` brings it back."""
        chosen = self.chosen_sprites()
        if not chosen:
            return
        library = self.session.library

        def remove() -> Change:
            removed: list[str] = []
            problem: PixelsError | None = None
            for sprite_id in chosen:
                try:
                    library.remove(sprite_id)
                except PixelsError as error:
                    problem = error
                    break
                removed.append(sprite_id)
            if problem is not None and not removed:
                raise problem

            def back() -> str:
                for sprite_id in removed:
                    library.restore(sprite_id)
                return f"{_told(removed)} is back"

            rest = f"; {problem.message}" if problem else ""
            return Change(f"removed {_told(removed)}{rest}", back)

        self.session.near(remove, self._done)

    def _done(self, change: Change) -> None:
        self.session.changed(change)
        self.bring_up_to_date()


def _told(sprite_ids: Sequence[str]) -> str:
    return sprite_ids[0] if len(sprite_ids) == 1 else f"{len(sprite_ids)} sprites"


def _split(text: str) -> list[str]:
    return [tag.strip() for tag in text.split(",") if tag.strip()]


def _tag_problem(text: str) -> str:
    try:
        check_tags(_split(text))
    except InvalidArgumentError as error:
        return str(error)
    return ""


def _rivals_of(library: Library, sprite_ids: Sequence[str], default_model: str) -> Rivals:
    asked = [words for sprite_id in sprite_ids if (words := _words_of(library, sprite_id)).get("prompt")]
    if not asked:
        raise InvalidArgumentError(f"{_told(sprite_ids)} was not drawn from a prompt", hint="mark others")
    prompts = list(dict.fromkeys(str(words["prompt"]) for words in asked))
    return Rivals([line_of_request(words, default_model) for words in asked], prompts)


def _words_of(library: Library, sprite_id: str) -> Words:
    """What was asked for a sprite, but for its seed and count; a reference that was a file is the sprite itself."""
    asked = read_recipe(library.read_png(sprite_id)).request
    words: Words = {
        word: value for word, value in asked.items() if word in SpriteRequest.model_fields and word not in _LEFT_OUT
    }
    reference = str(words.get("reference", "auto"))
    if reference not in ("auto", "none") and not re.fullmatch(SPRITE_ID_PATTERN, reference):
        words["reference"] = sprite_id
    return words
