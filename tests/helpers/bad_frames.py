"""Frames that no face would send: real ones, damaged in the ways in which bytes are damaged, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from helpers.packing import pack
from pixels_mcp.requests import BatchItem, BatchRequest, SpriteRequest
from pixels_mcp.wire import messages
from pixels_mcp.wire.codec import encode
from pixels_mcp.wire.messages import PROTOCOL_VERSION, Ask

_VALUES: tuple[Any, ...] = (
    None, True, -1, 2**63, 1.5, float("nan"), "", "x" * 300, "\0", b"\xff", [], {}, [[[]]], {"type": "ping"}
)  # fmt: skip


def real_calls() -> list[messages.Call]:
    """One of every kind that changes nothing, and some that ask for what there is not."""
    nothing = SpriteRequest(prompt="a ruby potion", model="nosuch", seed=7)
    return [
        messages.Hello(version="1", face="test", pid=1),
        messages.Ping(),
        messages.Generate(request=nothing, idempotency_key="k"),
        messages.Batch(request=BatchRequest(items=(BatchItem(prompt="x"),), width_px=9)),
        messages.Regenerate(recipe={"format_version": 1}),
        messages.Status(job_id="nosuch-0001"),
        messages.Wait(job_id="nosuch-0001", wait_s=1),
        messages.ListJobs(),
        messages.ListQueue(),
        messages.Move(job_id="nosuch-0001", direction="first"),
        messages.Retry(job_id="nosuch-0001"),
        messages.Warm(model="nosuch", wait_s=0),
        messages.Cancel(job_id="nosuch-0001"),
        messages.DescribeSprite(sprite_id="nosuch-0001.1"),
        messages.Fetch(sprite_id="nosuch-0001.1"),
    ]


def bad_frames(count: int, seed: int) -> Iterator[bytes]:
    """So many frames; now and then one of them is a good one."""
    chance = random.Random(seed)
    calls = real_calls()
    frames = [encode(Ask(number=number, call=call)) for number, call in enumerate(calls, start=1)]
    for _ in range(count):
        kind = chance.randrange(5)
        frame = chance.choice(frames)
        if kind == 0:  # bytes flipped
            data = bytearray(frame)
            for _ in range(chance.randint(1, 4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            yield bytes(data)
        elif kind == 1:  # cut, or two in one
            cut = chance.randrange(len(frame))
            yield frame[:cut] if chance.random() < 0.5 else frame[:cut] + chance.choice(frames)
        elif kind == 2:  # noise
            yield chance.randbytes(chance.randint(0, 200))
        elif kind == 3:  # a word of a real call with a value that it may not have
            words = chance.choice(calls).model_dump()
            words[chance.choice([*words, "unknown"])] = chance.choice(_VALUES)
            yield pack({"protocol": PROTOCOL_VERSION, "number": chance.randrange(2**40), "call": words})
        else:  # an envelope that is none
            envelope: dict[str, Any] = {"protocol": PROTOCOL_VERSION, "number": 1, "call": {"type": "ping"}}
            envelope[chance.choice([*envelope, "more"])] = chance.choice(_VALUES)
            yield pack(envelope)
