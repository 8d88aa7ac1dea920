"""Drawing failed, here or where it was elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from pixels_mcp.errors.pixels_error import PixelsError
from pixels_mcp.next_steps import NextStep


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
