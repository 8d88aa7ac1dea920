"""What is redrawn of a kept picture: the part that the model sees, what stays of it, and how the result goes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pixels_mcp.engines.base import Mask, Rgba
from pixels_mcp.errors import RegionError, SizeNotSupportedError
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.pixelart.drawing.fitting import fit
from pixels_mcp.pixelart.motion.tracking import track_pixels
from pixels_mcp.requests import RedrawRequest
from pixels_mcp.worker.planning.settle import Settled
from pixels_mcp.worker.planning.shelf import Shelf

if TYPE_CHECKING:
    from pixels_mcp.pixelart.finish import FinishedPicture


@dataclass(frozen=True, eq=False)
class Redrawing:
    """An edit on its way: the picture, what of it changes, and the window that is drawn.

    Attributes:
        picture: (H, W, 4) as it is.
        changes: (H, W) bool: True where it is redrawn; every other pixel stays to the bit.
        left, top: Where the window stands on the picture, in px; less than 0 where it reaches beyond.
        window_px: Width and height of the window.
        noise_from: (render height, render width, 2) where a frame's noise comes from, as of `Row`; None for a picture
            of its own.
        render_px: Width and height of the render, whole multiples of the window's for a model that draws large.
    """

    picture: Rgba
    changes: Mask
    left: int
    top: int
    window_px: tuple[int, int]
    render_px: tuple[int, int]
    noise_from: NDArray[np.int64] | None = None

    def seen(self) -> Rgba:
        """What the model starts from: (H, W, 4) of the render's size."""
        return fit(self._cut(self.picture), self.render_px)

    def kept(self) -> Mask | None:
        """(H, W) of the render's size: where it stays; None where all of the window is redrawn."""
        changing = np.zeros((*self.changes.shape, 4), dtype=np.uint8)
        changing[self.changes] = 255
        changing = self._cut(changing)
        return None if (changing[..., 3] > 0).all() else fit(changing, self.render_px)[..., 3] == 0

    def drawn_part(self, render: Rgba) -> Rgba:
        """The window's part of a render, without the rim that no pixel of it fills."""
        factor = min(self.render_px[0] // self.window_px[0], self.render_px[1] // self.window_px[1])
        width, height = self.window_px[0] * factor, self.window_px[1] * factor
        left, top = (self.render_px[0] - width) // 2, (self.render_px[1] - height) // 2
        return render[top : top + height, left : left + width]

    def put_back(self, finished: FinishedPicture) -> FinishedPicture:
        """Set the redrawn pixels into the picture, and measure it anew."""
        from pixels_mcp.pixelart.quality import measure_facts

        height, width = self.picture.shape[:2]
        drawn = np.zeros((height, width, 4), dtype=np.uint8)
        rows = slice(max(0, self.top), min(height, self.top + self.window_px[1]))
        columns = slice(max(0, self.left), min(width, self.left + self.window_px[0]))
        drawn[rows, columns] = finished.pixels[
            rows.start - self.top : rows.stop - self.top, columns.start - self.left : columns.stop - self.left
        ]
        whole = np.where(self.changes[..., None], drawn, self.picture)
        facts = measure_facts(whole, background_removed=finished.facts.background_removed)
        return replace(finished, pixels=whole, facts=facts)

    def _cut(self, picture: Rgba) -> Rgba:
        width, height = self.window_px
        around = max(width, height)
        room = np.pad(picture, ((around, around), (around, around), (0, 0)))
        return room[around + self.top :, around + self.left :][:height, :width]


def plan_redrawings(request: RedrawRequest, model: ModelEntry, settled: Settled, shelf: Shelf) -> list[Redrawing]:
    """What each variant redraws: the picture, or of a clip the frame of its number.

    Raises:
        StoreError: A kept picture is gone.
        RegionError: The mask has another size than the picture, or names nothing.
        SizeNotSupportedError: What changes is larger than the model draws at once.
    """
    picture = shelf.picture(request.reference)
    if picture.shape[0] % request.frames:
        raise RegionError(
            f"a picture of {picture.shape[0]} rows is not {request.frames} frames of one height",
            hint="lay the frames one below the other",
        )
    if request.frames == 1:
        return [_plan_redrawing(picture, request, model, settled, shelf)] * request.count
    pictures = np.split(picture, request.frames)
    plans = [_plan_redrawing(frame, request, model, settled, shelf) for frame in pictures]
    return [replace(plan, noise_from=_noise_from(plan, plans[0])) for plan in plans]


def _noise_from(plan: Redrawing, first: Redrawing) -> NDArray[np.int64]:
    """Where each pixel of a frame's render stood in the first frame's."""
    factor = plan.render_px[0] // plan.window_px[0]
    rim = [(render - side * factor) // 2 for render, side in zip(plan.render_px, plan.window_px, strict=True)]
    places = track_pixels(plan.picture, first.picture)
    from_places = np.full((plan.render_px[1], plan.render_px[0], 2), -1, dtype=np.int64)
    rows, columns = np.indices((plan.render_px[1], plan.render_px[0]))
    # From the render to the frame, to the first frame, and to its render.
    down, right = (rows - rim[1]) // factor + plan.top, (columns - rim[0]) // factor + plan.left
    height, width = plan.picture.shape[:2]
    inside = (down >= 0) & (down < height) & (right >= 0) & (right < width)
    there = places[down[inside], right[inside]]
    source = np.full_like(from_places, -1)
    source[inside] = there
    moved_rows = (source[..., 0] - first.top) * factor + rim[1] + (rows - rim[1]) % factor
    moved_columns = (source[..., 1] - first.left) * factor + rim[0] + (columns - rim[0]) % factor
    held = (source[..., 0] >= 0) & (moved_rows >= 0) & (moved_columns >= 0)
    held &= (moved_rows < plan.render_px[1]) & (moved_columns < plan.render_px[0])
    from_places[held] = np.stack([moved_rows[held], moved_columns[held]], axis=-1)
    return from_places


def _plan_redrawing(
    picture: Rgba, request: RedrawRequest, model: ModelEntry, settled: Settled, shelf: Shelf
) -> Redrawing:
    """Choose what the model is shown: the whole picture of one that draws large, else a window of its own size."""
    height, width = picture.shape[:2]
    changes = picture[..., 3] > 0 if request.frames > 1 else np.ones((height, width), dtype=np.bool_)
    if request.mask_sha256 is not None:
        mask = shelf.picture(request.mask_sha256)
        if mask.shape != picture.shape:
            raise RegionError(
                f"the mask is {mask.shape[1]} x {mask.shape[0]} px, the picture {width} x {height}",
                hint="give a mask of the picture's size",
            )
        changes = mask[..., 3] > 0
    if not changes.any():
        raise RegionError("the mask names no pixel of the picture", hint="mark what shall be redrawn")
    if not model.draws_native_pixels:
        render_px = model.render_size_px(width, height, exact=not settled.transparent)
        return Redrawing(picture, changes, 0, 0, (width, height), render_px)
    window_px = settled.render_px
    left = _window_at(np.logical_or.reduce(changes, axis=0), window_px[0])
    top = _window_at(np.logical_or.reduce(changes, axis=1), window_px[1])
    if request.tiling != "none" and (width, height) != window_px:
        raise SizeNotSupportedError(
            f"{model.name} redraws a ground of {window_px[0]}x{window_px[1]} px whole, this has {width}x{height}",
            hint="edit one of that size",
        )
    if left is None or top is None:
        rows, columns = np.flatnonzero(changes.any(axis=1)), np.flatnonzero(changes.any(axis=0))
        raise SizeNotSupportedError(
            f"what changes spans {columns[-1] - columns[0] + 1} x {rows[-1] - rows[0] + 1} px, {model.name} draws "
            f"{window_px[0]} x {window_px[1]} at once",
            hint="change it part by part (extend one side a time), or take a model that draws large",
        )
    return Redrawing(picture, changes, left, top, window_px, settled.render_px)


def _window_at(changing: Mask, window: int) -> int | None:
    """Where a window begins along one axis so that what changes stands about its middle; None where it is too small."""
    places = np.flatnonzero(changing)
    first, last, length = int(places[0]), int(places[-1]), len(changing)
    if last - first >= window:
        return None
    if length <= window:
        return (length - window) // 2
    return min(max(0, (first + last + 1 - window) // 2), length - window)
