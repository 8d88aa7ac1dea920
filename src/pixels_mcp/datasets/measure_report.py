"""The page of a measurement: the pictures, every feature, the set beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pixels_mcp.datasets.dataset import Dataset, open_pixels
from pixels_mcp.datasets.kinds import KindsMeasure
from pixels_mcp.datasets.measure import SetMeasure
from pixels_mcp.pictures.html_report import HtmlReport
from pixels_mcp.pixelart.pixels import Rgba

_SHOWN_OF_SET = 12


def style_page(
    folder: Path, dataset: Dataset, report: SetMeasure, kinds: KindsMeasure, sprites: Sequence[tuple[Rgba, Path]]
) -> bytes:
    """Write the page.

    Args:
        sprites: What was measured, with their files.
    """
    page = HtmlReport(f"{len(sprites)} pictures beside the set {dataset.name}")
    distance = report.distance
    page.table(
        ("measure", "value"),
        [
            ("style distance", distance.distance),
            ("the set's own distance", distance.own_distance),
            ("ratio (about 1 is one of the set)", distance.ratio),
            ("spread among them over the set's", "-" if report.inconsistency is None else report.inconsistency),
            ("share of near-copies", report.near_copies_share),
            ("share of the set's colors not used", distance.colors_unused),
            ("look like the kind of thing that they are to show", f"{kinds.right} of {kinds.judged}"),
        ],
    )
    page.heading("The pictures")
    copies = set(report.near_copies)
    page.pictures(
        (pixels, f"{file.name}{' (near-copy)' if n in copies else ''}") for n, (pixels, file) in enumerate(sprites)
    )
    mistaken = [
        (file.name, asked, seen or "-")
        for asked, seen, (_, file) in zip(kinds.asked, kinds.seen, sprites, strict=True)
        if asked and asked != seen
    ]
    if mistaken:
        page.heading("To show one kind of thing, looking like another")
        page.table(("picture", "is to show", "looks like"), mistaken)
    page.heading("Every feature, the furthest first")
    page.table(
        ("feature", "value", "expected", "spread", "spreads off"),
        [(one.name, one.value, one.expected, one.spread, one.off) for one in distance.furthest],
    )
    page.heading("Some of the set")
    some = dataset.pictures[:_SHOWN_OF_SET]
    page.pictures((open_pixels(folder, one), one.caption) for one in some)
    return page.to_html()
