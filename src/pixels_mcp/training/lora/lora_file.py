"""Write a trained LoRA so that everyone reads it: sd-scripts' keys with Stability's blocks, fp16, alpha as rank."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save

from pixels_mcp import __version__
from pixels_mcp.datasets.dataset import Dataset
from pixels_mcp.engines.diffusers_sdxl.lora import attended_up_blocks
from pixels_mcp.errors import TrainingError
from pixels_mcp.files import write_whole
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.models.paces import TRAINER_MARK
from pixels_mcp.models.stability_names import stability_name
from pixels_mcp.training.lora.lora_options import LoraOptions

SDXL_WIDTH = 2048
_LENGTH_BYTES = 8
_PREDICTIONS = {"v_prediction": "v"}


def kohya_tensors(weights: Mapping[str, torch.Tensor], unet: Any, rank: int) -> dict[str, torch.Tensor]:
    """The form that A1111, Forge, ComfyUI, InvokeAI, SD.Next and diffusers read.

    Args:
        weights: By `LAYER.lora_A.weight` and `.lora_B.weight`.
        unet: Whose layers they are.
    """
    attended = attended_up_blocks(unet)
    tensors: dict[str, torch.Tensor] = {}
    for name, weight in weights.items():
        layer, half = re.fullmatch(r"(.+)\.lora_([AB])\.weight", name).groups()  # type: ignore[union-attr]  # peft names every layer so
        stability = stability_name(layer, unet.config.layers_per_block, attended)
        if stability is None:
            raise TrainingError(f"there is no published name for the layer {layer}")
        key = "lora_unet_" + stability.replace(".", "_")
        tensors[f"{key}.lora_{'down' if half == 'A' else 'up'}.weight"] = weight.to(torch.float16).contiguous()
        tensors[f"{key}.alpha"] = torch.tensor(float(rank))
    if not all(torch.isfinite(tensor).all() for tensor in tensors.values()):
        raise TrainingError("the trained weights do not fit into fp16", hint="a smaller learning rate most often helps")
    return tensors


def lora_metadata(
    name: str, trigger: str, base: ModelEntry, dataset: Dataset, options: LoraOptions,
    tensors: Mapping[str, torch.Tensor], *, steps: int, prediction: str, side_px: int,
) -> dict[str, str]:  # fmt: skip
    """What readers look for, modelspec 1.0.1 and sd-scripts' `ss_*`; no path and no file name of the person's.

    The same run gives the same bytes, so no time is written.
    """
    is_sdxl = base.text_width == SDXL_WIDTH
    tags = Counter(
        tag.strip() for one in dataset.trained() for tag in (trigger, *one.caption.split(",")) if tag.strip()
    )
    body = save(dict(tensors))  # readers hash what follows the header
    header_bytes = int.from_bytes(body[:8], "little")
    trained = len(dataset.trained())
    return {
        "format": "pt",
        TRAINER_MARK: __version__,
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": "stable-diffusion-xl-v1-base/lora" if is_sdxl else f"{base.base}/lora",
        "modelspec.implementation": "https://github.com/Stability-AI/generative-models" if is_sdxl else "diffusers",
        "modelspec.title": name,
        "modelspec.trigger_phrase": trigger,
        "modelspec.license": dataset.license or "",
        "modelspec.resolution": f"{side_px}x{side_px}",
        "modelspec.prediction_type": _PREDICTIONS.get(prediction, prediction),
        "modelspec.hash_sha256": "0x" + hashlib.sha256(body[8 + header_bytes :]).hexdigest(),
        "ss_base_model_version": "sdxl_base_v1-0" if is_sdxl else base.base,
        "ss_sd_model_name": base.name,
        "ss_new_sd_model_hash": base.sha256 or "",
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(options.rank),
        "ss_network_alpha": str(float(options.rank)),
        "ss_output_name": name,
        "ss_steps": str(steps),
        "ss_max_train_steps": str(options.steps),
        "ss_learning_rate": str(options.learning_rate),
        "ss_batch_size_per_device": str(options.batch_size),
        "ss_num_train_images": str(trained),
        "ss_resolution": f"({side_px}, {side_px})",
        "ss_seed": str(options.seed),
        "ss_min_snr_gamma": str(options.min_snr),
        "ss_caption_dropout_rate": str(options.drop_words),
        "ss_optimizer": "torch.optim.AdamW",
        "ss_dataset_dirs": json.dumps({name: {"n_repeats": 1, "img_count": trained}}),
        "ss_tag_frequency": json.dumps({name: dict(sorted(tags.items()))}),
    }


def write_lora(file: Path, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> None:
    """Write a file; the same tensors and words give the same bytes.

    Raises:
        TrainingError: The disk is full or cannot be written; nothing is left there.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        data = save(dict(tensors), metadata=dict(metadata))
        length = int.from_bytes(data[:_LENGTH_BYTES], "little")
        # The library puts the words into another order each time.
        header = json.loads(data[_LENGTH_BYTES : _LENGTH_BYTES + length])
        text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
        text += b" " * (-len(text) % _LENGTH_BYTES)
        start = len(text).to_bytes(_LENGTH_BYTES, "little")
        write_whole(file, start + text + data[_LENGTH_BYTES + length :])
    except (OSError, SafetensorError) as error:
        file.unlink(missing_ok=True)
        raise TrainingError(f"cannot write {file}: {error}", hint="free some room, then go on") from error
