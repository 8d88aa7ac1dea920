"""The page of a prepared set: every picture with its caption, what the check says, what was left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pixels_mcp.datasets.check import SetFinding
from pixels_mcp.datasets.dataset import REPORT_FILE, Dataset, open_pixels
from pixels_mcp.errors import DatasetError
from pixels_mcp.files import write_whole
from pixels_mcp.pictures.html_report import HtmlReport


def write_report(folder: Path, dataset: Dataset, findings: Sequence[SetFinding]) -> Path:
    """Write `SET/report.html`.

    Raises:
        DatasetError: It cannot be written, or a picture is another than the set says.
    """
    page = HtmlReport(f"Set {dataset.name}: {len(dataset.pictures)} pictures")
    page.heading("What the check says")
    for finding in findings:
        page.text(f"{finding.level}: {finding.text}", kind=finding.level)
    page.table(("canvas, px", "pictures"), [(str(side), count) for side, count in dataset.canvases().items()])
    numbered = list(enumerate(dataset.pictures, start=1))
    for title, held_out in (("Trained on", False), ("Held out, never trained on", True)):
        page.heading(title)
        page.pictures(
            (open_pixels(folder, one), f"{number}. {one.caption or '(no caption)'} [{one.source}]")
            for number, one in numbered
            if one.held_out == held_out
        )
    if dataset.left_out:
        page.heading("Left out")
        page.table(("picture", "why"), [(one.source, one.why) for one in dataset.left_out])
    try:
        write_whole(folder / REPORT_FILE, page.to_html())
    except OSError as error:
        raise DatasetError(f"cannot write {folder / REPORT_FILE}: {error.strerror}", hint="make room there") from error
    return folder / REPORT_FILE
