from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers import mounts
from helpers.waiting import PATIENCE_S
from pixels_mcp.errors import DiskFullError, InvalidArgumentError, StoreError, UnknownSpriteError
from pixels_mcp.events import ReferenceInfo, SpriteInfo
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe, read_recipe
from pixels_mcp.requests import make_job_id, make_sprite_id


def recipe(seed: int = 7, prompt: str = "a ruby potion") -> Recipe:
    return Recipe(request={"prompt": prompt}, plan={"seed": seed, "model": "mini"}, model_sha256="a" * 64)


def picture(seed: int = 7, size_px: int = 32) -> np.ndarray:
    pixels = np.random.default_rng(seed).integers(0, 256, (size_px, size_px, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    return pixels


def info(seed: int = 7, prompt: str = "a ruby potion", **more: Any) -> NewEntry:
    words: dict[str, Any] = {"model": "mini", **more}
    return NewEntry(seed=seed, prompt=prompt, facts={"colors": 5}, **words)


def add(library: Library, number: int, prompt: str = "a ruby potion", variant: int = 1) -> SpriteInfo:
    sprite_id = make_sprite_id(make_job_id(prompt, number), variant)
    return library.add(sprite_id, picture(number), recipe(number, prompt), info(number, prompt))


def files(library: Library) -> list[str]:
    kept = (file for file in library.root.rglob("*") if file.is_file())
    return sorted(str(file.relative_to(library.root)) for file in kept if file.suffix in {".png", ".json", ".new"})


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def test_a_kept_sprite_is_found_again_with_all_that_was_said_of_it(library: Library) -> None:
    reference = ReferenceInfo(kind="exemplar", name="potion", sha256="c" * 64, strength=0.6, hue_shift_deg=120.0)

    kept = library.add("ruby-potion-0007.1", picture(), recipe(), info(reference=reference, notes=("padded",)))

    assert Library(library.root).get("ruby-potion-0007.1") == kept
    assert (kept.seed, kept.width_px, kept.height_px, kept.facts) == (7, 32, 32, {"colors": 5})
    assert (kept.reference, kept.notes) == (reference, ("padded",))


def test_the_file_is_named_by_its_bytes_and_carries_the_recipe(library: Library) -> None:
    kept = add(library, 7)

    data = Path(kept.path).read_bytes()
    assert kept.sha256 == hashlib.sha256(data).hexdigest()
    assert Path(kept.path) == library.root / "sprites" / kept.sha256[:2] / f"{kept.sha256}.png"
    assert library.path_of(kept.sprite_id) == Path(kept.path)
    assert library.read_png(kept.sprite_id) == data
    assert read_recipe(data) == recipe()


def test_keeping_a_sprite_twice_keeps_it_once(library: Library) -> None:
    first = add(library, 7)
    before = files(library)

    again = library.add(first.sprite_id, picture(), recipe(), info())

    assert again == first
    assert files(library) == before
    assert library.count() == 1


def test_an_id_that_stands_keeps_its_first_picture(library: Library) -> None:
    first = add(library, 7)

    again = library.add(first.sprite_id, picture(99), recipe(99), info(99))

    assert again == first
    assert library.count() == 1


def test_two_ids_of_the_same_bytes_share_a_file_until_the_last_one_goes(library: Library) -> None:
    first = library.add("ruby-potion-0007.1", picture(), recipe(), info())
    second = library.add("ruby-potion-0008.1", picture(), recipe(), info())

    assert first.path == second.path
    library.remove("ruby-potion-0007.1")
    assert library.read_png("ruby-potion-0008.1")
    library.remove("ruby-potion-0008.1")
    assert not Path(first.path).exists()
    library.empty_trash()
    assert files(library) == []


def test_search_finds_every_word_wherever_it_stands_and_the_newest_first(library: Library) -> None:
    add(library, 1, "a ruby potion")
    add(library, 2, "an ÉMERALD potion, 100% glass_y")
    add(library, 3, "a rusty sword شراب")

    def search_results(text: str) -> list[str]:
        return [hit.prompt.split()[1] for hit in library.search(text)]

    assert search_results("") == ["rusty", "ÉMERALD", "ruby"]
    assert search_results("POTION") == ["ÉMERALD", "ruby"]
    assert search_results("glass émerald") == ["ÉMERALD"]
    assert search_results("شراب") == ["rusty"]
    assert search_results("0001") == ["ruby"]
    assert search_results("100%") == ["ÉMERALD"]
    assert search_results("s_y") == ["ÉMERALD"]
    assert search_results("a_y") == []
    assert search_results("%") == ["ÉMERALD"]
    assert search_results("' OR 1 --") == []


def test_search_looks_through_name_model_and_palette_too(library: Library) -> None:
    library.add("hero-0001.1", picture(), recipe(), info(name="knight", palette="pico-8"))

    assert [len(library.search(word)) for word in ("knight", "pico-8", "mini", "wizard")] == [1, 1, 1, 0]


def test_a_limit_keeps_the_newest(library: Library) -> None:
    for number in range(1, 6):
        add(library, number)

    assert [hit.seed for hit in library.search(limit=2)] == [5, 4]
    with pytest.raises(InvalidArgumentError, match="limit"):
        library.search(limit=0)


def test_an_empty_folder_is_an_empty_library_and_reading_makes_nothing(library: Library) -> None:
    assert library.search() == []
    assert (library.count(), library.largest_number()) == (0, 0)
    with pytest.raises(UnknownSpriteError, match=r"no sprite 'hero-0001\.1'"):
        library.get("hero-0001.1")
    assert not library.root.exists()


def test_a_number_is_never_given_twice_even_after_its_sprite_is_gone(library: Library) -> None:
    add(library, 41)
    add(library, 9)
    library.remove("a-ruby-potion-0041.1")

    assert library.largest_number() == 41


def test_a_reference_picture_is_kept_under_its_hash(library: Library) -> None:
    sha256 = library.keep_reference(picture(3))

    assert library.keep_reference(picture(3)) == sha256
    assert np.array_equal(Library(library.root).reference(sha256), picture(3))
    with pytest.raises(StoreError, match="bbbbbbbbbbbb"):
        library.reference("b" * 64)
    with pytest.raises(StoreError, match="not a sha256"):
        library.reference("../../etc/passwd")


@pytest.mark.parametrize("sprite_id", ["../hero-0001.1", "hero-0001", "hero-0001.17", "Hero-0001.1", ""])
def test_what_is_not_an_id_is_refused(library: Library, sprite_id: str) -> None:
    with pytest.raises(InvalidArgumentError, match="not a sprite id"):
        library.add(sprite_id, picture(), recipe(), info())


@pytest.mark.parametrize(
    "words", [{"entry_kind": "statue"}, {"parts": ("hero",)}, {"tags": ("a,b",)}, {"tags": ("",)}, {"notes": "x"}]
)
def test_words_about_a_sprite_that_are_not_what_they_may_be_are_refused(
    library: Library, words: dict[str, Any]
) -> None:
    with pytest.raises(InvalidArgumentError):
        library.add("hero-0001.1", picture(), recipe(), info(**words))
    assert files(library) == []


@pytest.mark.parametrize("damage", ["deleted", "garbage", "cut", "emptied"])
def test_a_lost_or_damaged_index_is_made_again_from_the_files(library: Library, damage: str) -> None:
    kept = [add(library, number) for number in (1, 2, 3)]
    index = library.index_file
    whole = index.read_bytes()
    for log in (index.with_name("index.sqlite-wal"), index.with_name("index.sqlite-shm")):
        log.unlink(missing_ok=True)
    if damage == "deleted":
        index.unlink()
    else:
        index.write_bytes({"garbage": os.urandom(20_000), "cut": whole[: len(whole) // 2], "emptied": b""}[damage])

    library = Library(library.root)

    assert [library.get(sprite.sprite_id) for sprite in kept] == kept
    assert [hit.seed for hit in library.search("potion")] == [3, 2, 1]
    assert library.largest_number() == 3
    assert add(library, 4).seed == 4


def test_a_picture_whose_card_is_lost_gets_an_id_from_its_recipe(library: Library) -> None:
    add(library, 5)
    kept = add(library, 6, "a rusty sword")
    Path(kept.path).with_suffix(".json").unlink()

    assert library.rebuild() == 2

    (entry,) = library.search("sword")
    assert (entry.sprite_id, entry.seed, entry.sha256) == ("a-rusty-sword-0006.1", 6, kept.sha256)
    assert "card was lost" in entry.notes[0]
    assert library.rebuild() == 2
    assert library.get(entry.sprite_id) == entry


def test_a_damaged_picture_is_never_handed_out(library: Library) -> None:
    kept = add(library, 5)
    data = Path(kept.path).read_bytes()
    Path(kept.path).write_bytes(data[:-20])

    with pytest.raises(StoreError, match=r"changed or damaged"):
        library.read_png(kept.sprite_id)
    assert library.rebuild() == 0

    Path(kept.path).unlink()
    with pytest.raises(UnknownSpriteError):
        library.read_png(kept.sprite_id)


def test_an_index_of_a_newer_version_is_left_alone(library: Library) -> None:
    add(library, 5)
    with sqlite3.connect(library.index_file) as connection:
        connection.execute("PRAGMA user_version = 9")

    with pytest.raises(StoreError, match="version 9, this pixels-mcp knows up to 2"):
        library.search()


def test_readers_see_whole_sprites_while_a_writer_adds_them(library: Library) -> None:
    done = threading.Event()
    add(library, 1)

    def read() -> int:
        seen = 0
        while not done.is_set():
            for hit in library.search(limit=5):
                assert hashlib.sha256(library.read_png(hit.sprite_id)).hexdigest() == hit.sha256
                seen += 1
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            for number in range(2, 30):
                add(library, number)
        finally:
            done.set()
        assert all(reader.result(timeout=PATIENCE_S) > 0 for reader in readers)
    assert library.count() == 29


WRITER = """
import sys
import numpy as np
from pathlib import Path
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.library.library_folder import Library
library, first = Library(Path(sys.argv[1])), int(sys.argv[2])
for number in range(first, first + 10):
    pixels = np.full((8, 8, 4), number, np.uint8)
    recipe = Recipe(request={}, plan={"seed": number}, model_sha256="a" * 64)
    words = NewEntry(seed=number, prompt="x", model="mini", facts={})
    library.add(f"sprite-{number:04d}.1", pixels, recipe, words)
"""


def test_two_processes_that_begin_a_library_together_lose_nothing(library: Library) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(library.root), first]) for first in ("1", "101", "201")
    ]

    assert [writer.wait(timeout=PATIENCE_S) for writer in writers] == [0, 0, 0]
    assert library.count() == 30
    assert library.rebuild() == 30


KILLED = """
import os, sys
import numpy as np
from pathlib import Path
import pixels_mcp.library.library_folder as store
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.recipe import Recipe
place = Path.replace
def replace(self, target):
    if str(target).endswith(sys.argv[2]):
        os.kill(os.getpid(), 9)
    return place(self, target)
Path.replace = replace
words = NewEntry(seed=7, prompt="a ruby potion", model="mini", facts={})
recipe = Recipe(request={"prompt": "a ruby potion"}, plan={"seed": 7, "model": "mini"}, model_sha256="a" * 64)
pixels = np.random.default_rng(7).integers(0, 256, (32, 32, 4), dtype=np.uint8)
pixels[..., 3] = 255
store.Library(Path(sys.argv[1])).add("a-ruby-potion-0007.1", pixels, recipe, words)
"""


@pytest.mark.parametrize("ending", [".png", ".json"])
def test_a_writer_that_is_killed_anywhere_leaves_a_library_that_takes_the_sprite_again(
    library: Library, ending: str
) -> None:
    add(library, 1)
    died = subprocess.run([sys.executable, "-c", KILLED, str(library.root), ending], check=False)
    assert died.returncode == -9
    assert library.count() == 1

    again = add(library, 7)

    assert library.read_png(again.sprite_id)
    assert len(files(library)) == 4
    assert library.count() == library.rebuild() == 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with 256 KiB in all."""
    folder = tmp_path / "small"
    folder.mkdir()
    with mounts.small_disk(folder):
        yield folder


def test_a_full_disk_is_a_named_error_and_leaves_nothing_half_written(small_disk: Path) -> None:
    library = Library(small_disk / "library")
    kept = [library.add("hero-0001.1", picture(1), recipe(1), info(1))]

    with pytest.raises(DiskFullError, match=r"no room .*free some disk space"):  # noqa: PT012  # the whole block is what fails
        for number in range(2, 200):
            pixels = picture(number, 64)
            kept.append(library.add(f"hero-{number:04d}.1", pixels, recipe(number), info(number)))

    assert len(kept) > 2
    assert library.count() == len(kept)
    assert all(library.read_png(sprite.sprite_id) for sprite in kept)
    assert len(files(library)) == 2 * len(kept)
    library.remove(kept[0].sprite_id)
    assert library.count() == len(kept) - 1


def test_a_reference_that_does_not_fit_on_the_disk_is_not_half_kept(small_disk: Path) -> None:
    library = Library(small_disk / "library")

    with pytest.raises(DiskFullError, match="reference picture"):
        library.keep_reference(picture(1, 512))

    assert files(library) == []
