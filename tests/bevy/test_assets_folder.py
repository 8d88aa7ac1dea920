"""Which folder of a game holds its assets, read from its Rust as Bevy will find it."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.bevy_games import keep, make_game
from pixels_mcp.bevy.assets_folder import rust_tokens
from pixels_mcp.bevy.deploy import deploy
from pixels_mcp.bevy.doctor import examine
from pixels_mcp.bevy.project import find_project
from pixels_mcp.library.library_folder import Library
from pixels_mcp.requests import DeployRequest


@pytest.fixture(autouse=True)
def _no_asset_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEVY_ASSET_ROOT", raising=False)


NAMED = {
    "a literal": 'AssetPlugin { file_path: "data".into(), ..default() }',
    "the plain text": 'AssetPlugin { file_path: "data".to_string(), mode: AssetMode::Unprocessed }',
    "owned": 'AssetPlugin { mode: AssetMode::Processed, file_path: String::from("data"), }',
    "raw text": 'AssetPlugin { file_path: r#"data"#.to_owned() }',
    "escapes": 'AssetPlugin { file_path: "d\\u{61}ta".into() }',
    "a path to the plugin": 'bevy::asset::AssetPlugin { file_path: "data".into() }',
    "a constant": 'const DIR: &str = "data"; fn f() { AssetPlugin { file_path: DIR.into() } }',
    "a constant of a module": 'mod m { pub static D: &\'static str = "data"; } fn f() { '
    "AssetPlugin { file_path: m::D.into() } }",
    "a variable": 'let mut plugin = AssetPlugin::default(); plugin.file_path = "data".into();',
    "a comment between": 'AssetPlugin { file_path: /* here: */ "data".into() }',
    "two times the same": 'AssetPlugin { file_path: "data".into() } AssetPlugin { file_path: "data".into() }',
    "tests that use another": 'AssetPlugin { file_path: "data".into() } '
    '#[cfg(test)] mod t { fn f() { AssetPlugin { file_path: "t".into() } } }',
}


@pytest.mark.parametrize("how", list(NAMED))
def test_a_name_that_the_sources_give_is_read(tmp_path: Path, how: str) -> None:
    game = make_game(tmp_path / "game")
    (game / "src" / "plugins.rs").write_text(NAMED[how])

    project = find_project(game)

    assert (project.assets, project.assets_unsure) == (game / "data", None)


OTHERS = {
    "another struct": "struct Save { file_path: String } fn f() { "
    'Save { file_path: "saves/a.ron".into() }; AssetPlugin::default() }',
    "a line comment": '// AssetPlugin { file_path: "old".into() }',
    "a block comment": '/* AssetPlugin /* nested */ { file_path: "old".into() } */ fn f() {}',
    "a text": 'const HELP: &str = "AssetPlugin { file_path: \\"old\\".into() }";',
    "a raw text": 'const HELP: &str = r##"AssetPlugin { file_path: "old".into() }"##;',
    "a struct of that name": "struct AssetPlugin { file_path: String }",
    "a plugin of that name": 'impl Plugin for AssetPlugin { fn f() { Save { file_path: "old".into() } } }',
    "a struct inside": 'AssetPlugin { mode: m(Save { file_path: "old".into() }), ..default() }',
    "tests": '#[cfg(test)] mod tests { fn f() { AssetPlugin { file_path: "old".into() } } }',
}


@pytest.mark.parametrize("what", list(OTHERS))
def test_nothing_else_is_taken_for_the_name(tmp_path: Path, what: str) -> None:
    game = make_game(tmp_path / "game")
    (game / "src" / "saves.rs").write_text(OTHERS[what])

    project = find_project(game)

    assert (project.assets, project.assets_from, project.assets_unsure) == (game / "assets", "default", None)


UNSURE = {
    "a call": 'AssetPlugin { file_path: std::env::var("ART").unwrap() }',
    "a choice": 'AssetPlugin { file_path: if cfg!(debug_assertions) { "a" } else { "b" }.into() }',
    "a variable": "AssetPlugin { file_path: folder.clone() }",
    "its short form": "let file_path = read(); AssetPlugin { file_path, ..default() }",
    "a constant with two values": 'const D: &str = "a"; mod m { const D: &str = "b"; } '
    "fn f() { AssetPlugin { file_path: D.into() } }",
    "two folders": 'AssetPlugin { file_path: "a".into() } AssetPlugin { file_path: "b".into() }',
}


@pytest.mark.parametrize("what", list(UNSURE))
def test_a_name_that_cannot_be_read_off_is_told_as_not_found_out(tmp_path: Path, what: str) -> None:
    game = make_game(tmp_path / "game")
    (game / "src" / "plugins.rs").write_text(UNSURE[what])
    library = Library(tmp_path / "library")
    sprite_id = keep(library, 1)

    told = [check for check in examine(game) if "not found out" in check.detail]
    answer = deploy(library, DeployRequest(sprite_id=sprite_id, project=str(game), dry_run=True), [game])

    assert [(check.name, check.state) for check in told] == [("assets folder", "warning")]
    assert "src/plugins.rs" in told[0].detail
    assert any("not found out" in note for note in answer.notes)


def test_what_main_says_counts_before_other_programs_of_the_package(tmp_path: Path) -> None:
    game = make_game(tmp_path / "game")
    (game / "src" / "main.rs").write_text('fn main() { AssetPlugin { file_path: "data".into() } }')
    (game / "src" / "bin").mkdir()
    (game / "src" / "bin" / "tool.rs").write_text('fn main() { AssetPlugin { file_path: "tool_data".into() } }')

    assert find_project(game).assets == game / "data"


def test_rust_is_cut_into_words_without_comments() -> None:
    code = 'let a: &\'static str = "x\\ny"; // "no"\nlet c = \'"\'; /* /* */ */ let b = br"z\\";'

    words = list(rust_tokens(code))

    assert words[:8] == ["let", "a", ":", "&", "'", "static", "str", "="]
    assert '"x\ny"' in words
    assert "'\"'" in words
    assert words[-2:] == ['"z\\"', ";"]
    assert "no" not in "".join(words)
