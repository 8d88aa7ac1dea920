"""A report as one HTML file: pictures as data addresses, tables, no script, no foreign address."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

from pixels_mcp import png
from pixels_mcp.pixelart.pixels import Rgba

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;
background:#1c1c22;color:#e6e6ea}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse}td,th{padding:.2rem .8rem;
border-bottom:1px solid #3a3a44;text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums}
.strip{display:flex;flex-wrap:wrap;gap:.6rem}figure{margin:0;width:7.5rem;font-size:.75rem;overflow-wrap:anywhere}
img{width:96px;height:96px;object-fit:contain;image-rendering:pixelated;background:
repeating-conic-gradient(#76767a 0 25%,#8a8a8e 0 50%) 0 0/16px 16px}img.wide{width:100%;height:auto;background:none}
.stop{color:#ff8a80}.warning{color:#ffd180}.note{color:#a5d6ff}
"""


class HtmlReport:
    """Collects the parts of a report in their order."""

    def __init__(self, title: str) -> None:
        self._title, self._parts = title, [f"<h1>{escape(title)}</h1>"]

    def heading(self, text: str) -> None:
        """Begin a part."""
        self._parts.append(f"<h2>{escape(text)}</h2>")

    def text(self, text: str, *, kind: str = "") -> None:
        """A paragraph; `kind` is stop, warning or note."""
        self._parts.append(f'<p class="{escape(kind)}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>")

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[str | float]]) -> None:
        """A table; numbers stand to the right."""
        head = "".join(f"<th>{escape(one)}</th>" for one in heads)
        body = "".join("<tr>" + "".join(_cell(one) for one in row) + "</tr>" for row in rows)
        self._parts.append(f"<table><tr>{head}</tr>{body}</table>")

    def pictures(self, pictures: Iterable[tuple[Rgba, str]]) -> None:
        """Pictures side by side, enlarged without blur, a line below each."""
        shown = "".join(
            f'<figure><img src="{_address(pixels)}" alt=""><figcaption>{escape(said)}</figcaption></figure>'
            for pixels, said in pictures
        )
        self._parts.append(f'<div class="strip">{shown}</div>')

    def wide(self, pixels: Rgba) -> None:
        """One picture as wide as the page."""
        self._parts.append(f'<img class="wide" src="{_address(pixels)}" alt="">')

    def to_html(self) -> bytes:
        """The whole file."""
        head = f'<meta charset="utf-8"><title>{escape(self._title)}</title><style>{_STYLE}</style>'
        return (
            f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(self._parts)}</body></html>\n'.encode()
        )


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return f"<td>{escape(value)}</td>"
    return f'<td class="n">{value:,.3f}</td>' if isinstance(value, float) else f'<td class="n">{value:,}</td>'


def _address(pixels: Rgba) -> str:
    return "data:image/png;base64," + base64.b64encode(png.encode_png(pixels)).decode()
