"""The server is put into each client's settings, and everything that stood there stays."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pixels_mcp.cli import app
from pixels_mcp.cli.assistants.host_clients import HOST_CLIENTS
from pixels_mcp.cli.assistants.jsonc import NotJson, drop_member, put_member, read_jsonc

COMMENTED = """\
// my settings
{
  "theme": "One Dark", // dark
  /* servers { "pixels": 1 } */
  "mcpServers": {
    "other": { "command": "x", "args": ["a // b", "},{"] }, // "kept"
  },
  "last": [1, 2,],
}
"""


@pytest.fixture
def person(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("XDG_CONFIG_HOME", "CODEX_HOME", "APPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    game = tmp_path / "my game"
    game.mkdir()
    monkeypatch.chdir(game)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["install", *arguments])


def file_of(client: str) -> Path:
    return HOST_CLIENTS[client].file(Path.cwd())


def servers_in(client: str) -> dict[str, Any]:
    text = file_of(client).read_text("utf-8")
    document = tomllib.loads(text) if HOST_CLIENTS[client].kind == "toml" else read_jsonc(text).value
    assert isinstance(document, dict)
    return document[HOST_CLIENTS[client].key]  # type: ignore[return-value]  # a document of our own


@pytest.mark.parametrize("client", HOST_CLIENTS)
def test_an_entry_is_shown_written_and_taken_out_again(client: str, person: Path, home: Path) -> None:
    dry = run(client, "--project", ".", "--dry-run")
    assert not file_of(client).exists()
    written = run(client, "--project", ".")
    entry = servers_in(client)["pixels"]
    again = run(client, "--project", ".")
    undone = run(client, "--undo")

    assert (dry.exit_code, written.exit_code, again.exit_code, undone.exit_code) == (0, 0, 0, 0)
    assert dry.stdout == written.stdout
    assert "+" in written.stdout
    assert Path(entry["command"]).is_absolute()
    assert entry["args"][-3:] == ["serve", "--project", str(person / "my game")]
    assert entry["env"] == {"PIXELS_HOME": str(home)}
    assert "already" in again.stderr
    assert not file_of(client).exists(), "what was not there before is gone again"


@pytest.mark.parametrize("client", [name for name, one in HOST_CLIENTS.items() if one.kind == "json"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_comments_and_other_entries_keep_their_bytes(client: str, newline: str, person: Path) -> None:
    before = COMMENTED.replace("mcpServers", HOST_CLIENTS[client].key).replace("\n", newline).encode()
    file = file_of(client)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(before)
    file.chmod(0o600)

    assert run(client).exit_code == 0
    after = file.read_bytes()

    assert set(servers_in(client)) == {"other", "pixels"}
    assert all(line in after.splitlines() for line in before.splitlines())
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.with_name(file.name + ".before-pixels").read_bytes() == before
    assert run(client, "--undo").exit_code == 0
    assert file.read_bytes() == before
    assert not file.with_name(file.name + ".before-pixels").exists()


def test_what_changed_meanwhile_and_every_comment_survive_an_undo(person: Path) -> None:
    file = file_of("cursor")
    file.parent.mkdir()
    file.write_text(COMMENTED)
    assert run("cursor").exit_code == 0
    file.write_text(file.read_text().replace("One Dark", "Ayu"))
    assert run("cursor", "--undo").exit_code == 0

    expected = COMMENTED.replace("One Dark", "Ayu").replace(
        '] }, // "kept"', '] } // "kept"'
    )  # no comma is needed there
    assert file.read_text() == expected


def test_toml_keeps_its_comments_and_what_changed_meanwhile(person: Path) -> None:
    before = '# mine\nmodel = "x"\n\n[mcp_servers.other]\ncommand = "y" # why\n'
    file = file_of("codex")
    file.parent.mkdir(parents=True)
    file.write_text(before)

    assert run("codex").exit_code == 0
    assert file.read_text().startswith(before)
    assert servers_in("codex")["pixels"]["tool_timeout_sec"] == 120
    file.write_text(file.read_text().replace('model = "x"', 'model = "z"'))
    assert run("codex", "--undo").exit_code == 0

    assert tomllib.loads(file.read_text()) == {"model": "z", "mcp_servers": {"other": {"command": "y"}}}
    assert "# why" in file.read_text()


def test_another_entry_of_that_name_is_never_overwritten(person: Path) -> None:
    file = file_of("cursor")
    file.parent.mkdir()
    before = '{"mcpServers": {"pixels": {"command": "mine"}}}'
    file.write_text(before)

    refused, named = run("cursor"), run("cursor", "--name", "pixels-mcp")

    assert refused.exit_code != 0
    assert "pixels" in str(refused.exception)
    assert named.exit_code == 0
    assert servers_in("cursor")["pixels"] == {"command": "mine"}
    assert run("cursor", "--undo", "--name", "pixels-mcp").exit_code == 0
    assert file.read_text() == before


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"mcpServers": []}', '{"mcpServers": {"a": 1} "b"}', "\x00", "{}{}", "null"]
)
def test_a_file_that_cannot_be_read_is_left_as_it_is(text: str, person: Path) -> None:
    file = file_of("cursor")
    file.parent.mkdir()
    file.write_text(text)

    refused = run("cursor")

    assert refused.exit_code != 0
    assert "by hand" in str(getattr(refused.exception, "hint", ""))
    assert file.read_text() == text
    assert list(file.parent.iterdir()) == [file]


def test_a_link_stays_a_link_and_its_target_is_written(person: Path) -> None:
    dotfiles = person / "dotfiles.json"
    dotfiles.write_text("{}")
    file = file_of("cursor")
    file.parent.mkdir()
    file.symlink_to(dotfiles)

    assert run("cursor").exit_code == 0
    assert file.is_symlink()
    assert "pixels" in dotfiles.read_text()


@pytest.mark.parametrize(
    "arguments", [("emacs",), ("cursor", "--project", "nowhere"), ("cursor", "--name", " "), ("zed", "--undo")]
)
def test_what_cannot_be_done_is_refused(arguments: tuple[str, ...], person: Path) -> None:
    assert run(*arguments).exit_code != 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "// only a comment\n",
        "{}",
        '{"a": {}}',
        '{"a": {"b": 1}}',
        '{"a": {"b": 1,}}',
        '{"x": "}", "a": {"b": [{}]} /* */ }',
    ],
)
def test_a_member_that_is_put_in_and_taken_out_leaves_the_same_meaning(text: str) -> None:
    put = put_member(text, ("a", "new"), {"k": [1, "ü"]})
    dropped = drop_member(put, ("a", "new"))

    before = read_jsonc(text).value
    assert isinstance(before, dict)
    inner = before.get("a", {})
    assert isinstance(inner, dict)
    assert read_jsonc(put).value == {**before, "a": {**inner, "new": {"k": [1, "ü"]}}}
    assert read_jsonc(dropped).value == {**before, "a": inner}


@pytest.mark.parametrize(
    "text", ['{"a" 1}', "{'a': 1}", '{"a": }', '{"a": 1', "tru", '{"a": 1,,}', "[" * 5_000, '"\n"', "/* {}"]
)
def test_what_is_no_json_is_named_with_its_line(text: str) -> None:
    with pytest.raises(NotJson):
        read_jsonc(text)


def test_the_written_entry_starts_a_server_that_answers(person: Path) -> None:
    import subprocess

    from helpers.server_pipes import INITIALIZE, call

    assert run("claude-desktop").exit_code == 0
    entry = servers_in("claude-desktop")["pixels"]
    done = subprocess.run(
        [entry["command"], *entry["args"]],
        input=call(1, "initialize", INITIALIZE),
        capture_output=True,
        env={"PATH": "/usr/bin:/bin", **entry["env"]},
        timeout=60,
    )

    assert json.loads(done.stdout)["result"]["serverInfo"]["name"] == "pixels-mcp"
