"""A call between two processes failed."""

from __future__ import annotations

from pixels_mcp.errors.pixels_error import PixelsError


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
