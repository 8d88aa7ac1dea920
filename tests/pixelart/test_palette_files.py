"""Palette files as people have them: any ending, any encoding, wrong counts; a wrong line is named."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixels_mcp.errors import PaletteError
from pixels_mcp.pixelart.colors.palettes import load_palette, parse_color

INK, BRICK, SKIN = (24, 20, 37), (190, 74, 47), (234, 212, 170)
CODES = ["#181425", "#be4a2f", "#ead4aa"]
TRIPLES = bytes([*INK, *BRICK, *SKIN])


def riff(announced: int = 3, before: bytes = b"") -> bytes:
    entries = b"".join(bytes([*color, 0]) for color in (INK, BRICK, SKIN))
    body = struct.pack("<HH", 0x300, announced) + entries
    chunks = before + b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"PAL " + chunks


def aco() -> bytes:
    entries = [struct.pack(">5H", 0, *(level * 257 for level in color), 0) for color in (INK, BRICK, SKIN)]
    return struct.pack(">HH", 1, 3) + b"".join(entries)


def ase() -> bytes:
    blocks = [struct.pack(">HI", 0xC001, 0)]
    for color in (INK, BRICK, SKIN):
        name = "a\0".encode("utf-16-be")
        body = struct.pack(">H", 2) + name + b"RGB " + struct.pack(">3fH", *(level / 255 for level in color), 0)
        blocks.append(struct.pack(">HI", 1, len(body)) + body)
    return b"ASEF" + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks)


JASC = "JASC-PAL\r\n0100\r\n{}\r\n24 20 37\r\n190 74 47\r\n234 212 170\r\n"
GIMP = "GIMP Palette\nName: Kräuter\nColumns: 0\n#\n 24  20  37\tSchwärze\n190  74  47\tb\n234 212 170 2 Häute\n"
FORMATS = {
    "paint.net": b";paint.net Palette File\n;Colors: 3\nFF181425\nFFBE4A2F\nFFEAD4AA\n",
    "paint.net, with unused entries": b";paint.net Palette File\nFF181425\nFFBE4A2F\nFFEAD4AA\n00FFFFFF\n",
    "paint.net in UTF-16": "\ufeff;paint.net Palette File\r\nFF181425\r\nFFBE4A2F\r\nFFEAD4AA\r\n".encode("utf-16-le"),
    "GIMP": GIMP.encode(),
    "GIMP in Latin-1": GIMP.encode("latin-1"),
    "GIMP in UTF-8 with a mark": GIMP.encode("utf-8-sig"),
    "GIMP with alpha": b"GIMP Palette\nChannels: RGBA\n0 0 0 0\n24 20 37 255\n190 74 47 255 b\n234 212 170 255 c",
    "JASC": JASC.format(3).encode(),
    "JASC that announces more": JASC.format(256).encode(),
    "JASC that announces fewer": JASC.format(1).encode(),
    "JASC with alpha": b"JASC-PAL\n0100\n3\n24 20 37 255\n190 74 47 255\n234 212 170 255\n\n",
    "RIFF": riff(),
    "RIFF that announces more": riff(announced=256),
    "RIFF with a chunk before": riff(before=b"plth" + struct.pack("<I", 3) + b"abc\0"),
    "Adobe color table": TRIPLES + bytes(759) + struct.pack(">HH", 3, 0xFFFF),
    "Adobe swatches": aco(),
    "Adobe swatch exchange": ase(),
    "hex": b"181425\nbe4a2f\nead4aa\n",
    "hex, loosely": b"; mine\n0x181425\n\n#be4a2f // brick\nead4aa, skin\n",
    "hex in one line": b"#181425, #be4a2f, #ead4aa",
    "hex as JSON": b'[\n  "#181425",\n  "#be4a2f",\n  "#ead4aa"\n]\n',
    "eight digits, alpha last": b"181425ff\nbe4a2fff\nead4aaff\n",
    "eight digits, alpha first": b"ff181425\nffbe4a2f\nffead4aa\n",
    "numbers": b"24,20,37\n190,74,47\n234,212,170\n",
}


@pytest.mark.parametrize("ending", [".pal", ".txt", ""])
@pytest.mark.parametrize("format_name", list(FORMATS))
def test_a_palette_is_told_by_what_it_holds(tmp_path: Path, format_name: str, ending: str) -> None:
    file = tmp_path / f"mine{ending}"
    file.write_bytes(FORMATS[format_name])

    assert load_palette(str(file)).hex_codes == CODES


def test_a_raw_nes_palette_has_64_colours(tmp_path: Path) -> None:
    levels = np.random.default_rng(1).integers(0, 256, (64, 3), dtype=np.uint8)
    for name, copies in {"plain.pal": 1, "emphasis.pal": 8}.items():
        (tmp_path / name).write_bytes(levels.tobytes() * copies)

        assert load_palette(tmp_path / name).listed.tolist() == levels.tolist()


def test_a_color_table_without_a_count_has_256_colours(tmp_path: Path) -> None:
    (tmp_path / "a.act").write_bytes(bytes(range(256)) * 3)

    assert len(load_palette(tmp_path / "a.act").listed) == 256


def test_a_picture_is_told_by_its_content_too(tmp_path: Path) -> None:
    Image.fromarray(np.array([[INK, BRICK], [SKIN, SKIN]], dtype=np.uint8)).save(tmp_path / "strip.pal", "PNG")

    assert load_palette(tmp_path / "strip.pal").hex_codes == CODES


REFUSED = {
    "a wrong line": (b"181425\nbe4a2f\n12345g\n", "line 3 is not a color: '12345g'"),
    "a level above 255": (b"JASC-PAL\n0100\n2\n1 2 900\n3 4 5\n", "line 4 is not a color: '1 2 900'"),
    "a word among numbers": (b"GIMP Palette\n#\n1 2 3\npink\n", "line 4 is not a color: 'pink'"),
    "eight digits that say nothing": (b"11223344\n55667788\n", "may be RRGGBBAA or AARRGGBB"),
    "eight digits, ff at both ends": (b"ff1122ff\nff3344ff\n", "begins and ends with ff"),
    "a JPEG": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "it is a JPEG picture"),
    "an archive": (b"PK\x03\x04\x00\x00", "it is a ZIP archive"),
    "bytes of no format": (b"\x00\x01\x02\x03\x04", "its 5 bytes are of no palette format that is known"),
    "levels of VGA": (bytes(range(64)) * 12, "levels of VGA"),
    "a RIFF cut short": (riff()[:18], "it is cut short"),
    "swatches cut short": (ase()[:40], "it is cut short"),
}


@pytest.mark.parametrize("what", list(REFUSED))
def test_what_cannot_be_read_is_named_with_its_file_and_line(tmp_path: Path, what: str) -> None:
    data, told = REFUSED[what]
    (tmp_path / "mine.pal").write_bytes(data)

    with pytest.raises(PaletteError) as caught:
        load_palette(tmp_path / "mine.pal")

    assert caught.value.message.startswith("palette file 'mine.pal': ")
    assert told in caught.value.message
    assert caught.value.hint


def test_a_file_that_is_missing_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(PaletteError, match="No such file"):
        load_palette(str(tmp_path / "gone.gpl"))


@pytest.mark.parametrize(
    ("text", "color"), [("181425ff", INK), ("#ffbe4a2f", BRICK), ("#ead4aa", SKIN), ("#fff", (255,) * 3)]
)
def test_eight_digits_are_understood_wherever_colours_are_written(text: str, color: tuple[int, int, int]) -> None:
    assert tuple(parse_color(text)) == color


def test_eight_digits_in_a_list_are_read_in_one_order() -> None:
    assert load_palette("#ff0000ff, #00ff00ff").hex_codes == ["#ff0000", "#00ff00"]
    assert load_palette(["ffff0000", "ff00ff00"]).hex_codes == ["#ff0000", "#00ff00"]
    with pytest.raises(PaletteError, match="may be RRGGBBAA or AARRGGBB"):
        load_palette("#11223344, #55667788")
