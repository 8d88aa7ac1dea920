"""The readme for a package index: links that lead there from anywhere, once the project has an address."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

REPOSITORY = ""
"""Where the project is shown, such as https://HOST/OWNER/pixels-mcp/blob/main; empty until there is such a place."""


class ReadmeHook(MetadataHookInterface):
    """Writes the README into the package's metadata."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set `readme` (hatchling's word for the long description)."""
        text = (Path(self.root) / "README.md").read_text("utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": with_absolute_links(text, REPOSITORY)}


def with_absolute_links(markdown: str, repository: str) -> str:
    """Return the text with each link and picture of this project under `repository`; unchanged when that is empty."""
    if not repository:
        return markdown
    return re.sub(r"(\]\()(?!https?://|#|mailto:)", rf"\g<1>{repository.rstrip('/')}/", markdown)
