"""A loaded model: its two pipelines, its VAE, its words."""

# What diffusers and peft export is filled in when it is asked for, which the type check takes for private.
# pyright: reportPrivateImportUsage=false
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from diffusers import StableDiffusionXLPipeline

from pixels_mcp.engines.base import LoraFile, Row
from pixels_mcp.engines.diffusers_sdxl.known_texts import KnownTexts, read_text
from pixels_mcp.engines.diffusers_sdxl.load import RedrawPipeline, forces_zeros, load_pipeline, make_redraw
from pixels_mcp.engines.diffusers_sdxl.lora_slot import LoraSlot


@dataclass
class Model:
    """Pipelines that share every weight.

    Attributes:
        pipeline: Draws from noise.
        redraw: Draws from a reference.
        sampler: The scheduler as it came with the model, never run.
        stack: LoRAs that are mixed in now.
        stack_notes: What of them this model has no place for.
        draws_with: The stack and whether it was to be exchanged in place; None before the first.
        slot: The place of a LoRA that is exchanged in place.
        channels_last, is_compiled: What `ways_of_computing` did last.
        home: Where its weights lie while it does not draw.
        texts: What its text encoders read lately.
    """

    pipeline: StableDiffusionXLPipeline
    redraw: RedrawPipeline
    sampler: Any
    dtype: torch.dtype
    stack: tuple[LoraFile, ...] = ()
    stack_notes: tuple[str, ...] = ()
    draws_with: tuple[tuple[LoraFile, ...], bool] | None = ((), False)
    slot: LoraSlot | None = None
    channels_last: bool = True
    is_compiled: bool = False
    home: torch.device = field(default_factory=lambda: torch.device("cpu"))
    texts: KnownTexts = field(default_factory=KnownTexts)

    @property
    def vae(self) -> Any:
        """Turns latents into pixels; may have another number format than the rest."""
        return cast("Any", self.pipeline).vae

    @property
    def text_encoders(self) -> tuple[Any, ...]:
        """Those that it has."""
        return self.pipeline.text_encoder, self.pipeline.text_encoder_2

    @property
    def channels(self) -> int:
        """Channels of a latent."""
        return self.pipeline.unet.config.in_channels

    @property
    def guidance_is_embedded(self) -> bool:
        """True where the UNet takes the guidance scale as a number and needs no second pass."""
        return self.pipeline.unet.config.time_cond_proj_dim is not None

    def encode_words(self, rows: Sequence[Row], *, two_pass: bool) -> dict[str, torch.Tensor]:
        """Turn the rows' prompts into the pipeline's arguments.

        Where the model was trained so, a row without a negative prompt gets zeros for it instead of an empty text.
        """
        two_pass = two_pass and not self.guidance_is_embedded
        negatives = [row.negative_prompt.strip() for row in rows] if two_pass else []
        asked = dict.fromkeys((*(row.prompt for row in rows), *negatives))
        texts = {text: self.texts.get(self.stack, text, partial(read_text, self.pipeline)) for text in asked}
        words = {
            "prompt_embeds": torch.cat([texts[row.prompt].embeds for row in rows]),
            "pooled_prompt_embeds": torch.cat([texts[row.prompt].pooled for row in rows]),
        }
        if two_pass:
            zero_empty = forces_zeros(self.pipeline)
            for position, name in enumerate(("negative_prompt_embeds", "negative_pooled_prompt_embeds")):
                words[name] = torch.cat(
                    [texts[text][position] * (0.0 if zero_empty and not text else 1.0) for text in negatives]
                )
        return words

    def unread_words(self, prompt: str) -> str:
        """The end of a prompt that no text encoder reads."""
        tokenizer = self.pipeline.tokenizer_2
        tokens = tokenizer(prompt, return_offsets_mapping=True, truncation=False, verbose=False)
        # Start and end mark take two places.
        pieces = [(begin, end) for begin, end in tokens["offset_mapping"] if end > begin]
        room = tokenizer.model_max_length - 2
        return prompt[pieces[room][0] :].strip() if len(pieces) > room else ""


def load_model(
    path: Path, vae_path: Path | None, device: torch.device, dtype: torch.dtype, *, offload: bool = False
) -> Model:
    """Load a model onto the device, ready to draw.

    Args:
        path: A diffusers folder or a `.safetensors` file.
        vae_path: Another VAE, or None.
        device: Where it will draw.
        offload: Only the small VAE stays on the device; the rest comes when it is needed.
        dtype: Number format; a VAE that overflows in fp16 stays in fp32.

    Raises:
        ModelFileError: A file is not usable.
    """
    pipeline = load_pipeline(path, dtype, vae_path)
    home = torch.device("cpu") if offload else device
    pipeline.to(home)
    # A pipeline computes where its first part, the VAE, is.
    pipeline.vae.to(device)
    pipeline.unet.to(memory_format=torch.channels_last)
    pipeline.vae.to(memory_format=torch.channels_last)
    if dtype == torch.float16 and pipeline.vae.config.get("force_upcast"):
        pipeline.vae.to(torch.float32)
    for part in (pipeline.unet, cast("Any", pipeline).vae, pipeline.text_encoder, pipeline.text_encoder_2):
        if part is not None:
            part.requires_grad_(False).eval()
    return Model(pipeline, make_redraw(pipeline), pipeline.scheduler, dtype, home=home)
