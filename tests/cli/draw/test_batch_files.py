"""A batch file is read whole before anything is drawn, and its items keep their names."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from pixels_mcp.cli.draw.batch_files import BadItem, WorkflowItem, read_batch
from pixels_mcp.cli.draw.batch_journal import Journal, item_keys
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.requests import SpriteRequest


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def test_a_text_file_has_a_prompt_on_each_line(tmp_path: Path) -> None:
    file = write(tmp_path, "items.txt", "\ufeff# potions\na ruby potion\n\n  an iron sword  \n#end\nein Mädchen 🧪\n")

    assert [one.prompt for one in read_batch(file, {}).requests] == ["a ruby potion", "an iron sword", "ein Mädchen 🧪"]


def test_a_table_has_a_word_in_each_column_and_leaves_empty_cells_out(tmp_path: Path) -> None:
    file = write(tmp_path, "items.csv", 'prompt,seed,width_px\n"a potion, red",7,\na sword,,64\n,,\n')
    first, second = read_batch(file, {"width_px": 32, "palette": "pico-8"}).requests

    assert (first.prompt, first.seed, first.width_px, first.palette) == ("a potion, red", 7, 32, "pico-8")
    assert (second.prompt, second.seed, second.width_px) == ("a sword", None, 64)


def test_an_items_own_word_wins_over_the_command_line_and_that_over_the_files_shared_words(tmp_path: Path) -> None:
    document = {"palette": "nes", "steps": 9, "items": ["a ruby potion", {"prompt": "a sword", "palette": "cga"}]}
    file = write(tmp_path, "items.json", json.dumps(document))
    potion, sword = read_batch(file, {"palette": "pico-8"}).requests

    assert (potion.palette, potion.steps) == ("pico-8", 9)
    assert (sword.palette, sword.steps) == ("cga", 9)


def test_more_items_than_one_job_may_have_are_read(tmp_path: Path) -> None:
    file = write(tmp_path, "items.txt", "\n".join(f"potion {number}" for number in range(2_345)))

    assert len(read_batch(file, {"style": "dark"}).requests) == 2_345


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("a.txt", "# nothing\n", "nothing to draw"),
        ("a.csv", "prompt,color\nx,red\n", "unknown column 'color'"),
        ("a.csv", "seed\n7\n", "no column 'prompt'"),
        ("a.csv", "prompt,seed,,prompt\nx,7\n", "two columns 'prompt'"),
        ("a.csv", "", "no column 'prompt'"),
        ("a.json", "{", "not JSON"),
        ("a.json", '{"prompt": "x"}', "expected a list"),
        ("a.json", '{"items": ["x"], "sise": 3}', "sise"),
        ("a.png", "x", ".txt, .csv, .tsv, .json, .yaml"),
    ],
)
def test_a_wrong_file_is_refused_with_the_item_and_the_word(tmp_path: Path, name: str, text: str, named: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        read_batch(write(tmp_path, name, text), {})

    assert named in str(caught.value)


SPREADSHEETS = {
    "semicolons": "\ufeffprompt;seed;name\r\na key;7;key\r\n",
    "tabs": "prompt\tseed\tname\r\na key\t7\tkey\r\n",
    "bars": "prompt|seed|name\na key|7|key\n",
    "empty columns": "prompt,seed,name,,\r\na key,7,key,,\r\n,,,,\r\n",
    "empty rows": "\r\n,,\r\nprompt,seed,name\r\n\r\na key,7,key\r\n,,\r\n",
    "capitals and blanks": " Prompt , SEED ,Name\na key,7,key\n",
    "a separator line": "sep=;\r\nprompt;seed;name\r\na key;7;key\r\n",
    "a quoted separator line": '"sep=,"\r\nprompt,seed,name\r\na key,7,key\r\n',
    "quoted names": '"prompt";"seed";"name"\n"a key";"7";"key"\n',
    "an empty first column": ",prompt,seed,name\n,a key,7,key\n",
}


@pytest.mark.parametrize("ending", [".csv", ".tsv"])
@pytest.mark.parametrize("how", list(SPREADSHEETS))
def test_tables_are_read_as_spreadsheets_write_them(tmp_path: Path, how: str, ending: str) -> None:
    (one,) = read_batch(write(tmp_path, f"a{ending}", SPREADSHEETS[how]), {}).requests

    assert (one.prompt, one.seed, one.name) == ("a key", 7, "key")


def test_names_of_columns_may_have_blanks_for_underscores(tmp_path: Path) -> None:
    file = write(tmp_path, "a.csv", "Prompt;Width px;Negative Prompt\na key;64;rust, dirt\n")
    (one,) = read_batch(file, {}).requests

    assert (one.width_px, one.negative_prompt) == (64, "rust, dirt")


def test_a_cell_may_have_commas_quotes_and_lines(tmp_path: Path) -> None:
    file = write(tmp_path, "a.csv", 'prompt, seed\n"a ""big"" key,\nrusty", 7\na 5" nail,8\n')
    first, second = read_batch(file, {}).requests

    assert (first.prompt, first.seed) == ('a "big" key,\nrusty', 7)
    assert (second.prompt, second.seed) == ('a 5" nail', 8)


@pytest.mark.parametrize("mark", ["utf-16", "utf-16-be"])
def test_utf16_is_read_by_its_mark(tmp_path: Path, mark: str) -> None:
    data = "prompt\tseed\r\nein Schlüssel\t7\r\n".encode(mark)
    (tmp_path / "a.csv").write_bytes(data if mark == "utf-16" else b"\xfe\xff" + data)

    (one,) = read_batch(tmp_path / "a.csv", {}).requests

    assert (one.prompt, one.seed) == ("ein Schlüssel", 7)


DAMAGED = {
    "a quote that is never closed": (b'prompt,seed\na key,1\n"a lock,2\na door,3\n', "line 3: a quote opens a cell"),
    "a quote that another cell closes": (b'prompt\n"a key\na lock\n"a door"\n', "line 2: a quote opens a cell"),
    "a quote below a separator line": (b'sep=;\nprompt;seed\n"a key;1\n', "line 3: a quote opens a cell"),
    "many lines behind an open quote": (b'prompt\n"a key\n' + b"a lock\n" * 40_000, "line 2: a quote opens a cell"),
    "a cell without end": (b"prompt\n" + b"x" * 200_000, "line 2: a cell has more than 131,072 characters"),
    "a NUL": (b"prompt,seed\na key\0,1\n", "line 2: a NUL"),
    "UTF-16 that does not say so": ("prompt\na key\n".encode("utf-16-le"), "it is UTF-16 without its mark; save it as"),
    "another control character": (b"prompt\na \x1b[31mkey\n", "line 2: the control character U+001B"),
    "another encoding": (
        "prompt\nein Schlüssel\n".encode("cp1252"),
        "line 2: byte 0xfc is not UTF-8; save it as UTF-8",
    ),
}


@pytest.mark.parametrize("what", list(DAMAGED))
def test_a_damaged_table_is_refused_with_the_line_and_a_step_that_fits(tmp_path: Path, what: str) -> None:
    data, told = DAMAGED[what]
    (tmp_path / "a.csv").write_bytes(data)

    with pytest.raises(InvalidArgumentError) as caught:
        read_batch(tmp_path / "a.csv", {})

    assert f"a.csv: {told}" in str(caught.value)
    assert caught.value.hint


def test_lines_that_are_left_out_are_told(tmp_path: Path) -> None:
    read = read_batch(write(tmp_path, "a.txt", "a golden key\n#1 fan trophy\nC# book\n"), {})

    assert [one.prompt for one in read.requests] == ["a golden key", "C# book"]
    assert read.remarks == ("left out as comments: line 2 '#1 fan trophy'",)


BAD_ITEMS = [
    ("a.csv", "prompt,seed\na key,7\na lock,many\na door,9\n", "seed: "),
    ("a.csv", "prompt,seed\na key,7\na lock, red,7\na door,9\n", "line 3: more cells than the header has"),
    ("a.json", '["a key", {"prompt": "a lock", "size": 3}, "a door"]', "size: unknown argument"),
    ("a.json", '["a key", {"seed": 3}, "a door"]', "prompt: "),
    ("a.json", '["a key", 7, "a door"]', "neither a prompt nor an object"),
    ("a.json", '["a key", "a\\u0000 lock", "a door"]', "control character U+0000"),
    ("a.json", '["a key", {"prompt": "x", "reference": "none.png"}, "a door"]', "none.png is not a file"),
]


@pytest.mark.parametrize(("name", "text", "told"), BAD_ITEMS)
def test_a_bad_item_stands_by_itself_and_the_others_are_read(tmp_path: Path, name: str, text: str, told: str) -> None:
    first, bad, last = read_batch(write(tmp_path, name, text), {}).items

    assert isinstance(first, SpriteRequest)
    assert isinstance(last, SpriteRequest)
    assert (first.prompt, last.prompt) == ("a key", "a door")
    assert isinstance(bad, BadItem)
    assert told in bad.error.message


def test_nothing_is_what_null_and_empty_text_say(tmp_path: Path) -> None:
    (one,) = read_batch(write(tmp_path, "a.json", '[{"prompt": "a key", "seed": null, "palette": ""}]'), {}).requests

    assert one.model_dump(exclude_unset=True) == {"prompt": "a key"}


def test_a_reference_stands_beside_the_batch_file(tmp_path: Path) -> None:
    (tmp_path / "old.png").write_bytes(b"x")
    (one,) = read_batch(write(tmp_path, "a.json", '[{"prompt": "x", "reference": "old.png"}]'), {}).requests

    assert one.reference == str(tmp_path / "old.png")


def test_equal_items_have_different_names_and_the_order_of_others_does_not_matter(tmp_path: Path) -> None:
    file = write(tmp_path, "a.txt", "potion\nsword\npotion\n")
    keys = item_keys(read_batch(file, {}).requests)
    file.write_text("shield\npotion\nsword\npotion\n")
    longer = item_keys(read_batch(file, {}).requests)

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


YAML = """\
palette: ["#1a1c2c", "#f4f4f4"]
items:
  - a ruby potion
  - prompt: an iron sword
    seed: 7
    loras: ["glow:0.8"]
  - workflow: item-set
    inputs: {items: ["a key", "a lamp"]}
    seed: 3
