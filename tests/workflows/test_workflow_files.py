"""Workflow files: the shipped ones hold together, what is wrong is named by file, step and word."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixels_mcp.errors import WorkflowError
from pixels_mcp.operations.workflow_run import check_workflow
from pixels_mcp.workflows.input_values import put_in, read_inputs
from pixels_mcp.workflows.workflow_file import Workflow, read_workflow
from pixels_mcp.workflows.workflow_places import find_workflow, list_workflows, shipped_folder, workflow_folders

HEAD = 'format = 1\ntitle = "T"\ndescription = "D"\n'
DRAW = '[[steps]]\nid = "drawn"\ndo = "draw"\nprompt = "a key"\n'
SHIPPED = {
    "sprite-variants", "item-set", "icon-set", "material-tiers", "seamless-tile", "terrain-transition", "path-set",
    "dungeon-walls", "animated-water", "hero-animations", "monster-animations", "redraw-part", "match-style",
    "sdxl-walk-sheet",
}  # fmt: skip


def workflow(folder: Path, text: str, name: str = "own") -> Workflow:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(text)
    return read_workflow(folder / f"{name}.toml")


def test_there_are_the_fourteen_shipped_ones() -> None:
    assert {one.name for one in list_workflows((shipped_folder(),))} == SHIPPED


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_shipped_workflow_holds_together(name: str) -> None:
    check_workflow(read_workflow(shipped_folder() / f"{name}.toml"))


@pytest.mark.parametrize(
    ("steps", "step", "word"),
    [
        ('[[steps]]\nid = "a"\ndo = "draw"\nprompt = "$a"\n', "step 1 (a)", "its own result"),
        ('[[steps]]\nid = "a"\ndo = "draw"\nprompt = "x"\nreference = "$b"\n' + DRAW.replace("drawn", "b"),
         "step 1 (a)", "reference: $b is a later step"),
        (DRAW + '[[steps]]\nid = "e"\ndo = "edit"\nsprite_id = "$gone"\noperation = "flip"\naxis = "x"\n', "step 2 (e)",
         "no input or step 'gone'"),
        (DRAW + "colour = 3\n", "step 1 (drawn)", "colour: unknown argument"),
        (DRAW + "count = 99\n", "step 1 (drawn)", "count"),
        (DRAW.replace("draw\"", "paint\""), "step 1", "no operation 'paint'"),
        (DRAW + DRAW, "step 2 (drawn)", "is taken"),
        ('[[steps]]\nid = "../x"\ndo = "draw"\n', "step 1", "is no name"),
        ('[[steps]]\nid = "a"\ndo = "draw"\nprompt = "$item"\n', "step 1 (a)", "$item needs `each`"),
        (DRAW + 'name = "x$drawn"\n', "step 1 (drawn)", "name"),
        (DRAW + 'when = "$drawn"\n', "step 1 (drawn)", "no input of type bool"),
        (DRAW + "each = []\n", "step 1 (drawn)", "each: 0 entries"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_file_step_and_word(tmp_path: Path, steps: str, step: str, word: str) -> None:
    with pytest.raises(WorkflowError) as error:
        check_workflow(workflow(tmp_path, HEAD + steps))

    assert str(tmp_path / "own.toml") in error.value.message
    assert step in error.value.message
    assert word in error.value.message


def test_ten_thousand_steps_another_format_and_a_graph_of_comfyui_are_refused(tmp_path: Path) -> None:
    many = "".join(f'[[steps]]\nid = "s{number}"\ndo = "draw"\nprompt = "x"\n' for number in range(10_000))
    with pytest.raises(WorkflowError, match=r"bytes|10000 steps"):
        workflow(tmp_path, HEAD + many)
    with pytest.raises(WorkflowError, match="65 steps, at most 64"):
        workflow(tmp_path, HEAD + "".join(f'[[steps]]\nid = "s{n}"\ndo = "draw"\nprompt = "x"\n' for n in range(65)))
    with pytest.raises(WorkflowError, match="format"):
        workflow(tmp_path, HEAD.replace("1", "2", 1) + DRAW)
    with pytest.raises(WorkflowError) as error:
        workflow(tmp_path, '{"3": {"class_type": "KSampler"}}')
    assert "ComfyUI" in error.value.hint


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/b", "", "x.toml"])
def test_names_that_lead_out_of_the_folders_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WorkflowError, match="no name of a workflow"):
        find_workflow(name, (tmp_path,))


def test_a_link_that_leads_out_of_a_folder_is_not_a_workflow(tmp_path: Path) -> None:
    workflow(tmp_path / "elsewhere", HEAD + DRAW, "secret")
    (tmp_path / "workflows").mkdir()
    (tmp_path / "workflows" / "linked.toml").symlink_to(tmp_path / "elsewhere" / "secret.toml")

    assert list_workflows((tmp_path / "workflows",)) == []


def test_one_beside_the_game_hides_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    workflow(tmp_path / "game" / "workflows", HEAD + DRAW, "item-set")

    known = find_workflow("item-set", workflow_folders(tmp_path / "game", tmp_path / "config"))

    assert known.file == tmp_path / "game" / "workflows" / "item-set.toml"
    assert known.hides == shipped_folder() / "item-set.toml"


INPUTS = """\
[inputs.items]
type = "prompts"
[inputs.count]
type = "int"
default = 2
min = 1
max = 4
[inputs.border]
type = "choice"
choices = ["bank", "none"]
default = "bank"
[inputs.worn]
type = "bool"
default = false
[inputs.sprite]
type = "sprite"
optional = true
"""


def test_inputs_are_read_by_their_types(tmp_path: Path) -> None:
    made = workflow(tmp_path, HEAD + INPUTS + DRAW)

    assert read_inputs(made, {"items": "a key, a lamp", "count": "3", "worn": "true"}) == {
        "items": ("a key", "a lamp"), "count": 3, "border": "bank", "worn": True, "sprite": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "items is missing"),
        ({"items": "x", "count": "9"}, "1 to 4"),
        ({"items": "x", "count": "many"}, "count"),
        ({"items": "x", "border": "moat"}, "border"),
        ({"items": "x", "sprite": "../x.png"}, "no sprite_id"),
        ({"items": "x", "worn": "perhaps"}, "neither true nor false"),
        ({"items": ["x"] * 65}, "65 entries"),
        ({"items": "x", "colour": "red"}, "no input colour"),
    ],
)
def test_an_input_that_does_not_fit_is_named(tmp_path: Path, given: dict[str, object], said: str) -> None:
    with pytest.raises(WorkflowError, match=said):
        read_inputs(workflow(tmp_path, HEAD + INPUTS + DRAW), given)


def test_references_are_put_in_whole_by_place_and_among_words() -> None:
    known = {"count": 3, "drawn": ["a-0001.1", "a-0001.2"], "item": "a key", "one": ["b-0002.1"]}

    assert put_in("$count", known) == 3
    assert put_in("$drawn", known) == ["a-0001.1", "a-0001.2"]
    assert put_in("$drawn.2", known) == "a-0001.2"
    assert put_in("$one", known) == "b-0002.1"
    assert put_in("$item, worn", known) == "a key, worn"
    with pytest.raises(WorkflowError, match="has 2 results"):
        put_in("$drawn.3", known)


@pytest.mark.parametrize(
    ("step", "word"),
    [
        ('do = "export"\nsprite_id = "a-0001.1"\nformats = ["png"]\nfolder = "../out"\n', "folder"),
        ('do = "export"\nsprite_id = "a-0001.1"\nformats = ["png"]\nfolder = "/etc"\n', "folder"),
        ('do = "export"\nsprite_id = "a-0001.1"\nformats = ["png"]\nfolder = ".git/hooks"\n', "folder"),
        ('do = "export"\nsprite_id = "a-0001.1"\nformats = ["png"]\nfolder = "src"\n', "folder"),
        ('do = "export"\nsprite_id = "a-0001.1"\nformats = ["exe"]\n', "formats"),
        ('do = "export"\nsprite_id = "a-0001.1"\n', "formats"),
        ('do = "deploy"\nsprite_id = "a-0001.1"\nname = "../hero"\n', "name"),
        ('do = "deploy"\nsprite_id = "a-0001.1"\nproject = "/elsewhere"\n', "project"),
        ('do = "recolor"\nsprite_id = "a-0001.1"\n', "a palette, a swap or max_colors"),
        ('do = "recolor"\nsprite_id = "a-0001.1"\npalette = "pico-8"\nturns = 2\n', "recolor takes no turns"),
        ('do = "sheet"\nsprite_ids = "a-0001.1"\nanimation = "up/down"\n', "animation"),
    ],
)
def test_a_step_that_delivers_recolors_or_lays_a_sheet_is_checked_like_the_others(
    tmp_path: Path, step: str, word: str
) -> None:
    with pytest.raises(WorkflowError) as error:
        check_workflow(workflow(tmp_path, f'{HEAD}[[steps]]\nid = "last"\n{step}'))

    assert "own.toml: step 1 (last)" in error.value.message
    assert word in error.value.message
