"""Build `mini` in SDXL's own layout: a small UNet on RGBA pixels, an identity VAE, one small text encoder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

from pixels_mcp.told_apart import JsonObject, is_row

CLS_PIECE, SEP_PIECE, PAD_PIECE = 101, 102, 0
TIME_ID_WIDTH = 32


@dataclass(frozen=True)
class Shape:
    """The numbers that a checkpoint must share with the network it is loaded into.

    Attributes:
        channels: UNet width at 32, 16 and 8 px.
        layers: Residual layers per UNet block.
        text_width: Width of the text encoder and its table.
        text_layers: Layers of the text encoder; the UNet reads the last but one, as SDXL's does.
        text_pieces: Longest prompt in word pieces.
        vocabulary: Rows of the word table.
    """

    channels: tuple[int, int, int] = (48, 96, 192)
    layers: int = 1
    text_width: int = 192
    text_layers: int = 2
    text_pieces: int = 16
    vocabulary: int = 30522

    def as_json(self) -> JsonObject:
        """Plain values, lists for tuples."""
        return {key: [*value] if is_row(value) else value for key, value in asdict(self).items()}


class MappedTable(nn.Module):
    """A frozen word table under a learned linear map; `folded` makes the plain table that is shipped."""

    def __init__(self, vocabulary: int, width: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocabulary, width, padding_idx=None)
        self.table.weight.requires_grad_(False)
        self.map = nn.Linear(width, width, bias=False)
        nn.init.eye_(self.map.weight)

    def forward(self, pieces: torch.Tensor) -> torch.Tensor:
        """Look up (batch, pieces) numbers: (batch, pieces, width)."""
        return self.map(self.table(pieces))

    @property
    def weight(self) -> torch.Tensor:
        """The frozen table; transformers asks for its type."""
        return self.table.weight

    def folded(self) -> torch.Tensor:
        """The table with the map worked in, (vocabulary, width)."""
        return self.table.weight @ self.map.weight.T


class Mini(nn.Module):
    """UNet and text encoder as they are trained."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.text = make_text_encoder(shape)
        _inner(self.text).embeddings.token_embedding = MappedTable(shape.vocabulary, shape.text_width)
        self.unet = make_unet(shape)

    def set_table(self, table: np.ndarray) -> None:
        """Take a word table of (vocabulary, text_width)."""
        with torch.no_grad():
            _inner(self.text).embeddings.token_embedding.table.weight.copy_(torch.from_numpy(table))

    @property
    def mapped_table(self) -> MappedTable:
        """The text encoder's table and map."""
        return _inner(self.text).embeddings.token_embedding

    def forward(self, noisy: torch.Tensor, t: torch.Tensor, pieces: torch.Tensor) -> torch.Tensor:
        """Predict the velocity (noise minus picture) of (batch, 4, H, W) at times t in 0 to 1.

        The text is read exactly as `StableDiffusionXLPipeline` reads its second encoder.
        """
        out = self.text(pieces, output_hidden_states=True)
        # The pipeline passes the original size, the crop and the target size; here all say the canvas.
        size = torch.tensor([noisy.shape[2], noisy.shape[3], 0, 0, noisy.shape[2], noisy.shape[3]])
        ids = size.to(noisy.device, torch.float32).expand(len(noisy), 6)
        return self.unet(
            noisy,
            t * 1000.0,
            out.hidden_states[-2],
            added_cond_kwargs={"text_embeds": out.text_embeds, "time_ids": ids},
            return_dict=False,
        )[0]


def _inner(text: Any) -> Any:
    return text.text_model if hasattr(text, "text_model") else text


def make_text_encoder(shape: Shape) -> CLIPTextModelWithProjection:
    """A small CLIP text encoder over BERT's word pieces."""
    return CLIPTextModelWithProjection(
        CLIPTextConfig(
            vocab_size=shape.vocabulary,
            hidden_size=shape.text_width,
            intermediate_size=2 * shape.text_width,
            projection_dim=shape.text_width,
            num_hidden_layers=shape.text_layers,
            num_attention_heads=4,
            max_position_embeddings=shape.text_pieces,
            bos_token_id=CLS_PIECE,
            eos_token_id=SEP_PIECE,
            pad_token_id=PAD_PIECE,
        )
    )


def make_unet(shape: Shape) -> UNet2DConditionModel:
    """The UNet: plain blocks at full size, attention to the words at a half and a quarter of it."""
    heads: Any = tuple(max(1, width // 32) for width in shape.channels)
    return UNet2DConditionModel(
        sample_size=32,
        in_channels=4,
        out_channels=4,
        block_out_channels=shape.channels,
        layers_per_block=shape.layers,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=shape.text_width,
        attention_head_dim=heads,
        transformer_layers_per_block=1,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=TIME_ID_WIDTH,
        projection_class_embeddings_input_dim=shape.text_width + 6 * TIME_ID_WIDTH,
        norm_num_groups=16,
    )


def make_identity_vae() -> AutoencoderTiny:
    """An AutoencoderTiny whose hand-set weights hand RGBA pixels through (error under 0.05 of an 8-bit level).

    ReLU would cut negative numbers, so each channel passes as x and as -x; the decoder's 3 tanh(x / 3) is
    straight enough for a tenth of the range, which the scaling factor of 10 undoes.
    """
    vae = AutoencoderTiny(
        in_channels=4,
        out_channels=4,
        latent_channels=4,
        encoder_block_out_channels=(8,),
        decoder_block_out_channels=(8,),
        num_encoder_blocks=(1,),
        num_decoder_blocks=(1,),
        scaling_factor=10.0,
    )
    tenth, centre = 0.1, 1
    with torch.no_grad():
        for parameter in vae.parameters():
            parameter.zero_()
        weights = vae.state_dict()
        for channel in range(4):
            weights["encoder.layers.0.weight"][channel, channel, centre, centre] = 1
            weights["encoder.layers.2.weight"][channel, channel, centre, centre] = 2 * tenth
            weights["encoder.layers.2.bias"][channel] = -tenth
            weights["decoder.layers.0.weight"][channel, channel, centre, centre] = 1
            weights["decoder.layers.0.weight"][channel + 4, channel, centre, centre] = -1
            weights["decoder.layers.3.weight"][channel, channel, centre, centre] = 0.5 / tenth
            weights["decoder.layers.3.weight"][channel, channel + 4, centre, centre] = -0.5 / tenth
            weights["decoder.layers.3.bias"][channel] = 0.5
        vae.load_state_dict(weights)
    return vae


def make_scheduler() -> DPMSolverMultistepScheduler:
    """DPM-Solver++ on flow-matching noise levels, which the stock SDXL loop can drive."""
    return DPMSolverMultistepScheduler(
        prediction_type="flow_prediction",
        use_flow_sigmas=True,
        flow_shift=1.0,
        num_train_timesteps=1000,
        algorithm_type="dpmsolver++",
        solver_order=2,
        final_sigmas_type="zero",
    )
