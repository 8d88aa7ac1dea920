"""Pairing this machine with a far worker, by the line that its person printed there."""

from __future__ import annotations

import socket

from pixels_mcp.client.connection import Connection, Link
from pixels_mcp.client.far.known_worker import keys_of_this_machine, remember_far_worker
from pixels_mcp.errors import InvalidArgumentError, NotPairedError, PairingLineError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.paths import Paths
from pixels_mcp.wire import answers, messages
from pixels_mcp.wire.far.far_transport import FarTransport
from pixels_mcp.wire.far.far_way import FarWay
from pixels_mcp.wire.far.pairing_line import PairingLine
from pixels_mcp.wire.far.who_answers import who_answers

_ANSWER_S = 10.0


def connect_far(paths: Paths, line: PairingLine) -> FarWay:
    """Pair with a far worker, or find one again that this machine is paired with, and let every face use it.

    Raises:
        InvalidArgumentError: The line has no key, and leads to another machine.
        PairingLineError: It was used already, or is too old.
        NotPairedError: It has no token, and the worker does not know this machine.
        OtherMachineError: Something else listens there, or a worker with another key.
        NoAnswerError: Nobody answers.
        OtherVersionError: The worker is of another version.
    """
    if line.server_key is None and not line.address.is_loopback:
        raise InvalidArgumentError(
            f"without a key only a worker on loopback is connected to, not {line.address}",
            hint="print a line with a key there, or come through a tunnel",
            steps=[NextStep("pair_machine")],
        )
    keys = keys_of_this_machine(paths) if line.server_key else None
    way = FarWay(line.address.host, line.address, line.server_key, keys)
    try:
        if line.token is not None:
            _ask_once(way, messages.Pair(token=line.token, name=socket.gethostname()[:64] or "machine"))
    except NotPairedError as error:
        raise PairingLineError(
            f"{way} does not take this line: it was used already, or is older than 10 minutes",
            steps=[NextStep("pair_machine")],
        ) from error
    with Connection(Link(FarTransport(way), why_silent=lambda: who_answers(way)), face="connect") as connection:
        connection.greet(timeout_s=_ANSWER_S)
    remember_far_worker(paths, way)
    return way


def _ask_once(way: FarWay, call: messages.Pair) -> None:
    transport = FarTransport(way)
    try:
        answer = transport.start(call).wait(_ANSWER_S)
    finally:
        transport.close()
    if answer is None:
        raise who_answers(way)
    if isinstance(answer, answers.ErrorAnswer):
        raise answer.error.as_error()
