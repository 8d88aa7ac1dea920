"""A model that a site offers, before it is fetched. Pure functions."""

from __future__ import annotations

from pixels_mcp.models.pull.pull_model import target_name
from pixels_mcp.models.pull.short_list import SHORT_LIST
from pixels_mcp.models.pull.sites import Offer
from pixels_mcp.tui.lines.printed import one_line


def address_words() -> str:
    """What can be fetched."""
    names = ", ".join(one.name for one in SHORT_LIST)
    return f"hf:OWNER/REPO/FILE, civitai:VERSION, an https:// address, or a short name: {names}"


def offer_words(offer: Offer) -> str:
    """What it is, where from, under which license, and whether its sum can be checked."""
    size = "of unknown size" if offer.size_bytes is None else f"{offer.size_bytes / 2**20:,.0f} MiB"
    return "\n".join(
        [
            f"{one_line(offer.file_name, 50)}, {size}",
            f"from {one_line(offer.source, 100)}, as {target_name(offer)}",
            f"license: {one_line(offer.license or 'none stated', 100)}",
            "its site promises a sum, which is checked" if offer.sha256 else "its site promises no sum to check",
        ]
    )


def share_words(there: int, total: int | None) -> str:
    """How much has come."""
    return f"{there / 2**20:,.0f} MiB" if not total else f"{100 * there / total:.0f} % of {total / 2**20:,.0f} MiB"
