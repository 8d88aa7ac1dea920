"""Fetch a model, look at what it is, and put it where it belongs with its card."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pixels_mcp.errors import ModelFileError, PullError
from pixels_mcp.models.header import Header, read_header
from pixels_mcp.models.previous import install_model_file
from pixels_mcp.models.pull.downloader import Downloads, download
from pixels_mcp.models.pull.sites import Offer
from pixels_mcp.models.recognize import checkpoint_problem, is_lora, lora_problem
from pixels_mcp.models.sdxl_layout import UNET, layout_of_vae

FOLDER_OF = {"checkpoint": "checkpoints", "lora": "loras", "vae": "vae"}
_HEADER_LENGTH_BYTES = 8
Kind = Literal["checkpoint", "lora", "vae"]


@dataclass(frozen=True)
class Pulled:
    """A model that is there now.

    Attributes:
        previous: What a former one of that name is called now.
        checked: The site had promised a sum, and it is right.
    """

    name: str
    kind: Kind
    file: Path
    sha256: str
    checked: bool
    previous: str | None


def target_name(offer: Offer) -> str:
    """What an offer will be called among the models."""
    return re.sub(r"[^\w.-]+", "_", offer.file_name.removesuffix(".safetensors")).strip("._")[:100] or "model"


def pull_model(
    offer: Offer, models_dir: Path, *, progress: Callable[[int, int | None], None], wait_s: float = 1.0
) -> Pulled:
    """Fetch, check, place.

    Raises:
        PullError: As `download`, or it is nothing that can be drawn with; nothing of it stays then.
        DiskFullError: There is no room.
    """
    name = target_name(offer)
    arriving = models_dir / ".arriving"
    arriving.mkdir(parents=True, exist_ok=True)
    part = arriving / f"{name}.safetensors.part"
    how = Downloads(progress=progress, look=_look, wait_s=wait_s)
    digest = download(offer, part, how)
    try:
        kind = kind_of(read_header(part))
    except ModelFileError as error:
        part.unlink(missing_ok=True)
        raise PullError(f"{offer.file_name}: {error.message}; it was removed", hint=error.hint) from error
    folder = models_dir / FOLDER_OF[kind]
    card = {
        "source": offer.source,
        "license": offer.license,
        "trigger_words": list(offer.trigger_words) or None,
    }
    text = json.dumps({key: value for key, value in card.items() if value}, indent=1) + "\n"
    try:
        previous = install_model_file(part, folder, name, text)
    except OSError as error:
        raise PullError(f"cannot write into {folder}: {error.strerror}", hint="make it writable") from error
    return Pulled(name, kind, folder / f"{name}.safetensors", digest, offer.sha256 is not None, previous)


def kind_of(header: Header) -> Kind:
    """What a file is.

    Raises:
        ModelFileError: Nothing that can be drawn with; says what is wrong.
    """
    if is_lora(header):
        problem = lora_problem(header)
        if problem:
            raise ModelFileError(f"it {problem}", hint="get another form of it")
        return "lora"
    if any(name.startswith(UNET) for name in header.tensors):
        problem = checkpoint_problem(header, has_other_vae=False)
        if problem and problem != "holds no VAE":
            raise ModelFileError(f"it {problem}", hint="only SDXL's layout can be drawn with")
        return "checkpoint"
    try:
        config = layout_of_vae(header)
    except ModelFileError:
        problem = checkpoint_problem(header, has_other_vae=False) or "is of no known layout"
        raise ModelFileError(
            f"it {problem}", hint="only SDXL checkpoints, their LoRAs and VAEs can be drawn with"
        ) from None
    if config["latent_channels"] != 4:
        raise ModelFileError(f"it is a VAE of {config['latent_channels']} channels", hint="SDXL's have 4")
    return "vae"


def _look(part: Path, total: int | None) -> bool:
    """Look at the header as soon as it is there: a wrong file is not worth its gigabytes."""
    with part.open("rb") as stream:
        start = stream.read(_HEADER_LENGTH_BYTES)
    arrived = part.stat().st_size
    if len(start) < _HEADER_LENGTH_BYTES:
        return False
    length = int.from_bytes(start, "little")
    plausible = total is None or length + _HEADER_LENGTH_BYTES <= total
    if plausible and arrived < length + _HEADER_LENGTH_BYTES and not start.startswith((b"PK", b"<", b"\x80")):
        return False
    try:
        kind_of(read_header(part, whole_bytes=total or 2**63))
    except ModelFileError as error:
        raise PullError(f"{part.name.removesuffix('.part')}: {error.message}", hint=error.hint) from error
    return True
