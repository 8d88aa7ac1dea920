"""`pixels-mcp train`: clear words where it cannot work, and a count of what a reader named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from helpers import tiny_sdxl
from pixels_mcp.cli.train.train_commands import app
from pixels_mcp.errors import ModelFileError, TrainingError, UnknownModelError
from pixels_mcp.paths import find_paths
from pixels_mcp.training.judging.prompt_sheets import PromptSheet


def test_missing_tiles_are_said_before_anything_is_trained(home: Path) -> None:
    result = CliRunner().invoke(app, ["mini", "--tiles", str(home / "nowhere")])

    assert isinstance(result.exception, TrainingError)
    assert "there is no" in result.exception.message
    assert not list(home.rglob("checkpoint-*"))


def test_the_commands_about_mini_stand_in_one_group_and_go_by_their_old_names_too(tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text("[]", encoding="utf-8")

    for words in (["mini", "score"], ["score"]):
        result = CliRunner().invoke(app, [*words, str(answers), "--shuffle", "7"])
        assert isinstance(result.exception, TrainingError), words
    assert "--tiles" in CliRunner().invoke(app, ["mini", "run"]).output
    assert "measure" in CliRunner().invoke(app, ["mini", "--help"]).output
    assert "│ measure" not in CliRunner().invoke(app, ["--help"]).output


def test_a_reader_s_answers_are_counted_in_the_order_of_the_shuffled_sheet(tmp_path: Path) -> None:
    sheet = PromptSheet.of(64)
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps([sheet.prompts[n] for n in sheet.shuffled(7)]), encoding="utf-8")

    right = CliRunner().invoke(app, ["score", str(answers), "--shuffle", "7"])
    other_order = CliRunner().invoke(app, ["score", str(answers), "--shuffle", "8"])

    assert json.loads(right.stdout)["named"] >= 56
    assert json.loads(other_order.stdout)["named"] < 20


@pytest.mark.parametrize("text", ["not json", "[]", '{"a": 1}'])
def test_answers_of_another_shape_are_refused(tmp_path: Path, text: str) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(text, encoding="utf-8")

    result = CliRunner().invoke(app, ["score", str(answers), "--shuffle", "7"])

    assert isinstance(result.exception, TrainingError)


def test_a_vae_is_no_base_for_a_style(home: Path) -> None:
    tiny_sdxl.write_vae(find_paths().models / "vae" / "soft.safetensors")
    tiny_sdxl.write_vae(find_paths().models / "checkpoints" / "disguised.safetensors")

    for base, why in (("soft", "soft is a VAE, not a model"), ("disguised", "holds no UNet under SDXL's names")):
        result = CliRunner().invoke(app, ["lora", str(home / "set"), "--name", "moss", "--base", base])
        assert isinstance(result.exception, ModelFileError | UnknownModelError), base
        assert why in result.exception.message
    assert not (find_paths().models / "loras").exists()
