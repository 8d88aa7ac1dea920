"""What a machine that came over the network may ask: all that a face may, but nothing of this machine's files."""

from __future__ import annotations

import re

from pixels_mcp.errors import InvalidArgumentError, NotPairedError, PairingLineError
from pixels_mcp.events import Update
from pixels_mcp.next_steps import NextStep
from pixels_mcp.requests import SPRITE_ID_PATTERN, BatchRequest, DrawWords
from pixels_mcp.wire import answers, messages
from pixels_mcp.wire.far.paired_machines import PairedMachines
from pixels_mcp.wire.messages import Call
from pixels_mcp.wire.transport import Handler, SendAnswer

KEY_PREFIX = "far:"
"""Before the keys of jobs that another machine asked for: `far:MACHINE:KEY`. So no machine meets the keys of another,
and the store knows whose parts wait."""

_KNOWN_HERE = re.compile(rf"auto|none|[0-9a-f]{{64}}|{SPRITE_ID_PATTERN.strip('^$')}")


def keys_of(machine: str) -> str:
    """What the keys of a machine's jobs begin with."""
    return f"{KEY_PREFIX}{machine}:"


def machine_of(key: str | None) -> str | None:
    """The machine that asked for a job, by its key; None for this one."""
    return key.split(":")[1] if key is not None and key.startswith(KEY_PREFIX) else None


class FarCalls:
    """Answers the calls of one message's sender; what `wire.transport.Handler` has.

    Args:
        handler: Answers what may be asked.
        machines: Who is paired; None where everybody of this machine may call.
        public_key: The sender's, as its handshake proved it; empty without keys.
    """

    def __init__(self, handler: Handler, machines: PairedMachines | None, public_key: str) -> None:
        self._handler, self._machines, self._public_key = handler, machines, public_key

    @property
    def machine(self) -> str | None:
        """What the sender is called here; None where it is not paired."""
        return "loopback" if self._machines is None else self._machines.name_of(self._public_key)

    def answer(self, call: Call, send: SendAnswer) -> None:
        """Answer a call; see `wire.transport.Handler`."""
        if isinstance(call, messages.Pair):
            send(self._pair(call))
            return
        machine = self.machine
        if machine is None:
            raise NotPairedError("this machine is not paired", steps=[NextStep("pair_machine")])
        self._handler.answer(_marked(call, machine), send)

    def heard(self, update: Update) -> None:
        """Pass it on."""
        self._handler.heard(update)

    def tick(self) -> float | None:
        """Pass it on."""
        return self._handler.tick()

    def _pair(self, call: messages.Pair) -> answers.Paired:
        name = None if self._machines is None else self._machines.take(call.token, call.name, self._public_key)
        if name is None:
            raise PairingLineError(
                "this pairing line was used already, or is older than 10 minutes", steps=[NextStep("pair_machine")]
            )
        return answers.Paired(name=name)


def _marked(call: Call, machine: str) -> Call:
    """A call with its machine's name in the keys of what it asks for."""
    match call:
        case messages.Generate() | messages.Redraw():
            _check(call.request)
        case messages.Batch() | messages.DrawStep():
            asked = call.request
            for words in (asked, *(asked.items if isinstance(asked, BatchRequest) else ())):
                _check(words)
        case messages.Foresee():
            for draws in (*call.draws, *(one for step in call.steps for one in step.draws)):
                for words in draws.requests:
                    _check(words)
            return call
        case messages.Regenerate():
            pass
        case messages.Retry():
            return call.model_copy(update={"machine": machine})
        case _:
            return call
    if isinstance(call, messages.DrawStep):
        return call.model_copy(update={"run_key": f"{keys_of(machine)}{call.run_key}"})
    key = call.idempotency_key
    return call if key is None else call.model_copy(update={"idempotency_key": f"{keys_of(machine)}{key}"})


def _check(words: DrawWords) -> None:
    if not _KNOWN_HERE.fullmatch(words.reference):
        raise InvalidArgumentError(
            f"reference {words.reference[:80]!r} names a file of this machine, which another one does not read",
            hint="send the picture, and name it by its sha256",
        )
