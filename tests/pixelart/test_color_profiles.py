"""Pictures of screens, cameras and scanners: their colour profiles are honoured, broken ones never stop the reading."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from pixels_mcp.pixelart.pictures import open_frames, open_picture

# Primaries adapted to D50, one a column (ICC's own registry; CSS Color 4 for Display P3).
DISPLAY_P3 = np.array([[0.5151, 0.2920, 0.1571], [0.2412, 0.6922, 0.0666], [-0.0011, 0.0419, 0.7841]])
ADOBE_RGB = np.array([[0.6097, 0.2053, 0.1492], [0.3111, 0.6257, 0.0632], [0.0195, 0.0609, 0.7446]])
SRGB = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])
GAMMA = 563 / 256
"""2.2, as a profile writes it."""

COLORS = np.array([[[200, 40, 40], [60, 180, 200], [128, 128, 128], [0, 255, 0]]], dtype=np.uint8)


def profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A small ICC profile of version 2 of a display."""
    tags = {b"wtpt": xyz(0.9642, 1.0, 0.8249), **tags}
    places, body = b"", b""
    for name, data in tags.items():
        places += struct.pack(">4sII", name, 128 + 4 + 12 * len(tags) + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    size = 128 + 4 + len(places) + len(body)
    head = struct.pack(">I4sI4s4s4s12s4s", size, b"lcms", 0x02400000, b"mntr", space, b"XYZ ", b"", b"acsp")
    head += bytes(28) + struct.pack(">iii", *(round(level * 65536) for level in (0.9642, 1.0, 0.8249)))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + places + body


def xyz(*levels: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(level * 65536) for level in levels))


CURVE = b"curv\0\0\0\0" + struct.pack(">IH", 1, 563)


def rgb_profile(primaries: np.ndarray) -> bytes:
    tags = {b"%cXYZ" % letter: xyz(*primaries[:, at]) for at, letter in enumerate(b"rgb")}
    return profile(b"RGB ", tags | {b"%cTRC" % letter: CURVE for letter in b"rgb"})


def as_srgb(colors: np.ndarray, primaries: np.ndarray) -> np.ndarray:
    linear = (colors / 255) ** GAMMA @ (np.linalg.inv(SRGB) @ primaries).T
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("primaries", [DISPLAY_P3, ADOBE_RGB], ids=["display-p3", "adobe-rgb"])
@pytest.mark.parametrize("ending", ["png", "webp", "tiff"])
def test_wide_colours_become_those_of_srgb(tmp_path: Path, ending: str, primaries: np.ndarray) -> None:
    options: dict[str, Any] = {"lossless": True} if ending == "webp" else {}
    Image.fromarray(COLORS).save(tmp_path / f"wide.{ending}", icc_profile=rgb_profile(primaries), **options)

    pixels = open_picture(tmp_path / f"wide.{ending}")

    assert np.abs(pixels[..., :3] - as_srgb(COLORS, primaries)).max() <= 3
    assert np.abs(pixels[0, 0, :3].astype(int) - COLORS[0, 0]).max() > 8  # the raw numbers are others


def test_a_jpeg_has_its_profile_honoured_too(tmp_path: Path) -> None:
    flat = np.broadcast_to(COLORS[:, :1], (16, 16, 3))
    Image.fromarray(flat).save(tmp_path / "wide.jpg", icc_profile=rgb_profile(DISPLAY_P3), quality=100)

    assert np.abs(open_picture(tmp_path / "wide.jpg")[..., :3] - as_srgb(COLORS[0, 0], DISPLAY_P3)).max() <= 5


def test_alpha_and_palette_pictures_keep_their_transparency(tmp_path: Path) -> None:
    pixels = np.dstack([COLORS, np.array([[255, 128, 0, 255]], dtype=np.uint8)])
    Image.fromarray(pixels).save(tmp_path / "soft.png", icc_profile=rgb_profile(DISPLAY_P3))
    indexed = Image.fromarray(COLORS).quantize(8)
    place = indexed.getpixel((3, 0))
    indexed.save(tmp_path / "indexed.png", icc_profile=rgb_profile(DISPLAY_P3), transparency=place)

    soft, index = open_picture(tmp_path / "soft.png"), open_picture(tmp_path / "indexed.png")

    assert soft[0, :, 3].tolist() == [255, 128, 0, 255]
    assert index[0, :, 3].tolist() == [255, 255, 255, 0]
    for read in (soft, index):
        assert np.abs(read[0, :2, :3] - as_srgb(COLORS[0, :2], DISPLAY_P3)).max() <= 3


def test_a_gray_profile_is_honoured_and_gray_stays_gray(tmp_path: Path) -> None:
    linear = profile(b"GRAY", {b"kTRC": b"curv\0\0\0\0\0\0\0\0"})
    Image.fromarray(np.array([[0, 55, 255]], dtype=np.uint8)).save(tmp_path / "gray.png", icc_profile=linear)
    Image.fromarray(np.array([[0, 55 * 257, 65535]], dtype=np.uint16)).save(tmp_path / "deep.png", icc_profile=linear)

    for name in ("gray.png", "deep.png"):
        pixels = open_picture(tmp_path / name)
        assert pixels[0, :, 0].tolist() == pytest.approx([0, 128, 255], abs=2)
        assert (pixels[..., 0] == pixels[..., 1]).all()
        assert (pixels[..., 0] == pixels[..., 2]).all()


def test_srgbs_own_profile_moves_no_colour_by_a_level(tmp_path: Path) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    made = ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownVariableType]  # partly without types there
    own = ImageCms.ImageCmsProfile(made).tobytes()  # pyright: ignore[reportUnknownArgumentType]  # partly without types there
    Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=own)

    assert np.array_equal(open_picture(tmp_path / "a.png")[..., :3], pixels)


WHOLE = rgb_profile(DISPLAY_P3)
BROKEN = {
    "no profile at all": b"not a profile",
    "cut in the header": WHOLE[:60],
    "cut in the tags": WHOLE[:200],
    "tags that lie outside": WHOLE[:136] + b"\xff" * 24 + WHOLE[160:],
    "of another kind of picture": profile(b"GRAY", {b"kTRC": CURVE}),
    "of a space that pictures do not have": profile(b"Lab ", {}),
    "without its curves": profile(b"RGB ", {}),
}


@pytest.mark.parametrize("what", list(BROKEN))
def test_a_profile_that_cannot_be_used_leaves_the_numbers(tmp_path: Path, what: str) -> None:
    Image.fromarray(COLORS).save(tmp_path / "a.png", icc_profile=BROKEN[what])

    assert np.array_equal(open_picture(tmp_path / "a.png")[..., :3], COLORS)


def test_every_frame_of_an_animation_has_the_profile(tmp_path: Path) -> None:
    frames = [Image.fromarray(COLORS), Image.fromarray(COLORS[:, ::-1].copy())]
    icc = rgb_profile(DISPLAY_P3)
    stream = io.BytesIO()
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:], duration=80, icc_profile=icc)
    (tmp_path / "two.png").write_bytes(stream.getvalue())

    read, _ = open_frames(tmp_path / "two.png")

    assert len(read) == 2
    assert np.abs(read[1][..., :3] - as_srgb(COLORS[:, ::-1], DISPLAY_P3)).max() <= 3
