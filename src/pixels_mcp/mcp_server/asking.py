"""Tools about jobs and models: get_status, cancel_job and list_models."""

from __future__ import annotations

import time
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pixels_mcp.events import JobSummary, WorkerHealth
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.mcp_server.model_list import find_drawable, list_everything
from pixels_mcp.mcp_server.replies import CancelReply, JobReply, StatusReply, WorkerReply
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.tool_phrases import TOOL_PHRASES
from pixels_mcp.mcp_server.viewing import READS
from pixels_mcp.mcp_server.waiting import Meter, ask_telling, wait_for
from pixels_mcp.next_steps import NextStep, in_words
from pixels_mcp.requests import JOB_ID_PATTERN, WAIT_S_MAX

JobId = Annotated[str, StringConstraints(pattern=JOB_ID_PATTERN)]

STATUS = """\
Read how drawing stands. With `job_id`: that job's state and progress, what it has finished, \
its error, and what to do next; wait_s waits up to that long for its end. Without: the newest jobs, and the worker's \
health (device, memory, models, queue)."""

CANCEL = """\
Stop a job that is queued or running; drawing stops within one step. Of a batch, give a part's id to stop that part \
alone. Sprites that are finished stay. A job that has ended already is left as it is."""

MODELS = """\
List what can be drawn with: models with their sizes, default steps and guidance, LoRAs with trigger words, palettes \
by name. The one marked `default` is used when a request names none. A `problem` says why a file cannot be used. \
Call it once before using `model`, `loras`, `palette`, `width_px` or `height_px`. With a `query` it shows what \
the embedded model can draw."""

STOPS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class StatusWords(_Words):
    """Arguments of get_status."""

    job_id: JobId | None = Field(default=None, description="As generate_sprite or batch_generate gave it")
    wait_s: float = Field(default=0.0, ge=0.0, le=WAIT_S_MAX, description="Seconds to wait for the job to end")
    offset: int = Field(default=0, ge=0, le=1_000, description="Of a long batch: pass over so many parts")


class CancelWords(_Words):
    """Arguments of cancel_job."""

    job_id: JobId = Field(description="A job_id, or the part_id of one item of a batch")


class ModelsWords(_Words):
    """Arguments of list_models."""

    query: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, description="Search what mini can draw instead: a thing, a kind (vehicle) or a style"
    )


def asking_tools(desk: ToolDesk) -> list[PixelsTool[Any]]:
    """The tools of this file."""

    async def get_status(words: StatusWords, context: Context) -> StatusReply:
        meter = Meter(context)
        job_id, deadline_s = words.job_id, time.monotonic() + words.wait_s
        if job_id is None:
            health, jobs = await ask_telling(desk, meter, lambda client: (client.health(), client.jobs(limit=20)))
            return _queue(health, jobs)
        job = await ask_telling(desk, meter, lambda client: client.job(job_id))
        desk.jobs.add(job)
        return StatusReply(job=JobReply.of(await wait_for(desk, meter, job, deadline_s), offset=words.offset))

    async def cancel_job(words: CancelWords, context: Context) -> CancelReply:
        job_id = words.job_id
        job = await ask_telling(desk, Meter(context), lambda client: client.cancel(job_id))
        return CancelReply.of(job)

    async def list_models(words: ModelsWords, context: Context) -> CallToolResult:
        if words.query:
            return await find_drawable(words.query)
        return await list_everything(desk, Meter(context))

    return [
        make_tool(
            "list_models",
            title="List models and palettes",
            description=MODELS,
            words=ModelsWords,
            body=list_models,
            annotations=READS,
        ),
        make_tool(
            "get_status",
            title="Ask for jobs",
            description=STATUS,
            words=StatusWords,
            body=get_status,
            annotations=READS,
        ),
        make_tool(
            "cancel_job",
            title="Stop a job",
            description=CANCEL,
            words=CancelWords,
            body=cancel_job,
            annotations=STOPS,
        ),
    ]


def _queue(health: WorkerHealth, jobs: list[JobSummary]) -> StatusReply:
    running = next((job.job_id for job in jobs if job.state not in ENDED), None)
    return StatusReply(
        worker=WorkerReply.of(health),
        jobs=jobs,
        next=in_words("", [NextStep("follow_job", running) if running else NextStep("draw")], TOOL_PHRASES),
    )
