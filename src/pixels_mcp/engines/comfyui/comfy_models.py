"""The models of a ComfyUI server among those that can be drawn with: its checkpoints, LoRAs and VAEs, and workflows."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWorking
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pixels_mcp.engines.comfyui.comfy_graphs import SAMPLERS
from pixels_mcp.engines.comfyui.comfy_http import ComfyHttp, Graph, ServerFacts, StatusError
from pixels_mcp.engines.comfyui.graph_file import read_graph_file
from pixels_mcp.engines.comfyui.node_check import NodeList
from pixels_mcp.engines.comfyui.server_url import ServerUrl
from pixels_mcp.errors import ModelFileError, PixelsError, WorkflowError
from pixels_mcp.models.card import SamplerName, read_card
from pixels_mcp.models.describe import MINI, with_card
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.models.header import Header
from pixels_mcp.models.paces import USUAL_PACE, V_PACE, fast_pace
from pixels_mcp.models.recognize import base_name, license_of, said_prediction, trigger_words
from pixels_mcp.told_apart import is_table

log = logging.getLogger(__name__)

FRESH_S = 2.0
"""What the server said so long ago is not asked again."""
WAIT_S = 0.5
"""A server that is known already is waited for so long; then what it said before stands."""
ANSWER_S = 5.0
DESCRIBE_S = 2.0
"""So long are files described that were not seen before; the others are, the next time."""

Kind = Literal["checkpoint", "lora", "vae"]
_FOLDERS: dict[Kind, str] = {"checkpoint": "checkpoints", "lora": "loras", "vae": "vae"}
_WIDTHS = {"stable-diffusion-xl": 2048, "sdxl": 2048, "stable-diffusion-v1": 768, "sd_v1": 768,
           "stable-diffusion-v2": 1024, "sd_v2": 1024, "pony": 2048, "illustrious": 2048}  # fmt: skip
_SIDES_PX = {768: 512, 1024: 768, 2048: 1024}


@dataclass(frozen=True)
class ServerNow:
    """A server as it was when it last answered.

    Attributes:
        facts: None where it never answered.
        entries: What it has.
        trouble: Why it did not answer the last time, None where it did.
    """

    facts: ServerFacts | None = None
    entries: tuple[ModelEntry, ...] = ()
    trouble: PixelsError | None = None


class ComfyModels:
    """Asks a server what it has, at most every two seconds, and never keeps its caller waiting for long.

    Args:
        url: The server.
        headers: For a login.
        cards: A folder with a card `NAME.json` for models that want other words than usual.
        workflows: Folders with workflow files, the first of a name wins.
        default_model: The checkpoint that workflows get which ask for one.
    """

    def __init__(
        self, url: ServerUrl, headers: Mapping[str, str], *, cards: Path, workflows: Sequence[Path], default_model: str
    ) -> None:
        self.url = url
        self._http = ComfyHttp(url, headers, answer_s=ANSWER_S)
        self._cards, self._workflows, self._default_model = cards, tuple(workflows), default_model
        self._now = ServerNow()
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="comfyui-models")
        self._asking: Future[ServerNow] | None = None
        self._asked_s = 0.0
        self._lock = threading.Lock()
        self._metadata: dict[tuple[object, ...], Mapping[str, str]] = {}

    def now(self) -> ServerNow:
        """The server now; what it said before where it does not answer at once."""
        with self._lock:
            if self._asking is None and (self._asked_s == 0.0 or time.monotonic() - self._asked_s >= FRESH_S):
                self._asking = self._asker.submit(self._ask)
            asking = self._asking
        if asking is not None:
            is_known = self._now.facts is not None or self._now.trouble is not None
            try:
                self._now = asking.result(WAIT_S if is_known else None)
                with self._lock:
                    if self._asking is asking:
                        self._asking, self._asked_s = None, time.monotonic()
            except StillWorking:
                pass
        return self._now

    def entries(self) -> list[ModelEntry]:
        """Everything that can be drawn with there; a server that does not answer is an entry with its problem."""
        now = self.now()
        if now.trouble is None:
            return list(now.entries)
        away = ModelEntry(
            name="comfyui",
            kind="checkpoint",
            path=Path(self.url.http),
            base="server",
            size_bytes=0,
            engine="comfyui",
            problem=f"{now.trouble.message} ({now.trouble.hint})",
        )
        return [away, *now.entries]

    def trouble(self) -> PixelsError | None:
        """Why the server does not answer, None where it does."""
        return self.now().trouble

    def problems_of(self, graph: Graph) -> list[str]:
        """What the server would refuse of a graph.

        Raises:
            ServerGoneError, NotComfyError, OldServerError, ServerLoginError: It cannot be asked.
        """
        self._http.facts()
        return NodeList(self._http).problems(graph)

    def _ask(self) -> ServerNow:
        try:
            facts = self._http.facts()
            return ServerNow(facts, tuple(self._describe_all(NodeList(self._http))))
        except PixelsError as error:
            return replace(self._now, trouble=error)
        except Exception as error:
            log.exception("the models of %s cannot be listed", self.url.http)
            trouble = ModelFileError(f"{self.url.http}: unexpected {type(error).__name__}", hint="see the log file")
            return replace(self._now, trouble=trouble)

    def _describe_all(self, nodes: NodeList) -> list[ModelEntry]:
        until_s = time.monotonic() + DESCRIBE_S
        vaes = self._files("vae", (), until_s)
        samplers = offered_samplers(nodes)
        checkpoints = [_with_samplers(entry, samplers) for entry in self._files("checkpoint", vaes, until_s)]
        inner = _inner_checkpoint(checkpoints, self._default_model)
        taken = {entry.name for entry in checkpoints} | {MINI}
        drawn = [self._describe_workflow(file, inner, nodes, samplers, taken) for file in self._workflow_files()]
        return [*checkpoints, *drawn, *self._files("lora", (), until_s), *vaes]

    def _files(self, kind: Kind, vaes: Sequence[ModelEntry], until_s: float) -> list[ModelEntry]:
        folder = _FOLDERS[kind]
        try:
            listed = self._http.get(f"/experiment/models/{folder}")
        except StatusError:
            return []
        described: dict[str, ModelEntry] = {}
        for said in sorted(listed, key=lambda one: str(one.get("name"))):
            file = str(said.get("name", ""))
            name = shown_name(file)
            if name in described or name == MINI:
                name = file.replace("\\", "/")
            entry = ModelEntry(
                name=name,
                kind=kind,
                path=Path(file),
                base="unknown",
                size_bytes=int(said.get("size") or 0),
                sha256=identity(file, said.get("size"), said.get("modified")),
                engine="comfyui",
            )
            described[name] = self._describe(entry, said, vaes, until_s)
        return list(described.values())

    def _describe(
        self, entry: ModelEntry, said: Mapping[str, Any], vaes: Sequence[ModelEntry], until_s: float
    ) -> ModelEntry:
        if entry.kind == "vae":
            return entry
        header = Header(entry.path, entry.size_bytes, {}, self._metadata_of(entry, said, until_s))
        width = _width_of(header.metadata)
        entry = replace(
            entry, text_width=width, base=base_name(width), trigger_words=trigger_words(header),
            license=license_of(header),
        )  # fmt: skip
        pace = fast_pace(entry.name, header, is_lora=entry.kind == "lora")
        if entry.kind == "lora":
            if pace is None:
                return entry
            return replace(entry, steps=pace.steps, guidance_scale=pace.guidance_scale, sampler=pace.sampler)
        prediction, is_guessed = said_prediction(entry.name, header)
        pace = pace or (V_PACE if prediction == "v_prediction" else USUAL_PACE)
        side_px = pace.side_px if pace.side_px != USUAL_PACE.side_px else _SIDES_PX.get(width or 0, pace.side_px)
        entry = replace(
            entry,
            render_side_px=side_px,
            steps=pace.steps,
            guidance_scale=pace.guidance_scale,
            strength=0.6,
            sampler=pace.sampler,
            prediction=prediction if is_guessed else None,
        )
        return self._carded(entry, vaes)

    def _carded(self, entry: ModelEntry, vaes: Sequence[ModelEntry]) -> ModelEntry:
        """Let the person's card say what the server cannot."""
        try:
            card = read_card(self._cards / f"{entry.name}.json")
            vae = next((vae for vae in vaes if vae.name == card.vae), None)
            if card.vae and vae is None:
                raise ModelFileError(f"its card asks for the VAE {card.vae!r}, which the server does not have")
            is_guessed = entry.text_width is None and entry.places is None
            if is_guessed and card.render_side_px is None and not card.native_sizes_px:
                note = (
                    f"ComfyUI does not tell which family {entry.name} is of: it is drawn at {entry.render_side_px} px "
                    '("render_side_px" in its card settles it)'
                )
                entry = replace(entry, notes=(note,))
            entry = with_card(entry, card, vae)
            return replace(entry, vae_sha256=vae.sha256 if vae else None)
        except ModelFileError as error:
            return replace(entry, problem=error.message)

    def _metadata_of(self, entry: ModelEntry, said: Mapping[str, Any], until_s: float) -> Mapping[str, str]:
        """What a file's trainer wrote into it, where the server tells it."""
        key = (entry.kind, str(entry.path), said.get("size"), said.get("modified"))
        if key not in self._metadata:
            if time.monotonic() >= until_s:
                return {}
            try:
                told: object = self._http.get(f"/view_metadata/{_FOLDERS[entry.kind]}", filename=str(entry.path))
            except StatusError:  # the file has none
                told = {}
            self._metadata[key] = {str(name): str(value) for name, value in told.items()} if is_table(told) else {}
        return self._metadata[key]

    def _workflow_files(self) -> list[Path]:
        files: dict[str, Path] = {}
        for folder in self._workflows:
            for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
                files.setdefault(file.stem, file)
        return [files[name] for name in sorted(files)]

    def _describe_workflow(
        self, file: Path, inner: ModelEntry | None, nodes: NodeList, samplers: Sequence[SamplerName], taken: set[str]
    ) -> ModelEntry:
        name = file.stem if file.stem not in taken else file.name
        entry = ModelEntry(
            name=name, kind="checkpoint", path=file, base="workflow", size_bytes=0, render_side_px=USUAL_PACE.side_px,
            steps=USUAL_PACE.steps, guidance_scale=USUAL_PACE.guidance_scale, strength=0.6, engine="comfyui",
        )  # fmt: skip
        try:
            read = read_graph_file(file)
        except WorkflowError as error:
            return replace(entry, problem=error.message)
        entry = replace(
            entry,
            sha256=read.sha256,
            workflow_sha256=read.sha256,
            size_bytes=file.stat().st_size,
            places=frozenset(read.places),
            samplers=samplers,
        )
        if problems := nodes.problems(read.graph):
            more = f", and {len(problems) - 3} more" if len(problems) > 3 else ""
            return replace(entry, problem="; ".join(problems[:3]) + more)
        if "model" in read.places:
            if inner is None:
                return replace(
                    entry,
                    problem="it asks for %model%: set default_model to one of the server's checkpoints, or write a "
                    "checkpoint's name into a copy of it",
                )
            together = hashlib.sha256(f"{read.sha256} {inner.sha256}".encode()).hexdigest()
            entry = replace(
                entry, checkpoint_path=inner.path, sha256=together, text_width=inner.text_width,
                render_side_px=inner.render_side_px, steps=inner.steps, guidance_scale=inner.guidance_scale,
                native_sizes_px=inner.native_sizes_px, default_size_px=inner.default_size_px, strength=inner.strength,
            )  # fmt: skip
        return self._carded(entry, ())


