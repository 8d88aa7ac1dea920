"""Messages become bytes and the same messages again; anything else is a DecodeError."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.packing import pack
from pixels_mcp.errors import DecodeError, OtherVersionError
from pixels_mcp.events import Accepted, Preview, Step
from pixels_mcp.requests import BatchItem, BatchRequest, SpriteRequest
from pixels_mcp.wire import codec, messages
from pixels_mcp.wire.answers import PictureAnswer
from pixels_mcp.wire.codec import decode_ask, decode_reply, decode_update, encode
from pixels_mcp.wire.messages import PROTOCOL_VERSION, Ask, Batch, Generate, Reply

PROMPTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).map(lambda text: f"a {text}")


@given(PROMPTS, st.integers(0, 2**32 - 17), st.integers(1, 16))
def test_a_request_arrives_as_it_was_sent(prompt: str, seed: int, count: int) -> None:
    ask = Ask(number=5, call=Generate(request=SpriteRequest(prompt=prompt, seed=seed, count=count)))

    assert decode_ask(encode(ask)) == ask


def test_what_a_batch_leaves_out_stays_left_out() -> None:
    """An item that says nothing takes the batch's word, so "not said" must arrive as "not said"."""
    request = BatchRequest(items=(BatchItem(prompt="a"), BatchItem(prompt="b", count=1)), count=4)

    arrived = decode_ask(encode(Ask(number=1, call=Batch(request=request)))).call

    assert isinstance(arrived, Batch)
    assert [item.count for item in arrived.request.expand()] == [4, 1]


def test_answers_and_updates_arrive_as_they_were_sent() -> None:
    reply = Reply(number=2**63 - 1, answer=PictureAnswer(png=bytes(range(256))))
    updates = (
        Accepted(job_id="a-0001", part_id="a-0001", parts=1),
        Step(job_id="a-0001", part_id="a-0001", step=1, steps=2, eta_s=0.5),
        Preview(job_id="a-0001", part_id="a-0001", variant=1, step=1, png=b"\x89PNG"),
    )

    assert decode_reply(encode(reply)) == reply
    assert [decode_update(encode(update)) for update in updates] == list(updates)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_decode_error(data: bytes) -> None:
    for decode in (decode_ask, decode_reply, decode_update):
        with pytest.raises((DecodeError, OtherVersionError)):
            decode(data)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63)
        | st.floats()
        | st.text(max_size=9)
        | st.binary(max_size=9),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
        max_leaves=12,
    )
)
def test_any_msgpack_inside_a_right_envelope_is_a_decode_error(call: object) -> None:
    data = pack({"protocol": PROTOCOL_VERSION, "number": 1, "call": call})

    with pytest.raises(DecodeError):
        decode_ask(data)


@pytest.mark.parametrize(
    "words",
    [
        {"prompt": "x", "seed": -1},
        {"prompt": "x", "width_px": 17, "unknown": 1},
        {"prompt": ""},
        {"prompt": "x" * 10_000},
        {"prompt": "x", "count": 0},
        {"prompt": ["x"]},
        {},
    ],
)
def test_a_request_that_no_face_would_send_is_a_decode_error_that_names_the_word(words: dict[str, object]) -> None:
    data = pack({"protocol": PROTOCOL_VERSION, "number": 1, "call": {"type": "generate", "request": words}})

    with pytest.raises(DecodeError, match=r"call\.generate\.request"):
        decode_ask(data)


def test_deep_nesting_is_a_decode_error() -> None:
    for data in (b"\x91" * 100_000, b"\x81\xa1x" * 100_000):
        with pytest.raises(DecodeError):
            decode_ask(data)


def test_another_protocol_is_named() -> None:
    data = pack({"protocol": PROTOCOL_VERSION + 1, "number": 7, "call": {"type": "a new call"}})

    with pytest.raises(OtherVersionError, match=f"protocol {PROTOCOL_VERSION + 1}"):
        decode_ask(data)
    assert codec.read_number(data) == 7


def test_more_bytes_than_allowed_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode(Ask(number=1, call=messages.Ping()))
    monkeypatch.setattr(codec, "MESSAGE_BYTES_MAX", len(data) - 1)

    with pytest.raises(DecodeError, match="at most"):
        decode_ask(data)
