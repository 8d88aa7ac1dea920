"""Turn, mirror, cut, pad and resize: pixel for pixel, nothing is sampled anew."""

from __future__ import annotations

from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.edits.edited import Edited, EditInputs
from pixels_mcp.pixelart.drawing.transforms import crop_by, enlarge_by, mirror, pad_by, shrink_by, turn


def rotate(request: EditRequest, inputs: EditInputs) -> Edited:
    """Turn clockwise by quarters."""
    return Edited(turn(inputs.sprite, request.turns), plan={"turns": request.turns})


def flip(request: EditRequest, inputs: EditInputs) -> Edited:
    """Mirror along an axis."""
    return Edited(mirror(inputs.sprite, "x" if request.axis == "x" else "y"), plan={"axis": request.axis})


def crop(request: EditRequest, inputs: EditInputs) -> Edited:
    """Cut pixels off the sides.

    Raises:
        PictureSizeError: Nothing would be left.
    """
    return Edited(crop_by(inputs.sprite, *request.sides_px), plan={"sides_px": list(request.sides_px)})


def pad(request: EditRequest, inputs: EditInputs) -> Edited:
    """Add transparent pixels at the sides.

    Raises:
        PictureSizeError: It becomes too large.
    """
    return Edited(pad_by(inputs.sprite, *request.sides_px), plan={"sides_px": list(request.sides_px)})


def resize(request: EditRequest, inputs: EditInputs) -> Edited:
    """Enlarge by a whole factor, or undo that with a negative one.

    Raises:
        PictureSizeError: It becomes too large, or is no enlarged picture.
    """
    assert request.factor is not None
    resized = (
        enlarge_by(inputs.sprite, request.factor) if request.factor > 0 else shrink_by(inputs.sprite, -request.factor)
    )
    return Edited(resized, plan={"factor": request.factor})
