"""Between pictures and latents: encode references, decode renders, guess previews."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from pixels_mcp.engines.base import Rgba
from pixels_mcp.errors import EngineError

log = logging.getLogger(__name__)

# Red, green and blue (0 to 255) of SDXL's four latent channels, and of none.
# Source: T. A. Vass, 2024, "Explaining the SDXL latent space".
_LATENT_RGB = np.array([[60, 60, 60], [-60, -5, 10], [25, 15, -5], [-70, -50, -35]], dtype=np.float32)
_LATENT_RGB_ZERO = np.array([150, 140, 130], dtype=np.float32)


def draws_pixels(vae: Any) -> bool:
    """True where a latent is a pixel with alpha (the identity VAE of `mini`), not a cell of 8 x 8 pixels."""
    return scale_of(vae) == 1 and vae.config.in_channels == 4 and vae.config.latent_channels == 4


def scale_of(vae: Any) -> int:
    """Pixels a latent stands for in each direction: 8 in SDXL."""
    widths = vae.config.get("block_out_channels") or vae.config["encoder_block_out_channels"]
    return 2 ** (len(widths) - 1)


def encode(vae: Any, reference: Rgba, device: torch.device) -> torch.Tensor:
    """Turn a picture into scaled latents, without chance: (1, channels, height, width) float32.

    A VAE with alpha gets red, green and blue as mid-grey under alpha 0, as it was trained; one without gets the
    picture on mid-grey.
    """
    straight = reference.astype(np.float32) / 127.5 - 1.0
    alpha = reference[..., 3:].astype(np.float32) / 255.0
    if vae.config.in_channels == 4:
        shown = np.concatenate([np.where(alpha > 0, straight[..., :3], 0.0), straight[..., 3:]], axis=2)
    else:
        shown = straight[..., :3] * alpha
    picture = torch.from_numpy(np.ascontiguousarray(shown.transpose(2, 0, 1)))[None].to(device)

    def coded() -> torch.Tensor:
        code = vae.encode(picture.to(vae.dtype))
        return code.latents if hasattr(code, "latents") else code.latent_dist.mode()

    return _finite(vae, coded).float() * vae.config.scaling_factor


def decode(vae: Any, latents: torch.Tensor) -> Rgba:
    """Turn one row's latents (channels, height, width) into its picture.

    Raises:
        EngineError: The UNet or the VAE gave numbers that are not finite.
    """
    if not torch.isfinite(latents).all():
        raise EngineError(
            f"the model gave numbers that are not finite in {_format_name(latents.dtype)}",
            hint="set dtype = 'bf16' or 'fp32', take LoRAs out, or use fewer of their weight; else the file is damaged",
        )

    def painted() -> torch.Tensor:
        return vae.decode(latents[None].to(vae.dtype) / vae.config.scaling_factor, return_dict=False)[0][0]

    return _to_rgba(_finite(vae, painted).float().cpu().numpy())


def _finite(vae: Any, compute: Callable[[], torch.Tensor]) -> torch.Tensor:
    """What the VAE computes; in fp32 where its own number format runs over. Its format is afterwards as before, so
    that a row's bytes do not depend on the rows before it.

    Raises:
        EngineError: It is not finite in fp32 either.
    """
    result = compute()
    own_format = vae.dtype
    if torch.isfinite(result).all():
        return result
    if own_format != torch.float32:
        log.warning("the VAE runs over in %s and computes in fp32", _format_name(own_format))
        vae.to(torch.float32)
        try:
            result = compute()
        finally:
            vae.to(own_format)
        if torch.isfinite(result).all():
            return result
    raise EngineError(
        "the model's VAE gives numbers that are not finite, also in fp32",
        hint="its file is damaged: get it again, or name another VAE in the model's card ('vae')",
    )


def _format_name(dtype: torch.dtype) -> str:
    return {torch.float16: "fp16", torch.bfloat16: "bf16"}.get(dtype, "fp32")


def preview(vae: Any, latents: torch.Tensor) -> Rgba:
    """Guess a small picture, a pixel per latent, from one row's (channels, height, width), without the VAE."""
    values = latents.detach().float().cpu().numpy()
    if draws_pixels(vae):
        return _to_rgba(values)
    rgb = np.clip(values.transpose(1, 2, 0) @ _LATENT_RGB + _LATENT_RGB_ZERO, 0, 255).astype(np.uint8)
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def _to_rgba(picture: np.ndarray) -> Rgba:
    """(3 or 4, H, W) in -1 to 1, not-a-number as black, to (H, W, 4) uint8."""
    whole = np.nan_to_num(picture, nan=-1.0, posinf=1.0, neginf=-1.0)
    levels = np.rint((np.clip(whole, -1.0, 1.0) + 1.0) * 127.5).astype(np.uint8).transpose(1, 2, 0)
    if levels.shape[2] == 4:
        return np.ascontiguousarray(levels)
    return np.dstack([levels[..., :3], np.full(levels.shape[:2], 255, np.uint8)])
