"""What `pixels-mcp hw` tells of a machine; its measuring is `engines.hardware`, which loads torch."""

from __future__ import annotations

from dataclasses import dataclass

from pixels_mcp.engines.base import DeviceKind
from pixels_mcp.models.weight_bytes import DtypeName


@dataclass(frozen=True)
class CardFacts:
    """What the card tells of itself through NVML; each value is None where it does not."""

    driver: str | None
    busy_percent: float | None
    celsius: float | None
    watts: float | None


@dataclass(frozen=True)
class FormatSpeed:
    """A number format, and the billions of operations that SDXL's layers get out of the device in a second."""

    name: DtypeName
    matmul_gflops: float
    convolution_gflops: float
    attention_gflops: float


@dataclass(frozen=True)
class SdxlEstimate:
    """SDXL at 1024 x 1024 px on this device, in the format that is chosen for it.

    Attributes:
        weights_gib, row_gib: Memory of the weights, and of each picture that is drawn beside others.
        rows_that_fit: Pictures at once, 0 where not even the weights fit.
        pass_s: One pass of the UNet for one picture; a step with guidance is two.
        picture_s: 25 steps with guidance, and the VAE.
        few_steps_s: 8 steps without guidance (a few-step model or LoRA), and the VAE.
    """

    weights_gib: float
    row_gib: float
    rows_that_fit: int
    pass_s: float
    picture_s: float
    few_steps_s: float


@dataclass(frozen=True)
class Hardware:
    """This machine, as far as drawing goes; memory in GiB.

    Attributes:
        shares_memory: The device has no memory of its own.
        dtype: The format that is chosen where the settings leave it open.
        formats: Those that are drawn on this device, measured.
        card: None where there is no NVIDIA card.
    """

    device: DeviceKind
    name: str
    torch: str
    threads: int
    memory_free_gib: float
    memory_total_gib: float
    shares_memory: bool
    dtype: DtypeName
    formats: tuple[FormatSpeed, ...]
    sdxl: SdxlEstimate
    card: CardFacts | None
