"""What every error is: a name, a message with numbers, a hint, and next steps as values."""

from __future__ import annotations

from collections.abc import Sequence

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
