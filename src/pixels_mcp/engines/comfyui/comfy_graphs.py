"""The graphs that we send: a row as nodes of ComfyUI's core, in API form.

model -> LoRAs -> words -> sampler -> picture; a reference is encoded first; what stays of it is a noise mask. A ground
that joins itself is drawn, rolled by half so that its edges meet in the middle, and redrawn along that seam alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from pixels_mcp.engines.base import Sampler, Wrap
from pixels_mcp.engines.comfyui.comfy_http import Graph
from pixels_mcp.errors import GraphRefusedError
from pixels_mcp.models.card import Prediction

Value: TypeAlias = int | float | str
"""A value, or the named place of one (`%seed%`) in a graph that is a file."""
Link: TypeAlias = list[object]
"""A node's output: its id, and which."""

OUTPUT = "picture"
SAMPLERS: dict[Sampler, tuple[str, str]] = {
    "euler": ("euler", "normal"),
    "euler_trailing": ("euler", "sgm_uniform"),
    "euler_ancestral_trailing": ("euler_ancestral", "sgm_uniform"),
    "dpmpp_2m_karras": ("dpmpp_2m", "karras"),
    "lcm": ("lcm", "sgm_uniform"),
}
"""Ours as ComfyUI's sampler and scheduler; TCD is no sampler of its core."""

SEAM_STRENGTH = 0.75
"""So much of a seam is drawn anew: enough to forget it, little enough to keep the material."""
_MASK_SIDE, _BAND = 64, 20
"""Masks are scaled to the picture: a band of 20 of 64, its rims 6 wide."""
_RIM = 6


@dataclass(frozen=True)
class DrawnRow:
    """What one picture is drawn from; names of files are the server's own.

    Attributes:
        sampler: ComfyUI's sampler and scheduler.
        sampling: What the model predicts, in `ModelSamplingDiscrete`'s words, or None for what its file says.
        image, mask: As `ComfyHttp.upload` named them; white of the mask is drawn anew.
        strength: How much of `image` is drawn anew.
        wrap: Along which axes the picture joins itself.
        seam_steps: Steps in which a seam is redrawn.
    """

    checkpoint: str
    prompt: str
    negative: str
    seed: Value
    width_px: Value
    height_px: Value
    steps: Value
    guidance_scale: Value
    sampler: tuple[str, str] = SAMPLERS["euler"]
    sampling: str | None = None
    loras: tuple[tuple[str, Value], ...] = ()
    vae: str | None = None
    image: str | None = None
    mask: str | None = None
    strength: Value = 1.0
    wrap: Wrap = "none"
    seam_steps: Value = 1


@dataclass
class _Nodes:
    """A graph that is being made; ids are words that a person can read in ComfyUI's queue."""

    graph: Graph = field(default_factory=Graph)

    def add(self, name: str, kind: str, **inputs: object) -> str:
        self.graph[name] = {"class_type": kind, "inputs": inputs, "_meta": {"title": name.replace("_", " ")}}
        return name


def sampler_of(sampler: Sampler | None) -> tuple[str, str]:
    """ComfyUI's sampler and scheduler for one of ours.

    Raises:
        GraphRefusedError: Its core has none.
    """
    if sampler is not None and sampler not in SAMPLERS:
        raise GraphRefusedError(
            f"ComfyUI has no sampler {sampler}", hint=f"name another in the model's card: {', '.join(SAMPLERS)}"
        )
    return SAMPLERS[sampler or "euler"]


def sampling_of(sampler: Sampler | None, prediction: Prediction | None) -> str | None:
    """The words of `ModelSamplingDiscrete`; None where the model's file says it."""
    if sampler == "lcm":
        return "lcm"
    return None if prediction is None else {"epsilon": "eps", "v_prediction": "v_prediction"}[prediction]


def make_graph(row: DrawnRow) -> Graph:
    """Build the graph of one row; its picture comes out of the node `OUTPUT`."""
    nodes = _Nodes()
    model, clip, vae = _load(nodes, row)
    words = {
        side: [nodes.add(side, "CLIPTextEncode", clip=clip, text=text), 0]
        for side, text in (("positive", row.prompt), ("negative", row.negative))
    }
    sampled: dict[str, object] = {"model": model, **words, "seed": row.seed, "cfg": row.guidance_scale,
               "sampler_name": row.sampler[0], "scheduler": row.sampler[1]}  # fmt: skip
    latent, denoise = _start(nodes, row, vae)
    drawn = nodes.add("sampler", "KSampler", latent_image=latent, steps=row.steps, denoise=denoise, **sampled)
    pixels: Link = [nodes.add("pixels", "VAEDecode", samples=[drawn, 0], vae=vae), 0]
    for place, (rolled, seam) in enumerate(_SEAMS[row.wrap]):
        pixels = _mend_seam(nodes, f"seam_{place + 1}", row, pixels, vae, sampled, (rolled, seam))
    nodes.add(OUTPUT, "PreviewImage", images=pixels)
    return nodes.graph


_SEAMS: dict[Wrap, tuple[tuple[str, str], ...]] = {
    "none": (),
    "x": (("x", "column"),),
    "y": (("y", "row"),),
    # The ends of the second seam meet over the edge, so they are brought to the middle as well.
    "both": (("x", "column"), ("y", "row"), ("x", "square")),
}


