"""One graph on a ComfyUI server, from being sent to its pictures: followed, stopped alone, found again, asked again."""

from __future__ import annotations

import contextlib
import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, Protocol, TypeVar

from pixels_mcp.engines.comfyui.comfy_events import EventSocket, JobEnded, NodeBegun, NodePreview, NodeStep
from pixels_mcp.engines.comfyui.comfy_http import ComfyHttp, Graph, StatusError, node_problems, refusal_of
from pixels_mcp.errors import (
    CancelledElsewhereError,
    EngineError,
    GraphRefusedError,
    OutOfDeviceMemory,
    PixelsError,
    RenderStopped,
    ServerGoneError,
)
from pixels_mcp.next_steps import NextStep

log = logging.getLogger(__name__)

Value = TypeVar("Value")

LISTEN_S = 0.25
QUIET_S = 2.0
"""A socket that says nothing for so long may be deaf: the server is asked how the job stands."""
AWAY_S = 10.0
"""A server may be away for so long in the middle of a job: a cut cable is whole again, a quick start is over."""
_KNOCK_S = 0.5
_HISTORY_WAITS = 20
"""The history is written a moment after a job's end is told."""
_GONE_PICTURES_MAX = 3


class GraphWatch(Protocol):
    """Who follows a job: the engine above, which runs jobs and is not known here."""

    def begun(self, node: str) -> None:
        """A node is worked on."""
        ...

    def stepped(self, node: str, step: int, steps: int, preview: bytes | None) -> None:
        """A node did a step; `preview` is a JPEG or PNG, None where the server makes none."""
        ...

    def stopped(self) -> bool:
        """True when the job is not wanted any more."""
        ...


class _Lost(Exception):
    """The server knows nothing of the job."""


