"""From a tile's path to what it shows: kind, head noun and words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from pixels_mcp.models.words import COLOR_OF, split_words, word_set


@dataclass(frozen=True)
class TileWords:
    """What a tile's path says.

    Attributes:
        kind: One of the kinds of `KIND_WEIGHTS`.
        head: The noun that names the thing (`sword` for a katana).
        words: All words in the order of speech, the head last.
        name: Normalised name, the same for a thing in both releases and for its numbered variants.
        weight: How often it is drawn in training, 1 for an ordinary tile.
        mirrors: Whether its mirror picture is as good.
    """

    kind: str
    head: str
    words: tuple[str, ...]
    name: str
    weight: float
    mirrors: bool


KIND_WEIGHTS: dict[str, float] = {
    "weapon": 1.5, "shield": 2.0, "helmet": 2.0, "boots": 2.0, "gloves": 2.0, "cloak": 2.0, "armour": 1.5,
    "potion": 3.0, "scroll": 1.5, "book": 1.5, "wand": 1.5, "staff": 2.0, "ring": 1.2, "amulet": 1.2, "rune": 1.0,
    "food": 3.0, "coin": 3.0, "item": 2.0, "monster": 1.6, "person": 0.6, "plant": 3.0, "tree": 3.0, "statue": 1.0,
    "floor": 0.35, "wall": 0.35, "water": 0.3, "door": 1.0, "gateway": 0.7, "altar": 0.6, "trap": 0.8, "shop": 0.8,
    "feature": 1.0, "effect": 1.0, "icon": 0.4, "worn": 0.2, "mark": 0.05, "blood": 0.06,
}  # fmt: skip
"""Every kind and its weight in training; marks are overlays such as numbers, cursors and letters."""

BACKGROUND_KINDS = frozenset({"floor", "wall", "water"})
"""Kinds that fill their square and repeat."""

_FOLDER_KINDS: tuple[tuple[str, str], ...] = (
    (r"(^|/)(brands|chunk_brands|numbers|commands|startup|abilities|travel|ench|halo|mutations|beard|hair)(/|$)", "mark"),
    (r"(tentacles|segments|eldritch_ends)", "mark"),
    (r"item/armour/shields", "shield"), (r"item/armour/headgear", "helmet"),
    (r"(item|UNUSED)/armours?", "armour"), (r"(item/weapon|UNUSED/weapons)", "weapon"),
    (r"(item/potion|UNUSED/potions)", "potion"), (r"item/scroll", "scroll"), (r"(item/book|UNUSED/books)", "book"),
    (r"item/(wand|rod)", "wand"), (r"item/staff", "staff"), (r"(item/ring|UNUSED/rings)", "ring"),
    (r"item/amulet", "amulet"), (r"(item|UNUSED)/food", "food"), (r"item/gold", "coin"), (r"item/misc/runes", "rune"),
    (r"^item", "item"), (r"(mon|dngn)/statues", "statue"), (r"fungi_plants", "plant"), (r"(^mon|UNUSED/monsters)", "monster"),
    (r"dngn/trees", "tree"), (r"(dngn|UNUSED)/floor", "floor"), (r"dngn/wall", "wall"), (r"dngn/water", "water"),
    (r"dngn/doors", "door"), (r"dngn/gateways", "gateway"), (r"dngn/altars", "altar"), (r"dngn/traps", "trap"),
    (r"dngn/shops", "shop"), (r"(^dngn|UNUSED/features)", "feature"), (r"^effect", "effect"), (r"misc/blood", "blood"),
    (r"^misc", "mark"), (r"(spells|skills|invocations|^gui|UNUSED/gui)", "icon"), (r"player/felids", "monster"),
    (r"player/transform", "monster"), (r"player/base", "person"), (r"(^player|UNUSED/worn)", "worn"), (r"UNUSED/other", "item"),
)  # fmt: skip

_SPELLED: dict[str, str] = {
    "lorc": "orc", "bplate": "breastplate", "drchead": "dragon head", "drcwing": "dragon wing", "fhelm": "helmet",
    "dragonarm": "dragon armour", "dragonsc": "dragon scale", "lshield": "shield", "vgate": "gate", "meph": "poison",
    "calc": "dust", "zig": "ziggurat", "lab": "labyrinth", "jackboots": "boots", "klown": "clown", "tran": "",
    "greatsword": "great sword", "broadsword": "broad sword", "battleaxe": "battle axe", "shortbow": "short bow",
    "longbow": "long bow", "bullwhip": "whip", "greatsling": "sling", "chainmail": "chain mail", "armor": "armour",
    "armours": "armour", "ringmail": "ring mail", "scalemail": "scale mail", "platemail": "plate mail", "helm": "helmet",
    "felids": "cat", "felid": "cat", "bord": "border", "mu": "mummy", "m": "male", "f": "female", "fem": "female",
    "undeadhunter": "hunter", "dragonhelm": "dragon helmet", "axes": "axe", "bows": "bow", "shields": "shield",
    "staves": "staff", "stair": "stairs", "downstair": "stairs down", "upstair": "stairs up", "goldfish": "fish",
    "tree": "tree", "statues": "statue", "simulacra": "ice", "spectrals": "ghost", "spectral": "ghost",
    "skeletal": "skeleton", "rgt": "", "lft": "", "glove": "gloves", "gauntlet": "gloves", "trouser": "trousers",
    "pants": "trousers", "flames": "flame", "potions": "potion", "hive": "honey", "swine": "pig", "hog": "pig",
}  # fmt: skip

_NOISE = word_set(
    "of the to from and with by spwpn urand misc base enter exit return mdam eq fg ego art full left right middle corner "
    "slant angle bord straight curve rect shaped var light dark lightly very one two three four five variability random "
    "new old unused item items dngn mon dc gone inert gui nov oct zot thing something"
)

_FAMILIES: tuple[tuple[str, str], ...] = (
    ("sword", "sword claymore katana sabre scimitar falchion cutlass rapier quickblade blade tsurugi bloodbane wyrmbane"),
    ("axe", "axe tomahawk bardiche"), ("spear", "spear trident halberd glaive lance pike javelin trishula lajatang"),
    ("mace", "mace morningstar eveningstar flail club hammer"), ("dagger", "dagger knife"), ("whip", "whip scourge"),
    ("bow", "bow"), ("crossbow", "crossbow arbalest"), ("staff", "staff quarterstaff sceptre ankus"), ("scythe", "scythe sickle"),
    ("arrow", "arrow dart bolt needle"), ("stone", "rock stone bullet shot"), ("sling", "sling"), ("net", "net"),
    ("helmet", "helmet cap hat hood crown mask turban"), ("boots", "boots"), ("gloves", "gloves"), ("cloak", "cloak"),
    ("robe", "robe"), ("shield", "shield buckler"), ("hide", "hide skin"), ("armour", "armour mail plate scale scales leather"),
)  # fmt: skip
_FAMILY_OF = {word: family for family, members in _FAMILIES for word in members.split()}
_ARMOUR_PARTS = {"helmet": "helmet", "boots": "boots", "gloves": "gloves", "cloak": "cloak", "shield": "shield"}

_KIND_NOUNS = {
    "potion": "potion", "scroll": "scroll", "book": "book", "staff": "staff", "ring": "ring", "amulet": "amulet", "rune": "rune",
    "coin": "coin", "tree": "tree", "statue": "statue", "floor": "floor", "wall": "wall", "water": "water", "door": "door",
    "gateway": "portal", "altar": "altar", "trap": "trap", "shop": "shop", "shield": "shield", "helmet": "helmet",
    "icon": "spell", "blood": "blood", "mark": "mark", "plant": "plant", "food": "food",
}  # fmt: skip
_FOLDER_NOUNS = {
    "animals": "animal", "demons": "demon", "dragons": "dragon", "undead": "undead", "holy": "angel", "eyes": "eye",
    "aquatic": "fish", "draco": "draconian", "skeletons": "skeleton", "zombies": "zombie", "unique": "person",
    "felids": "cat", "grass": "grass", "wand": "wand", "rod": "rod", "torches": "torch", "banners": "banner", "fire": "fire",
    "ice": "ice", "air": "air", "earth": "earth", "poison": "poison", "necromancy": "death", "deep_elf": "elf", "sigils": "sigil",
    "hand1": "weapon", "hand2": "shield", "body": "clothes", "legs": "trousers", "head": "hat", "spriggan": "spriggan",
    "abyss": "abyss", "panlord": "demon", "demonspawn": "demon",
}  # fmt: skip
_NOT_HEADS = word_set("male female small large long short open closed inert water melee base up down")
_KEEP_SHORT = word_set(
    "war ink axe bow orc elf imp bat ant bee rat yak dog cat pig eye ice orb net gem key rod hat cap fan bog mud sea "
    "sky eel hut box lid map"
)  # fmt: skip


def describe_tile(path: str) -> TileWords:
    """Read a tile's kind, head noun and words from its path.

    Args:
        path: Such as `Nov-2015/mon/undead/skeletal_warrior.png`; the first folder is the release.
    """
    pure = PurePosixPath(path)
    folders = [f.removeprefix("dc-") for f in pure.parts[1:-1]] if len(pure.parts) > 1 else []
    where, stem = "/".join(folders), pure.stem.lower()
    kind = next((kind for pattern, kind in _FOLDER_KINDS if re.search(pattern, where)), "item")
    if stem.startswith("i-"):
        kind = "mark"
    if kind == "feature":
        kind = "water" if "lava" in stem else kind
    nouns = [_FOLDER_NOUNS[f] for f in folders if f in _FOLDER_NOUNS]
    words: list[str] = []
    # An artefact is named for a legend; of its name only the family of the thing says how it looks.
    spoken = split_words(stem)
    if "artefact" in folders or spoken[:1] in (["urand"], ["spwpn"]):
        spoken = [w for w in spoken if w in _FAMILY_OF or w in COLOR_OF]
    if "nonliving" in folders and spoken[:1] == ["spectral"]:
        spoken = ["floating", *spoken[1:]]
    for raw in spoken:
        for word in _SPELLED.get(raw, raw).split():
            useful = len(word) > 3 or word in _KEEP_SHORT or word in COLOR_OF
            if useful and word not in _NOISE and word not in words:
                words.append(word)
    for prefix in ("light", "dark"):
        words = [w.removeprefix(prefix) if w.removeprefix(prefix) in COLOR_OF else w for w in words]
    name = kind + ": " + (" ".join(sorted(words)) or f"{where} {stem.rstrip('0123456789')}")
    if kind in ("armour", "weapon"):
        family = next((_FAMILY_OF[w] for w in reversed(words) if w in _FAMILY_OF), kind)
        kind = _ARMOUR_PARTS.get(family, kind)
        head = family
    elif kind in _KIND_NOUNS and kind not in ("plant", "food", "icon"):
        head = _KIND_NOUNS[kind]
    else:
        head = next(
            (w for w in reversed(words) if w not in COLOR_OF and w not in _NOT_HEADS), _KIND_NOUNS.get(kind, kind)
        )
    ordered = [w for w in words if w != head] + [n for n in nouns if n not in words and n != head] + [head]
    if kind in BACKGROUND_KINDS and "lava" in words:
        head = "lava"
        ordered = [w for w in ordered if w not in ("water", "lava")] + ["lava"]
    if kind == "wand" and stem.startswith("gem"):
        ordered = [w for w in ordered if w not in ("gem", head)] + ["wand"]
        head = "wand"
    if kind == "coin":
        ordered = ["gold", "coin"] + (["pile"] if stem.isdigit() and int(stem) > 4 else [])
    return TileWords(kind, head, tuple(dict.fromkeys(ordered)), name, KIND_WEIGHTS[kind], kind not in ("mark", "icon"))
