"""`pixels-mcp pixelize` and `pixels-mcp inspect`, as commands."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from helpers.commands import pixels
from helpers.fake_art import fake, scene, sprite_names
from pixels_mcp.cli import app
from pixels_mcp.errors import PixelsError


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return pixels(*words, cwd=folder)


@pytest.fixture
def art(tmp_path: Path) -> Path:
    """A folder with five fake pictures and a note."""
    for number, name in enumerate(sprite_names()[:5]):
        Image.fromarray(fake(scene(name), 8 + number * 0.7, blur=0.1, noise=2)).save(tmp_path / f"{name}.png")
    (tmp_path / "note.txt").write_text("no picture")
    return tmp_path


def test_a_folder_is_pixelized_picture_by_picture(art: Path) -> None:
    (art / "broken.png").write_bytes(b"\x89PNG broken")

    done = run("pixelize", ".", "--json", "--jobs", "2", "--compare", folder=art)

    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert (told["done"], told["failed"]) == (5, 1)
    broken = next(one for one in told["pictures"] if "error" in one)
    assert broken["error"]["code"] == "UnreadablePictureError"
    for one in told["pictures"]:
        if "error" not in one:
            pixels = np.array(Image.open(art / one["file"]))
            assert pixels.shape == (one["facts"]["height_px"], one["facts"]["width_px"], 4)
            assert abs(pixels.shape[0] - 44) <= 1
            assert (art / one["comparison"]).is_file()


def test_one_picture_with_options(art: Path) -> None:
    name = f"{sprite_names()[0]}.png"

    done = run("pixelize", name, "--size", "48x40", "--palette", "pico-8", "--output-dir", "out", folder=art)

    assert done.returncode == 0, done.stderr
    assert f"out/{name}" in done.stdout
    assert Image.open(art / "out" / name).size == (48, 40)


def test_results_are_not_replaced_unasked(art: Path) -> None:
    name = f"{sprite_names()[0]}.png"
    assert run("pixelize", name, folder=art).returncode == 0

    again = run("pixelize", name, folder=art)

    assert again.returncode == 2
    assert "--overwrite" in again.stderr
    assert run("pixelize", name, "--overwrite", folder=art).returncode == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nothing.png"], "no picture there"),
        ([".", "--size", "big"], "write 32 or 32x48"),
        ([".", "--dither", "much"], "Input should be 'none', 'bayer2'"),
        ([".", "--palette", "gameboi"], "no palette is called 'gameboi'"),
        ([".", "--max-colors", "1"], "greater than or equal to 2"),
        ([".", "--outline-color", "#fff"], "choose the outline outer or inner"),
        ([".", "--output-dir", "."], "would replace its own picture"),
    ],
)
def test_wrong_words_say_what_would_be_right(
    art: Path, words: list[str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(art)

    with pytest.raises(PixelsError) as refused:
        CliRunner().invoke(app, ["pixelize", *words], catch_exceptions=False)

    assert told in str(refused.value)
    assert not (art / "pixelized").exists()


def test_all_frames_of_a_gif_go_onto_a_sheet_and_into_a_gif(art: Path) -> None:
    frames = [Image.fromarray(fake(np.roll(scene("sprite_ettin"), k, axis=0), 8)) for k in range(3)]
    frames[0].save(art / "walk.gif", save_all=True, append_images=frames[1:], duration=100)

    done = run("pixelize", "walk.gif", "--frames", "all", "--json", folder=art)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["pictures"][0]
    assert told["frames"] == 3
    assert Image.open(art / told["file"]).size == (3 * told["frame_width_px"], told["frame_height_px"])
    assert getattr(Image.open(art / told["animation"]), "n_frames", 1) == 3


def test_a_set_shares_one_palette(art: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(art)

    done = CliRunner().invoke(app, ["pixelize", ".", "--together", "--max-colors", "9", "--json"])

    told = json.loads(done.stdout)
    assert told["done"] == 5
    assert len({code for one in told["pictures"] for code in one["facts"]["palette"]}) <= 9


def test_inspect_tells_what_a_picture_is(art: Path) -> None:
    name = f"{sprite_names()[0]}.png"

    told = json.loads(run("inspect", name, "--json", folder=art).stdout)

    assert told["kind"] == "grid"
    assert told["art_width_px"] == 44
    assert "looks like pixel art" in run("inspect", name, folder=art).stdout
