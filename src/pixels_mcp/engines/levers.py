"""What makes a large model draw faster or in less memory: part of a render's spec, for most of it changes bytes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Levers:
    """How a render is computed. The defaults are the plain way.

    Attributes:
        compiled: The UNet's transformer blocks run as compiled kernels, which round otherwise.
        channels_last: UNet and VAE keep a pixel's channels side by side.
        guidance_from, guidance_until: Shares of the steps between which guidance takes its second pass; outside the
            prompt's pass alone is drawn. Source: T. Kynkaanniemi, 2024, arXiv 2404.07724.
        lora_hotswap: A LoRA's numbers are put into the place of the one before, its weight multiplied in, so that
            nothing is compiled again.
        offload: Weights lie in the machine's memory; each part is on the card only while it works.
        vae_tiling: A picture larger than 512 px is decoded in overlapping tiles.
    """

    compiled: bool = False
    channels_last: bool = True
    guidance_from: float = 0.0
    guidance_until: float = 1.0
    lora_hotswap: bool = False
    offload: bool = False
    vae_tiling: bool = False
