"""Messages to bytes and back, as msgpack maps. Whatever is wrong with bytes is a `DecodeError`."""

from __future__ import annotations

import logging
from typing import TypeVar, cast

import msgpack  # pyright: ignore[reportMissingTypeStubs]  # it ships no types
from pydantic import TypeAdapter, ValidationError

from pixels_mcp.asked_words.checked_words import explain
from pixels_mcp.errors import DecodeError, MessageTooLargeError, OtherVersionError
from pixels_mcp.events import Update
from pixels_mcp.next_steps import NextStep
from pixels_mcp.told_apart import JsonObject, is_table
from pixels_mcp.wire.messages import PROTOCOL_VERSION, Ask, Reply

MESSAGE_BYTES_MAX = 64 * 2**20
"""Both ways. A finished batch of 1,000 items in 16 variants, with all its facts, takes about 16 MiB."""

log = logging.getLogger(__name__)

_ASK, _REPLY = TypeAdapter(Ask), TypeAdapter(Reply)
_UPDATE: TypeAdapter[Update] = TypeAdapter(Update)

Kind = TypeVar("Kind")


def encode(message: Ask | Reply | Update) -> bytes:
    """Write a message.

    Raises:
        MessageTooLargeError: It has more than `MESSAGE_BYTES_MAX` bytes.
    """
    data = cast("bytes", msgpack.packb(message.model_dump(), use_bin_type=True))
    check_length(len(data))
    return data


def encode_update(update: Update) -> bytes | None:
    """Write an update; None where it is too large to be told: whoever follows the job asks for its status."""
    try:
        return encode(update)
    except MessageTooLargeError as error:
        log.warning("an update of %s is not told: %s", update.part_id, error.message)
        return None


def decode_ask(data: bytes) -> Ask:
    """Read a call.

    Raises:
        DecodeError: These bytes are no call.
        OtherVersionError: They are one of another protocol.
    """
    return _decode(_ASK, data, versioned=True)


def decode_reply(data: bytes) -> Reply:
    """Read an answer; errors as in `decode_ask`."""
    return _decode(_REPLY, data, versioned=True)


def decode_update(data: bytes) -> Update:
    """Read what the worker published; errors as in `decode_ask`."""
    return _decode(_UPDATE, data, versioned=False)


def read_number(data: bytes) -> int:
    """Find the number of an ask that could not be read, so that its sender hears of it; 0 where it has none."""
    try:
        number = _unpack(data).get("number")
    except DecodeError:
        return 0
    return number if isinstance(number, int) and 0 <= number < 2**63 else 0


def check_length(length_bytes: int) -> None:
    """Refuse what is too large to send.

    Raises:
        MessageTooLargeError: It is.
    """
    if length_bytes > MESSAGE_BYTES_MAX:
        raise MessageTooLargeError(
            f"the message has {length_bytes:,} bytes, at most {MESSAGE_BYTES_MAX:,} are sent",
            hint="ask for less at once: smaller batches, or one part's status",
        )


def _decode(kind: TypeAdapter[Kind], data: bytes, *, versioned: bool) -> Kind:
    fields = _unpack(data)
    if versioned and fields.get("protocol") != PROTOCOL_VERSION:
        raise OtherVersionError(
            f"the message is of protocol {fields.get('protocol')!r}, this is pixels-mcp's protocol {PROTOCOL_VERSION}",
            hint="use one version of pixels-mcp on both sides",
            steps=[NextStep("stop_worker")],
        )
    try:
        return kind.validate_python(fields)
    except ValidationError as error:
        raise DecodeError(f"not a message: {explain(error)}", hint="see pixels_mcp/wire/messages.py") from error


def _unpack(data: bytes) -> JsonObject:
    if len(data) > MESSAGE_BYTES_MAX:
        raise DecodeError(f"{len(data):,} bytes are no message, one has at most {MESSAGE_BYTES_MAX:,}")
    try:
        fields = cast("object", msgpack.unpackb(data, raw=False, strict_map_key=True))
    except (ValueError, msgpack.exceptions.UnpackException, RecursionError) as error:
        raise DecodeError(f"not msgpack: {error or type(error).__name__}", hint="send one msgpack map") from error
    if not is_table(fields):
        raise DecodeError(f"a {type(fields).__name__} is no message", hint="send one msgpack map")
    return fields
