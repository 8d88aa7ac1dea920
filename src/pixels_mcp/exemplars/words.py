"""The words of prompts and tiles: colours, other words for the same thing, and what is left of a prompt."""

from __future__ import annotations

import re


def word_set(words: str) -> frozenset[str]:
    """Make a set of the words in a text, apart by spaces."""
    return frozenset(words.split())


COLOR_SYNONYMS: dict[str, tuple[str, ...]] = {
    "red": ("crimson", "scarlet", "ruby", "bloody"),
    "orange": ("amber", "apricot"),
    "yellow": ("lemon", "topaz"),
    "green": ("emerald", "jade", "lime"),
    "cyan": ("turquoise", "teal", "aqua"),
    "blue": ("azure", "sapphire", "cobalt", "navy"),
    "purple": ("violet", "amethyst", "lilac"),
    "pink": ("magenta", "rose", "fuchsia"),
    "brown": ("wooden", "wood", "leather", "tan", "bronze", "copper", "rusty"),
    "white": ("ivory", "snowy", "pearl", "pale"),
    "grey": ("gray", "stone"),
    "black": ("ebony", "obsidian", "onyx", "charcoal"),
    "gold": ("golden", "gilded", "brass"),
    "silver": ("silvery", "steel", "iron", "metal", "chrome"),
}
"""Each colour word of `recolor.RAMPS` and other words that ask for it."""

SYNONYM_GROUPS: tuple[tuple[str, ...], ...] = (
    ("potion", "flask", "vial", "elixir", "bottle"),
    ("sword", "blade", "longsword", "broadsword"),
    ("scimitar", "sabre", "saber"),
    ("dagger", "knife", "dirk"),
    ("axe", "hatchet", "ax"),
    ("mace", "club", "cudgel"),
    ("spear", "lance", "pike", "polearm"),
    ("staff", "stave", "rod"),
    ("armour", "armor", "mail", "chainmail", "breastplate"),
    ("chain", "chainmail"),
    ("helmet", "helm"),
    ("boots", "shoes", "boot"),
    ("gloves", "gauntlets", "glove"),
    ("cloak", "cape"),
    ("robe", "gown", "tunic"),
    ("shield", "buckler"),
    ("scroll", "parchment"),
    ("book", "tome", "spellbook", "grimoire"),
    ("amulet", "necklace", "pendant"),
    ("coin", "coins", "money", "gold"),
    ("chest", "box"),
    ("crate", "box"),
    ("lock", "padlock"),
    ("food", "meal"),
    ("bread", "loaf"),
    ("meat", "steak", "ham"),
    ("crystal", "gem", "jewel", "gemstone"),
    ("orb", "sphere", "ball"),
    ("ghost", "spirit", "spectre", "phantom"),
    ("skeleton", "bones"),
    ("zombie", "ghoul", "undead"),
    ("demon", "devil", "fiend"),
    ("dragon", "drake", "wyrm", "wyvern"),
    ("snake", "serpent", "viper"),
    ("slime", "jelly", "ooze", "blob"),
    ("wizard", "mage", "sorcerer", "warlock"),
    ("warrior", "fighter", "soldier", "knight"),
    ("giant", "titan"),
    ("dog", "hound", "wolf", "jackal"),
    ("pig", "boar", "hog"),
    ("insect", "beetle", "bug"),
    ("bird", "raven", "crow", "eagle"),
    ("griffon", "griffin", "gryphon"),
    ("octopode", "octopus", "squid"),
    ("eyeball", "eye", "beholder"),
    ("yak", "ox"),
    ("cow", "bull", "ox"),
    ("flower", "flowers"),
    ("pickaxe", "pick"),
    ("kitten", "cat"),
    ("puppy", "dog"),
    ("mushroom", "fungus", "toadstool"),
    ("plant", "bush", "shrub"),
    ("wall", "bricks"),
    ("floor", "ground", "tile"),
    ("stone", "rock", "cobblestone", "rocky"),
    ("cobblestone", "cobble"),
    ("dirt", "earth", "soil"),
    ("water", "sea", "ocean", "river", "lake", "pond", "pool"),
    ("door", "gate"),
    ("stairs", "staircase", "steps"),
    ("portal", "gateway", "vortex", "black_hole"),
    ("altar", "shrine"),
    ("statue", "sculpture"),
    ("tree", "oak"),
    ("fire", "flame", "blaze"),
    ("fireball", "explosion"),
    ("dart", "missile"),
    ("icicle", "shard"),
    ("ice", "frost", "frozen", "snow", "icy"),
    ("sand", "desert", "dune", "sandy"),
    ("wood", "wooden", "timber"),
    ("plank", "board", "parquet"),
    ("moss", "lichen", "mossy"),
    ("mud", "muddy"),
    ("grass", "grassy", "meadow", "lawn"),
    ("swamp", "marsh", "bog", "mire", "swampy"),
    ("gravel", "pebble"),
    ("lightning", "electricity", "thunder", "spark"),
    ("poison", "venom", "toxic"),
    ("cloud", "smoke", "fog", "gas"),
    ("shop", "store"),
    ("trap", "spikes"),
    ("monster", "creature", "enemy", "beast"),
    ("person", "character", "human", "man", "hero"),
    ("female", "woman", "girl"),
    ("house", "cottage", "cabin", "home"),
    ("robot", "android", "droid", "mech"),
    ("spaceship", "spacecraft", "starship"),
    ("haystack", "hay"),
    ("chicken", "hen", "rooster"),
    ("gravestone", "tombstone", "headstone"),
    ("mug", "cup"),
    ("burger", "hamburger", "cheeseburger"),
    ("cowboy", "sheriff", "gunman", "gunslinger", "outlaw"),
    ("trophy", "award"),
    ("lamp", "light", "streetlight", "lamppost"),
    ("villager", "peasant", "townsman"),
)
"""Words that are near enough to stand for each other in a caption; the first is the tiles' own word."""

