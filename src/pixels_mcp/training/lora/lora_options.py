"""How a LoRA is trained; what is not said follows from the base and the set."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from pixels_mcp.errors import TrainingError
from pixels_mcp.told_apart import JsonObject

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
LINEAR = (*ATTENTION, "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2")
CONVOLUTIONS = (
    "conv1", "conv2", "conv_shortcut", "conv_in", "conv_out", "downsamplers.0.conv", "upsamplers.0.conv",
)  # fmt: skip
Layers = Literal["linear", "conv"]

STEPS_MIN, STEPS_MAX = 400, 4_000
_PASSES = 90
"""So often each picture is seen; style guides give 60 to 120."""
PIXEL_STEPS = 300
"""A model of pixels learns a style within so many; with more, things lose their shapes."""


@dataclass(frozen=True)
class LoraOptions:
    """A run's options; a run that goes on must have the same.

    Attributes:
        rank: Of every layer's two matrices; alpha is the rank, so that no reader can lose it.
        layers: `linear` layers of the transformers, or these and the convolutions (`conv`).
        learning_rate: AdamW's; it warms up over `warm_up` steps and falls to zero as a cosine.
        steps: Optimizer steps of the whole run.
        batch_size: Pictures a step, all of one size.
        drop_words: Share of pictures trained under no words, for guidance.
        min_snr: Gamma of min-SNR weighting for noise and velocity; 0 for none.
        noise_offset: Noise that is the same all over a channel, as SDXL's own training had; noise prediction only.
        mean_decay: Of the running mean of the weights, which is what is written.
        seed: Of everything that chance decides.
        save_memory: Compute activations again on the way back, half as fast, instead of keeping them.

    Sources: T. Hang et al., 2023, "Efficient Diffusion Training via Min-SNR Weighting Strategy"; N. Guttenberg, 2023,
    "Diffusion with Offset Noise".
    """

    rank: int
    layers: Layers
    learning_rate: float
    steps: int
    batch_size: int
    warm_up: int = 50
    drop_words: float = 0.1
    min_snr: float = 5.0
    noise_offset: float = 0.0357
    mean_decay: float = 0.98
    seed: int = 0
    save_memory: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be trained.

        Raises:
            TrainingError: A number is out of range.
        """
        for name, value, least, most in (
            ("rank", self.rank, 1, 256),
            ("steps", self.steps, 1, 100_000),
            ("batch size", self.batch_size, 1, 64),
            ("learning rate", self.learning_rate, 1e-7, 1e-1),
        ):
            if not least <= value <= most:
                raise TrainingError(f"the {name} is {value:g}, {least:g} to {most:g} are allowed")

    @property
    def targets(self) -> list[str]:
        """Ends of the names of the layers that are trained."""
        return list(LINEAR if self.layers == "linear" else LINEAR + CONVOLUTIONS)

    def to_dict(self) -> JsonObject:
        """As JSON holds them."""
        return asdict(self)


def default_options(
    *, draws_pixels: bool, pictures: int, steps: int | None = None, batch_size: int | None = None,
    rank: int | None = None, learning_rate: float | None = None, layers: Layers | None = None, seed: int = 0,
    save_memory: bool = False,
) -> LoraOptions:  # fmt: skip
    """What a base of that kind is trained with where nothing else is said.

    Args:
        draws_pixels: The model's latents are pixels, as in `mini`: its convolutions carry them.
        pictures: That are trained on.
    """
    batch = batch_size or (8 if draws_pixels else 4)
    usual = PIXEL_STEPS if draws_pixels else min(max(_PASSES * pictures // batch, STEPS_MIN), STEPS_MAX)
    wanted = steps or usual
    return LoraOptions(
        rank=rank or 16,
        layers=layers or ("conv" if draws_pixels else "linear"),
        learning_rate=learning_rate or (2e-3 if draws_pixels else 1e-4),
        steps=wanted,
        batch_size=batch,
        warm_up=min(20 if draws_pixels else 50, max(1, wanted // 10)),
        seed=seed,
        save_memory=save_memory,
    )
