"""A settings file, a variable or a flag is not usable."""

from __future__ import annotations

from pixels_mcp.errors.pixels_error import PixelsError


class SettingsError(PixelsError):
    """A settings file, environment variable or flag is not usable."""


class StyleFileError(SettingsError):
    """A game's `pixels.toml` is not usable; names file, line and key."""


class AddressTakenError(SettingsError):
    """Another program listens at the address that was set."""
