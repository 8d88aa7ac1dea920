"""A game's folder, or the game itself."""

from __future__ import annotations

from pixels_mcp.errors.pixels_error import PixelsError


class DeployError(PixelsError):
    """A sprite cannot be put into a game's folder."""


class NotABevyProjectError(DeployError):
    """A folder holds no game that uses Bevy, or more than one."""


class UnsupportedBevyError(DeployError):
    """The game uses a Bevy that is too old, or only parts of Bevy."""


class NameTakenError(DeployError):
    """Another file has the name that a sprite was to get."""


class GameFolderError(DeployError):
    """The game's folder cannot be read or written."""


class NothingToUndoError(DeployError):
    """No earlier state of that name is kept."""


class SheetFileError(DeployError):
    """A `*.sprite.ron` file is not usable, or what was to be written into one is not."""


class WatchRefusedError(DeployError):
    """The system allows no (further) folder to be watched for changes."""


class GameNotAnsweringError(DeployError):
    """The running game was asked for something and did not answer, or no game runs."""
