"""A game's `pixels.toml`: read and checked, between request and settings, and what of a game's art breaks it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from helpers.bevy_games import keep, make_game, picture
from helpers.commands import pixels
from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.bevy.init import init
from pixels_mcp.cli.draw.batch_files import read_batch
from pixels_mcp.errors import StyleFileError
from pixels_mcp.game_style.apply_style import apply_style
from pixels_mcp.game_style.style_file import GameStyle, find_style_file, read_game_style
from pixels_mcp.library.library_folder import Library
from pixels_mcp.operations.check_operation import check_style
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.pixelart.drawing.outline import add_outline
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.png import encode_png

WHOLE = """\
[style]
words = "muted dark fantasy"
palette = "palettes/game.hex"
max_colors = 12
outline = "outer"
outline_color = "#1a1c2c"
light = "top-left"
size_px = 16
model = "mini"

[export]
formats = ["bevy", "tiled"]
"""


def no_sprite(sprite_id: str) -> Path:
    raise AssertionError(sprite_id)


def write(folder: Path, text: str, *, palette: str | None = "1a1c2c\n5d8a3c\na7c957\nf4f4f4\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if palette is not None:
        (folder / "palettes").mkdir(exist_ok=True)
        (folder / "palettes" / "game.hex").write_text(palette)
    (folder / "pixels.toml").write_text(text)
    return folder / "pixels.toml"


def read(file: Path) -> GameStyle:
    return read_game_style(file, no_sprite)


def test_every_key_is_read(tmp_path: Path) -> None:
    style = read(write(tmp_path, WHOLE))

    assert style.palette == ("#1a1c2c", "#5d8a3c", "#a7c957", "#f4f4f4")
    assert (style.words, style.max_colors, style.outline) == ("muted dark fantasy", 12, "outer")
    assert style.light == "top-left"
    assert (style.size_px, style.model, style.export_formats) == (16, "mini", ("bevy", "tiled"))


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('[style]\nwords = "x"\npalette = "palettes/gone.hex"\n', "line 3", "is gone"),
        ('[style]\npalette = "../other/game.hex"\n', "line 2", "leads out"),
        ('[style]\npalette = "no-such-palette"\n', "line 2", "no palette is called"),
        ("[style]\nsize_px = 4\n", "line 2", "size_px"),
        ("[style]\n\nmax_colours = 3\n", "line 3", "max_colours"),
        ('[style]\noutline = "thick"\n', "line 2", "outline"),
        ('[style]\noutline_color = "#1a1c2c"\n', "line 2", "needs an outline"),
        ('[style]\npalette = "pico-8"\noutline = "outer"\noutline_color = "#123456"\n', "line 4", "not in the palette"),
        ('[export]\nformats = ["godot"]\n', "line 2", "formats"),
        ('[style]\nreference = "gone.png"\n', "line 2", "is gone"),
        ("[style\n", "line 1", "not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_key(tmp_path: Path, text: str, line: str, key: str) -> None:
    with pytest.raises(StyleFileError) as error:
        read(write(tmp_path, text))

    assert str(tmp_path / "pixels.toml") in error.value.message
    assert line in error.value.message
    assert key in error.value.message
    assert error.value.hint


def test_the_file_is_found_from_within_the_game_and_not_beyond_it(tmp_path: Path) -> None:
    write(tmp_path, WHOLE)
    inner = tmp_path / "game" / "src"
    inner.mkdir(parents=True)

    assert find_style_file(inner) == tmp_path / "pixels.toml"
    (tmp_path / "game" / "Cargo.toml").write_text("")
    assert find_style_file(inner) is None


def test_palette_and_outline_come_from_the_reference_where_the_file_says_none(tmp_path: Path, home: Path) -> None:
    library = Library(home / "library")
    sprite_id = keep(library, 3)
    file = write(tmp_path, f'[style]\nreference = "{sprite_id}"\n')

    style = read_game_style(file, library.path_of)

    used = {tuple(color) for color in picture(3)[2:-2, 2:-2, :3].reshape(-1, 3).tolist()}
    assert {tuple(bytes.fromhex(code[1:])) for code in style.palette or ()} == used
    assert style.palette_name == library.path_of(sprite_id).name


def test_a_request_wins_over_the_file_and_the_answer_says_what_the_file_gave(tmp_path: Path) -> None:
    style = read(write(tmp_path, WHOLE))

    styled = apply_style({"prompt": "a key", "width_px": 32, "max_colors": 4}, style)

    assert styled.words["max_colors"] == 4
    assert styled.words["style"] == "muted dark fantasy"
    assert "height_px" not in styled.words
    assert set(styled.given) == {"style", "palette", "model", "outline", "outline_color"}
    assert "a palette of 4 colors" in (styled.in_words() or "")
    assert apply_style({"palette": "pico-8", "outline": "outer"}, style).words.get("outline_color") is None
    assert apply_style({"upper": "grass"}, style, "tileset").words["tile_px"] == 16
    assert set(apply_style({}, style, "animation").given) == {"palette"}
    assert apply_style({"prompt": "a key"}, None).to_dict() is None


def test_an_item_of_a_batch_with_one_side_stays_a_square(tmp_path: Path) -> None:
    style = read(write(tmp_path, WHOLE))
    items = tmp_path / "items.json"
    items.write_text(json.dumps([{"prompt": "a tower", "width_px": 32}, "a key"]))

    asked = read_batch(items, {}, style)

    assert [(one.width_px, one.height_px) for one in asked.requests] == [(32, None), (16, 16)]
    assert all(one.palette == ",".join(style.palette or ()) for one in asked.requests)
    assert asked.game_style is not None
    assert asked.game_style["file"] == str(style.file)


def figure(seed: int, colors: list[list[int]], side: int = 16) -> Rgba:
    """A ball lit from the top left, outlined in the first color."""
    y, x = np.mgrid[0:side, 0:side] - (side - 1) / 2 + np.random.default_rng(seed).uniform(-0.4, 0.4)
    away: np.ndarray = -(x + y)
    shade = np.digitize(away, [-side / 5, side / 5]) + 1
    pixels = np.zeros((side, side, 4), dtype=np.uint8)
    inside = np.hypot(x, y) <= side / 2 - 2
    pixels[inside, :3] = np.array(colors)[np.clip(shade, 1, len(colors) - 1)][inside]
    pixels[inside, 3] = 255
    return add_outline(pixels, "outer", np.array(colors[0], np.uint8))


GAME_COLORS = [[26, 28, 44], [93, 138, 60], [167, 201, 87], [244, 244, 244]]


def put(folder: Path, name: str, pixels: Rgba) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.png").write_bytes(encode_png(pixels))


def test_what_breaks_the_style_is_listed_by_what_it_breaks(tmp_path: Path) -> None:
    style = read(write(tmp_path, WHOLE))
    art = tmp_path / "assets" / "sprites"
    for seed in range(9):
        put(art, f"ball_{seed}", figure(seed, GAME_COLORS))
    put(art, "red", figure(1, [[26, 28, 44], [200, 30, 30], [240, 90, 90], [244, 244, 244]]))
    put(art, "large", figure(1, GAME_COLORS, side=24))
    put(art, "doubled", figure(1, GAME_COLORS).repeat(2, 0).repeat(2, 1))
    put(art, "dark_side", figure(1, GAME_COLORS)[::-1, ::-1])
    soft = figure(1, GAME_COLORS)
    soft[soft[..., 3] > 0, 3] = 200
    put(art, "soft", soft)
    put(art, "bare", figure(1, [[167, 201, 87], *GAME_COLORS[1:]]))
    (art / "broken.png").write_bytes(b"no picture")

    told = check_style(tmp_path, style)

    by_file = {Path(one.file).stem: set[str]() for one in told.breaks}
    for one in told.breaks:
        by_file[Path(one.file).stem].add(one.check)
    assert {name for name in by_file if name.startswith("ball")} == set()
    assert by_file["red"] >= {"palette"}
    assert by_file["large"] == {"size"}
    assert by_file["doubled"] >= {"grid"}
    assert by_file["dark_side"] >= {"light"}
    assert by_file["soft"] >= {"grid"}
    assert by_file["bare"] >= {"outline"}
    assert by_file["broken"] == {"unreadable"}
    assert told.files == 16


def test_init_writes_a_first_style_that_its_own_art_keeps(tmp_path: Path, home: Path) -> None:
    game = make_game(tmp_path / "game")
    for seed in range(4):
        put(game / "assets" / "sprites", f"ball_{seed}", figure(seed, GAME_COLORS))

    made = init(game).made
    style = read(game / "pixels.toml")

    assert str(game / "pixels.toml") in made
    assert (style.size_px, style.outline, style.light) == (16, "outer", "top-left")
    assert set(style.palette or ()) == {"#1a1c2c", "#5d8a3c", "#a7c957", "#f4f4f4"}
    assert check_style(game, style).breaks == ()
    (game / "pixels.toml").write_text("[style]\nsize_px = 32\n")
    init(game)
    assert (game / "pixels.toml").read_text() == "[style]\nsize_px = 32\n"


def test_check_ends_with_3_where_some_pictures_break_the_style(tmp_path: Path, home: Path) -> None:
    write(tmp_path, "[style]\nsize_px = 16\n")
    put(tmp_path / "assets", "ball", figure(0, GAME_COLORS))
    put(tmp_path / "assets", "large", figure(0, GAME_COLORS, side=24))

    done = pixels("check", str(tmp_path), "--json", cwd=home)

    told = json.loads(done.stdout)
    assert done.returncode == 3, done.stderr
    assert [one["check"] for one in told["breaks"]] == ["size"]
    (tmp_path / "assets" / "large.png").unlink()
    assert pixels("check", ".", cwd=tmp_path).returncode == 0
    (tmp_path / "pixels.toml").unlink()
    assert pixels("check", ".", cwd=tmp_path).returncode == 2


def test_a_command_in_the_game_says_what_its_style_gave(tmp_path: Path, home: Path) -> None:
    write(tmp_path, '[style]\npalette = "#508c3c,#2850a0,#78b464"\n')
    tile = np.full((32, 32, 4), (80, 150, 60, 255), dtype=np.uint8)
    tile[::3, ::2, :3] = (90, 170, 70)
    (tmp_path / "grass.png").write_bytes(encode_png(tile))

    done = pixels("tileset", "grass.png", "--kind", "single", "--max-colors", "4", "--json", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["game_style"]["palette"] == "#508c3c,#2850a0,#78b464"
    assert set(told["facts"]["palette"]) <= {"#508c3c", "#2850a0", "#78b464"}


STYLED = GameStyle(
    Path("pixels.toml"), palette=("#1a1c2c", "#f4f4f4"), max_colors=6, outline="outer", outline_color="#1a1c2c"
)
PALETTE = "#1a1c2c,#f4f4f4"
LINE = {"outline": "outer", "color": "#1a1c2c"}


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ({"operation": "vary"}, {"palette": PALETTE, "max_colors": 6, **LINE}),
        ({"operation": "vary", "outline": "none"}, {"palette": PALETTE, "max_colors": 6}),
        ({"operation": "inpaint", "prompt": "x", "region": "0,0,4,4"}, {"palette": PALETTE}),
        ({"operation": "recolor"}, {"palette": PALETTE, "max_colors": 6}),
        ({"operation": "recolor", "palette": "pico-8"}, {"max_colors": 6}),
        ({"operation": "recolor", "by": "lightness"}, {"palette": PALETTE}),
        ({"operation": "recolor", "swap": "#000000=#ffffff"}, {}),
        ({"operation": "material", "material": "gold"}, {"palette": PALETTE}),
        ({"operation": "outline"}, LINE),
        ({"operation": "outline", "outline": "none"}, {}),
        ({"operation": "outline", "outline": "inner", "color": "#f4f4f4"}, {}),
        ({"operation": "match"}, {"style": PALETTE, "max_colors": 6, **LINE}),
        ({"operation": "match", "style": "knight-0001.1"}, {}),
        ({"operation": "rotate"}, {}),
        ({"operation": "flip", "axis": "x"}, {}),
    ],
)
def test_an_edit_takes_the_colors_and_the_line_of_the_game_where_it_changes_such(
    words: dict[str, str], given: dict[str, object]
) -> None:
    styled = apply_style({"sprite_id": "knight-0001.1", **words}, STYLED, "edit")

    assert styled.given == given
    request = parse_request(EditRequest, styled.words)
    assert request.model_dump(exclude_unset=True).items() >= given.items()


def test_an_edit_by_command_says_what_the_game_gave_and_a_deploy_also_exports(home: Path) -> None:
    game = make_game(home / "game")
    write(game, '[style]\npalette = "palettes/game.hex"\n[export]\nformats = ["bevy", "png", "tiled"]\n')
    library = Library(home / "data" / "library")
    sprite_id = keep(library, 3)

    done = pixels("edit", sprite_id, "recolor", "--json", cwd=game)
    exported = pixels("export", sprite_id, "-o", "out", "--overwrite", "--json", cwd=home)
    deployed = pixels("deploy", sprite_id, "--name", "hero", "--json", cwd=game)
    (game / "exports" / "hero.json").write_text("by hand")
    again = pixels("deploy", sprite_id, "--name", "hero", "--json", cwd=game)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["game_style"]["file"] == str(game / "pixels.toml")
    assert told["facts"]["colors"] <= 4
    assert "a palette of 4 colors" in done.stderr
    assert exported.returncode == 2
    assert "no format is named" in exported.stderr
    assert deployed.returncode == 0, deployed.stderr
    assert json.loads(deployed.stdout)["notes"] == ["exported as png: exports/hero.png, exports/hero.json"]
    assert (game / "exports" / "hero.png").is_file()
    assert "holds something else" in json.loads(again.stdout)["notes"][-1]
    assert (game / "exports" / "hero.json").read_text() == "by hand"
