"""`pixels-mcp bevy`: prepare a game, find out what is wrong with one, see one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.cli.output import note, print_json, print_result
from pixels_mcp.cli.places import choose_game
from pixels_mcp.errors import InvalidArgumentError

app = typer.Typer(
    help="Prepare a Bevy game for sprites, check it, and see it while it runs.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
_Project = Annotated[
    Path | None, typer.Argument(help="The game's folder; the setting `project`, or this folder.", metavar="PROJECT")
]


@app.command("init")
def init_game(project: _Project = None, as_json: _Json = False) -> None:
    """Make the folders and the line in .gitignore; show the lines of Rust, which stay yours to add."""
    from pixels_mcp.bevy.init import init

    game, roots = choose_game(project)
    result = init(game, roots)
    if as_json:
        print_json(result)
        return
    for made in result.made:
        note(f"made {made}")
    if not result.made:
        note("all folders are there")
    if result.dependency:
        print_result(f"# Cargo.toml, or: {result.cargo_add}\n[dependencies]\n{result.dependency}\n")
    print_result(f"// src/main.rs\n{result.plugin}")


@app.command("doctor")
def check_game(project: _Project = None, as_json: _Json = False) -> None:
    """Say what could keep a sprite from reaching the screen; exit code 1 where something does."""
    from pixels_mcp.bevy.doctor import examine
    from pixels_mcp.paths import find_paths
    from pixels_mcp.settings import load_settings

    # A folder that is no game is a finding here, not an error.
    checks = examine(project or load_settings(find_paths()).project or Path.cwd())
    if as_json:
        print_json(list(checks))
    else:
        for check in checks:
            mark = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}[check.state]
            print_result(f"{mark}  {check.name:<14} {check.detail}")
            if step := check.in_words(COMMAND_PHRASES):
                print_result(f"{'':<9}{'':<14} -> {step}")
    if any(check.state == "problem" for check in checks):
        raise typer.Exit(1)


@app.command("screenshot")
def picture_game(
    project: _Project = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Copy the picture there.", metavar="FILE.png")] = None,
    as_json: _Json = False,
) -> None:
    """Let the running game picture its window, and print where the picture is."""
    from pixels_mcp.bevy.screenshot import view_game

    if out is not None and out.suffix.lower() != ".png":
        raise InvalidArgumentError(f"--out {out}: the picture is a PNG", hint=f"--out {out.with_suffix('.png')}")
    game, roots = choose_game(project)
    view = view_game(game, roots)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(view.path, out)
        view = view.model_copy(update={"path": str(out.absolute())})
    if as_json:
        print_json(view)
    else:
        print_result(view.path)
        for text in view.notes:
            note(text)
        note(f"{view.width_px} x {view.height_px} px, {len(view.sprites)} sprites, after {view.taken_ms:.0f} ms")
