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

from pixels_mcp.errors.engine_errors import CancelledElsewhereError as CancelledElsewhereError
from pixels_mcp.errors.engine_errors import CannotCompileError as CannotCompileError
from pixels_mcp.errors.engine_errors import EngineError as EngineError
from pixels_mcp.errors.engine_errors import EngineGoneError as EngineGoneError
from pixels_mcp.errors.engine_errors import GraphRefusedError as GraphRefusedError
from pixels_mcp.errors.engine_errors import LaneLostError as LaneLostError
from pixels_mcp.errors.engine_errors import NoLaneError as NoLaneError
from pixels_mcp.errors.engine_errors import NotComfyError as NotComfyError
from pixels_mcp.errors.engine_errors import OldServerError as OldServerError
from pixels_mcp.errors.engine_errors import OutOfDeviceMemory as OutOfDeviceMemory
from pixels_mcp.errors.engine_errors import RayVersionError as RayVersionError
from pixels_mcp.errors.engine_errors import RenderStopped as RenderStopped
from pixels_mcp.errors.engine_errors import ServerGoneError as ServerGoneError
from pixels_mcp.errors.engine_errors import ServerLoginError as ServerLoginError
from pixels_mcp.errors.game_errors import DeployError as DeployError
from pixels_mcp.errors.game_errors import GameFolderError as GameFolderError
from pixels_mcp.errors.game_errors import GameNotAnsweringError as GameNotAnsweringError
from pixels_mcp.errors.game_errors import NameTakenError as NameTakenError
from pixels_mcp.errors.game_errors import NotABevyProjectError as NotABevyProjectError
from pixels_mcp.errors.game_errors import NothingToUndoError as NothingToUndoError
from pixels_mcp.errors.game_errors import SheetFileError as SheetFileError
from pixels_mcp.errors.game_errors import UnsupportedBevyError as UnsupportedBevyError
from pixels_mcp.errors.game_errors import WatchRefusedError as WatchRefusedError
from pixels_mcp.errors.model_errors import DatasetError as DatasetError
from pixels_mcp.errors.model_errors import ModelFileError as ModelFileError
from pixels_mcp.errors.model_errors import PullError as PullError
from pixels_mcp.errors.model_errors import TrainingError as TrainingError
from pixels_mcp.errors.picture_errors import MotionError as MotionError
from pixels_mcp.errors.picture_errors import NoGridError as NoGridError
from pixels_mcp.errors.picture_errors import PaletteError as PaletteError
from pixels_mcp.errors.picture_errors import PictureSizeError as PictureSizeError
from pixels_mcp.errors.picture_errors import PictureTooLargeError as PictureTooLargeError
from pixels_mcp.errors.picture_errors import PixelArtError as PixelArtError
from pixels_mcp.errors.picture_errors import PixelShapeError as PixelShapeError
from pixels_mcp.errors.picture_errors import RegionError as RegionError
from pixels_mcp.errors.picture_errors import SheetError as SheetError
from pixels_mcp.errors.picture_errors import SketchError as SketchError
from pixels_mcp.errors.picture_errors import TilesetError as TilesetError
from pixels_mcp.errors.picture_errors import UnreadablePictureError as UnreadablePictureError
from pixels_mcp.errors.pixels_error import PixelsError as PixelsError
from pixels_mcp.errors.pixels_error import from_code as from_code
from pixels_mcp.errors.request_errors import InvalidArgumentError as InvalidArgumentError
from pixels_mcp.errors.request_errors import KeyReusedError as KeyReusedError
from pixels_mcp.errors.request_errors import NothingToRetryError as NothingToRetryError
from pixels_mcp.errors.request_errors import NotWaitingError as NotWaitingError
from pixels_mcp.errors.request_errors import PathNotAllowedError as PathNotAllowedError
from pixels_mcp.errors.request_errors import QueueFullError as QueueFullError
from pixels_mcp.errors.request_errors import RequestError as RequestError
from pixels_mcp.errors.request_errors import SizeNotSupportedError as SizeNotSupportedError
from pixels_mcp.errors.request_errors import TerminalError as TerminalError
from pixels_mcp.errors.request_errors import UnknownComparisonError as UnknownComparisonError
from pixels_mcp.errors.request_errors import UnknownJobError as UnknownJobError
from pixels_mcp.errors.request_errors import UnknownModelError as UnknownModelError
from pixels_mcp.errors.request_errors import UnknownSpriteError as UnknownSpriteError
from pixels_mcp.errors.request_errors import WorkflowError as WorkflowError
from pixels_mcp.errors.request_errors import WorkflowStepError as WorkflowStepError
from pixels_mcp.errors.settings_errors import AddressTakenError as AddressTakenError
from pixels_mcp.errors.settings_errors import SettingsError as SettingsError
from pixels_mcp.errors.settings_errors import StyleFileError as StyleFileError
from pixels_mcp.errors.store_errors import DamagedStoreError as DamagedStoreError
from pixels_mcp.errors.store_errors import DiskFullError as DiskFullError
from pixels_mcp.errors.store_errors import DiskHeldError as DiskHeldError
from pixels_mcp.errors.store_errors import DiskReadOnlyError as DiskReadOnlyError
from pixels_mcp.errors.store_errors import NewerStoreError as NewerStoreError
from pixels_mcp.errors.store_errors import NoLocksError as NoLocksError
from pixels_mcp.errors.store_errors import RecipeError as RecipeError
from pixels_mcp.errors.store_errors import StoreError as StoreError
from pixels_mcp.errors.wire_errors import DecodeError as DecodeError
from pixels_mcp.errors.wire_errors import MessageTooLargeError as MessageTooLargeError
from pixels_mcp.errors.wire_errors import NoAnswerError as NoAnswerError
from pixels_mcp.errors.wire_errors import NotPairedError as NotPairedError
from pixels_mcp.errors.wire_errors import NoWorkerError as NoWorkerError
from pixels_mcp.errors.wire_errors import OtherMachineError as OtherMachineError
from pixels_mcp.errors.wire_errors import OtherVersionError as OtherVersionError
from pixels_mcp.errors.wire_errors import PairingLineError as PairingLineError
from pixels_mcp.errors.wire_errors import WireError as WireError
from pixels_mcp.errors.wire_errors import WorkerRunningError as WorkerRunningError
from pixels_mcp.errors.wire_errors import WorkerStartError as WorkerStartError
from pixels_mcp.errors.wire_errors import WorkerStuckError as WorkerStuckError
