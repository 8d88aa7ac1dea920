"""`pixels-mcp batch`: a file of prompts; the same command again goes on where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.draw import draw_options as options
from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.output import EXIT_FAILED, EXIT_PARTIAL, note, print_json, print_result
from pixels_mcp.cli.worker.follow import follow
from pixels_mcp.errors import UnknownJobError
from pixels_mcp.events import JobInfo, PartInfo
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import BATCH_ITEMS_MAX, BatchRequest, SpriteRequest, parse_request
from pixels_mcp.standing import describe_doubt

if TYPE_CHECKING:
    from pixels_mcp.cli.draw.batch_journal import Journal
    from pixels_mcp.client import Client


def batch(
    file: Annotated[
        Path,
        typer.Argument(
            help="A .txt (a prompt per line, # comments), .csv (header = words) or .json file.", metavar="FILE"
        ),
    ],
    style: options.Style = None,
    negative_prompt: options.Negative = None,
    width_px: options.Width = None,
    height_px: options.Height = None,
    model: options.Model = None,
    lora: options.Loras = None,
    palette: options.Palette = None,
    max_colors: options.MaxColors = None,
    transparent: options.Transparent = None,
    count: options.Count = None,
    seed: options.Seed = None,
    steps: options.Steps = None,
    guidance_scale: options.Guidance = None,
    reference: options.Reference = None,
    strength: options.Strength = None,
    again: Annotated[bool, typer.Option("--again", help="Draw finished items once more, too.")] = False,
    as_json: options.Json = False,
) -> None:
    """Draw every item of a file that is not drawn yet.

    The options are shared by all items; an item's own words win. Exit code 0: all are drawn; 3: some failed; 1: all
    failed.
    """
    from pixels_mcp.cli.draw.batch_files import read_batch
    from pixels_mcp.cli.draw.batch_journal import Journal, item_keys

    shared = options.draw_words(
        negative_prompt=negative_prompt,
        width_px=width_px,
        height_px=height_px,
        model=model,
        lora=lora,
        palette=palette,
        max_colors=max_colors,
        transparent=transparent,
        count=count,
        seed=seed,
        steps=steps,
        guidance_scale=guidance_scale,
        reference=reference,
        strength=strength,
        style=style,
    )
    requests = read_batch(file, shared)
    keys = item_keys(requests)
    journal = Journal.open(find_paths().state / "batches", file)
    with worker_client("batch") as client:
        parts = {} if again else _standing(client, journal, keys)
        missing = [at for at, key in enumerate(keys) if key not in parts]
        if len(missing) < len(keys):
            note(f"{len(keys) - len(missing)} of {len(keys)} items are drawn or under way already")
        for start in range(0, len(missing), BATCH_ITEMS_MAX):
            _submit(client, journal, requests, keys, missing[start : start + BATCH_ITEMS_MAX])
        for job_id in dict.fromkeys(journal.parts[key][0] for key in keys):
            job = client.job(job_id)
            if job.state not in ENDED:
                job = follow(client, job)
            parts.update(_parts_of(job, journal, keys))
    _report([parts[key] for key in keys], requests, as_json=as_json)


def _standing(client: Client, journal: Journal, keys: Sequence[str]) -> dict[str, PartInfo]:
    """Items that need not be submitted: under way, or drawn and still in the library."""
    found: dict[str, PartInfo] = {}
    for job_id in dict.fromkeys(journal.parts[key][0] for key in keys if key in journal.parts):
        try:
            found.update(_parts_of(client.job(job_id), journal, keys))
        except UnknownJobError:
            continue  # the job store was emptied since
    return {key: part for key, part in found.items() if _stands(part)}


def _stands(part: PartInfo) -> bool:
    if part.state == "done":
        return all(Path(sprite.path).exists() for sprite in part.sprites)
    return part.state not in ENDED


def _parts_of(job: JobInfo, journal: Journal, keys: Sequence[str]) -> dict[str, PartInfo]:
    by_id = {part.part_id: part for part in job.parts}
    mine = {key: journal.parts[key][1] for key in keys if key in journal.parts}
    return {key: by_id[part_id] for key, part_id in mine.items() if part_id in by_id}


def _submit(
    client: Client, journal: Journal, requests: Sequence[SpriteRequest], keys: Sequence[str], missing: list[int]
) -> None:
    items = [requests[at].model_dump(exclude_unset=True) for at in missing]
    chosen = [keys[at] for at in missing]
    request = parse_request(BatchRequest, {"items": items})
    job = client.submit_batch(request, idempotency_key=journal.submit_key(chosen))
    journal.note(chosen, job.job_id, [part.part_id for part in job.parts])


def _report(parts: Sequence[PartInfo], requests: Sequence[SpriteRequest], *, as_json: bool) -> None:
    failed = [part for part in parts if part.state != "done"]
    if as_json:
        doubtful = [one.sprite_id for part in parts for one in part.sprites if describe_doubt(one)]
        items = [{"item": number, **part.model_dump(mode="json")} for number, part in enumerate(parts, start=1)]
        print_json(
            {"low_confidence": doubtful, "done": len(parts) - len(failed), "failed": len(failed), "items": items}
        )
    for number, (part, request) in enumerate(zip(parts, requests, strict=True), start=1):
        if part.state != "done":
            why = f": {part.error.message}; {part.error.hint}".removesuffix("; ") if part.error else ""
            note(f"item {number} ({request.label[:60]!r}): {part.state}{why}")
        elif not as_json:
            for sprite in part.sprites:
                doubt = describe_doubt(sprite)
                if doubt is not None:
                    note(f"{sprite.sprite_id}: {doubt}")
                print_result(sprite.path)
    note(f"{len(parts) - len(failed)} of {len(parts)} items are drawn")
    if failed:
        note("call the same command again to try the others once more")
        raise typer.Exit(EXIT_FAILED if len(failed) == len(parts) else EXIT_PARTIAL)
