"""Tiny checkpoints that ComfyUI takes for SD 1 and SDXL: files with holes, so they are large only by name.

ComfyUI tells families by shapes and builds their text encoders in full size, so a checkpoint must hold every tensor of
those; but a hole in a file costs nothing on disk and almost nothing to read, and a layer of zeros is a residual that
adds nothing. The few weights that are not zero are set by hand, so that what comes out can be tested: the UNet takes
the noise away (another seed, another texture), words and LoRAs shift the colors, and the VAE hands a reference through
at an eighth of its size.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

Fill = Callable[[tuple[int, ...]], npt.NDArray[np.float16]] | None
"""Makes a tensor's values; None leaves a hole (zeros)."""
Tensors = dict[str, tuple[tuple[int, ...], Fill]]

WIDTH = 320  # the least: families are told apart by it, and wider levels must be multiples
EMBED = WIDTH * 4
WORDS = 49408
SDXL = "stable-diffusion-xl-v1-base"
TAKEN = 0.93  # how much of the noise the UNet takes away; the rest is the picture


def write_sparse(file: Path, tensors: Tensors, metadata: dict[str, str] | None = None) -> Path:
    """Write fp16 tensors as .safetensors; holes take no room on disk."""
    header: dict[str, object] = {"__metadata__": metadata} if metadata else {}
    end = 0
    for name, (shape, _) in tensors.items():
        begin, end = end, end + 2 * int(np.prod(shape))
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text)
        start = stream.tell()
        for shape, fill in tensors.values():
            if fill is not None:
                stream.seek(start)
                stream.write(np.ascontiguousarray(fill(shape), np.float16).tobytes())
            start += 2 * int(np.prod(shape))
        stream.truncate(start)
    return file


