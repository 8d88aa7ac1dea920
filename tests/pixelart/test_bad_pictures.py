"""Files that anybody may drop in: each is read rightly or refused with a name for what is wrong."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.fake_art import TILES, tile
from pixels_mcp.errors import PictureTooLargeError, UnreadablePictureError
from pixels_mcp.pixelart.pictures import open_frames, open_picture
from pixels_mcp.pixelart.pixelize import pixelize


def test_words_are_no_picture(tmp_path: Path) -> None:
    (tmp_path / "note.png").write_text("not a picture")

    with pytest.raises(UnreadablePictureError, match=r"'note\.png' is not a picture"):
        open_picture(tmp_path / "note.png")


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePictureError, match="does not exist"):
        open_picture(tmp_path / "nothing.png")
    with pytest.raises(UnreadablePictureError, match="is a folder"):
        open_picture(tmp_path)


def test_an_empty_file_is_named_so(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()

    with pytest.raises(UnreadablePictureError, match="is empty"):
        open_picture(tmp_path / "empty.png")


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_truncated_file_is_damaged(tmp_path: Path, kept: float) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: int(len(whole) * kept)])

    with pytest.raises(UnreadablePictureError, match="damaged"):
        open_picture(tmp_path / "cut.png")


def png_that_claims(width_px: int, height_px: int) -> bytes:
    """A PNG file of a few bytes whose header announces a large picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size_px", [(20_000, 20_000), (8_000, 8_000), (2_000_000, 20)])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, size_px: tuple[int, int]) -> None:
    (tmp_path / "bomb.png").write_bytes(png_that_claims(*size_px))

    with pytest.raises(PictureTooLargeError):
        open_picture(tmp_path / "bomb.png")


def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 32_768, 65_535]], dtype=np.uint16)).save(tmp_path / "deep.png")

    assert open_picture(tmp_path / "deep.png")[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize(("mode", "ending"), [("CMYK", "jpg"), ("L", "png"), ("P", "png"), ("1", "png"), ("LA", "png")])
def test_other_modes_become_rgba(tmp_path: Path, mode: str, ending: str) -> None:
    art = Image.fromarray(tile("floor_lab-stone5"))
    art.convert("RGB" if mode == "CMYK" else "RGBA").convert(mode).save(tmp_path / f"art.{ending}")

    pixels = open_picture(tmp_path / f"art.{ending}")

    assert pixels.shape == (32, 32, 4)
    assert (pixels[..., 3] == 255).all()


def test_transparency_of_a_palette_picture_is_kept(tmp_path: Path) -> None:
    art = tile("sprite_ettin")
    Image.fromarray(art).quantize(64).save(tmp_path / "art.png")

    assert ((open_picture(tmp_path / "art.png")[..., 3] > 127) == (art[..., 3] > 127)).all()


def test_the_cameras_rotation_is_applied(tmp_path: Path) -> None:
    upright = np.zeros((10, 20, 3), dtype=np.uint8)
    upright[:, :5] = 255
    turned = Image.fromarray(upright).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by a quarter to the right
    turned.save(tmp_path / "camera.png", exif=exif)

    assert np.array_equal(open_picture(tmp_path / "camera.png")[..., :3], upright)


def test_an_animated_picture_gives_its_first_frame_or_all(tmp_path: Path) -> None:
    frames = [Image.fromarray(tile(name)) for name in ("floor_lab-stone5", "floor_snake3")]
    frames[0].save(tmp_path / "two.gif", save_all=True, append_images=frames[1:], duration=[120, 80])

    first = open_picture(tmp_path / "two.gif")
    every, shown_ms = open_frames(tmp_path / "two.gif")

    assert np.array_equal(first, every[0])
    assert len(every) == 2
    assert shown_ms == [120, 80]


def test_the_picture_beside_an_animation_is_no_frame_of_it(tmp_path: Path) -> None:
    poster, *frames = [Image.fromarray(tile(name)) for name in ("sprite_ettin", "floor_lab-stone5", "floor_snake3")]
    poster.save(tmp_path / "a.png", save_all=True, append_images=frames, default_image=True, duration=[120, 80])

    every, shown_ms = open_frames(tmp_path / "a.png")

    assert [np.array_equal(one, np.array(frame)) for one, frame in zip(every, frames, strict=True)] == [True, True]
    assert shown_ms == [120, 80]
    assert np.array_equal(open_picture(tmp_path / "a.png"), every[0])


def deep_png(levels: np.ndarray, key: tuple[int, ...], bits: int = 16) -> bytes:
    """A PNG of grey (H, W) or RGB (H, W, 3) of 2, 4 or 16 bits with a transparent colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height_px, width_px = levels.shape[:2]
    header = struct.pack(">IIBBBBB", width_px, height_px, bits, 2 if levels.ndim == 3 else 0, 0, 0, 0)
    rows = [row.astype(">u2").tobytes() for row in levels]
    if bits < 16:
        digits = ["".join(format(level, f"0{bits}b") for level in row) for row in levels]
        rows = [int(line.ljust(-(-len(line) // 8) * 8, "0"), 2).to_bytes(-(-len(line) // 8), "big") for line in digits]
    packed = zlib.compress(b"".join(b"\0" + row for row in rows))
    body = chunk(b"tRNS", struct.pack(f">{len(key)}H", *key)) + chunk(b"IDAT", packed)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def test_a_transparent_level_of_gray_is_exact_at_every_depth(tmp_path: Path) -> None:
    for bits, levels in ((16, [4660, 4661, 65535, 52]), (4, [1, 2, 15, 0]), (2, [1, 2, 3, 0])):
        (tmp_path / "gray.png").write_bytes(deep_png(np.array([levels]), (levels[0],), bits))

        assert open_picture(tmp_path / "gray.png")[0, :, 3].tolist() == [0, 255, 255, 255], f"{bits} bits"


def test_a_transparent_colour_of_16_bits_is_that_colour_and_none_beside_it(tmp_path: Path) -> None:
    key = (0x1234, 0xFF00, 0x0080)
    pixels = np.array([[key, (0x1235, 0xFF00, 0x0080), (0x1200, 0xFF00, 0x0000), (9, 9, 9)]])
    (tmp_path / "deep.png").write_bytes(deep_png(pixels, key))

    read = open_picture(tmp_path / "deep.png")

    assert read[0, :, 3].tolist() == [0, 255, 255, 255]
    assert read[0, 1].tolist() == [0x12, 0xFF, 0, 255]


def test_one_pixel_is_a_picture_too() -> None:
    dot = np.array([[[200, 10, 10, 255]]], dtype=np.uint8)

    made = pixelize(dot)

    assert np.array_equal(made.pixels, dot)
    assert made.facts.colors == 1


def test_every_tile_is_readable() -> None:
    for file in TILES.glob("*.png"):
        assert open_picture(file).shape == (32, 32, 4)
