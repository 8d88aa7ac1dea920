"""Let a frame's noise move along with what the frame shows, so that what is drawn there stays from frame to frame.

Source of the idea: P. Chang et al., 2024, "How I warped your noise"; here by whole pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from pixels_mcp.engines.base import Row

_OTHER_SEED = 0x9E3779B9
"""Parts the noise of pixels that come from nowhere from that of the ones that moved."""


def move_noise(noise: torch.Tensor, rows: Sequence[Row], scale: int) -> torch.Tensor:
    """Put the noise where the rows' pixels went; rows without places keep theirs.

    Args:
        noise: (rows, channels, height, width) of latents.
        rows: The batch.
        scale: Pixels a latent stands for in each direction; one moves as the pixel in its middle does.
    """
    moved = [
        _moved(own, row, scale) if row.noise_from is not None else own for own, row in zip(noise, rows, strict=True)
    ]
    return torch.stack(moved)


def _moved(own: torch.Tensor, row: Row, scale: int) -> torch.Tensor:
    assert row.noise_from is not None
    places = torch.from_numpy(row.noise_from)[scale // 2 :: scale, scale // 2 :: scale]
    from_row, from_column = (places[..., axis].clamp(min=0) // scale for axis in (0, 1))
    fresh = torch.randn(own.shape, generator=torch.Generator("cpu").manual_seed(row.seed ^ _OTHER_SEED))
    return torch.where(places[..., 0] >= 0, own[:, from_row, from_column], fresh.to(own))
