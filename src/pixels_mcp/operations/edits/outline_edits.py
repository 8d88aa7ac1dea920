"""The line around a drawing: added, or taken away."""

from __future__ import annotations

from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.edits.edited import Edited, EditInputs
from pixels_mcp.pixelart.colors.color import hex_code
from pixels_mcp.pixelart.colors.palettes import parse_color
from pixels_mcp.pixelart.drawing.outline import add_outline, darkest_color, remove_outline


def outline(request: EditRequest, inputs: EditInputs) -> Edited:
    """Draw a line around the drawing (`outer`), make its own rim one (`inner`), or take the line away (`none`).

    Raises:
        PixelArtError: There is no line to take away.
        PaletteError: The color is none.
    """
    assert request.outline is not None
    if request.outline == "none":
        return Edited(remove_outline(inputs.sprite), plan={"outline": "none"})
    color = darkest_color(inputs.sprite) if request.color is None else parse_color(request.color)
    lined = add_outline(inputs.sprite, request.outline, color)
    grown = lined.shape != inputs.sprite.shape
    notes = ("the line had no room: the picture is a pixel larger on each side",) if grown else ()
    return Edited(lined, notes, {"outline": request.outline, "color": hex_code(color)})
