"""A recipe and the server that drew it: followed where the same seed draws the same picture, else refused by name."""

from __future__ import annotations

from pixels_mcp.errors import RecipeError
from pixels_mcp.models.describe import MINI
from pixels_mcp.worker.planning.recorded import RecordedPlan
from pixels_mcp.worker.planning.shelf import Shelf


def check_server(recorded: RecordedPlan, shelf: Shelf) -> None:
    """Refuse to follow a recipe where another program would draw, or another version of it, or another device.

    The address may be another one: a server that was moved draws the same.

    Raises:
        RecipeError: Says who drew it and who would draw now.
        ServerGoneError, NotComfyError, OldServerError, ServerLoginError: The server cannot be asked.
    """
    by, served = recorded.server, shelf.served
    if by is None:
        if served is not None and recorded.model != MINI:
            raise RecipeError(
                f"the recipe was drawn by the embedded engine; now the ComfyUI at {served.url.http} draws",
                hint="set engine = diffusers to draw it again",
            )
        return
    drawn_by = f"the recipe was drawn by ComfyUI {by.version} on {by.device}"
    if served is None:
        raise RecipeError(
            f"{drawn_by}; now the embedded engine draws",
            hint=f"set engine = comfyui and comfyui_url to draw it again (it was {by.url})",
        )
    now = served.now()
    if now.trouble is not None:
        raise now.trouble
    if now.facts is not None and (now.facts.version, now.facts.device_name) != (by.version, by.device):
        raise RecipeError(
            f"{drawn_by}, the one at {served.url.http} is {now.facts.version} on {now.facts.device_name}: "
            "the same seed draws another picture there",
            hint=f"set comfyui_url to a ComfyUI {by.version} (it was {by.url}), or ask anew with the same words",
        )
