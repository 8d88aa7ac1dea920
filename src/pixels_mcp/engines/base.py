"""What every engine can do: draw rows that share one spec, tell each step, and stop when told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from pixels_mcp.engines.levers import Levers
from pixels_mcp.models.card import Prediction, SamplerName
from pixels_mcp.models.entry import EngineName

Rgba = npt.NDArray[np.uint8]
"""(H, W, 4) uint8, sRGB, straight alpha."""
Mask = npt.NDArray[np.bool_]
"""(H, W) bool."""

Sampler = SamplerName
"""How the noise is taken away step by step; each name is one scheduler with its options."""


DeviceKind = Literal["cpu", "cuda", "mps"]

Wrap = Literal["none", "x", "y", "both"]
"""Along which axes a picture goes on at its other end."""


@dataclass(frozen=True)
class LoraFile:
    """A LoRA's file and the weight it is mixed in with."""

    path: Path
    sha256: str
    weight: float


@dataclass(frozen=True)
class RenderSpec:
    """What all rows of one denoising batch share.

    Attributes:
        model_path: A diffusers folder or a single `.safetensors` file.
        model_sha256: Content hash; engines keep loaded models by it.
        vae_path: Another VAE than the model's own, or None.
        loras: Stack, in order.
        width_px, height_px: Size of the render (not of the sprite).
        steps: Denoising steps asked for; img2img runs about `steps * strength` of them.
        guidance_scale: Classifier-free guidance; 1 or less draws in one pass.
        two_pass: Guidance needs the unconditional (or negative) pass beside the prompt's.
        strength: img2img strength (0.1-1) when the rows have references, else None.
        sampler: Another sampler than the one that the model's files name, or None.
        wrap: Along which axes the picture joins itself, as a floor tile does.
        prediction: What the model predicts, where its files do not say so or a person says otherwise.
        engine: What draws it. For `comfyui` the paths are the server's own names of files, or that of a workflow's
            file here.
        checkpoint_path: What a workflow file gets that asks for a checkpoint.
        levers: How it is computed.
    """

    model_path: Path
    model_sha256: str
    width_px: int
    height_px: int
    steps: int
    guidance_scale: float
    two_pass: bool = True
    loras: tuple[LoraFile, ...] = ()
    vae_path: Path | None = None
    strength: float | None = None
    sampler: Sampler | None = None
    wrap: Wrap = "none"
    prediction: Prediction | None = None
    engine: EngineName = "diffusers"
    checkpoint_path: Path | None = None
    levers: Levers = field(default_factory=Levers)


@dataclass(frozen=True)
class Row:
    """One picture of a denoising batch.

    What a row becomes depends on its own words, its place, how many rows there are and the thread count; what the
    other rows show does not matter, so one sprite of a batch is made again with any rows beside it.

    Attributes:
        reference: (height_px, width_px, 4) uint8 to redraw, for all rows of a batch or for none.
        noise_from: (height_px, width_px, 2) row and column of the pixel whose noise stands here, -1 for noise of its
            own: a frame's noise moves along with what it shows. None leaves the noise where it is.
        keep: (height_px, width_px) where the reference stays: what is drawn fits to it. A model whose latents stand
            for several pixels keeps those latents that are kept whole; its render is near the reference there.
    """

    prompt: str
    negative_prompt: str
    seed: int
    reference: Rgba | None = None
    keep: Mask | None = None
    noise_from: npt.NDArray[np.int64] | None = None


Dtype = Literal["bf16", "fp16", "fp32", "server"]
"""A number format; `server` is what a server chooses and does not tell."""


@dataclass(frozen=True)
class DrawingServer:
    """Another program that draws: where it is, and its version; of its device there is the name."""

    url: str
    version: str


@dataclass(frozen=True)
class Device:
    """Where and how an engine computes; memory in GiB. `server` is set where another program does."""

    kind: Literal["cpu", "cuda", "mps", "other"]
    name: str
    dtype: Dtype
    threads: int
    memory_free_gib: float
    memory_total_gib: float
    server: DrawingServer | None = None


@dataclass(frozen=True)
class LastSeen:
    """An engine as it was after its latest call: its device, and content hashes of the models it has ready to draw."""

    device: Device
    loaded_models: tuple[str, ...]


@dataclass(frozen=True)
class RenderAccount:
    """What a recipe and its sprite's notes tell of a render.

    Attributes:
        dtype: The number format that the model is drawn in on the device; part of what makes the bytes.
        notes: What of the spec's files could not be used (layers that the model does not have), or what was odd.
        unread: The end of each prompt that is too long for the model's text encoder, `""` where all of it was read.
    """

    device: Device
    dtype: Dtype
    notes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


PIXEL_BYTES_GUESS = 1_100
"""Working memory of one pass per rendered pixel at 2 bytes a number, rounded up from SDXL's about 1 GiB at 1024 px."""


def guess_row_bytes(spec: RenderSpec, item_bytes: int) -> float:
    """Guess the working memory of a row, before any was measured; `item_bytes` are those of one number."""
    passes = 2 if spec.two_pass else 1
    return spec.width_px * spec.height_px * PIXEL_BYTES_GUESS * passes * item_bytes / 2


class RenderWatch(Protocol):
    """The worker's eyes and hand on a running render; called on the engine's thread."""

    def stage(self, stage: Literal["loading", "encoding", "denoising"]) -> None:
        """A stage begins."""
        ...

    def step(self, step: int, steps: int, preview: Callable[[int], Rgba | None]) -> None:
        """Step `step` of `steps` is done; `preview(row)` makes a small picture of a row as it is now, at some cost;
        None where it cannot be seen.

        The preview has the latents' size: an eighth of an SDXL render, the very pixels of a pixel-space model.
        It can be made only during this call.
        """
        ...

    def stopped(self) -> bool:
        """True when no row is wanted any more: the render ends within one step with `RenderStopped`."""
        ...


class Engine(Protocol):
    """Draws. One engine owns the device; it is used from one thread at a time."""

    def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        """Draw all rows together.

        Returns:
            A (height_px, width_px, 4) uint8 array per row; opaque where the model draws no alpha.

        Raises:
            OutOfDeviceMemory: Fewer rows may fit; nothing is left allocated.
            RenderStopped: `watch.stopped()` said so.
            ModelFileError: The weights cannot be loaded.
        """
        ...

    def refusal(self, spec: RenderSpec) -> str | None:
        """Say why this engine cannot draw with the spec's model at all, None where it can.

        Asked before a part is taken out of the queue, often, so it answers at once. Another engine may draw it; where
        none does, the sprite fails with these words.
        """
        ...

    def rows_that_fit(self, spec: RenderSpec) -> int:
        """Estimate how many rows the device's free memory holds, at least 1 (measured where rows were drawn before)."""
        ...

    def account(self, spec: RenderSpec, prompts: Sequence[str]) -> RenderAccount:
        """Tell how the latest render of a spec was made; in one answer, because an engine may be far away.

        Args:
            prompts: Those of its rows. Models that are not loaded any more read all of them.
        """
        ...

    def let_go(self) -> None:
        """Let loaded models leave the device's memory; the next render loads its model again."""
        ...

    def loaded_models(self) -> tuple[str, ...]:
        """Content hashes of the models that are ready to draw."""
        ...

    def device(self) -> Device:
        """Describe the device now; free memory is measured anew."""
        ...
