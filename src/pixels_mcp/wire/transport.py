"""What every way of travelling offers, and the one place where a call's bytes become an answer's bytes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from pixels_mcp.errors import PixelsError
from pixels_mcp.events import ErrorInfo, Update
from pixels_mcp.next_steps import NextStep
from pixels_mcp.wire.answers import Answer, ErrorAnswer
from pixels_mcp.wire.codec import decode_ask, encode, read_number
from pixels_mcp.wire.far.far_address import FarAddress
from pixels_mcp.wire.messages import Call, Reply

log = logging.getLogger(__name__)

ALL_JOBS = "*"
"""In the place of a job's id: the updates of all jobs, without the previews."""

SLEEP_S_MAX = 3600.0
"""How long a server waits at most before it looks again: a poll counts milliseconds in 31 bits, less than a month."""

SendAnswer = Callable[[Answer], None]


class Handler(Protocol):
    """Who answers calls. A server calls it from its own one thread, never twice at a time."""

    def answer(self, call: Call, send: SendAnswer) -> None:
        """Answer a call with `send`, once, now or later from `heard` or `tick`; a `PixelsError` is an answer too."""
        ...

    def heard(self, update: Update) -> None:
        """Learn of an update, before the faces do."""
        ...

    def tick(self) -> float | None:
        """Do what is due; returns the seconds until something is due again, None when nothing is."""
        ...


class WireServer(Protocol):
    """The worker's end of the wire: `ZmqServer` or `InProcessServer`."""

    @property
    def faces(self) -> int:
        """How many faces are connected."""
        ...

    @property
    def listens_at(self) -> FarAddress | None:
        """Where other machines find it, None where they do not."""
        ...

    @property
    def has_keys(self) -> bool:
        """Whether it asks other machines for keys."""
        ...

    def is_followed(self, job_id: str) -> bool:
        """True when somebody listens to the job's updates."""
        ...

    def publish(self, update: Update) -> None:
        """Tell an update; from any thread."""
        ...

    def stop(self) -> None:
        """Let `run` return soon; from any thread."""
        ...

    def run(self, handler: Handler) -> None:
        """Serve until `stop`."""
        ...


class PendingAnswer(Protocol):
    """A call on its way."""

    def wait(self, timeout_s: float) -> Answer | None:
        """Return the answer, None when none came in time; may be called again.

        Raises:
            DecodeError, OtherVersionError: What came cannot be read.
        """
        ...

    def forget(self) -> None:
        """Nobody waits for it any more."""
        ...


class Subscription(Protocol):
    """The updates of one job, or of all, from now on."""

    def get(self, timeout_s: float) -> Update | None:
        """Return the next update, None when none came in time."""
        ...

    def close(self) -> None:
        """Listen no longer."""
        ...


class Transport(Protocol):
    """A face's connection to the worker; every method may be called from any thread."""

    def start(self, call: Call) -> PendingAnswer:
        """Send a call.

        Raises:
            MessageTooLargeError: It has too many bytes; nothing was sent.
        """
        ...

    def follow(self, job_id: str) -> Subscription:
        """Listen to a job's updates, or those of `ALL_JOBS`."""
        ...

    def close(self) -> None:
        """End the connection; calls on their way are never answered."""
        ...


def serve_bytes(handler: Handler, data: bytes, send_bytes: Callable[[bytes], None]) -> None:
    """Let a handler answer the call in `data`; whatever goes wrong is the answer."""
    try:
        ask = decode_ask(data)
    except PixelsError as error:
        send_bytes(encode(Reply(number=read_number(data), answer=ErrorAnswer(error=ErrorInfo.of(error)))))
        return

    def send(answer: Answer) -> None:
        try:
            reply = encode(Reply(number=ask.number, answer=answer))
        except PixelsError as error:
            reply = encode(Reply(number=ask.number, answer=ErrorAnswer(error=ErrorInfo.of(error))))
        send_bytes(reply)

    try:
        handler.answer(ask.call, send)
    except PixelsError as error:
        send(ErrorAnswer(error=ErrorInfo.of(error)))
    except Exception as error:
        log.exception("answering %s failed", ask.call.type)
        unexpected = ErrorInfo(
            code="PixelsError",
            message=f"unexpected {type(error).__name__} while answering {ask.call.type}: {error}",
            steps=(NextStep("read_log"),),
        )
        send(ErrorAnswer(error=unexpected))
