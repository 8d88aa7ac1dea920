"""The one client that every face uses: typed in, typed out, usable from several threads, cheap to import."""

from pixels_mcp.client.calls import Client
from pixels_mcp.client.connection import Link

__all__ = ["Client", "Link"]
