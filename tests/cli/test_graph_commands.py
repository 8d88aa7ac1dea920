"""Workflows in ComfyUI's API form on the command line, judged without a server."""

from __future__ import annotations

import json
from pathlib import Path

from helpers.comfy_server import as_json, free_port, small_server
from helpers.commands import pixels


def test_a_shipped_workflow_is_copied_and_passes_the_check(home: Path) -> None:
    begun = pixels("workflow", "new", "comfyui/tile", "my/tile.json", cwd=home)
    checked = pixels("workflow", "check", "my/tile.json", "--json", cwd=home)

    assert begun.returncode == 0, begun.stderr
    told = json.loads(checked.stdout)
    assert (told["output"], told["judged_by"]) == ("picture", None)
    assert {"prompt", "seed", "half_width"} <= set(told["places"])
    again = pixels("workflow", "new", "comfyui/tile", "my/tile.json", cwd=home)
    assert again.returncode == 2
    assert "exists already" in again.stderr


def test_a_workflow_of_the_editor_is_refused_with_the_next_step(home: Path) -> None:
    (home / "mine.json").write_text('{"nodes": [], "links": []}', "utf-8")

    done = pixels("workflow", "check", "mine.json", cwd=home)

    assert done.returncode == 2
    assert "not in API form" in done.stderr
    assert "Export (API)" in done.stderr
    unknown = pixels("workflow", "new", "comfyui/none", "x.json", cwd=home)
    assert "comfyui/txt2img" in unknown.stderr


def test_a_server_that_is_away_or_is_none_does_not_keep_the_form_from_being_judged(
    home: Path,
) -> None:
    pixels("config", "set", "engine", "comfyui", cwd=home)
    pixels("config", "set", "comfyui_url", f"127.0.0.1:{free_port()}", cwd=home)
    pixels("workflow", "new", "comfyui/txt2img", "mine.json", cwd=home)

    checked = pixels("workflow", "check", "mine.json", cwd=home)
    listed = pixels("models", "list", cwd=home)

    assert checked.returncode == 0, checked.stderr
    assert "its nodes are not judged: no ComfyUI answers" in checked.stderr
    assert listed.returncode == 0, listed.stderr
    assert "mini" in listed.stdout
    assert "no ComfyUI answers" in listed.stderr


def test_doctor_says_who_answers_instead_of_comfyui(home: Path) -> None:
    with small_server({"/system_stats": as_json({"hello": "world"})}) as url:
        pixels("config", "set", "engine", "comfyui", cwd=home)
        pixels("config", "set", "comfyui_url", url, cwd=home)

        done = pixels("doctor", "--json", cwd=home)

    assert "is no ComfyUI" in done.stdout
    assert "set comfyui_url" in done.stdout
