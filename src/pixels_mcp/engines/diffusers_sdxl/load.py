"""Load a pipeline in SDXL's layout from a diffusers folder or a single file, from this disk alone."""

# What diffusers and peft export is filled in when it is asked for, which the type check takes for private.
# pyright: reportPrivateImportUsage=false
from __future__ import annotations

import json
import logging
import re
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import diffusers
import huggingface_hub.constants
import torch
import transformers
from diffusers import AutoencoderKL, AutoencoderTiny, StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from pixels_mcp.documents import parse_json
from pixels_mcp.engines.clip_tokenizers import make_clip_tokenizers
from pixels_mcp.engines.lean_imports import lean_loading
from pixels_mcp.errors import ModelFileError
from pixels_mcp.models.describe import PICKLE_SUFFIXES
from pixels_mcp.models.header import read_header
from pixels_mcp.models.quantized import quantized_problem
from pixels_mcp.models.sdxl_layout import layout_of_checkpoint, layout_of_vae, write_layout
from pixels_mcp.next_steps import NextStep
from pixels_mcp.told_apart import JsonObject, is_table

huggingface_hub.constants.HF_HUB_OFFLINE = True
for _logging in (diffusers_logging, transformers_logging):
    _logging.set_verbosity_error()
    _logging.disable_progress_bar()

log = logging.getLogger(__name__)

PIPELINE_CLASSES = frozenset(
    {"StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLInpaintPipeline"}
)
COMPONENT_CLASSES: dict[str, frozenset[str]] = {
    "text_encoder": frozenset({"CLIPTextModel"}),
    "text_encoder_2": frozenset({"CLIPTextModelWithProjection"}),
    "tokenizer": frozenset({"CLIPTokenizer", "CLIPTokenizerFast"}),
    "tokenizer_2": frozenset({"CLIPTokenizer", "CLIPTokenizerFast", "BertTokenizer", "BertTokenizerFast"}),
    "unet": frozenset({"UNet2DConditionModel"}),
    "vae": frozenset({"AutoencoderKL", "AutoencoderTiny"}),
}


_WEIGHED_PARTS = ("unet", "vae", "text_encoder", "text_encoder_2")
_VARIANT_END = r"(?:\.(\w+)\.safetensors|\.safetensors\.index\.(\w+)\.json)"


