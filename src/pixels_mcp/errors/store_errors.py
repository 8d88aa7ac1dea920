"""The job store or the library cannot be read or written."""

from __future__ import annotations

from pixels_mcp.errors.pixels_error import PixelsError


class StoreError(PixelsError):
    """The job store or the library cannot be read or written."""


class DamagedStoreError(StoreError):
    """A database is damaged, or is no database; it is left as it is."""


class NewerStoreError(StoreError):
    """A database was written by a newer version of pixels-mcp."""


class DiskHeldError(StoreError):
    """The disk takes nothing for now; what waits for it goes on by itself as soon as it does."""


class DiskReadOnlyError(DiskHeldError):
    """The file system is read-only, as one becomes after an error of its disk."""


class DiskFullError(DiskHeldError):
    """The disk has no room for what was to be written; nothing of it was kept."""


class NoLocksError(StoreError):
    """A file system refuses locks, without which two processes would write over each other."""


class RecipeError(StoreError):
    """A PNG carries no recipe, or one that cannot be used."""