def _load(nodes: _Nodes, row: DrawnRow) -> tuple[Link, Link, Link]:
    loader = nodes.add("model", "CheckpointLoaderSimple", ckpt_name=row.checkpoint)
    model: Link = [loader, 0]
    clip: Link = [loader, 1]
    vae: Link = [loader, 2]
    for place, (name, weight) in enumerate(row.loras):
        lora = nodes.add(
            f"lora_{place + 1}", "LoraLoader", model=model, clip=clip,
            lora_name=name, strength_model=weight, strength_clip=weight,
        )  # fmt: skip
        model, clip = [lora, 0], [lora, 1]
    if row.sampling is not None:
        model = [nodes.add("sampling", "ModelSamplingDiscrete", model=model, sampling=row.sampling, zsnr=False), 0]
    if row.vae is not None:
        vae = [nodes.add("vae", "VAELoader", vae_name=row.vae), 0]
    return model, clip, vae


def _start(nodes: _Nodes, row: DrawnRow, vae: Link) -> tuple[Link, Value]:
    """The latents that are drawn from, and how much of them is noise."""
    if row.image is None:
        size = nodes.add("size", "EmptyLatentImage", width=row.width_px, height=row.height_px, batch_size=1)
        return [size, 0], 1.0
    image = nodes.add("image", "LoadImage", image=row.image)
    latent: Link = [nodes.add("encoded", "VAEEncode", pixels=[image, 0], vae=vae), 0]
    if row.mask is not None:
        mask = nodes.add("mask", "LoadImageMask", image=row.mask, channel="red")
        latent = [nodes.add("masked", "SetLatentNoiseMask", samples=latent, mask=[mask, 0]), 0]
    return latent, row.strength


def _mend_seam(
    nodes: _Nodes, name: str, row: DrawnRow, pixels: Link, vae: Link, sampled: dict[str, object], how: tuple[str, str]
) -> Link:
    """Roll a picture by half along an axis and redraw the middle; what is away from it stays to the pixel."""
    axis, shape = how
    rolled = _roll(nodes, name, row, pixels, axis)
    mask = _middle(nodes, f"{name}_mask", shape)
    encoded = nodes.add(f"{name}_encoded", "VAEEncode", pixels=rolled, vae=vae)
    masked = nodes.add(f"{name}_masked", "SetLatentNoiseMask", samples=[encoded, 0], mask=mask)
    drawn = nodes.add(
        f"{name}_sampler", "KSampler", latent_image=[masked, 0], steps=row.seam_steps, denoise=SEAM_STRENGTH, **sampled
    )
    redrawn = nodes.add(f"{name}_pixels", "VAEDecode", samples=[drawn, 0], vae=vae)
    whole = nodes.add(
        f"{name}_whole", "ImageCompositeMasked", destination=rolled, source=[redrawn, 0], x=0, y=0,
        resize_source=False, mask=mask,
    )  # fmt: skip
    return [whole, 0]


def _roll(nodes: _Nodes, name: str, row: DrawnRow, pixels: Link, axis: str) -> Link:
    width, height = row.width_px, row.height_px
    half_width, half_height = half_of(width, "width"), half_of(height, "height")
    size = {"width": half_width, "height": height} if axis == "x" else {"width": width, "height": half_height}
    far = {"x": half_width, "y": 0} if axis == "x" else {"x": 0, "y": half_height}
    near = {"x": 0, "y": 0}
    first = nodes.add(f"{name}_first", "ImageCrop", image=pixels, **size, **near)
    second = nodes.add(f"{name}_second", "ImageCrop", image=pixels, **size, **far)
    moved = nodes.add(
        f"{name}_moved", "ImageCompositeMasked", destination=pixels, source=[first, 0], **far, resize_source=False
    )
    rolled = nodes.add(
        f"{name}_rolled", "ImageCompositeMasked", destination=[moved, 0], source=[second, 0], **near,
        resize_source=False,
    )  # fmt: skip
    return [rolled, 0]


def half_of(length: Value, name: str) -> Value:
    """Half a length, or the named place of it."""
    return f"%half_{name}%" if isinstance(length, str) else int(length) // 2


def _middle(nodes: _Nodes, name: str, shape: str) -> Link:
    """A mask of the middle, with soft rims: a column or row through all of the picture, or a square."""
    begin = (_MASK_SIDE - _BAND) // 2
    width = _MASK_SIDE if shape == "row" else _BAND
    height = _MASK_SIDE if shape == "column" else _BAND
    aside, above = (0 if shape == "row" else _RIM), (0 if shape == "column" else _RIM)
    dark = nodes.add(f"{name}_dark", "SolidMask", value=0.0, width=_MASK_SIDE, height=_MASK_SIDE)
    light = nodes.add(f"{name}_light", "SolidMask", value=1.0, width=width, height=height)
    soft = nodes.add(f"{name}_soft", "FeatherMask", mask=[light, 0], left=aside, right=aside, top=above, bottom=above)
    x, y = (0 if shape == "row" else begin), (0 if shape == "column" else begin)
    return [nodes.add(name, "MaskComposite", destination=[dark, 0], source=[soft, 0], x=x, y=y, operation="add"), 0]
