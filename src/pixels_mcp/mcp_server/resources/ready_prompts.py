"""Prompts that a person picks: each a way through several tools."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp.server.mcpserver import Context
from mcp.types import GetPromptResult, Prompt, PromptArgument, PromptMessage, TextContent

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.mcp_server.parts import PromptAnswer, ServedPrompt

WORD_CHARS_MAX = 1_000


@dataclass(frozen=True)
class _Ready:
    """A prompt: its arguments by name, `*` where one must be given, and its text with `$name` in their places."""

    name: str
    title: str
    description: str
    arguments: Mapping[str, str]
    text: str


PLAN_A_SET = """\
Plan and make a set of ${count:-8 to 12} pixel art sprites for: $theme. First propose the list, each thing as a \
short plain noun. Draw with ${model:-the default model}. Ask list_models with a query for those that may be \
unknown; sketch what is unknown with import_sprite. Then one batch_generate with the palette \
${palette:-sweetie-16} and one style. Look at the sheet, redo what has confidence low or does not fit, keep the \
best with choose_sprites, and offer to deploy them."""

STYLE_FROM_A_REFERENCE = """\
Draw these in the look of the sprite $sprite_id: $things. See it first with view_sprite and name its palette, \
size and shading. Then batch_generate with the same palette (its colors as a list), size and a `style` in your \
words. Compare them on one sheet with view_sprite and redraw the ones that stand out with `like` and another \
seed."""

MEND_A_SPRITE = """\
Look at the sprite $sprite_id with view_sprite. What is wrong: ${fault:-judge its silhouette, colors, orphan \
pixels and light yourself}. Mend it with the smallest step that works: edit_sprite for a part or its colors, \
generate_sprite with `like` for another try, or redraw it in letters with import_sprite. Show before and after \
side by side, and deploy only when it is better."""

ANIMATE_A_SPRITE = """\
Make the sprite $sprite_id move: ${motions:-the motions that suit it}. See it first with view_sprite: a figure \
in front or side view with its feet on the ground moves best. Then animate_sprite with these motions, look at \
the frames (feet in one place, no flicker, the loop closes), and offer to deploy it."""

RUN_A_WORKFLOW = """\
Run the workflow $workflow ${about:-with its default inputs}. Read its inputs with run_workflow without a name, \
ask for what is needed and not given, and tell beforehand what it takes with dry_run true. Then run it, follow \
its answers' `next` until it is done, look at the result and name what has confidence low."""

CAPTION_A_DATASET = """\
Caption the pictures in $folder for training. Look at them in sheets. A caption is the thing first ("iron \
helmet"), then colors and materials that are seen, then the view; no opinions; ${style_word:-no style word} in \
each. Say which pictures are damaged, doubled or no pixel art."""

READY = (
    _Ready(
        "plan-a-set",
        "Plan a set of sprites",
        "From a theme to sprites in the game",
        {
            "theme": "*What the set is for, for example a swamp shop",
            "palette": "A palette's name",
            "count": "How many",
            "model": "A model's name",
        },
        PLAN_A_SET,
    ),
    _Ready(
        "style-from-a-reference",
        "Draw in the style of a sprite",
        "More things that look like one you have",
        {"sprite_id": "*The sprite to match", "things": "*What to draw, with commas between"},
        STYLE_FROM_A_REFERENCE,
    ),
    _Ready(
        "mend-a-sprite",
        "Mend a sprite",
        "Find what is wrong with a sprite and set it right",
        {"sprite_id": "*The sprite", "fault": "What is wrong with it"},
        MEND_A_SPRITE,
    ),
    _Ready(
        "animate-a-sprite",
        "Animate a sprite",
        "Motions for a finished sprite, looked at",
        {"sprite_id": "*The sprite", "motions": "walk, idle, ... with commas between"},
        ANIMATE_A_SPRITE,
    ),
    _Ready(
        "run-a-workflow",
        "Run a workflow",
        "A chain of steps from a file, with what it takes told beforehand",
        {"workflow": "*Its name", "about": "What it shall make"},
        RUN_A_WORKFLOW,
    ),
    _Ready(
        "caption-a-dataset",
        "Caption a dataset",
        "Words for pictures that a model shall learn from",
        {"folder": "*The folder of pictures", "style_word": "A word that names the look"},
        CAPTION_A_DATASET,
    ),
)


def ready_prompts() -> list[ServedPrompt]:
    """All of them."""
    return [_served(one) for one in READY]


def _served(ready: _Ready) -> ServedPrompt:
    arguments = [
        PromptArgument(name=name, description=told.removeprefix("*"), required=told.startswith("*"))
        for name, told in ready.arguments.items()
    ]

    async def write(words: Mapping[str, str], _: Context[Any, Any]) -> PromptAnswer:
        message = PromptMessage(role="user", content=TextContent(type="text", text=_filled(ready.text, words)))
        return GetPromptResult(description=ready.description, messages=[message])

    listed = Prompt(name=ready.name, title=ready.title, description=ready.description, arguments=arguments)
    return ServedPrompt(listed, write)


class _Text(string.Template):
    """`$name`, or `${name:-words where it is not given}`."""

    braceidpattern = r"[a-z_]+(?::-[^}]*)?"


def _filled(text: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        if len(word) > WORD_CHARS_MAX:
            raise InvalidArgumentError(f"{name}: {len(word)} characters, at most {WORD_CHARS_MAX}", hint="shorten it")
    return _Text(text).substitute(_Given(words))


class _Given(dict[str, str]):
    def __missing__(self, key: str) -> str:
        name, _, otherwise = key.partition(":-")
        return self.get(name, "").strip() or otherwise