"""
TOML = """\
palette = ["#1a1c2c", "#f4f4f4"]
[[items]]
prompt = "a ruby potion"
[[items]]
prompt = "an iron sword"
seed = 7
loras = ["glow:0.8"]
[[items]]
workflow = "item-set"
inputs = {items = ["a key", "a lamp"]}
seed = 3
"""


@pytest.mark.parametrize(("ending", "text"), [("yaml", YAML), ("yml", YAML), ("toml", TOML)])
def test_yaml_and_toml_say_the_same_as_json(tmp_path: Path, ending: str, text: str) -> None:
    file = tmp_path / f"items.{ending}"
    file.write_text(text)

    asked = read_batch(file, {})

    potion, sword, workflow = asked.items
    assert isinstance(potion, SpriteRequest)
    assert isinstance(sword, SpriteRequest)
    assert potion.palette == "#1a1c2c,#f4f4f4"
    assert (sword.seed, sword.loras[0].name, sword.loras[0].weight) == (7, "glow", 0.8)
    assert isinstance(workflow, WorkflowItem)
    assert (workflow.workflow, workflow.inputs, workflow.seed) == ("item-set", {"items": ["a key", "a lamp"]}, 3)
    assert len(asked.requests) == 2


@pytest.mark.parametrize(
    ("ending", "text", "said"),
    [
        ("yaml", "items: [a, b\n", "line 2"),
        ("yaml", "- !!python/object/apply:os.system ['true']\n", "not plain YAML"),
        ("yaml", "just words\n", "expected a list"),
        ("toml", "[[items]\nprompt = 1\n", "line 1"),
        ("toml", 'prompt = "a key"\n', "expected a list"),
        ("toml", 'colour = 3\n[[items]]\nprompt = "a key"\n', "colour"),
        ("ini", "x", ".yaml"),
    ],
)
def test_a_damaged_yaml_or_toml_file_is_refused_by_its_name(tmp_path: Path, ending: str, text: str, said: str) -> None:
    file = tmp_path / f"items.{ending}"
    file.write_text(text)

    with pytest.raises(InvalidArgumentError) as error:
        read_batch(file, {})

    assert str(file) in error.value.message
    assert said in error.value.message


def test_a_workflow_item_with_an_unknown_word_fails_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "items.yaml"
    file.write_text("- a key\n- {workflow: item-set, prompt: x}\n")

    asked = read_batch(file, {})

    assert isinstance(asked.items[0], SpriteRequest)
    assert isinstance(asked.items[1], BadItem)
    assert "prompt" in asked.items[1].error.message


_GROWING = "- &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"- &{after} [{', '.join([f'*{before}'] * 10)}]\n" for before, after in itertools.pairwise("abcdefghi")
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "[" * 100_000),
        ("a.toml", "items = " + "[" * 3_000),
        ("a.yaml", "[" * 3_000),
        ("a.yaml", "items: &a [*a]"),
        ("a.yaml", _GROWING + "- {prompt: *i}\n"),
    ],
)
def test_lists_in_lists_without_end_are_named_and_no_word_of_pythons_is_heard(
    tmp_path: Path, name: str, text: str
) -> None:
    with pytest.raises(InvalidArgumentError, match="stand in each other without end"):
        read_batch(write(tmp_path, name, text), {})
