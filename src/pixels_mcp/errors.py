"""Every error that pixels-mcp raises on purpose, as one tree.

    PixelsError
    +-- RequestError            what was asked cannot be done as asked
    |   +-- UnknownModelError, UnknownSpriteError, UnknownJobError, ...
    +-- EngineError             drawing failed
    |   +-- OutOfDeviceMemory, RenderStopped, CannotCompileError, NoLaneError, RayVersionError
    |   +-- EngineGoneError     and LaneLostError, where it was elsewhere; ServerGoneError, a ComfyUI
    |   +-- NotComfyError, OldServerError, ServerLoginError, GraphRefusedError, CancelledElsewhereError
    +-- ModelFileError          a weights file is not usable
    +-- PullError               a model cannot be fetched
    +-- PixelArtError           a picture cannot become pixel art
    |   +-- UnreadablePictureError, PictureTooLargeError, NoGridError, PaletteError, ...
    +-- StoreError              job store or library
    |   +-- DamagedStoreError, NewerStoreError, DiskFullError, NoLocksError, RecipeError, ...
    +-- WireError               a call between two processes
    |   +-- DecodeError, NoAnswerError, NoWorkerError, WorkerRunningError, OtherVersionError, ...
    |   +-- PairingLineError, NotPairedError, OtherMachineError     a worker on another machine
    +-- DeployError             a game's folder
    |   +-- NotABevyProjectError, UnsupportedBevyError, NameTakenError, ...
    +-- TrainingError           a recipe cannot run
    |   +-- DatasetError        a set of pictures cannot be made or used
    +-- SettingsError           a settings file, variable or flag
        +-- StyleFileError      a game's pixels.toml
        +-- AddressTakenError   another program listens where this one was to

An error is named for what happened, its message carries the numbers, its hint names the next step. A foreign
error is translated where it enters (`raise ... from error`). What a face can do about it is no text but a value, its
`steps`. On the wire an error travels as its class name (`code`), message, hint and steps, and comes back as the same
class (`from_code`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pixels_mcp.next_steps import NextStep


class PixelsError(Exception):
    """Base of every error that pixels-mcp raises on purpose.

    Args:
        message: What happened, with numbers; no final full stop.
        hint: The next step for the reader, as a sentence fragment that names no command and no tool; may be empty.
        steps: What pixels-mcp itself can do about it; each face has its own words for that.
    """

    def __init__(self, message: str, *, hint: str = "", steps: Sequence[NextStep] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.steps = tuple(steps)

    @property
    def code(self) -> str:
        """The class name, which is the error's name on the wire and in `--json`."""
        return type(self).__name__

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


def from_code(code: str, message: str, hint: str, steps: Sequence[NextStep] = ()) -> PixelsError:
    """Make the error that another process named; an unknown code becomes a plain `PixelsError`.

    Args:
        code: Class name as sent.
        message: What happened.
        hint: Next step.
        steps: What pixels-mcp can do about it.
    """
    known = {cls.__name__: cls for cls in _tree(PixelsError)}
    cls = known.get(code, PixelsError)
    error = cls.__new__(cls)
    PixelsError.__init__(error, message, hint=hint, steps=steps)
    return error


def _tree(cls: type[PixelsError]) -> list[type[PixelsError]]:
    return [cls, *(kind for child in cls.__subclasses__() for kind in _tree(child))]


# --- requests -------------------------------------------------------------------------------------------------


class RequestError(PixelsError):
    """What was asked cannot be done as asked; nothing was changed."""


class InvalidArgumentError(RequestError):
    """An argument is missing, unknown, of the wrong type, or out of range."""


class TerminalError(InvalidArgumentError):
    """The place that the screens were started in is no terminal that can show them."""


class UnknownModelError(RequestError):
    """No model of that name is installed."""


class UnknownJobError(RequestError):
    """No job has that id."""


class NotWaitingError(RequestError):
    """A job that is to be moved in the queue has no part that waits."""


class NothingToRetryError(RequestError):
    """A job has no part that failed or was cancelled."""


class UnknownSpriteError(RequestError):
    """The library holds no sprite of that id."""


class UnknownComparisonError(RequestError):
    """No comparison has that id."""


class SizeNotSupportedError(RequestError):
    """The model cannot draw the asked size."""


class PathNotAllowedError(RequestError):
    """A path lies outside the folders that the person allowed."""


class WorkflowError(InvalidArgumentError):
    """A workflow file, or an input of one, is not usable; names file, step and word."""


class WorkflowStepError(RequestError):
    """A step of a workflow did not give what the workflow asks of it; what was done before stays."""


class QueueFullError(RequestError):
    """The queue holds as many parts as it may."""


class KeyReusedError(RequestError):
    """An idempotency key was used before, for another request."""


# --- stations -------------------------------------------------------------------------------------------------


class EngineError(PixelsError):
    """Drawing failed."""


class CannotCompileError(EngineError):
    """Kernels cannot be compiled on this machine."""