class ComfyJobs:
    """Runs graphs on one server, one at a time.

    Args:
        http: The server.
        socket: Its events.
        away_s: How long it may be away in the middle of a job.
    """

    def __init__(self, http: ComfyHttp, socket: EventSocket, *, away_s: float = AWAY_S) -> None:
        self._http, self._socket, self._away_s = http, socket, away_s
        self._latest: bytes | None = None
        self._was_away = False
        self.waited_s = 0.0
        """How long the latest job stood behind those of others."""

    def run(self, make: Callable[[], Graph], output: str, watch: GraphWatch) -> bytes:
        """Run a graph and return the picture of its node `output`, PNG.

        A server that was started again in the middle knows the job no more: it is asked once again.

        Args:
            make: Makes the graph; called again for a server that was started again, which has lost what was uploaded.

        Raises:
            GraphRefusedError: The server does not take the graph; says which node.
            NotComfyError, OldServerError, ServerLoginError: It is no server that can be worked with.
            EngineError: A node failed.
            OutOfDeviceMemory: It ran out of memory.
            CancelledElsewhereError: Somebody took the job back in ComfyUI.
            RenderStopped: `watch.stopped()` said so; the job was taken back, those of others were not touched.
            ServerGoneError: Nobody answers for as long as one may be away.
        """
        graph = self._present(make, watch)
        asked_again = False
        for gone_pictures in range(_GONE_PICTURES_MAX + 1):
            try:
                entry = self._run_once(graph, watch)
            except _Lost:
                if asked_again or not self._was_away:
                    raise self._lost() from None
                log.warning("ComfyUI at %s was started again: the drawing is asked for once more", self._http.url.http)
                asked_again = True
                graph = self._present(make, watch)
                continue
            picture = self._picture(entry, graph, output)
            if picture is not None:
                return picture
            log.info("the picture was removed on the server before it was fetched (%d): drawn again", gone_pictures + 1)
            graph = made_anew(graph, output)
        raise EngineError("ComfyUI drew, but somebody removes its pictures before they are fetched", hint="draw again")

    def cancel(self, job: str) -> None:
        """Take back this job and no other, whether it waits or runs."""
        try:
            self._http.post(f"/api/jobs/{job}/cancel", {})  # one step, where the server has it
            return
        except StatusError:
            self._http.post("/queue", {"delete": [job]})
        if job in _ids(self._queue()["queue_running"]):
            self._http.post("/interrupt", {"prompt_id": job})  # without an id it would end whatever runs

    def _run_once(self, graph: Graph, watch: GraphWatch) -> Mapping[str, Any]:
        job = str(uuid.uuid4())  # known before the answer, so an answer that gets lost loses no job
        self._latest, self._was_away, self.waited_s = None, False, 0.0
        try:
            self._present(lambda: self._is_known(job) or self._send(graph, job), watch)
            entry = self._follow(job, watch)
        except (_Lost, GraphRefusedError):
            raise
        except BaseException:
            self._take_back(job)
            raise
        _raise_failure(entry)
        return entry

    def _present(self, call: Callable[[], Value], watch: GraphWatch) -> Value:
        """Call the server; where it is away, wait for it and call again."""
        while True:
            try:
                return call()
            except ServerGoneError:
                self._wait_until_back(watch)

    def _send(self, graph: Graph, job: str) -> None:
        self._socket.open()  # before the job is sent: what happens before there is a socket is told to nobody
        body = {
            "prompt": graph,
            "client_id": self._socket.client_id,
            "prompt_id": job,
            "extra_data": {"preview_method": "latent2rgb"},
        }
        try:
            answer = self._http.post("/prompt", body)
        except StatusError as error:
            raise GraphRefusedError(
                f"ComfyUI refuses to draw: {refusal_of(error.body)}",
                hint="change the workflow, or put what is missing into ComfyUI",
                steps=[NextStep("list_models")],
            ) from error
        # With several outputs one that is refused is left out and the rest runs, so every error counts.
        if problems := node_problems(answer.get("node_errors") or {}):
            self._take_back(job)
            raise GraphRefusedError(f"ComfyUI refuses a part of the workflow: {problems}", hint="change the workflow")

    def _follow(self, job: str, watch: GraphWatch) -> Mapping[str, Any]:
        """Wait until the job is in the history; returns its entry there."""
        sent_s = heard_s = time.monotonic()
        is_told = False
        while True:
            if watch.stopped():
                raise RenderStopped("told to stop")
            try:
                event = self._socket.hear(LISTEN_S)
                now_s = time.monotonic()
                ended = False
                if event is not None and self._tell(event, job, watch):
                    heard_s = now_s
                    if not is_told:
                        is_told, self.waited_s = True, now_s - sent_s
                    ended = isinstance(event, JobEnded)
                if ended or now_s - heard_s >= QUIET_S:
                    heard_s = now_s
                    entry = self._entry(job, is_ended=ended)
                    if entry is not None:
                        return entry
            except ServerGoneError:
                self._wait_until_back(watch)

    def _tell(self, event: object, job: str, watch: GraphWatch) -> bool:
        """Pass an event of the job on; False for what is not of this job."""
        match event:
            case NodePreview(job=whose, picture=picture) if whose in (job, None):
                self._latest = picture
            case NodeBegun(job=whose, node=node) if whose == job:
                watch.begun(node)
            case NodeStep(job=whose, node=node, step=step, steps=steps) if whose == job:
                watch.stepped(node, step, steps, self._latest)
            case JobEnded(job=whose) if whose == job:
                pass
            case _:
                return False
        return True

    def _entry(self, job: str, *, is_ended: bool) -> Mapping[str, Any] | None:
        """The job's entry in the history, None while it waits or runs.

        Raises:
            _Lost: It is in neither history nor queue.
        """
        for _ in range(_HISTORY_WAITS if is_ended else 2):
            entry = self._http.get(f"/history/{job}").get(job)
            if entry is not None:
                return entry
            queue = self._queue()
            if job in _ids(queue["queue_running"]) + _ids(queue["queue_pending"]):
                return None
            time.sleep(0.1)
        raise _Lost

    def _is_known(self, job: str) -> bool:
        """Whether the server has the job, though its answer got lost; asked only where it was away."""
        if not self._was_away:
            return False
        with contextlib.suppress(_Lost):
            self._entry(job, is_ended=False)
            return True
        return False

    def _queue(self) -> Mapping[str, Any]:
        return self._http.get("/queue")

    def _wait_until_back(self, watch: GraphWatch) -> None:
        """Knock until the server answers again.

        Raises:
            ServerGoneError: It has been away for too long.
            RenderStopped: Nobody wants the job any more.
        """
        self._was_away = True
        self._socket.close()
        until_s = time.monotonic() + self._away_s
        log.warning("ComfyUI at %s is away; waiting for it", self._http.url.http)
        while True:
            if watch.stopped():
                raise RenderStopped("told to stop")
            try:
                self._http.facts()
                self._socket.open()
                return
            except ServerGoneError as error:
                if time.monotonic() >= until_s:
                    error.message = f"{error.message}; it has been away for {self._away_s:.0f} s"
                    error.steps = (NextStep("retry_job"), *error.steps)
                    raise
            time.sleep(_KNOCK_S)

    def _take_back(self, job: str) -> None:
        try:
            self.cancel(job)
        except (PixelsError, StatusError) as error:
            log.warning("the drawing %s cannot be taken back: %s", job, error)

    def _picture(self, entry: Mapping[str, Any], graph: Graph, output: str) -> bytes | None:
        pictures: Sequence[Mapping[str, str]] = entry.get("outputs", {}).get(output, {}).get("images", [])
        if not pictures:
            kind = graph[output].get("class_type")
            raise EngineError(
                f"ComfyUI finished, but its node {output} ({kind}) gave no picture", hint="look at the workflow there"
            )
        return self._http.picture(pictures[0])

    def _lost(self) -> EngineError:
        if self._was_away:
            return ServerGoneError(
                f"ComfyUI at {self._http.url.http} was started again twice while it drew",
                hint="see its log for why it ends",
                steps=[NextStep("retry_job")],
            )
        return CancelledElsewhereError(
            "the drawing was taken out of ComfyUI's queue there", steps=[NextStep("retry_job")]
        )


