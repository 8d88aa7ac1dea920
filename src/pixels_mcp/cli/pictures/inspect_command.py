"""`pixels-mcp inspect`: what a picture is, without changing it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pixels_mcp.cli.output import print_json, print_result

_KINDS = {
    "native": "pixel art",
    "grid": "looks like pixel art, but its cells are not whole pixels of one color: `pixels-mcp pixelize` it",
    "none": "shows no pixel grid",
}


def inspect(
    picture: Annotated[Path, typer.Argument(help="A picture file.", metavar="FILE")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print the pixel facts of a picture."""
    from pixels_mcp.pixelart.inspection import inspect_picture
    from pixels_mcp.pixelart.pictures import open_frames
    from pixels_mcp.pixelart.sheets.animation import shown_time_ms

    frames, shown_ms = open_frames(picture)
    times_ms = [shown_time_ms(shown) for shown in shown_ms]
    inspection = inspect_picture(frames[0])
    if as_json:
        moves = {"frames": len(frames), "frame_ms": times_ms} if len(frames) > 1 else {}
        print_json({"file": str(picture), **moves, **inspection.to_dict()})
        return
    facts = inspection.facts
    if len(frames) > 1:
        print_result(f"{picture}: {len(frames)} frames, shown {', '.join(map(str, times_ms))} ms; of the first:")
    print_result(f"{picture}: {_KINDS[inspection.kind]}")
    size = f"{facts.width_px} x {facts.height_px} px"
    if inspection.art_width_px is not None and (inspection.art_width_px, inspection.art_height_px) != (
        facts.width_px,
        facts.height_px,
    ):
        size += f", the art {inspection.art_width_px} x {inspection.art_height_px} px (cells of {facts.cell_px:g} px)"
    print_result(f"  size         {size}")
    shown = " ".join(facts.palette[:12]) + (" ..." if facts.colors > 12 else "")
    print_result(f"  colors       {facts.colors}: {shown}")
    print_result(f"  alpha        {facts.alpha_levels} levels")
    print_result(f"  on one grid  {'yes' if facts.on_grid else 'no'}")
    print_result(
        f"  drawing      x {facts.bounding_box[0]}, y {facts.bounding_box[1]}, "
        f"{facts.bounding_box[2]} x {facts.bounding_box[3]} px; margins {facts.margins}"
    )
    print_result(f"  orphans      {facts.orphan_pixels_per_1000:g} per 1,000 pixels")
    print_result(f"  seams        x {facts.seam_error_x:g}, y {facts.seam_error_y:g}")
    if inspection.cell_candidates:
        sizes = ", ".join(f"{cell_px:.4g} px ({contrast:.2f})" for cell_px, contrast in inspection.cell_candidates)
        print_result(f"  cells of     {sizes}")
