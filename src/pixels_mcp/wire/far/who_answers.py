"""Why a far worker cannot be talked with, in words, by what listens in its place."""

from __future__ import annotations

from pixels_mcp.errors import NoAnswerError, NotPairedError, OtherMachineError, WireError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.wire.far.far_way import FarWay
from pixels_mcp.wire.far.greeting import Listener, look_at


def who_answers(way: FarWay) -> WireError:
    """Look who listens there, and say what is wrong with that; takes seconds at most."""
    return said_of(way, look_at(way.address))


def said_of(way: FarWay, listener: Listener) -> WireError:
    """What is wrong with what listens there.

    Returns:
        `OtherMachineError` for one that is not the machine that was paired with, `NotPairedError` for a worker that
        asks for keys and was connected to without, `NoAnswerError` for nobody, and for what looks right and is silent.
    """
    pair, forget = NextStep("pair_machine"), NextStep("forget_machine", way.name)
    match listener:
        case "stranger":
            return OtherMachineError(
                f"what listens at {way.address} is no worker of pixels-mcp",
                hint="look at the port, and at the tunnel",
                steps=[pair, forget],
            )
        case "no keys" if way.server_key is not None:
            return _not_the_machine(way, "no key")
        case "keys" if way.server_key is None:
            return NotPairedError(f"{way} asks for keys", steps=[pair])
        case "nobody":
            what = f"nothing listens at {way.address}, or the machine is away"
        case "silent":
            what = f"{way.address} takes the connection and says nothing: a tunnel without a worker behind it"
        case _:
            what = f"{way} did not answer"
    return NoAnswerError(what, hint="start the worker there; what it accepted is kept, ask again", steps=[forget])


def another_key(way: FarWay) -> OtherMachineError:
    """A worker that looks right and ends every handshake without a word has another key."""
    return _not_the_machine(way, "another key")


def _not_the_machine(way: FarWay, shown: str) -> OtherMachineError:
    return OtherMachineError(
        f"what answers at {way.address} is not the machine you paired with: it has {shown}",
        hint="find out why before you trust it",
        steps=[NextStep("pair_machine"), NextStep("forget_machine", way.name)],
    )