def made_anew(graph: Graph, output: str) -> Graph:
    """The same graph, changed in what does not show, so that the server's cache does not answer with a file that is
    gone."""
    graph = deepcopy(graph)
    name = f"{output}_anew_{len(graph)}"
    inputs = graph[output]["inputs"]
    graph[name] = {
        "class_type": "ImageScaleBy",
        "inputs": {"image": inputs["images"], "upscale_method": "nearest-exact", "scale_by": 1.0},
        "_meta": {"title": "the same picture"},
    }
    inputs["images"] = [name, 0]
    return graph


def _ids(jobs: Sequence[Sequence[Any]]) -> list[str]:
    return [job[1] for job in jobs]


def _raise_failure(entry: Mapping[str, Any]) -> None:
    """Raise what a job's entry tells of its failure."""
    for kind, said in reversed(entry.get("status", {}).get("messages", [])):
        if kind == "execution_interrupted":
            raise CancelledElsewhereError("the drawing was cancelled in ComfyUI", steps=[NextStep("retry_job")])
        if kind == "execution_error":
            what = " ".join(str(said.get("exception_message", "")).split())
            exception = str(said.get("exception_type", ""))
            log.error("ComfyUI: %s: %s\n%s", exception, what, "".join(said.get("traceback", [])))
            if exception.endswith("OutOfMemoryError"):
                raise OutOfDeviceMemory(
                    f"ComfyUI ran out of memory: {what}", hint="ask for less, or end other drawings"
                )
            raise EngineError(
                f"ComfyUI's node {said.get('node_id')} ({said.get('node_type')}) failed: {what} ({exception})",
                hint="the rest is in the log, and in ComfyUI's",
                steps=[NextStep("read_log")],
            )
