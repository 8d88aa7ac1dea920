"""Writing down how a sprite was made."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

from pixels_mcp import __version__
from pixels_mcp.engines.base import Device
from pixels_mcp.engines.levers import Levers
from pixels_mcp.events import ReferenceInfo
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.requests import RedrawRequest
from pixels_mcp.worker.batch import RowBatch
from pixels_mcp.worker.planning.plan import Plan
from pixels_mcp.worker.planning.recorded import RecordedPlan, RecordedServer

_DRAWING_PACKAGES = ("torch", "diffusers", "transformers")
_PACKAGES = (*_DRAWING_PACKAGES, "numpy", "pillow")


def record(batch: RowBatch, place: int, device: Device, dtype: str) -> Recipe:
    """Write the recipe of the sprite in one row of a batch; one that followed a recipe keeps it."""
    drawing = batch.drawings[place]
    plan, row = drawing.of.plan, drawing.row
    if plan.recipe is not None:
        return plan.recipe.model_copy(update={"versions": _versions_of(device)})
    settled = plan.settled
    recorded = RecordedPlan(
        prompt=row.row.prompt,
        negative_prompt=row.row.negative_prompt,
        model=plan.model.name,
        loras=tuple(choice for choice in plan.request.loras if choice.weight),
        width_px=settled.size_px[0],
        height_px=settled.size_px[1],
        render_width_px=plan.spec.width_px,
        render_height_px=plan.spec.height_px,
        steps=batch.spec.steps,
        guidance_scale=plan.spec.guidance_scale,
        two_pass=plan.spec.two_pass,
        sampler=plan.spec.sampler,
        seed=row.row.seed,
        variant=row.variant,
        batch_rows=len(batch.drawings),
        batch_row=place,
        threads=device.threads,
        device=device.kind,
        dtype=dtype,
        palette=None if settled.palette is None else tuple(settled.palette.hex_codes),
        max_colors=settled.max_colors,
        transparent=settled.transparent,
        reference=_nameless(row.reference),
        reference_sha256=plan.reference_sha256,
        wrap=plan.spec.wrap,
        prediction=plan.spec.prediction,
        server=_server(plan, device),
        outline=None if settled.outline is None else settled.outline.outline,
        outline_color=None if settled.outline is None else plan.request.outline_color,
        look=None if settled.look is None else settled.look.look,
        lone_pixels=settled.lone_pixels,
        worn_style=plan.worn.recorded if plan.worn and row.reference and row.reference.kind == "exemplar" else None,
        levers=None if batch.spec.levers == Levers() else batch.spec.levers,
    )
    asked = plan.asked.model_dump(mode="json", exclude_unset=True)
    if plan.reference_sha256 is not None:
        asked["reference"] = plan.reference_sha256
    edited = plan.asked if isinstance(plan.asked, RedrawRequest) else None
    sources = {"parent": edited.parent_sha256, "mask": edited.mask_sha256} if edited else {}
    return Recipe(
        format_version=2 if edited else 1,
        operation=edited.operation if edited else "draw",
        sources={what: sha256 for what, sha256 in sources.items() if sha256 is not None},
        request=asked,
        plan=recorded.model_dump(mode="json"),
        model_sha256=plan.model.sha256 or "",
        loras_sha256={lora.name: lora.sha256 or "" for lora in plan.loras},
        versions=_versions_of(device),
    )


def _server(plan: Plan, device: Device) -> RecordedServer | None:
    """The ComfyUI that drew; an address tells nobody's password."""
    if device.server is None:
        return None
    return RecordedServer(
        url=device.server.url,
        version=device.server.version,
        device=device.name,
        workflow_sha256=plan.model.workflow_sha256,
    )


def _nameless(reference: ReferenceInfo | None) -> ReferenceInfo | None:
    """A recipe names a person's file or sprite by its content alone."""
    if reference is None or reference.kind == "exemplar":
        return reference
    return reference.model_copy(update={"name": reference.sha256, "kind": "file"})


def _versions_of(device: Device) -> dict[str, str]:
    """Of all that made the picture; where a server drew, its own instead of the embedded engine's libraries."""
    if device.server is None:
        return _versions()
    own = {name: number for name, number in _versions().items() if name not in _DRAWING_PACKAGES}
    return {**own, "comfyui": device.server.version}


@cache
def _versions() -> dict[str, str]:
    versions = {"pixels-mcp": __version__}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:  # an engine that needs none of it
            continue
    return versions
