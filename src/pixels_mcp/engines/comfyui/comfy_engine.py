"""An `Engine` that draws through a ComfyUI server: a graph for each row, its steps told, its picture fetched."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from PIL import Image, UnidentifiedImageError

from pixels_mcp.engines.base import Device, DrawingServer, RenderAccount, RenderSpec, RenderWatch, Rgba, Row
from pixels_mcp.engines.comfyui.comfy_events import EventSocket
from pixels_mcp.engines.comfyui.comfy_graphs import (
    OUTPUT,
    SEAM_STRENGTH,
    DrawnRow,
    make_graph,
    sampler_of,
    sampling_of,
)
from pixels_mcp.engines.comfyui.comfy_http import ComfyHttp, Graph, ServerFacts
from pixels_mcp.engines.comfyui.comfy_job import AWAY_S, ComfyJobs
from pixels_mcp.engines.comfyui.graph_file import GraphFile, read_graph_file
from pixels_mcp.engines.comfyui.named_places import fill_places
from pixels_mcp.engines.comfyui.node_check import NodeList, filled_up
from pixels_mcp.engines.comfyui.server_url import parse_server_url
from pixels_mcp.errors import EngineError, GraphRefusedError, WorkflowError

log = logging.getLogger(__name__)

GREY = 127.5
LATENT_PX = 8
"""A preview has the latents' size, an eighth of the picture's."""
FACTS_FRESH_S = 5.0
WAITED_TOLD_S = 10.0
_GIB = 2**30
_LOADERS, _ENCODERS = ("loader", "load"), ("textencode", "vaeencode")
_SHAPE_OFF_MAX = 0.02
"""A workflow may enlarge a picture, but not draw it in another shape than was asked for."""


class ComfyEngine:
    """Draws on a ComfyUI server; a row is a prompt of its own, so that each seed is what it is when drawn alone.

    Args:
        url: Where the server is.
        headers: For a login.
        away_s: How long it may be away in the middle of a drawing; then the lane is lost until it answers again.

    Raises:
        SettingsError: The address is none.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, *, away_s: float = AWAY_S) -> None:
        self._url = parse_server_url(url)
        if self._url.is_readable_on_the_way:
            log.warning("prompts and pictures cross the network to %s unencrypted", self._url.http)
        self._http = ComfyHttp(self._url, headers or {})
        self._socket = EventSocket(self._url, self._http.headers)
        self._jobs = ComfyJobs(self._http, self._socket, away_s=away_s)
        self._facts: ServerFacts | None = None
        self._facts_s = 0.0
        self._notes: dict[RenderSpec, tuple[str, ...]] = {}

    def close(self) -> None:
        """Let the connections go."""
        self._socket.close()
        self._http.close()

    def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        """Draw row by row; see `Engine.render`.

        Raises:
            As `ComfyJobs.run`; WorkflowError: The workflow's file changed since the drawing was planned.
        """
        follower = _Follower(spec, len(rows), watch)
        file = _workflow_of(spec)
        pictures: list[Rgba] = []
        for place, row in enumerate(rows):
            follower.begin(place)

            def make(row: Row = row) -> Graph:
                graph = self._own_graph(spec, row) if file is None else self._filled_file(file, spec, row)
                follower.take(graph)
                return graph

            data = self._jobs.run(make, OUTPUT if file is None else file.output, follower)
            pictures.append(_sized(_decode(data), spec))
            self._facts = None  # it may be another one by now
            waited_s = self._jobs.waited_s
            note = f"ComfyUI drew those of others first, for {waited_s:.0f} s"
            self._notes[spec] = (note,) if waited_s >= WAITED_TOLD_S else ()
        return pictures

    def refusal(self, spec: RenderSpec) -> str | None:
        """Only what lies on the server is drawn there."""
        return None if spec.engine == "comfyui" else f"{spec.model_path.name} lies on this machine, not in ComfyUI"

    def rows_that_fit(self, spec: RenderSpec) -> int:  # noqa: ARG002  # called alike with others
        """One: the server's own batches draw all their noise from one seed."""
        return 1

    def account(self, spec: RenderSpec, prompts: Sequence[str]) -> RenderAccount:
        """That others were drawn first, where that took long; ComfyUI reads prompts of any length.

        The server chooses the number format.
        """
        return RenderAccount(self.device(), "server", self._notes.get(spec, ()), ("",) * len(prompts))

    def let_go(self) -> None:
        """The models in the server's memory are everybody's; they are left to it."""

    def loaded_models(self) -> tuple[str, ...]:
        """The server does not tell."""
        return ()

    def device(self) -> Device:
        """The server's device, as it was a moment ago.

        Raises:
            ServerGoneError, NotComfyError, OldServerError, ServerLoginError: It cannot be drawn with.
        """
        now_s = time.monotonic()
        if self._facts is None or now_s - self._facts_s >= FACTS_FRESH_S:
            self._facts, self._facts_s = self._http.facts(), now_s
        facts = self._facts
        kinds: dict[str, Literal["cpu", "cuda", "mps"]] = {"cpu": "cpu", "cuda": "cuda", "mps": "mps"}
        return Device(
            kind=kinds.get(facts.device_kind, "other"),
            name=facts.device_name,
            dtype="server",
            threads=0,
            memory_free_gib=facts.memory_free / _GIB,
            memory_total_gib=facts.memory_total / _GIB,
            server=DrawingServer(self._url.http, facts.version),
        )

    def _own_graph(self, spec: RenderSpec, row: Row) -> Graph:
        """The graph of a row that is drawn with a checkpoint."""
        if row.noise_from is not None:
            raise GraphRefusedError(
                "ComfyUI draws its noise itself, it cannot move along with a frame",
                hint="redraw the frames with a model of this machine, or animate without redraw",
            )
        if row.keep is not None and spec.wrap != "none":
            raise GraphRefusedError(
                "ComfyUI cannot redraw a part of a ground that joins itself", hint="redraw all of it, or without tiling"
            )
        strength = 1.0 if row.reference is None else spec.strength or 1.0
        return make_graph(
            DrawnRow(
                checkpoint=str(spec.model_path),
                prompt=row.prompt,
                negative=row.negative_prompt,
                seed=row.seed,
                width_px=spec.width_px,
                height_px=spec.height_px,
                steps=_steps_run(spec.steps, strength),
                guidance_scale=_guidance(spec),
                sampler=sampler_of(spec.sampler),
                sampling=sampling_of(spec.sampler, spec.prediction),
                loras=tuple((str(lora.path), lora.weight) for lora in spec.loras),
                vae=None if spec.vae_path is None else str(spec.vae_path),
                **self._sent(row),
                strength=strength,
                wrap=spec.wrap,
                seam_steps=_steps_run(spec.steps, SEAM_STRENGTH),
            )
        )

    def _filled_file(self, file: GraphFile, spec: RenderSpec, row: Row) -> Graph:
        """A person's workflow with the row's values in its places."""
        sent = self._sent(row)
        strength = 1.0 if row.reference is None else spec.strength or 1.0
        lora = spec.loras[0] if spec.loras else None
        values: dict[str, int | float | str | None] = {
            "prompt": row.prompt,
            "negative": row.negative_prompt,
            "seed": row.seed,
            "width": spec.width_px,
            "height": spec.height_px,
            "half_width": spec.width_px // 2,
            "half_height": spec.height_px // 2,
            "steps": _steps_run(spec.steps, strength),
            "guidance": _guidance(spec),
            "strength": strength,
            "image": sent.get("image"),
            "mask": sent.get("mask"),
            "model": None if spec.checkpoint_path is None else str(spec.checkpoint_path),
            "lora": None if lora is None else str(lora.path),
            "lora_weight": None if lora is None else lora.weight,
        }
        known = {place: value for place, value in values.items() if value is not None}
        if missing := sorted(file.places - known.keys()):
            raise WorkflowError(
                f"{file.file.name} asks for {', '.join(f'%{place}%' for place in missing)}, which was not given",
                hint="give it, or take another model",
            )
        return filled_up(fill_places(file.graph, known), NodeList(self._http))

    def _sent(self, row: Row) -> dict[str, str]:
        """The names that the server gives what a row is drawn from."""
        sent: dict[str, str] = {}
        if row.reference is not None:
            sent["image"] = self._http.upload(_png(_flat(row.reference)))
        if row.keep is not None:
            sent["mask"] = self._http.upload(_png(np.where(row.keep, 0, 255).astype(np.uint8)))
        return sent