def offered_samplers(nodes: NodeList) -> tuple[SamplerName, ...]:
    """Those of our samplers that the server has."""
    samplers, schedulers = nodes.choices("KSampler", "sampler_name"), nodes.choices("KSampler", "scheduler")
    return tuple(
        ours for ours, (sampler, scheduler) in SAMPLERS.items() if sampler in samplers and scheduler in schedulers
    )


def shown_name(file: str) -> str:
    """What requests call a file of the server; one on Windows lists its folders with backslashes."""
    name = file.replace("\\", "/")
    head, dot, _ = name.rpartition(".")
    return head if dot and "/" not in name[len(head) :] else name


def identity(file: str, size: object, modified: object) -> str:
    """What stands for a file's content hash, which the server does not tell: its name, size and time of change."""
    return hashlib.sha256(f"comfyui:{file}:{size}:{modified}".encode()).hexdigest()


def _with_samplers(entry: ModelEntry, samplers: tuple[SamplerName, ...]) -> ModelEntry:
    entry = replace(entry, samplers=samplers)
    if entry.problem is None and entry.sampler is not None and entry.sampler not in samplers:
        return replace(
            entry, problem=f"the server has no sampler {entry.sampler}; name one in its card: {', '.join(samplers)}"
        )
    return entry


def _inner_checkpoint(checkpoints: Sequence[ModelEntry], default_model: str) -> ModelEntry | None:
    """The checkpoint of workflows that ask for one: the setting's, else the only one."""
    usable = [entry for entry in checkpoints if entry.problem is None]
    named = next((entry for entry in usable if entry.name == default_model), None)
    return named or (usable[0] if len(usable) == 1 else None)


def _width_of(metadata: Mapping[str, str]) -> int | None:
    """Numbers a word has in a model, by what its trainer wrote; None where nothing is said."""
    for key in ("modelspec.architecture", "ss_base_model_version"):
        said = metadata.get(key, "").lower()
        for family, width in _WIDTHS.items():
            if said.startswith(family):
                return width
    return None