class OutOfDeviceMemory(EngineError):
    """The device has less free memory than so many rows need."""


class RenderStopped(EngineError):
    """The render was told to stop; not a failure."""


class EngineGoneError(EngineError):
    """The process that draws ended by itself: killed for memory, or crashed."""


class LaneLostError(EngineGoneError):
    """What a lane draws on is away: a machine, a server, a network. No part is to blame."""


class RayVersionError(EngineError):
    """The machines of a Ray cluster do not run the same version of Ray, Python or pixels-mcp."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"the Ray cluster runs another version: {' '.join(said.split())}",
            hint="install the same versions of Python, Ray and pixels-mcp on every machine",
        )


class ServerGoneError(LaneLostError):
    """The server that draws does not answer."""


class NotComfyError(EngineError):
    """What answers at `comfyui_url` is no ComfyUI."""


class OldServerError(EngineError):
    """A ComfyUI server is older than what can be worked with."""


class ServerLoginError(EngineError):
    """A ComfyUI server stands behind a login."""


class GraphRefusedError(EngineError):
    """A ComfyUI server does not take a workflow, or ours needs what it does not have; names the node."""


class CancelledElsewhereError(EngineError):
    """Somebody took a drawing back in ComfyUI itself."""


class NoLaneError(EngineError):
    """None of the worker's lanes can draw with a model."""

    def __init__(self, model: str, reasons: Mapping[str, str]) -> None:
        told = "; ".join(f"{lane}: {reason}" for lane, reason in reasons.items())
        super().__init__(
            f"{model} is drawn by none of {len(reasons)} lanes: {told}",
            hint="draw with another model, or bring its file to the machine that shall draw it",
            steps=[NextStep("list_models")],
        )


class ModelFileError(PixelsError):
    """A weights file is missing, truncated, of another kind, or of a format that is never loaded."""


class PullError(PixelsError):
    """A model cannot be fetched: its site refuses or lies, or it is nothing that can be drawn with."""


class PixelArtError(PixelsError):
    """A picture cannot be read or cannot become pixel art."""


class PixelShapeError(PixelArtError):
    """An array is not a picture of (H, W, 4) uint8."""

    def __init__(self, shape: tuple[int, ...], dtype: str) -> None:
        super().__init__(
            f"expected (H, W, 4) uint8 pixels with at least one pixel, got {shape} {dtype}",
            hint="convert the picture to RGBA first",
        )


class UnreadablePictureError(PixelArtError):
    """A file is not a picture, is truncated, or is of a kind that is not read."""


class PictureTooLargeError(PixelArtError):
    """A picture has more pixels, or a file more bytes, than may be read."""


class PictureSizeError(PixelArtError):
    """A picture cannot have the asked size or cell."""


class NoGridError(PixelArtError):
    """A picture shows no pixel grid, and none was given."""


class PaletteError(PixelArtError):
    """A palette is unknown, unreadable, or has fewer than 2 or more than 256 colours."""


class SheetError(PixelArtError):
    """Frames do not fit on one sheet, or do not belong together."""


class SketchError(PixelArtError):
    """A drawing in letters is not one picture, or its legend says no color."""


class TilesetError(PixelArtError):
    """Terrains cannot become one set of tiles."""


class RegionError(PixelArtError):
    """A region or a mask names no pixels of the picture, too few, or more than can be changed at once."""


class MotionError(PixelArtError):
    """A sprite cannot make the motion that was asked."""


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


class TrainingError(PixelsError):
    """A training recipe cannot run or go on."""


class DatasetError(TrainingError):
    """A set of pictures cannot be made, read or trained on."""


# --- processes ------------------------------------------------------------------------------------------------


class WireError(PixelsError):
    """A call between two processes failed."""


class DecodeError(WireError):
    """Bytes are not a message of this protocol."""


class MessageTooLargeError(WireError):
    """A message has more bytes than may be sent."""


class NoAnswerError(WireError):
    """The worker did not answer in time."""


class NoWorkerError(WireError):
    """No worker runs, and none was to be started."""


class WorkerStartError(WireError):
    """A worker was started and ended before it could answer."""


class WorkerRunningError(WireError):
    """A person has one worker, and it runs already."""


class WorkerStuckError(WireError):
    """The worker was told to end and did not."""


class OtherVersionError(WireError):
    """The worker and the face are of different versions."""


class PairingLineError(WireError):
    """A pairing line was used already, or is too old."""


class NotPairedError(WireError):
    """A machine asks a worker on another one that does not know it (any more)."""


class OtherMachineError(WireError):
    """What answers is not the machine that was paired with, or no worker of pixels-mcp at all."""


class SettingsError(PixelsError):
    """A settings file, environment variable or flag is not usable."""


class StyleFileError(SettingsError):
    """A game's `pixels.toml` is not usable; names file, line and key."""


class AddressTakenError(SettingsError):
    """Another program listens at the address that was set."""
