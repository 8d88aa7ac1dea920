"""What was asked cannot be done as asked."""

from __future__ import annotations

from pixels_mcp.errors.pixels_error import PixelsError


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
