"""Describe a file or folder from its header, its configs and its card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pixels_mcp.documents import parse_json
from pixels_mcp.errors import ModelFileError
from pixels_mcp.models.card import ModelCard, read_card
from pixels_mcp.models.entry import SDXL_SPRITE_PX, ModelEntry
from pixels_mcp.models.hashes import files_of
from pixels_mcp.models.header import Header, read_header
from pixels_mcp.models.paces import USUAL_PACE, V_PACE, Pace, fast_pace
from pixels_mcp.models.quantized import quantized_problem
from pixels_mcp.models.recognize import (
    base_name,
    checkpoint_problem,
    license_of,
    lora_notes,
    lora_problem,
    lora_width,
    said_prediction,
    trigger_words,
)
from pixels_mcp.models.sdxl_layout import cross_width, layout_of_vae
from pixels_mcp.told_apart import JsonObject, is_table

MINI = "mini"
MINI_FOLDER = Path(__file__).parent / "mini"
PICKLE_SUFFIXES = frozenset({".ckpt", ".bin", ".pt", ".pth"})
PICKLE_PROBLEM = "is a pickle, which can run any program when it is loaded; get it as .safetensors"


def candidates(root: Path) -> list[Path]:
    """Weights files and diffusers folders below a folder, by name; what lies inside a diffusers folder is its own."""
    model_paths: list[Path] = []
    try:
        inside = sorted(root.iterdir())
    except OSError:
        return model_paths
    for path in inside:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            whole = (path / "model_index.json").is_file() or (path / "config.json").is_file()
            model_paths += [path] if whole else candidates(path)
        elif path.suffix == ".safetensors" or path.suffix in PICKLE_SUFFIXES:
            model_paths.append(path)
    return model_paths


def describe(
    name: str, kind: Literal["checkpoint", "lora", "vae"], path: Path, vaes: Sequence[ModelEntry]
) -> ModelEntry:
    """Describe one file or folder; what is wrong with it becomes its problem.

    Args:
        name: What requests shall call it.
        kind: By the folder that it lies in.
        path: A weights file, or a diffusers folder.
        vaes: Those that its card may name.
    """
    entry = ModelEntry(name=name, kind=kind, path=path, base="unknown", size_bytes=_size_bytes(path))
    if path.suffix in PICKLE_SUFFIXES and path.is_file():
        return replace(entry, problem=PICKLE_PROBLEM)
    try:
        card = read_card(card_file(path))
        if path.is_dir():
            entry = _describe_folder(entry, card)
        else:
            header = read_header(path)
            entry = {"checkpoint": _describe_checkpoint, "lora": _describe_lora, "vae": _describe_vae}[kind](
                entry, header, card, _vae_of(name, card, vaes)
            )
        return with_card(entry, card, _vae_of(name, card, vaes))
    except ModelFileError as error:
        return replace(entry, problem=error.message)


def _describe_checkpoint(entry: ModelEntry, header: Header, card: ModelCard, vae: ModelEntry | None) -> ModelEntry:
    width, fast = cross_width(header), fast_pace(entry.name, header)
    prediction, is_guessed = said_prediction(entry.name, header)
    told = card.prediction_type or prediction
    pace = fast or (V_PACE if told == "v_prediction" else USUAL_PACE)
    entry = _paced(entry, pace, is_fast=fast is not None, card=card)
    if is_guessed and card.prediction_type is None:
        entry = _noted(
            entry,
            f"{entry.name} is drawn as v-prediction because its name says so; its file does not "
            '("prediction_type" in its card settles it)',
        )
    return replace(
        entry,
        base=base_name(width),
        text_width=width,
        trigger_words=trigger_words(header),
        license=license_of(header),
        prediction=told if is_guessed or told != prediction else None,
        problem=checkpoint_problem(header, has_other_vae=vae is not None),
    )


def _paced(entry: ModelEntry, pace: Pace, *, is_fast: bool, card: ModelCard) -> ModelEntry:
    """Take a pace, and say so where it was read from a name."""
    if is_fast and card.steps is None:
        entry = _noted(
            entry,
            f"{entry.name} is drawn in {pace.steps} steps because its name says that it was made for few "
            '("steps" in its card settles it)',
        )
    return replace(
        entry,
        render_side_px=pace.side_px,
        steps=pace.steps,
        guidance_scale=pace.guidance_scale,
        strength=0.6,
        sampler=pace.sampler,
    )


def _noted(entry: ModelEntry, note: str) -> ModelEntry:
    return replace(entry, notes=(*entry.notes, note))


def _describe_lora(entry: ModelEntry, header: Header, _card: ModelCard, _: ModelEntry | None) -> ModelEntry:
    width, pace = lora_width(header), fast_pace(entry.name, header, is_lora=True)
    return replace(
        entry,
        base=base_name(width),
        text_width=width,
        steps=pace.steps if pace else None,
        guidance_scale=pace.guidance_scale if pace else None,
        sampler=pace.sampler if pace else None,
        trigger_words=trigger_words(header),
        license=license_of(header),
        notes=tuple(f"the LoRA {entry.name}: {note}" for note in lora_notes(header)),
        problem=lora_problem(header),
    )


def _describe_vae(entry: ModelEntry, header: Header, _card: ModelCard, _: ModelEntry | None) -> ModelEntry:
    config = layout_of_vae(header)
    problem = None if config["latent_channels"] == 4 else f"has {config['latent_channels']} channels, SDXL's have 4"
    return replace(entry, base="sdxl", license=license_of(header), problem=problem)


def _describe_folder(entry: ModelEntry, card: ModelCard) -> ModelEntry:
    """Read a diffusers folder's configs; its weights are checked when it is loaded."""
    if entry.kind != "checkpoint":
        if entry.kind == "lora":
            return replace(entry, problem="is a folder; a LoRA is one .safetensors file")
        return replace(entry, base="sdxl")
    pickles = [file for file in entry.path.rglob("*") if file.suffix in PICKLE_SUFFIXES]
    if pickles and not list(entry.path.glob("unet/*.safetensors")):
        return replace(entry, problem=f"holds only pickles ({pickles[0].name}); get it as .safetensors")
    index = _json(entry.path / "model_index.json")
    kind = str(index.get("_class_name"))
    if not kind.startswith("StableDiffusionXL"):
        return replace(entry, problem=f"is a {kind}, only SDXL's layout can be drawn with")
    unet, vae = _json(entry.path / "unet" / "config.json"), _json(entry.path / "vae" / "config.json")
    width = unet.get("cross_attention_dim")
    width = width if isinstance(width, int) else None
    if unet.get("in_channels", 4) != 4:
        return replace(entry, problem=f"takes {unet['in_channels']} channels (an inpainting model), 4 are needed")
    entry = replace(entry, base=base_name(width), text_width=width)
    if vae.get("_class_name") == "AutoencoderTiny" and len(vae.get("encoder_block_out_channels", ())) == 1:
        side = int(unet.get("sample_size") or 32)
        return replace(
            entry,
            native_sizes_px=((side, side),),
            default_size_px=(side, side),
            steps=12,
            guidance_scale=3.0,
            strength=0.5,
        )
    return _describe_large_folder(entry, card)