@dataclass
class _Follower:
    """Tells a render's watch what the server tells of its job: each stage once, the steps of all samplers."""

    spec: RenderSpec
    rows: int
    watch: RenderWatch
    graph: Graph = field(default_factory=Graph)
    steps_by_node: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    stages: list[str] = field(default_factory=list[str])
    place: int = 0

    def begin(self, place: int) -> None:
        self.place, self.stages = place, []

    def take(self, graph: Graph) -> None:
        """A graph is about to be sent; the steps that its samplers say are those that it will take."""
        self.graph = graph
        self.steps_by_node = {
            name: (0, node["inputs"]["steps"])
            for name, node in graph.items()
            if "sampler" in node["class_type"].lower() and isinstance(node["inputs"].get("steps"), int)
        }

    def begun(self, node: str) -> None:
        kind = str(self.graph.get(node, {}).get("class_type", "")).lower()
        if "sampler" in kind:
            self._enter("denoising")
        elif any(word in kind for word in _ENCODERS):
            self._enter("encoding")
        elif any(word in kind for word in _LOADERS):
            self._enter("loading")

    def stepped(self, node: str, step: int, steps: int, preview: bytes | None) -> None:
        if steps < 2 and node not in self.steps_by_node:
            return  # a node that only counts itself
        self._enter("denoising")
        self.steps_by_node[node] = (step, steps)
        done, all_steps = (sum(one) for one in zip(*self.steps_by_node.values(), strict=True))
        self.watch.step(self.place * all_steps + done, self.rows * all_steps, lambda row: self._preview(row, preview))

    def stopped(self) -> bool:
        return self.watch.stopped()

    def _enter(self, stage: Literal["loading", "encoding", "denoising"]) -> None:
        order = ("loading", "encoding", "denoising")
        if not self.stages or order.index(stage) > order.index(self.stages[-1]):
            self.stages.append(stage)
            self.watch.stage(stage)

    def _preview(self, row: int, picture: bytes | None) -> Rgba | None:
        if picture is None or row != self.place:
            return None
        try:
            with Image.open(io.BytesIO(picture)) as image:
                size = max(1, self.spec.width_px // LATENT_PX), max(1, self.spec.height_px // LATENT_PX)
                return np.asarray(image.convert("RGBA").resize(size, Image.Resampling.BOX))
        except (UnidentifiedImageError, OSError):
            return None


def _workflow_of(spec: RenderSpec) -> GraphFile | None:
    """The workflow file that a spec means, None where it means a checkpoint.

    Raises:
        WorkflowError: It is not usable any more, or is another one than was planned with.
    """
    if spec.model_path.suffix != ".json":
        return None
    file = read_graph_file(spec.model_path)
    if spec.checkpoint_path is None and file.sha256 != spec.model_sha256:
        raise WorkflowError(f"{spec.model_path} was changed since the drawing was planned", hint="ask again")
    return file


def _steps_run(steps: int, strength: float) -> int:
    """ComfyUI counts the steps that are run, we those of the whole way of which a redrawing takes a share."""
    return max(1, round(steps * strength))


def _guidance(spec: RenderSpec) -> float:
    """Guidance 1 is drawn in one pass."""
    return max(1.0, spec.guidance_scale) if spec.two_pass else 1.0


def _flat(picture: Rgba) -> Rgba:
    """(H, W, 3) on mid-grey: what lies under transparency would be seen by the model."""
    alpha = picture[..., 3:].astype(np.float32) / 255
    return np.rint(picture[..., :3] * alpha + GREY * (1 - alpha)).astype(np.uint8)


def _png(pixels: np.ndarray[Any, Any]) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


def _decode(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.convert("RGBA")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise EngineError(f"what ComfyUI gave is no picture: {error}", hint="look at the workflow there") from error


def _sized(picture: Image.Image, spec: RenderSpec) -> Rgba:
    """The picture in the render's size; a workflow may draw larger ones of its shape.

    Raises:
        EngineError: It has another shape.
    """
    wanted = spec.width_px, spec.height_px
    if picture.size != wanted:
        off = abs(picture.width * spec.height_px / (picture.height * spec.width_px) - 1)
        if off > _SHAPE_OFF_MAX:
            raise EngineError(
                f"the workflow drew {picture.width} x {picture.height} px, asked for were {wanted[0]} x {wanted[1]}",
                hint="write %width% and %height% where it has the size",
            )
        picture = picture.resize(wanted, Image.Resampling.BOX)
    return np.array(picture)
