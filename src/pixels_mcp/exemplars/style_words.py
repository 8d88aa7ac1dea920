"""Words of a prompt that say how a picture looks and not what it shows: style, mood, palette, praise.

`STYLE_NOUNS` end a phrase about style (`cozy farming game`); `STYLE_ADJECTIVES` stand before them or alone;
`FILLER_WORDS` are what people paste from web interfaces and what changes nothing in pixel art.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pixels_mcp.exemplars.words import CARRIER_NOUNS, COLOR_OF, STOP_WORDS, word_set

STYLE_NOUNS = word_set(
    "style styled styles stylized art artwork game games gaming videogame fantasy palette palettes color colors colour "
    "colours tone tones hues mood aesthetic aesthetics vibe vibes theme themed atmosphere look feel era graphics "
    "shading shadows outline outlines linework lighting light view perspective angle projection pov rpg jrpg mmorpg "
    "arpg roguelike roguelite platformer metroidvania noir cyberpunk steampunk solarpunk dieselpunk pixelart pixel "
    "pixels sprite sprites resolution detail details render rendering design illustration genre setting scifi "
    "horror fairytale western dithering anime cartoon inspired"
)
FIRM_STYLE_NOUNS = STYLE_NOUNS - word_set("light shadows western pixel pixels horror anime cartoon")
"""A phrase that ends so is about style, whatever stands before."""

STYLE_ADJECTIVES = word_set(
    "cozy cosy cute dark darker gritty retro vibrant pastel minimalist minimalistic minimal detailed bold flat moody "
    "whimsical gothic medieval futuristic cartoony cartoonish chibi kawaii isometric topdown sideview top down side "
    "front back lowres hires hand drawn painterly muted saturated desaturated monochrome monochromatic colorful "
    "colourful bright warm cool soft neon grim grimdark epic classic oldschool old school nes snes gba gameboy boy "
    "genesis sega nintendo zelda pokemon stardew terraria minecraft undertale celeste earthbound indie farming fishing "
    "survival adventure action puzzle arcade shooter strategy simulation realistic stylized stylised clean crisp "
    "contrast dithered cel shaded outlined thick thin modern vintage nostalgic dreamy spooky eerie creepy bleak lush "
    "wholesome relaxing peaceful cheerful playful serene dramatic cinematic atmospheric high low limited sci fi "
    "pixelated pixelart bit bits lospec endesga sweetie pico limited lovecraftian eldritch fairytale storybook "
    "asian japanese norse viking egyptian western ancient tiny"
)
FILLER_WORDS = word_set(
    "masterpiece best high highest top quality ultra super hyper highly very extremely insanely detailed detail "
    "intricate intricately uhd fhd hdr absurdres highres hires res resolution trending artstation deviantart award "
    "winning professional professionally sharp focus octane render unreal engine cinematic beautiful gorgeous stunning "
    "amazing perfect awesome aesthetic score rating safe newest quality good great nice official art wallpaper "
    "photorealistic realistic photo raw dslr bokeh volumetric lighting elaborate exquisite fine finely"
)
_PRAISE = word_set("masterpiece absurdres highres artstation uhd hdr photorealistic")
"""Filler that is left out wherever it stands."""


def known_style(text: str, styles: Mapping[str, str]) -> str | None:
    """Which of the styles that a model knows a text asks for by name: `flat`, `one-bit`, `side view style`.

    Args:
        text: A style, or a whole prompt; in a prompt the word must stand with `style` or alone between commas.
        styles: Names of the styles, and the words of captions.
    """
    plain = re.sub(r"[-_\s]+", " ", text.lower().replace("1-bit", "one bit").replace("1 bit", "one bit"))
    for name, words in styles.items():
        spoken = words.removesuffix(" style")
        if re.search(rf"\b{re.escape(spoken)} style\b|(?:^|,)\s*{re.escape(spoken)}\s*(?:,|$)", plain):
            return name
    return None


def is_filler(words: list[str]) -> bool:
    """Whether a phrase is praise alone: `best quality`, `8k`, `score_9`."""
    said = [word for word in words if len(word) > 2 and word not in STOP_WORDS]
    return bool(words) and all(word in FILLER_WORDS for word in said) and (bool(said) or words[0] in ("k", "hd"))


def is_style(words: list[str]) -> bool:
    """Whether a phrase says only how the picture looks; colors alone (`red and gold`) say what the thing is."""
    said = [word for word in words if word not in STOP_WORDS or word in STYLE_NOUNS]
    if not said:
        return True
    styled = [word for word in said if word in STYLE_NOUNS or word in STYLE_ADJECTIVES or word in FILLER_WORDS]
    return bool(styled) and all(word in styled or word in COLOR_OF for word in said)


def ends_in_style(words: list[str]) -> bool:
    """Whether a phrase is about style by its last word: `zombie survival game`, `forest colors`."""
    return bool(words) and words[-1] in FIRM_STYLE_NOUNS


def without_style(words: list[str]) -> list[str]:
    """Take the style out of a phrase that names a thing: `dark fantasy health potion` is a health potion.

    A noun of style goes with the adjectives right before it, and praise goes wherever it stands; what a phrase ends in
    stays when nothing else is left, and where a noun before it makes it a thing (`traffic light`, not `soft light`).
    """
    left: list[str] = []
    for word in words:
        if word in CARRIER_NOUNS and left and not {left[-1]} & (STYLE_ADJECTIVES | FILLER_WORDS | COLOR_OF.keys()):
            left.append(word)
        elif word in STYLE_NOUNS:
            while left and left[-1] in STYLE_ADJECTIVES:
                left.pop()
        elif word not in _PRAISE:
            left.append(word)
    return left
