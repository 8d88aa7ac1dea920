"""The one table of what can be done: footer, `?`, the palette, the page in docs/ and a person's own keys come from it.

An action's `run` names a method `action_...` of the place that it belongs to; a key without modifier never reaches it
while a field has the focus, because fields keep every printable key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from textual.binding import Binding, BindingType

Place = Literal[
    "everywhere", "draw", "gallery", "compare", "models", "queue", "monitor", "settings", "help",
    "sprite", "picture", "grid", "list", "sprite_dialog", "batch", "export", "deploy", "compare_dialog", "workflow",
    "dialog",
]  # fmt: skip
PLACES: tuple[Place, ...] = get_args(Place)

PLACE_WORDS: dict[Place, str] = {
    "everywhere": "Everywhere",
    "draw": "1 Draw",
    "gallery": "2 Gallery",
    "compare": "3 Compare",
    "models": "4 Models",
    "queue": "5 Queue",
    "monitor": "6 Monitor",
    "settings": "7 Settings",
    "help": "8 Help",
    "sprite": "On a sprite (Draw, Gallery)",
    "picture": "In a picture",
    "grid": "In the grid of sprites",
    "list": "In a list",
    "sprite_dialog": "Looking at one sprite",
    "batch": "Batch dialog",
    "export": "Export dialog",
    "deploy": "Deploy dialog",
    "compare_dialog": "Dialog of a new comparison",
    "workflow": "Workflow dialog",
    "dialog": "In every dialog",
}


@dataclass(frozen=True)
class Action:
    """One thing that a person can do.

    Attributes:
        name: `gallery.filter`; by it a person gives it another key.
        keys: As Textual names them, several with commas.
        words: One or two words, for the footer.
        meaning: A clause, for `?`, the palette and the docs.
        run: The method, `app.` before it where it is the app's.
        in_footer: Whether the last line shows it.
    """

    name: str
    keys: str
    words: str
    meaning: str
    run: str
    in_footer: bool = False

    @property
    def place(self) -> Place:
        """Where it can be done."""
        place = self.name.partition(".")[0]
        assert place in PLACES
        return place


def _table() -> tuple[Action, ...]:
    shown = True
    return (
        # name, keys, words, meaning, method, in the footer
        Action("everywhere.draw", "1,f1", "draw", "go to Draw", "app.go('draw')"),
        Action("everywhere.gallery", "2,f2", "gallery", "go to the Gallery", "app.go('gallery')"),
        Action("everywhere.compare", "3,f3", "compare", "go to Compare", "app.go('compare')"),
        Action("everywhere.models", "4,f4", "models", "go to Models", "app.go('models')"),
        Action("everywhere.queue", "5,f5", "queue", "go to the Queue", "app.go('queue')"),
        Action("everywhere.monitor", "6,f6", "monitor", "go to the Monitor", "app.go('monitor')"),
        Action("everywhere.settings", "7,f7", "settings", "go to Settings", "app.go('settings')"),
        Action("everywhere.help", "8,f8", "help", "go to Help", "app.go('help')"),
        Action("everywhere.keys", "question_mark", "keys", "list the keys that work here; Enter does one", "app.keys"),
        Action("everywhere.palette", "ctrl+p,colon", "palette", "find anything by its words", "app.command_palette"),
        Action("everywhere.undo", "u", "undo", "take the last change back", "app.undo"),
        Action("everywhere.copy", "y", "copy", "copy the id under the cursor", "app.copy"),
        Action("everywhere.reconnect", "ctrl+r", "reconnect", "find or start the worker again", "app.reconnect"),
        Action("everywhere.next", "tab", "next pane", "go to the next pane or field", "app.focus_next"),
        Action("everywhere.previous", "shift+tab", "previous", "go back to the previous one", "app.focus_previous"),
        Action("everywhere.back", "escape", "back", "leave a field, a dialog or a filter", "app.back"),
        Action("everywhere.quit", "q", "quit", "leave; jobs go on without you", "app.leave", shown),
        # ---
        Action("draw.submit", "ctrl+j", "draw", "draw what the form says (Enter in a field does it too)", "submit"),
        Action("draw.prompt", "i", "prompt", "put the cursor into the prompt", "prompt", shown),
        Action("draw.cancel", "ctrl+g", "cancel", "stop the job that is shown", "cancel", shown),
        Action("draw.batch", "ctrl+n", "batch", "draw many prompts as one job", "batch", shown),
        Action("draw.workflow", "ctrl+t", "workflow", "edit and try a workflow file", "workflow", shown),
        Action("draw.model", "m", "model", "choose the model", "choose('model')"),
        Action("draw.lora", "L", "LoRA", "choose a LoRA", "choose('loras')"),
        Action("draw.palette", "p", "palette", "choose the palette", "choose('palette')"),
        Action("draw.clear", "ctrl+l", "clear", "empty the form but for the prompt", "clear"),
        Action("draw.variant_next", "right_square_bracket", "next variant", "show the next variant", "variant(1)"),
        Action("draw.variant_previous", "left_square_bracket", "variant", "show the variant before", "variant(-1)"),
        # ---
        Action("gallery.filter", "slash", "filter", "find by words, model:, tag:, kind:, rating>=", "filter", shown),
        Action("gallery.density", "z", "density", "half size, whole size, or a list", "density", shown),
        Action("gallery.unmark", "U", "unmark", "take all marks away", "unmark"),
        Action("gallery.trash", "T", "trash", "show what was removed, or the library again", "trash"),
        Action("gallery.empty_trash", "E", "empty trash", "delete what is in the trash for good", "empty_trash"),
        # ---
        Action("compare.a", "a", "A", "A is the best", "vote('a')", shown),
        Action("compare.b", "b", "B", "B is the best", "vote('b')", shown),
        Action("compare.c", "c", "C", "C is the best", "vote('c')"),
        Action("compare.d", "d", "D", "D is the best", "vote('d')"),
        Action("compare.tie", "equals_sign", "tie", "none is better than the others", "vote('tie')", shown),
        Action("compare.skip", "s", "skip", "see the next round; this one comes again", "skip", shown),
        Action("compare.take_back", "U", "take back", "take the last vote back", "take_back", shown),
        Action("compare.reveal", "r", "reveal", "show or hide the arms' names and rates", "reveal", shown),
        Action("compare.new", "n", "new", "compare other ways to draw", "new", shown),
        Action("compare.open", "o", "open", "open a comparison that was begun before", "open"),
        Action("compare.report", "e", "report", "write CSV and an HTML report with all pictures", "report", shown),
        # ---
        Action("models.use", "enter", "use", "draw with it next", "use", shown),
        Action("models.default", "b", "default", "make it the model that is used when none is named", "default", shown),
        Action("models.compare", "c", "compare", "compare it with the default model", "compare", shown),
        Action("models.rescan", "R", "rescan", "look at the models folder again", "rescan", shown),
        Action("models.pull", "P", "fetch", "fetch a model from the hub, civitai or an address", "pull", shown),
        Action("models.warm", "w", "warm", "load it beforehand", "warm", shown),
        # ---
        Action("queue.cancel", "x", "cancel", "stop the job or part under the cursor", "cancel", shown),
        Action("queue.parts", "enter", "parts", "show its parts, or its sprites in the Gallery", "parts", shown),
        Action("queue.retry", "R", "retry", "draw again what failed or was cancelled, as a new job", "retry", shown),
        Action("queue.earlier", "K", "earlier", "have it drawn before the job above it", "move_job('up')", shown),
        Action("queue.later", "J", "later", "have it drawn after the job below it", "move_job('down')", shown),
        Action("queue.first", "left_square_bracket", "first", "have it drawn before all others", "move_job('first')"),
        Action("queue.last", "right_square_bracket", "last", "have it drawn after all others", "move_job('last')"),
        Action("queue.log", "L", "log", "see all of the log", "log"),
        # ---
        Action("monitor.pause", "p", "pause", "stop and go on", "pause", shown),
        Action("monitor.wider", "plus,equals_sign", "longer", "look further back: 1, 5, 30 minutes", "window(1)"),
        Action("monitor.narrower", "minus", "shorter", "look less far back", "window(-1)"),
        Action("monitor.filter", "slash", "filter", "show only lines of the log with these words", "filter", shown),
        Action("monitor.errors", "e", "errors", "show only warnings and errors", "errors", shown),
        Action("monitor.log", "L", "all of the log", "the log on the whole screen, from its beginning", "log", shown),
        Action("monitor.follow", "f", "follow", "go to the log's end and go on with it", "follow"),
        Action("monitor.wrap", "w", "wrap", "break long lines of the log, or cut them", "wrap"),
        # ---
        Action("settings.change", "enter", "change", "write another value", "change", shown),
        Action("settings.reset", "backspace,delete", "default", "take it out of the file", "reset", shown),
        Action("settings.file", "o", "file", "say where the file lies", "file"),
        # ---
        Action("help.search", "slash", "search", "find keys and problems by words", "search", shown),
        Action("help.examine", "R", "look again", "run the checks again", "examine", shown),
        # ---
        Action("sprite.look", "enter", "look", "look at it large: frames, before and after", "sprite_look", shown),
        Action("sprite.deploy", "d", "deploy", "put it, or what is marked, into the game", "sprite_deploy", shown),
        Action("sprite.export", "e", "export", "write PNG, sheet, GIF or APNG into a folder", "sprite_export", shown),
        Action("sprite.regenerate", "r", "again", "make it again from its recipe", "sprite_regenerate"),
        Action("sprite.variants", "v", "variants", "take its prompt and words to Draw", "sprite_variants"),
        Action("sprite.compare", "c", "compare", "compare how the marked ones were drawn", "sprite_compare"),
        Action("sprite.rate", "asterisk", "rate", "give it 0 to 5 stars", "sprite_rate"),
        Action("sprite.tags", "t", "tags", "give it tags, or take some away", "sprite_tags"),
        Action("sprite.delete", "x", "delete", "move it, or what is marked, into the trash", "sprite_delete", shown),
        # ---
        Action("picture.zoom_in", "plus,equals_sign", "larger", "repeat each pixel once more", "zoom_in"),
        Action("picture.zoom_out", "minus", "smaller", "repeat each pixel once less; then fit", "zoom_out"),
        Action("picture.backdrop", "c", "ground", "checkerboard, black or white behind it", "backdrop"),
        Action("picture.left", "shift+left,H", "left", "move over a large picture", "pan(-4, 0)"),
        Action("picture.right", "shift+right", "right", "move over a large picture", "pan(4, 0)"),
        Action("picture.up", "shift+up,K", "up", "move over a large picture", "pan(0, -4)"),
        Action("picture.down", "shift+down,J", "down", "move over a large picture", "pan(0, 4)"),
        # ---
        Action("grid.left", "left,h", "left", "one to the left", "move(-1, 0)"),
        Action("grid.right", "right,l", "right", "one to the right", "move(1, 0)"),
        Action("grid.up", "up,k", "up", "one row up", "move(0, -1)"),
        Action("grid.down", "down,j", "down", "one row down", "move(0, 1)"),
        Action("grid.first", "home,g", "first", "the first one", "edge(0)"),
        Action("grid.last", "end,G", "last", "the last one", "edge(-1)"),
        Action("grid.page_up", "pageup,ctrl+b", "page up", "a screen up", "page(-1)"),
        Action("grid.page_down", "pagedown,ctrl+f", "page down", "a screen down", "page(1)"),
        Action("grid.mark", "space", "mark", "mark it, for several at once", "mark", shown),
        # ---
        Action("list.up", "up,k", "up", "one line up", "move(-1)"),
        Action("list.down", "down,j", "down", "one line down", "move(1)"),
        Action("list.first", "home,g", "first", "the first line", "edge(0)"),
        Action("list.last", "end,G", "last", "the last line", "edge(-1)"),
        Action("list.page_up", "pageup", "page up", "a screen up", "page(-1)"),
        Action("list.page_down", "pagedown", "page down", "a screen down", "page(1)"),
        # ---
        Action("sprite_dialog.play", "space", "play", "play or stand still", "play", shown),
        Action("sprite_dialog.step", "full_stop", "next frame", "one frame on", "step(1)", shown),
        Action("sprite_dialog.step_back", "comma", "frame before", "one frame back", "step(-1)"),
        Action("sprite_dialog.faster", "greater_than_sign", "faster", "a frame a second more", "fps(1)", shown),
        Action("sprite_dialog.slower", "less_than_sign", "slower", "a frame a second less", "fps(-1)"),
        Action("sprite_dialog.onion", "o", "onion", "show the frame before through this one", "onion", shown),
        Action("sprite_dialog.before", "b", "before", "what it was made from, or itself again", "before", shown),
        Action("sprite_dialog.clip", "n", "next clip", "the next of its animations", "clip", shown),
        # ---
        Action("batch.submit", "ctrl+s", "draw all", "draw every line that is right, as one job", "submit", shown),
        Action("batch.open", "ctrl+o", "open file", "read .txt, .csv, .tsv, .json, .yaml or .toml", "open", shown),
        Action("export.write", "ctrl+s", "write", "write the files", "write", shown),
        Action("deploy.submit", "ctrl+s", "deploy", "write it and wait for the game's answer", "submit", shown),
        Action("compare_dialog.submit", "ctrl+s", "draw", "have all of it drawn, as one job", "submit", shown),
        Action("workflow.save", "ctrl+s", "save", "check it and keep it among your own", "save", shown),
        Action("workflow.try", "ctrl+t", "try", "run it with the inputs of its line", "try", shown),
        Action("workflow.next", "ctrl+n", "next", "show the next of what it drew", "next"),
        Action("dialog.close", "escape", "close", "close it; nothing is changed", "close", shown),
    )  # fmt: skip


ACTIONS: tuple[Action, ...] = _table()


def actions_of(*places: Place) -> list[Action]:
    """The actions of some places, in the order of the places."""
    return [action for place in places for action in ACTIONS if action.place == place]


def bindings_of(*places: Place) -> list[BindingType]:
    """What Textual binds for some places; each carries its action's name, so that a person's own keys find it."""
    return [
        Binding(action.keys, action.run, action.words, show=action.in_footer, id=action.name)
        for action in actions_of(*places)
    ]


NO_KEY = "no_key"
"""A key that no terminal sends."""

_TOGETHER: tuple[frozenset[Place], ...] = (
    frozenset(("draw", "sprite", "list", "picture")),
    frozenset(("gallery", "sprite", "grid", "picture")),
    frozenset(("compare", "picture")),
    *(frozenset((place, "list")) for place in ("models", "queue", "monitor", "settings", "help", "batch")),
    *(frozenset((place, "dialog")) for place in ("batch", "export", "deploy", "compare_dialog", "workflow")),
    frozenset(("sprite_dialog", "picture", "dialog")),
)
"""Places whose keys work at the same time, beside those of everywhere."""


def keymap_of(own_keys: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """A person's own keys as Textual takes them; an action that had such a key there keeps its other keys alone.

    Args:
        own_keys: Key by action: `{"gallery.filter": "ctrl+f"}`.

    Returns:
        The keys of every action that has others than in the table, and the names that no action has.
    """
    known = {action.name: action for action in ACTIONS}
    keymap = {name: keys for name, keys in own_keys.items() if name in known}
    for action in ACTIONS:
        if action.name in keymap:
            continue
        taken = {
            key
            for name in own_keys
            if name in known and _meet(known[name], action)
            for key in own_keys[name].split(",")
        }
        left = [key for key in action.keys.split(",") if key not in taken]
        if ",".join(left) != action.keys:
            keymap[action.name] = ",".join(left) or NO_KEY
    return keymap, [name for name in own_keys if name not in known]


def _meet(one: Action, other: Action) -> bool:
    places = {one.place, other.place}
    return len(places) == 1 or "everywhere" in places or any(places <= together for together in _TOGETHER)


_SIGNS = {
    NO_KEY: "none",
    "question_mark": "?", "slash": "/", "colon": ":", "asterisk": "*", "plus": "+", "minus": "-", "equals_sign": "=",
    "comma": ",", "full_stop": ".", "greater_than_sign": ">", "less_than_sign": "<", "left_square_bracket": "[",
    "right_square_bracket": "]", "escape": "Esc", "enter": "Enter", "space": "Space", "tab": "Tab",
    "pageup": "PgUp", "pagedown": "PgDn", "backspace": "Backspace", "delete": "Del", "home": "Home", "end": "End",
    "left": "Left", "right": "Right", "up": "Up", "down": "Down",
}  # fmt: skip


def key_words(keys: str) -> str:
    """Keys as a person reads them: `Ctrl+P or :`."""
    return " or ".join(_one_key(key) for key in keys.split(","))


def _one_key(key: str) -> str:
    *modifiers, last = key.split("+")
    named = _SIGNS.get(last, last.upper() if last[0] == "f" and last[1:].isdigit() else last)
    if modifiers and len(named) == 1:
        named = named.upper()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), named])


def key_table(own_keys: Mapping[str, str] | None = None) -> str:
    """The page of keys in docs/terminal.md: a Markdown table for each place."""
    own = own_keys or {}
    lines: list[str] = []
    for place, actions in by_place(ACTIONS):
        lines += [f"### {PLACE_WORDS[place]}", "", "| Key | Does | Name |", "|---|---|---|"]
        for action in actions:
            keys = key_words(own.get(action.name, action.keys)).replace("|", "\\|")
            lines.append(f"| {keys} | {action.meaning} | `{action.name}` |")
        lines.append("")
    return "\n".join(lines)


def by_place(actions: Iterable[Action]) -> list[tuple[Place, list[Action]]]:
    """Actions told apart by their place, the places in the order in which they come."""
    grouped: dict[Place, list[Action]] = {}
    for action in actions:
        grouped.setdefault(action.place, []).append(action)
    return list(grouped.items())