class RedrawPipeline(StableDiffusionXLImg2ImgPipeline):
    """The img2img pipeline, given finished latents: encoding and noise are the engine's, so that they are the same
    for every device and number format."""

    noise: torch.Tensor | None = None

    @property
    def _execution_device(self) -> torch.device:
        """Where the VAE lies. The base class looks through every layer for hooks, which none here has: on a CPU that
        is a twentieth of a small redraw."""
        return cast("Any", self).vae.device

    def prepare_latents(self, image: torch.Tensor, timestep: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        """Mix the reference's latents with the engine's noise, as the first time step asks."""
        assert self.noise is not None
        return self.scheduler.add_noise(image, self.noise, timestep)


def load_pipeline(path: Path, dtype: torch.dtype, vae_path: Path | None = None) -> StableDiffusionXLPipeline:
    """Load all parts of a model onto the CPU.

    Args:
        path: A diffusers folder or a `.safetensors` file with SDXL's own key names.
        dtype: Number format of the weights.
        vae_path: Another VAE than the model's own, which it then need not have.

    Raises:
        ModelFileError: It is missing, damaged, of another kind, or holds pickles.
    """
    if not path.exists():
        raise ModelFileError(f"{path} does not exist", steps=[NextStep("list_models")])
    if path.suffix in PICKLE_SUFFIXES:
        raise ModelFileError(
            f"{path.name} is a pickle, which can run any program when it is loaded",
            hint="get the model as .safetensors",
        )
    vae = None if vae_path is None else load_vae(vae_path, dtype)
    with translated(path):
        return _load_folder(path, dtype, vae) if path.is_dir() else _load_single_file(path, dtype, vae)


def load_vae(path: Path, dtype: torch.dtype) -> AutoencoderKL | AutoencoderTiny:
    """Load a VAE of its own: a folder with `config.json`, or a single `.safetensors` file.

    Raises:
        ModelFileError: It is missing, damaged or of another kind.
    """
    with translated(path):
        if path.is_dir():
            kind = _read_json(path / "config.json").get("_class_name")
            if kind not in COMPONENT_CLASSES["vae"]:
                raise ModelFileError(f"{path.name} is a {kind}, not a VAE for SDXL", hint="use an AutoencoderKL")
            return getattr(diffusers, kind).from_pretrained(
                path, dtype=dtype, use_safetensors=True, local_files_only=True
            )
        config = layout_of_vae(read_header(path))
        with tempfile.TemporaryDirectory(prefix="pixels-mcp-") as folder:
            (Path(folder) / "config.json").write_text(json.dumps(config), "utf-8")
            return AutoencoderKL.from_single_file(str(path), config=folder, dtype=dtype, local_files_only=True)


def make_redraw(pipeline: StableDiffusionXLPipeline) -> RedrawPipeline:
    """Make the img2img pipeline that shares every weight with `pipeline`."""
    redraw = RedrawPipeline(
        **pipeline.components, force_zeros_for_empty_prompt=forces_zeros(pipeline), add_watermarker=False
    )
    redraw.set_progress_bar_config(disable=True)
    return redraw


@contextmanager
def translated(path: Path) -> Generator[None]:
    """Turn what the loaders raise into one error that names the file; out of memory passes through."""
    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        from pixels_mcp.engines.devices import is_out_of_memory

        if is_out_of_memory(error):
            raise
        if "meta tensor" in str(error):
            # Weights that the file does not hold are left on torch's device without memory.
            raise ModelFileError(
                f"{path.name} lacks weights that its other weights ask for",
                hint="the file is incomplete; get it again",
            ) from error
        raise ModelFileError(
            f"{path.name} cannot be loaded as SDXL: {_first_line(error)}",
            hint="the file may be damaged or of another kind",
            steps=[NextStep("show_model", path.stem)],
        ) from error


def _load_folder(path: Path, dtype: torch.dtype, vae: Any) -> StableDiffusionXLPipeline:
    index = _read_json(path / "model_index.json")
    if index.get("_class_name") not in PIPELINE_CLASSES:
        raise ModelFileError(
            f"{path.name} is a {index.get('_class_name')}, not a StableDiffusionXLPipeline",
            hint="only models in SDXL's layout can be drawn with",
        )
    for part, allowed in COMPONENT_CLASSES.items():
        library, kind = index.get(part) or (None, None)
        if kind is None and part in ("text_encoder", "tokenizer"):
            continue
        if library not in ("diffusers", "transformers") or kind not in allowed:
            raise ModelFileError(
                f"{path.name}: {part} is {library}.{kind}; allowed are {', '.join(sorted(allowed))}",
                hint="only models in SDXL's layout can be drawn with",
            )
    library, kind = index.get("scheduler") or (None, None)
    if library != "diffusers":
        raise ModelFileError(f"{path.name}: scheduler is {library}.{kind}", hint="use a scheduler of diffusers")
    parts: JsonObject = {} if vae is None else {"vae": vae}
    for part, kind in _own_parts(index):
        if part in parts:
            continue
        for file in sorted((path / part).glob("*.safetensors")):
            if problem := quantized_problem(read_header(file)):
                raise ModelFileError(f"{path.name}: {part} {problem}")
        library = diffusers if part in ("unet", "vae") else transformers
        # Each part by itself: folders hold one part in fp16, another whole, a third cut into several files.
        with lean_loading():
            parts[part] = getattr(library, kind).from_pretrained(
                path / part, dtype=dtype, use_safetensors=True, local_files_only=True, variant=_variant(path / part)
            )
    pipeline = StableDiffusionXLPipeline.from_pretrained(
        path, dtype=dtype, use_safetensors=True, local_files_only=True, add_watermarker=False, **parts
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _own_parts(index: JsonObject) -> list[tuple[str, str]]:
    """The parts that hold weights, and their classes."""
    return [(part, index[part][1]) for part in _WEIGHED_PARTS if (index.get(part) or [None])[0] is not None]


def _load_single_file(path: Path, dtype: torch.dtype, vae: Any) -> StableDiffusionXLPipeline:
    layout = layout_of_checkpoint(read_header(path), has_other_vae=vae is not None)
    first, second = make_clip_tokenizers()
    with tempfile.TemporaryDirectory(prefix="pixels-mcp-") as folder:
        write_layout(layout, Path(folder))
        pipeline = StableDiffusionXLPipeline.from_single_file(
            str(path),
            config=folder,
            dtype=dtype,
            local_files_only=True,
            tokenizer=first,
            tokenizer_2=second,
            add_watermarker=False,
            **({} if vae is None else {"vae": vae}),
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _variant(folder: Path) -> str | None:
    """What a part's weights are called besides their usual name (`fp16`), None where they are there as usual.

    Whole or in several files: `model.fp16.safetensors`, `model.safetensors.index.fp16.json`.
    """
    stems = ("diffusion_pytorch_model", "model")
    if any((folder / f"{stem}.safetensors{end}").is_file() for stem in stems for end in ("", ".index.json")):
        return None
    names = [file.name for file in folder.iterdir()]
    named = {
        match[1] or match[2] for name in names for stem in stems if (match := re.fullmatch(stem + _VARIANT_END, name))
    }
    return next((variant for variant in ("fp16", "bf16", *sorted(named)) if variant in named), None)


def forces_zeros(pipeline: StableDiffusionXLPipeline) -> bool:
    """True where the model was trained with zeros for an empty text."""
    config: Any = pipeline.config
    return bool(config.force_zeros_for_empty_prompt)


def _read_json(file: Path) -> JsonObject:
    try:
        document = parse_json(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFileError(
            f"cannot read {file.parent.name}/{file.name}: {_first_line(error)}", hint="get the model again"
        ) from error
    return document if is_table(document) else {}


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
