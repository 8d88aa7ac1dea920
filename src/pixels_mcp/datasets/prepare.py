"""Make a set of a folder or zip of pictures: native pixels on square canvases, captions, a tenth held out."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pixels_mcp import png
from pixels_mcp.datasets.dataset import (
    CANVASES_PX,
    PICTURES_FOLDER,
    Dataset,
    DatasetPicture,
    LeftOutPicture,
    read_set,
    write_set,
)
from pixels_mcp.datasets.name_captions import caption_of_name
from pixels_mcp.datasets.sidecars import SidecarCaptions, read_sidecars
from pixels_mcp.datasets.source_pictures import SourcePicture, opened_source, read_sources
from pixels_mcp.errors import DatasetError, PixelsError
from pixels_mcp.exemplars.ramps import main_colors
from pixels_mcp.pixelart.drawing.canvas import place, trim
from pixels_mcp.pixelart.near_copies import alike_groups, near_copies, share_different
from pixels_mcp.pixelart.pixelize import pixelize
from pixels_mcp.pixelart.pixels import Rgba

FEWEST_PICTURES = 8
"""Of fewer pictures a model learns the pictures, not their style."""
COLORS_MAX = 200
"""Art of more colors is a photograph or a painting."""
SMALLEST_ART_PX = 4
COPY_SHARE = 0.06
"""Near-copies of which so small a share of the pixels looks different are one picture."""
HELD_OUT_SHARE, HELD_OUT_MIN = 0.1, 2
_LEFT_OUT_TOLD = 5


@dataclass(frozen=True, eq=False)
class _Taken:
    """A picture that may enter the set."""

    label: str
    name: str
    pixels: Rgba
    art_px: tuple[int, int]
    fills: bool
    recovered: bool
    caption: str
    from_file: bool


def prepare_set(
    source: Path,
    target: Path,
    *,
    license_name: str | None = None,
    replace_set: bool = False,
    told: Callable[[str], None] | None = None,
) -> Dataset:
    """Read, recover, sort out, caption, and write the set; captions that people or assistants wrote are kept.

    Args:
        source: A folder or a zip.
        target: The set's folder; what was there is replaced as a whole, once the new set is whole.
        license_name: Of the pictures.
        replace_set: The folder may hold a set already.
        told: Called with the name of each picture as it is read.

    Raises:
        DatasetError: Too few pictures can be used (says why each was not), the target is no set, or cannot be written.
    """
    former = _former(target, replace_set=replace_set)
    left_out: list[LeftOutPicture] = []
    with opened_source(source) as folder:
        captions = read_sidecars(folder)
        taken: list[_Taken] = []
        for one in read_sources(folder):
            if told:
                told(one.label)
            try:
                taken.append(_take(one, captions))
            except PixelsError as error:
                left_out.append(LeftOutPicture(source=one.label, why=error.message))
        _check_captions(captions, source)
    taken = _without_copies(taken, left_out)
    if len(taken) < FEWEST_PICTURES:
        raise DatasetError(
            f"{len(taken)} pictures of {source.name} can be used, a style needs {FEWEST_PICTURES} at least and 20 "
            f"or more to be learned well{_why(left_out)}",
            hint="add pictures of the same look",
        )
    dataset = _dataset(target.name, taken, left_out, license_name, former)
    _write(target, dataset, taken)
    return dataset


def _former(target: Path, *, replace_set: bool) -> dict[str, DatasetPicture]:
    """Pictures of the set that stands there, by their hash.

    Raises:
        DatasetError: Something else stands there, or a set that may not be replaced.
    """
    if not target.exists():
        return {}
    if target.is_dir() and not any(target.iterdir()):
        return {}
    former = read_set(target)
    if not replace_set:
        raise DatasetError(
            f"{target} holds a set already, of {len(former.pictures)} pictures",
            hint="`--replace` makes it anew and keeps captions that somebody wrote; or name another folder",
        )
    return {picture.sha256: picture for picture in former.pictures}


def _take(one: SourcePicture, captions: SidecarCaptions) -> _Taken:
    """Bring a picture to native pixels on its canvas.

    Raises:
        PixelsError: It cannot be used; the message says why.
    """
    if one.pixels is None:
        raise DatasetError(one.problem)
    made = pixelize(one.pixels)
    art = trim(_hard(made.pixels))
    height, width = art.shape[:2]
    if max(width, height) < SMALLEST_ART_PX or not (art[..., 3] > 0).any():
        raise DatasetError(f"shows {width} x {height} px only")
    if made.facts.colors > COLORS_MAX:
        raise DatasetError(f"has {made.facts.colors} colors: a photograph or a painting, not pixel art")
    side = next((side for side in CANVASES_PX if max(width, height) <= side), None)
    if side is None:
        raise DatasetError(f"its art is {width} x {height} px, the largest canvas is {CANVASES_PX[-1]}; cut it up")
    # Standing things keep their feet where most art has them: the spare row is left above.
    canvas = place(art, (side, side))
    spare = (side - height) % 2
    canvas = np.roll(canvas, spare, axis=0) if spare else canvas
    written = captions.caption_of(one.name)
    caption = written if written is not None else caption_of_name(one.name, one.clip, canvas)
    return _Taken(
        label=one.label,
        name=one.name,
        pixels=canvas,
        art_px=(width, height),
        fills=width == height == side and bool((canvas[..., 3] > 0).mean() >= 0.95),
        recovered=made.source_cell_px is not None and max(made.source_cell_px) > 1,
        caption=caption,
        from_file=written is not None,
    )


def _hard(pixels: Rgba) -> Rgba:
    """Alpha of 0 or 255, no color under 0."""
    hard = pixels.copy()
    hard[..., 3] = np.where(pixels[..., 3] > 127, 255, 0)
    hard[hard[..., 3] == 0] = 0
    return hard


def _check_captions(captions: SidecarCaptions, source: Path) -> None:
    unused = captions.unused()
    if captions.by_name and len(unused) == len(captions.by_name):
        raise DatasetError(
            f"the {len(unused)} captions in {source.name} name none of its pictures (for example {unused[0]!r})",
            hint="captions are called as their picture is, or name it in a column file_name",
        )


def _without_copies(taken: list[_Taken], left_out: list[LeftOutPicture]) -> list[_Taken]:
    """Keep the first of pictures that are one."""
    copy_of: dict[int, int] = {}
    for side in sorted({one.pixels.shape[0] for one in taken}):
        numbers = [n for n, one in enumerate(taken) if one.pixels.shape[0] == side]
        for a, b in near_copies(np.stack([taken[n].pixels for n in numbers])):
            first, second = numbers[min(a, b)], numbers[max(a, b)]
            if first == second or second in copy_of or first in copy_of:
                continue
            if share_different(taken[first].pixels, taken[second].pixels) < COPY_SHARE:
                copy_of[second] = first
    for second, first in sorted(copy_of.items()):
        left_out.append(LeftOutPicture(source=taken[second].label, why=f"nearly the same as {taken[first].label}"))
    return [one for number, one in enumerate(taken) if number not in copy_of]


def _dataset(
    name: str,
    taken: list[_Taken],
    left_out: list[LeftOutPicture],
    license_name: str | None,
    former: dict[str, DatasetPicture],
) -> Dataset:
    held_out = _held_out(taken)
    pictures: list[DatasetPicture] = []
    for number, (one, held) in enumerate(zip(taken, held_out, strict=True)):
        data = png.encode_png(one.pixels)
        sha256 = hashlib.sha256(data).hexdigest()
        stem = re.sub(r"[^a-z0-9]+", "-", Path(one.name).stem.lower()).strip("-")[:60] or "picture"
        picture = DatasetPicture(
            file=f"{number + 1:04d}-{stem}.png",
            sha256=sha256,
            source=one.label[:1_000],
            canvas_px=one.pixels.shape[0],
            art_px=one.art_px,
            fills=one.fills,
            colors=len(np.unique(one.pixels[one.pixels[..., 3] > 0], axis=0)),
            color_words=tuple(main_colors(one.pixels)),
            caption=one.caption,
            caption_author="file" if one.from_file else "name",
            held_out=held,
            recovered=one.recovered,
        )
        was = former.get(sha256)
        if was is not None and was.caption_author in ("assistant", "person"):
            picture = picture.model_copy(update={"caption": was.caption, "caption_author": was.caption_author})
        pictures.append(picture)
    return Dataset(name=name[:128] or "set", license=license_name, pictures=tuple(pictures), left_out=tuple(left_out))


def _held_out(taken: list[_Taken]) -> list[bool]:
    """Set whole groups of alike pictures apart, a tenth of all and at least two."""
    groups = alike_groups([one.label for one in taken], [one.pixels for one in taken])
    # Frames of one file are one thing.
    by_name: dict[str, int] = {}
    groups = [by_name.setdefault(one.name, group) for one, group in zip(taken, groups, strict=True)]
    members: dict[int, list[int]] = {}
    for number, group in enumerate(groups):
        members.setdefault(group, []).append(number)
    wanted = max(HELD_OUT_MIN, round(HELD_OUT_SHARE * len(taken)))
    held = [False] * len(taken)
    by_chance = sorted(members.values(), key=lambda group: hashlib.sha256(taken[group[0]].label.encode()).hexdigest())
    for group in by_chance:
        if (
            sum(held) < wanted
            and sum(held) + len(group) <= max(wanted * 1.5, HELD_OUT_MIN)
            and len(group) * 2 < len(taken)
        ):
            for number in group:
                held[number] = True
    return held


def _write(target: Path, dataset: Dataset, taken: list[_Taken]) -> None:
    """Write the set beside its place and move it there whole."""
    staged = target.with_name(f".{target.name}.new")
    former = target.with_name(f".{target.name}.old")
    try:
        for folder in (staged, former):
            shutil.rmtree(folder, ignore_errors=True)
        (staged / PICTURES_FOLDER).mkdir(parents=True)
        for picture, one in zip(dataset.pictures, taken, strict=True):
            (staged / PICTURES_FOLDER / picture.file).write_bytes(png.encode_png(one.pixels))
        write_set(staged, dataset)
        if target.exists():
            target.replace(former)
        staged.replace(target)
        shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise DatasetError(
            f"cannot write {target}: {error.strerror}", hint="make room, or name another folder"
        ) from error


def _why(left_out: list[LeftOutPicture]) -> str:
    if not left_out:
        return ""
    told = "; ".join(f"{one.source}: {one.why}" for one in left_out[:_LEFT_OUT_TOLD])
    more = len(left_out) - _LEFT_OUT_TOLD
    return f"; left out: {told}" + (f"; and {more} more" if more > 0 else "")
