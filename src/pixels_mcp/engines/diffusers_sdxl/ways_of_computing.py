"""Put a loaded model into the way that a render's levers ask for, and back."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import torch

from pixels_mcp.engines.diffusers_sdxl.pixel_tensors import draws_pixels, scale_of
from pixels_mcp.engines.levers import Levers
from pixels_mcp.errors import CannotCompileError

if TYPE_CHECKING:
    from pixels_mcp.engines.diffusers_sdxl.model import Model

log = logging.getLogger(__name__)

BACKEND = "inductor"
TILE_PX = 512
"""A side of a tile in which the VAE decodes; a quarter of it is shared with the next."""


def lay_out(model: Model, levers: Levers) -> None:
    """Bring weights into the asked order, and set whether the VAE decodes in tiles."""
    if model.channels_last != levers.channels_last:
        order = torch.channels_last if levers.channels_last else torch.contiguous_format
        model.pipeline.unet.to(memory_format=order)
        model.vae.to(memory_format=order)
        model.channels_last = levers.channels_last
    vae: Any = model.vae
    if hasattr(vae, "enable_tiling") and not draws_pixels(vae):
        if levers.vae_tiling:
            vae.tile_sample_min_size, vae.tile_latent_min_size = TILE_PX, TILE_PX // scale_of(vae)
            vae.enable_tiling()
        else:
            vae.disable_tiling()


@contextlib.contextmanager
def computing(model: Model, levers: Levers) -> Generator[None]:
    """Run the block with compiled kernels where they are asked for, and surely without them where they are not.

    Raises:
        CannotCompileError: They cannot be made here.
    """
    if not levers.compiled:
        with torch.compiler.set_stance("force_eager") if model.is_compiled else contextlib.nullcontext():
            yield
        return
    if not model.is_compiled:
        log.info("compiling the transformer blocks of %s", type(model.pipeline.unet).__name__)
        model.pipeline.unet.compile_repeated_blocks(fullgraph=True, backend=BACKEND)
        model.is_compiled = True
    try:
        yield
    except Exception as error:
        if not is_compiler_error(error):
            raise
        raise CannotCompileError(
            f"this machine cannot compile kernels: {type(error).__name__}: {str(error).strip().splitlines()[0][:200]}",
            hint="set levers.compile = false; on a CPU it needs a C++ compiler",
        ) from error


def is_compiler_error(error: BaseException) -> bool:
    """Whether an error comes from making kernels, and not from drawing with them."""
    return type(error).__module__.startswith(("torch._dynamo", "torch._inductor", "triton"))


@contextlib.contextmanager
def resident(device: torch.device, home: torch.device, *parts: Any) -> Generator[None]:
    """Have parts of a model on the device while the block runs, and at home before and after."""
    moved = [part for part in parts if part is not None and device != home]
    try:
        for part in moved:
            part.to(device)
        yield
    finally:
        for part in moved:
            part.to(home)