class Fills:
    """Random, one, and other fills from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def noise(self, scale: float) -> Fill:
        return lambda shape: (self._random.standard_normal(shape) * scale).astype(np.float16)

    def words_out(self, scale: float) -> Fill:
        """The last convolution: takes `TAKEN` of the noise away, and adds what the words say."""

        def fill(shape: tuple[int, ...]) -> npt.NDArray[np.float16]:
            values = np.zeros(shape, np.float16)
            values[:, 40:, 1, 1] = self._random.standard_normal((4, WIDTH - 40)) * scale
            for channel in range(4):
                values[channel, channel * 10 : channel * 10 + 5, 1, 1] = TAKEN / 5
                values[channel, channel * 10 + 5 : channel * 10 + 10, 1, 1] = -TAKEN / 5
            return values

        return fill

    @staticmethod
    def noise_in(shape: tuple[int, ...]) -> npt.NDArray[np.float16]:
        """The first convolution: each latent channel five times as it is and five times negated, one norm group.

        Such a group has mean 0, and silu(z) - silu(-z) = z, so the last layer gets the channel back exactly.
        """
        values = np.zeros(shape, np.float16)
        for channel in range(4):
            values[channel * 10 : channel * 10 + 5, channel, 1, 1] = 1
            values[channel * 10 + 5 : channel * 10 + 10, channel, 1, 1] = -1
        return values

    @staticmethod
    def words_only(_shape: tuple[int, ...]) -> npt.NDArray[np.float16]:
        """Words go to the channels that the noise leaves free."""
        values = np.eye(WIDTH, dtype=np.float16)
        values[:40] = 0
        return values

    @staticmethod
    def last_skip(shape: tuple[int, ...]) -> npt.NDArray[np.float16]:
        """The noise comes from the first convolution (second half), the words from below (first half)."""
        values = np.zeros(shape, np.float16)
        places = np.arange(WIDTH)
        values[places, np.where(places < 40, places + WIDTH, places), 0, 0] = 1
        return values

    @staticmethod
    def ones(shape: tuple[int, ...]) -> npt.NDArray[np.float16]:
        return np.ones(shape, np.float16)

    @staticmethod
    def identity(shape: tuple[int, ...]) -> npt.NDArray[np.float16]:
        """The middle tap of a convolution, or a matrix: hands its input through."""
        values = np.zeros(shape, np.float16)
        places = np.arange(min(shape[:2]))
        values[(places, places, *(side // 2 for side in shape[2:]))] = 1
        return values


def unet(fills: Fills, *, depths: tuple[int, ...], text_width: int, adm_width: int | None, linear: bool) -> Tensors:  # noqa: C901  # a model's layers, one after the other
    """A UNet of one residual block a level, all levels `WIDTH` wide, no middle, no attention on the way up."""
    made: Tensors = {}

    def put(name: str, shape: tuple[int, ...], fill: Fill = None, bias: bool = True) -> None:
        made[f"model.diffusion_model.{name}.weight"] = (shape, fill)
        if bias:
            made[f"model.diffusion_model.{name}.bias"] = ((shape[0],), None)

    def norm(name: str, width: int = WIDTH) -> None:
        put(name, (width,), fills.ones)

    def residual(name: str, inputs: int, skip: Fill = fills.identity) -> None:
        norm(f"{name}.in_layers.0", inputs)
        put(f"{name}.in_layers.2", (WIDTH, inputs, 3, 3))
        put(f"{name}.emb_layers.1", (WIDTH, EMBED))
        norm(f"{name}.out_layers.0")
        put(f"{name}.out_layers.3", (WIDTH, WIDTH, 3, 3))
        if inputs != WIDTH:
            put(f"{name}.skip_connection", (WIDTH, inputs, 1, 1), skip)

    def transformer(name: str, depth: int) -> None:
        norm(f"{name}.norm")
        place = (WIDTH, WIDTH) if linear else (WIDTH, WIDTH, 1, 1)
        put(f"{name}.proj_in", place, fills.identity)
        put(f"{name}.proj_out", place, fills.identity)
        for block in range(depth):
            here = f"{name}.transformer_blocks.{block}"
            first = block == 0
            for number in (1, 2, 3):
                norm(f"{here}.norm{number}")
            for attention, width in (("attn1", WIDTH), ("attn2", text_width)):
                reads_words = first and attention == "attn2"
                put(f"{here}.{attention}.to_q", (WIDTH, WIDTH), None, bias=False)
                put(f"{here}.{attention}.to_k", (WIDTH, width), None, bias=False)
                put(f"{here}.{attention}.to_v", (WIDTH, width), fills.noise(0.05) if reads_words else None, bias=False)
                put(f"{here}.{attention}.to_out.0", (WIDTH, WIDTH), fills.words_only if reads_words else None)
            put(f"{here}.ff.net.0.proj", (WIDTH * 8, WIDTH))
            put(f"{here}.ff.net.2", (WIDTH, WIDTH * 4))

    put("time_embed.0", (EMBED, WIDTH))
    put("time_embed.2", (EMBED, EMBED))
    if adm_width is not None:
        put("label_emb.0.0", (EMBED, adm_width))
        put("label_emb.0.2", (EMBED, EMBED))
    put("input_blocks.0.0", (WIDTH, 4, 3, 3), fills.noise_in)
    place = 1
    for level, depth in enumerate(depths):
        if level:
            put(f"input_blocks.{place}.0.op", (WIDTH, WIDTH, 3, 3), fills.identity)
            place += 1
        residual(f"input_blocks.{place}.0", WIDTH)
        if depth:
            transformer(f"input_blocks.{place}.1", depth)
        place += 1
    for up in range(place):
        residual(f"output_blocks.{up}.0", WIDTH * 2, fills.last_skip if up == place - 1 else fills.identity)
        if up % 2 and up < place - 1:
            put(f"output_blocks.{up}.1.conv", (WIDTH, WIDTH, 3, 3), fills.identity)
    norm("out.0")
    put("out.2", (4, WIDTH, 3, 3), fills.words_out(0.005))
    return made


def clip_l(fills: Fills, prefix: str, known_words: int) -> Tensors:
    """OpenAI's CLIP-L under transformers' names: 12 layers of zeros behind real word embeddings."""
    made = _words(fills, f"{prefix}embeddings.", 768, known_words)
    for layer in range(12):
        here = f"{prefix}encoder.layers.{layer}."
        for name, rows, columns in (
            *((f"self_attn.{letter}_proj", 768, 768) for letter in ("q", "k", "v", "out")),
            ("mlp.fc1", 3072, 768),
            ("mlp.fc2", 768, 3072),
        ):
            made |= {f"{here}{name}.weight": ((rows, columns), None), f"{here}{name}.bias": ((rows,), None)}
        for name in ("layer_norm1", "layer_norm2"):
            made |= {f"{here}{name}.weight": ((768,), fills.ones), f"{here}{name}.bias": ((768,), None)}
    made[f"{prefix}final_layer_norm.weight"] = ((768,), fills.ones)
    made[f"{prefix}final_layer_norm.bias"] = ((768,), None)
    return made


def clip_g(fills: Fills, prefix: str, known_words: int) -> Tensors:
    """OpenCLIP's bigG under open_clip's names: 32 layers of zeros."""
    words = _words(fills, "", 1280, known_words)
    made: Tensors = {
        f"{prefix}token_embedding.weight": words["token_embedding.weight"],
        f"{prefix}positional_embedding": words["position_embedding.weight"],
        f"{prefix}text_projection": ((1280, 1280), fills.identity),
        f"{prefix}ln_final.weight": ((1280,), fills.ones),
        f"{prefix}ln_final.bias": ((1280,), None),
    }
    for layer in range(32):
        here = f"{prefix}transformer.resblocks.{layer}."
        made |= {f"{here}attn.in_proj_weight": ((3840, 1280), None), f"{here}attn.in_proj_bias": ((3840,), None)}
        for name, rows, columns in (
            ("attn.out_proj", 1280, 1280),
            ("mlp.c_fc", 5120, 1280),
            ("mlp.c_proj", 1280, 5120),
        ):
            made |= {f"{here}{name}.weight": ((rows, columns), None), f"{here}{name}.bias": ((rows,), None)}
        for name in ("ln_1", "ln_2"):
            made |= {f"{here}{name}.weight": ((1280,), fills.ones), f"{here}{name}.bias": ((1280,), None)}
    return made


def _words(fills: Fills, prefix: str, width: int, known: int) -> Tensors:
    """Embeddings of the `known` commonest words (CLIP's numbers go by frequency) and of both ends; others are zero."""

    def values(shape: tuple[int, ...]) -> npt.NDArray[np.float16]:
        noise = fills.noise(1.0)
        assert noise is not None
        return noise(shape)

    class Rows:
        """Only the first rows are dense; the rest stays a hole."""

        def __call__(self, shape: tuple[int, ...]) -> npt.NDArray[np.float16]:
            return values((known, shape[1]))

    return {
        f"{prefix}token_embedding.weight": ((WORDS, width), Rows()),
        f"{prefix}position_embedding.weight": ((77, width), fills.noise(0.1)),
    }


def taesd(fills: Fills, prefix: str, *, latent_scale: float) -> Tensors:  # noqa: C901  # a model's layers, one after the other
    """A VAE of the small kind that ComfyUI reads in a checkpoint (2.4 M weights instead of 84 M).

    Latent channels 0 to 2 are red, green and blue from -3 to 3, at an eighth of the size.

    Args:
        latent_scale: 0.13025 for SDXL, 0.18215 for SD 1.
    """
    made: Tensors = {}

    def conv(name: str, outputs: int, inputs: int, fill: Fill, bias: Fill | bool = True) -> None:
        made[f"{prefix}{name}.weight"] = ((outputs, inputs, 3, 3), fill)
        if bias is not False:
            made[f"{prefix}{name}.bias"] = ((outputs,), None if bias is True else bias)

    def block(name: str) -> None:
        for place in (0, 2, 4):
            conv(f"{name}.conv.{place}", 64, 64, None)

    def split(shape: tuple[int, ...]) -> npt.NDArray[np.float16]:
        """As it is and negated, for what a ReLU would cut off."""
        values = np.zeros(shape, np.float16)
        for channel in range(3):
            values[channel, channel, 1, 1], values[channel + 3, channel, 1, 1] = 1, -1
        return values

    def join(shape: tuple[int, ...]) -> npt.NDArray[np.float16]:
        return split((shape[1], shape[0], 3, 3)).swapaxes(0, 1) / np.float16(6)

    conv("taesd_encoder.0", 64, 3, fills.identity)
    block("taesd_encoder.1")
    for start in (2, 6, 10):
        conv(f"taesd_encoder.{start}", 64, 64, fills.identity, bias=False)
        for more in (1, 2, 3):
            block(f"taesd_encoder.{start + more}")

    def to_latents(shape: tuple[int, ...]) -> npt.NDArray[np.float16]:
        return fills.identity(shape) * np.float16(6)

    conv("taesd_encoder.14", 4, 64, to_latents, lambda shape: np.full(shape, -3, np.float16))
    conv("taesd_decoder.1", 64, 4, split)
    for start in (3, 8, 13):
        for more in (0, 1, 2):
            block(f"taesd_decoder.{start + more}")
        conv(f"taesd_decoder.{start + 4}", 64, 64, fills.identity, bias=False)
    block("taesd_decoder.18")
    conv("taesd_decoder.19", 3, 64, join, lambda shape: np.full(shape, 0.5, np.float16))
    made[f"{prefix}vae_scale"] = ((), lambda shape: np.full(shape, latent_scale, np.float16))
    made[f"{prefix}vae_shift"] = ((), None)
    return made


def tiny_sdxl(seed: int = 0, *, known_words: int = 2000) -> Tensors:
    """All of a checkpoint that ComfyUI takes for SDXL (by its depths: KOALA-700M, which is SDXL in all but depth)."""
    fills = Fills(seed)
    return {
        **unet(fills, depths=(0, 2, 5), text_width=2048, adm_width=2816, linear=True),
        **clip_l(fills, "conditioner.embedders.0.transformer.text_model.", known_words),
        **clip_g(fills, "conditioner.embedders.1.model.", known_words),
        **taesd(fills, "first_stage_model.", latent_scale=0.13025),
    }


def tiny_sd1(seed: int = 0, *, known_words: int = 2000) -> Tensors:
    """The same for SD 1, whose one text encoder is six times smaller: the quickest for tests of the wire."""
    fills = Fills(seed)
    return {
        **unet(fills, depths=(1,), text_width=768, adm_width=None, linear=False),
        **clip_l(fills, "cond_stage_model.transformer.text_model.", known_words),
        **taesd(fills, "first_stage_model.", latent_scale=0.18215),
    }


def tiny_lora(seed: int = 5, *, block: str = "1_1", text_width: int = 768) -> Tensors:
    """A LoRA in kohya's names for the one attention that reads words: block 1_1 of the SD 1 file, 3_1 of the other."""
    fills, rank = Fills(seed), 4
    name = f"lora_unet_input_blocks_{block}_transformer_blocks_0_attn2_to_v"
    return {
        f"{name}.lora_down.weight": ((rank, text_width), fills.noise(0.3)),
        f"{name}.lora_up.weight": ((WIDTH, rank), fills.noise(0.3)),
        f"{name}.alpha": ((), lambda shape: np.full(shape, rank, np.float16)),
    }


def write_models(folder: Path, *, with_sdxl: bool = False) -> None:
    """Write the models that the tests need below ComfyUI's folder of models."""
    checkpoints, loras = folder / "checkpoints", folder / "loras"
    write_sparse(checkpoints / "tiny_sd1.safetensors", tiny_sd1())
    write_sparse(loras / "tiny_style.safetensors", tiny_lora(), {"ss_base_model_version": "sd_v1"})
    write_sparse(loras / "of" / "a folder" / "tiny_other.safetensors", tiny_lora(6), {"ss_base_model_version": "sd_v1"})
    write_sparse(folder / "vae" / "tiny_vae.safetensors", taesd(Fills(9), "", latent_scale=0.1))
    if with_sdxl:
        write_sparse(checkpoints / "tiny_sdxl.safetensors", tiny_sdxl(), {"modelspec.architecture": SDXL})
        large = tiny_lora(block="3_1", text_width=2048)
        write_sparse(loras / "tiny_large.safetensors", large, {"ss_base_model_version": "sdxl_base_v1-0"})
