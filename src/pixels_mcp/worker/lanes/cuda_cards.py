"""The CUDA cards of this machine, counted without torch."""

from __future__ import annotations

import logging
import os

log = logging.getLogger(__name__)


def visible_cards() -> tuple[str, ...]:
    """What shows each card alone to a process, as `CUDA_VISIBLE_DEVICES`; empty where there is none.

    A person's own `CUDA_VISIBLE_DEVICES` says which cards may be used, and in which order.
    """
    wanted = os.environ.get("CUDA_VISIBLE_DEVICES")
    if wanted is not None:
        cards: list[str] = []
        for card in (entry.strip() for entry in wanted.split(",")):
            if not card or card.startswith("-"):  # CUDA sees none of those that come after it
                break
            cards.append(card)
        return tuple(cards)
    import pynvml  # pyright: ignore[reportMissingTypeStubs]  # it ships no types

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        log.info("no CUDA card is used: %s", error)
        return ()
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        # Named by their ids: NVML counts them by their slots, CUDA by their speed.
        return tuple(str(pynvml.nvmlDeviceGetUUID(handle)) for handle in handles)
    finally:
        pynvml.nvmlShutdown()
