"""Weights that cannot be used, fetched or made."""

from __future__ import annotations

from pixels_mcp.errors.pixels_error import PixelsError


class ModelFileError(PixelsError):
    """A weights file is missing, truncated, of another kind, or of a format that is never loaded."""


class PullError(PixelsError):
    """A model cannot be fetched: its site refuses or lies, or it is nothing that can be drawn with."""


class TrainingError(PixelsError):
    """A training recipe cannot run or go on."""


class DatasetError(TrainingError):
    """A set of pictures cannot be made, read or trained on."""
