"""A batch file is read whole before anything is drawn, and its items keep their names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pixels_mcp.cli.draw.batch_files import read_batch
from pixels_mcp.cli.draw.batch_journal import Journal, item_keys
from pixels_mcp.errors import InvalidArgumentError


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def test_a_text_file_has_a_prompt_on_each_line(tmp_path: Path) -> None:
    file = write(tmp_path, "items.txt", "\ufeff# potions\na ruby potion\n\n  an iron sword  \n#end\nein Mädchen 🧪\n")

    assert [one.prompt for one in read_batch(file, {})] == ["a ruby potion", "an iron sword", "ein Mädchen 🧪"]


def test_a_table_has_a_word_in_each_column_and_leaves_empty_cells_out(tmp_path: Path) -> None:
    file = write(tmp_path, "items.csv", 'prompt,seed,width_px\n"a potion, red",7,\na sword,,64\n,,\n')
    first, second = read_batch(file, {"width_px": 32, "palette": "pico-8"})

    assert (first.prompt, first.seed, first.width_px, first.palette) == ("a potion, red", 7, 32, "pico-8")
    assert (second.prompt, second.seed, second.width_px) == ("a sword", None, 64)


def test_an_items_own_word_wins_over_the_command_line_and_that_over_the_files_shared_words(tmp_path: Path) -> None:
    document = {"palette": "nes", "steps": 9, "items": ["a ruby potion", {"prompt": "a sword", "palette": "cga"}]}
    file = write(tmp_path, "items.json", json.dumps(document))
    potion, sword = read_batch(file, {"palette": "pico-8"})

    assert (potion.palette, potion.steps) == ("pico-8", 9)
    assert (sword.palette, sword.steps) == ("cga", 9)


def test_more_items_than_one_job_may_have_are_read(tmp_path: Path) -> None:
    file = write(tmp_path, "items.txt", "\n".join(f"potion {number}" for number in range(2_345)))

    assert len(read_batch(file, {"style": "dark"})) == 2_345


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("a.txt", "# nothing\n", "nothing to draw"),
        ("a.csv", "prompt,color\nx,red\n", "unknown column 'color'"),
        ("a.csv", "seed\n7\n", "no column 'prompt'"),
        ("a.csv", "prompt,seed\na potion, red,7\n", "line 2: more cells"),
        ("a.csv", "prompt,seed\nx,7\ny,many\n", "item 2: seed"),
        ("a.json", "{", "not JSON"),
        ("a.json", '{"prompt": "x"}', "expected a list"),
        ("a.json", '[{"prompt": "x", "size": 3}]', "item 1: size: unknown argument"),
        ("a.json", '[{"seed": 3}]', "item 1: prompt"),
        ("a.json", '{"items": ["x"], "sise": 3}', "sise"),
        ("a.json", '[{"prompt": "x", "reference": "none.png"}]', "none.png is not a file"),
        ("a.png", "x", ".txt, .csv or .json"),
    ],
)
def test_a_wrong_file_is_refused_with_the_item_and_the_word(tmp_path: Path, name: str, text: str, named: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        read_batch(write(tmp_path, name, text), {})

    assert named in str(caught.value)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a potion \xff\n")
    with pytest.raises(InvalidArgumentError, match="not UTF-8"):
        read_batch(tmp_path / "a.txt", {})


def test_a_reference_stands_beside_the_batch_file(tmp_path: Path) -> None:
    (tmp_path / "old.png").write_bytes(b"x")
    (one,) = read_batch(write(tmp_path, "a.json", '[{"prompt": "x", "reference": "old.png"}]'), {})

    assert one.reference == str(tmp_path / "old.png")


def test_equal_items_have_different_names_and_the_order_of_others_does_not_matter(tmp_path: Path) -> None:
    file = write(tmp_path, "a.txt", "potion\nsword\npotion\n")
    keys = item_keys(read_batch(file, {}))
    file.write_text("shield\npotion\nsword\npotion\n")
    longer = item_keys(read_batch(file, {}))

    assert len(set(keys)) == 3
    assert longer[1:] == keys


def test_a_journal_is_found_again_and_a_broken_one_is_empty(tmp_path: Path) -> None:
    file = write(tmp_path, "a.txt", "potion\n")
    journal = Journal.open(tmp_path / "state", file)
    before = journal.submit_key(["k"])
    journal.note(["k"], "batch-0001", ["potion-0002"])

    again = Journal.open(tmp_path / "state", file)
    assert again.parts == {"k": ("batch-0001", "potion-0002")}
    assert again.submit_key(["k"]) != before, "another try is another job"

    again.file.write_text("{broken")
    assert Journal.open(tmp_path / "state", file).parts == {}