COLOR_OF: dict[str, str] = {word: color for color, others in COLOR_SYNONYMS.items() for word in (color, *others)}
"""Which colour a word asks for."""

STOP_WORDS = word_set(
    "a an the of with and in on for to from at by pixel art sprite game icon style 16 32 bit x px "
    "transparent background top down view side single simple cute small large big tiny"
)
"""Words of a prompt that say nothing about which thing is meant."""

NUMBER_WORDS = word_set("two three four five six seven eight nine ten dozen several many few couple")
"""Words that ask for more than one."""

_WORD = re.compile(r"[a-z]+")


def split_words(text: str) -> list[str]:
    """Cut a text into lower-case words of letters; `_`, digits and signs end a word."""
    return _WORD.findall(text.lower())


_IRREGULAR = {
    "knives": "knife", "wolves": "wolf", "leaves": "leaf", "elves": "elf", "dwarves": "dwarf", "loaves": "loaf",
    "shelves": "shelf", "thieves": "thief", "halves": "half", "hooves": "hoof", "scarves": "scarf", "calves": "calf",
    "feet": "foot", "teeth": "tooth", "mice": "mouse", "geese": "goose", "men": "man", "women": "woman",
    "children": "child", "oxen": "ox", "fungi": "fungus", "cacti": "cactus", "dice": "die", "people": "person",
    "cookies": "cookie", "zombies": "zombie", "brownies": "brownie", "pixies": "pixie", "genies": "genie",
    "hoodies": "hoodie", "smoothies": "smoothie", "magpies": "magpie", "movies": "movie", "shoes": "shoe",
    "hoes": "hoe", "toes": "toe", "canoes": "canoe", "axes": "axe", "lens": "lens", "gas": "gas", "bus": "bus",
}  # fmt: skip


def singular(word: str) -> str:
    """Guess a plural's singular (`potions` to `potion`, `torches` to `torch`, `wolves` to `wolf`); others stay."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses", "oes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def synonyms_of(word: str) -> tuple[str, ...]:
    """Other words of the same group, the tiles' own word first; empty where there are none."""
    return tuple(other for group in SYNONYM_GROUPS if word in group for other in group if other != word)


GEM_COLORS: dict[str, str] = {
    "ruby": "red",
    "emerald": "green",
    "sapphire": "blue",
    "amethyst": "purple",
    "topaz": "yellow",
    "diamond": "white",
    "opal": "white",
}
"""Gems that are named for their colour; as a head noun they are gems, before another noun they are its colour."""

ELEMENT_COLORS: dict[str, str] = {
    "fire": "red",
    "flaming": "red",
    "lava": "red",
    "blood": "red",
    "healing": "red",
    "health": "red",
    "life": "red",
    "ice": "cyan",
    "frost": "cyan",
    "frozen": "cyan",
    "water": "blue",
    "mana": "blue",
    "magic": "purple",
    "arcane": "purple",
    "shadow": "black",
    "dark": "black",
    "void": "purple",
    "poison": "green",
    "toxic": "green",
    "nature": "green",
    "forest": "green",
    "acid": "green",
    "stamina": "yellow",
    "lightning": "yellow",
    "thunder": "yellow",
    "holy": "gold",
    "sun": "gold",
    "royal": "gold",
    "moon": "silver",
    "earth": "brown",
}
"""The colour that a word makes one think of; used where no colour is asked and the tile does not know the word."""

CARRIER_NOUNS = word_set(
    "ball bar beam belt bill blade block board box button can card case cell cone cream field fighter generator glass "
    "hole icon light machine mark meter note pad panel plate pole post screen sign slot stand station stick table tank "
    "terminal truck ship boat racket bat building store shop suit helmet hat"
)
"""Nouns that are many things, told apart by the word before them: a health bar is no bar of gold."""

_NATURAL: dict[str, str] = {
    "red": "apple strawberry tomato cherry raspberry crab lobster ladybug heart hydrant",
    "orange": "carrot pumpkin fox tiger fire campfire torch",
    "yellow": "banana lemon corn wheat hay haystack cheese sun star lion canary duck sunflower coin crown trophy "
    "key taxi bus lightning thunder",
    "green": "grass meadow lawn moss tree bush leaf slime snake frog turtle crocodile lizard cactus goblin orc ogre "
    "zombie alien cucumber pickle lettuce broccoli pear pea clover",
    "blue": "water sea river lake pond",
    "pink": "pig flamingo",
    "purple": "grape eggplant plum",
    "brown": "bear bread monkey deer horse log trunk stump barrel crate ladder fence bench plank basket acorn potato "
    "signpost wagon cart raft chest donut",
    "white": "ghost snow sheep swan goose skeleton snowman egg cloud bone milk moon ambulance",
    "grey": "rock boulder stone anvil gravestone tombstone robot castle elephant rat mouse wolf shark hippo rhino "
    "shovel hammer pickaxe",
    "black": "ninja crow raven panther tire bomb",
}

NATURAL_COLORS: dict[str, str] = {thing: color for color, things in _NATURAL.items() for thing in things.split()}
"""The colour that one expects of a thing when none is asked; of tiles that fit, one in that colour comes first."""
