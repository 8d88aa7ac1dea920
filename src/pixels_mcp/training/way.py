"""Choose how the network is computed while it trains: fp32 or bf16, compiled or not."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import nn

from pixels_mcp.errors import TrainingError
from pixels_mcp.training.mini.options import WAYS

log = logging.getLogger(__name__)


def choose_way(asked: str, device: torch.device, unet: nn.Module, seconds_a_step: Callable[[bool], float]) -> bool:
    """Take the way that is asked, or time plain fp32 against bf16 and compile the faster.

    The two are timed because a processor without bf16 units emulates it several times slower.

    Args:
        asked: One of `WAYS`.
        unet: Its `forward` is replaced by a compiled one where that is the way.
        seconds_a_step: Times a step, in bf16 if told so, as the UNet stands.

    Returns:
        Whether to compute in bf16.

    Raises:
        TrainingError: There is no such way.
    """
    if asked not in WAYS:
        raise TrainingError(f"there is no way {asked!r}", hint=f"one of: {', '.join(WAYS)}")
    way = "bf16+compile" if asked == "auto" and device.type == "cuda" else asked
    plain = unet.forward
    if way == "auto":
        seconds = {name: seconds_a_step(name == "bf16") for name in ("fp32", "bf16")}
        way = min(seconds, key=seconds.__getitem__)
        log.info("a step takes %.2f s in fp32, %.2f s in bf16", seconds["fp32"], seconds["bf16"])
        try:
            unet.forward = torch.compile(plain, dynamic=False)
            if seconds_a_step(way == "bf16") < seconds[way]:
                way += "+compile"
        except Exception as error:  # no compiler here, or a compiler that fails: the plain way always runs
            log.warning("compiling does not work here: %s", error)
        if not way.endswith("+compile"):
            unet.forward = plain
    elif way.endswith("+compile"):
        unet.forward = torch.compile(plain, dynamic=False)
    log.info("training in %s on %s", way, device)
    return way.startswith("bf16")
