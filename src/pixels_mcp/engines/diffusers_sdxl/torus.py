"""Draw on a torus: convolutions see the other end of the picture beyond its edges, so that tiles join themselves."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)

from pixels_mcp.engines.base import Wrap


@contextlib.contextmanager
def wrapped(wrap: Wrap, *networks: Any) -> Generator[None]:
    """Let every padded convolution of the networks wrap around while the block runs.

    The asymmetric padding in front of an encoder's reductions is not the convolutions' own and stays as it is.

    Args:
        wrap: `x` joins left and right, `y` top and bottom; `none` changes nothing.
        networks: A UNet, a decoder.
    """
    changed: list[torch.nn.Conv2d] = []
    try:
        for network in networks if wrap != "none" else ():
            for module in network.modules():
                if isinstance(module, torch.nn.Conv2d) and module.padding_mode == "zeros" and any(_padding(module)):
                    # An attribute of the instance hides the method of the class; deleting it brings that back.
                    module._conv_forward = _forward_of(module, wrap)  # pyright: ignore[reportPrivateUsage]  # no public way there
                    changed.append(module)
        yield
    finally:
        for module in changed:
            del module._conv_forward  # pyright: ignore[reportPrivateUsage]  # no public way there


def _forward_of(module: torch.nn.Conv2d, wrap: Wrap) -> Callable[..., torch.Tensor]:
    rows, columns = _padding(module)
    along_x = "circular" if wrap in ("x", "both") else "constant"
    along_y = "circular" if wrap in ("y", "both") else "constant"

    def forward(picture: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        padded = F.pad(F.pad(picture, (columns, columns, 0, 0), mode=along_x), (0, 0, rows, rows), mode=along_y)
        return F.conv2d(padded, weight, bias, module.stride, 0, module.dilation, module.groups)

    return forward


def _padding(module: torch.nn.Conv2d) -> tuple[int, int]:
    """Rows above and below, columns left and right; none where the padding is told in words."""
    return (0, 0) if isinstance(module.padding, str) else (int(module.padding[0]), int(module.padding[1]))