def _describe_large_folder(entry: ModelEntry, card: ModelCard) -> ModelEntry:
    own = _json(entry.path / "scheduler" / "scheduler_config.json")
    if str(own.get("_class_name", "")).startswith("EDM"):
        return replace(entry, problem="is a model of the EDM kind, whose noise is of another kind than SDXL's")
    for file in sorted(entry.path.glob("unet/*.safetensors"))[:1]:
        if problem := quantized_problem(read_header(file)):
            return replace(entry, problem=problem)
    prediction = own.get("prediction_type", "epsilon")
    told = card.prediction_type or prediction
    fast = fast_pace(entry.name)
    pace = fast or (V_PACE if told == "v_prediction" else USUAL_PACE)
    if own.get("timestep_spacing") == "trailing":
        # Its maker chose the sampler with care.
        pace = replace(pace, sampler=None)
    entry = replace(entry, prediction=card.prediction_type if told != prediction else None)
    return _paced(entry, pace, is_fast=fast is not None, card=card)


def mini_entry() -> ModelEntry:
    """Describe the built-in model."""
    entry = ModelEntry(name=MINI, kind="checkpoint", path=MINI_FOLDER, base=MINI, size_bytes=_size_bytes(MINI_FOLDER))
    try:
        return replace(
            with_card(_describe_folder(entry, card := read_card(MINI_FOLDER / "mini.json", own=True)), card, None),
            base=MINI,
        )
    except ModelFileError as error:
        return replace(entry, problem=error.message)


def with_card(entry: ModelEntry, card: ModelCard, vae: ModelEntry | None) -> ModelEntry:
    """Let what a person's card says win over what the file says.

    Args:
        vae: What the card names as another VAE, or None.
    """
    native = card.native_sizes_px or entry.native_sizes_px
    said: JsonObject = {
        key: value
        for key in (
            "description", "base", "license", "trigger_words", "default_size_px", "render_side_px",
            "steps", "guidance_scale", "strength", "background_strength", "scratch_steps", "scratch_guidance_scale",
            "sampler", "guidance_distilled",
        )
        if (value := getattr(card, key)) not in (None, ())
    }  # fmt: skip
    if card.default_size_px is None and native:
        said["default_size_px"] = native[0] if entry.default_size_px == SDXL_SPRITE_PX else entry.default_size_px
    return replace(entry, native_sizes_px=native, vae_path=vae.path if vae else None, **said)


def _vae_of(name: str, card: ModelCard, vaes: Sequence[ModelEntry]) -> ModelEntry | None:
    """The VAE that a checkpoint's card names, else the one of the checkpoint's own name.

    Raises:
        ModelFileError: The card names one that is not there or not usable.
    """
    wanted = card.vae or name
    named_vae = next((vae for vae in vaes if vae.name == wanted), None)
    if card.vae and (named_vae is None or named_vae.problem):
        why = named_vae.problem if named_vae else f"there is: {', '.join(vae.name for vae in vaes) or 'none'}"
        raise ModelFileError(f"its card asks for the VAE {card.vae!r}: {why}", hint="put it into models/vae/")
    return named_vae if named_vae and not named_vae.problem else None


def card_file(path: Path) -> Path:
    """Where the card of a file or folder lies."""
    return path.parent / f"{path.name.removesuffix('.safetensors')}.json"


def _size_bytes(path: Path) -> int:
    try:
        return sum(file.stat().st_size for file in files_of(path))
    except OSError:
        return 0


def _json(file: Path) -> JsonObject:
    try:
        document = parse_json(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFileError(f"cannot read {file.parent.name}/{file.name}: {error}", hint="get it again") from error
    return document if is_table(document) else {}
