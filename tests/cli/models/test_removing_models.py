"""`models remove` keeps what a job needs that has not ended, and has a worker let go what it only holds."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from helpers import tiny_sdxl
from helpers.commands import pixels
from helpers.plain_worker import MODEL, install_plain_model
from helpers.workers import worker_process
from pixels_mcp.cli.models.model_commands import app
from pixels_mcp.cli.models.model_uses import check_no_job_needs
from pixels_mcp.errors import ModelFileError
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import NewPart
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import LoraChoice, SpriteRequest


def test_a_model_that_a_waiting_job_needs_is_kept_until_the_job_is_gone(home: Path) -> None:
    paths = find_paths()
    check_no_job_needs(paths, "mini", {"moss"})  # there is no job store yet
    asked = {
        "fern": SpriteRequest(prompt="a key", loras=(LoraChoice(name="fern", weight=0.5),)),
        "moss": SpriteRequest(prompt="a key <lora:moss:0.8>"),
        "big": SpriteRequest(prompt="a key", model="big"),
        "mini": SpriteRequest(prompt="a cup"),
    }
    with contextlib.closing(JobStore(paths.jobs_db)) as store:
        parts = [NewPart(request, seed=1) for request in asked.values()]
        job = store.add("batch", "keys", parts, fingerprint="f", queue_limit=10)

        for name in asked:
            with pytest.raises(ModelFileError, match=f"{name}: 1 job not ended yet need.*: {job.job_id}"):
                check_no_job_needs(paths, "mini", {name})
        check_no_job_needs(paths, "mini", {"another"})
        store.cancel(job.job_id)

    for name in asked:
        check_no_job_needs(paths, "mini", {name})


def test_a_worker_lets_a_model_go_before_its_files_do(home: Path) -> None:
    folder = home / "data" / "models" / "checkpoints" / MODEL
    with worker_process() as connect:
        client = connect()
        assert client.wait(client.submit(SpriteRequest(prompt="a key", model=MODEL)).job_id, 60).state == "done"
        assert client.health().loaded_models == (MODEL,)

        done = pixels("models", "remove", MODEL, "--yes")

        assert (done.returncode, folder.exists()) == (0, False), done.stderr
        assert "the worker let its models go" in done.stderr
        assert client.health().loaded_models == ()


def test_a_vae_is_kept_while_a_job_needs_a_model_that_draws_with_it(home: Path) -> None:
    paths = find_paths()
    vae = tiny_sdxl.write_vae(paths.models / "vae" / "soft.safetensors")
    install_plain_model(paths)
    (paths.models / "checkpoints" / f"{MODEL}.json").write_text('{"vae": "soft"}')
    with contextlib.closing(JobStore(paths.jobs_db)) as store:
        part = NewPart(SpriteRequest(prompt="a key", model=MODEL), seed=1)
        job = store.add("batch", "keys", [part], fingerprint="f", queue_limit=10)

        kept = CliRunner().invoke(app, ["remove", "soft", "--yes"])
        store.cancel(job.job_id)
    gone = CliRunner().invoke(app, ["remove", "soft", "--yes"])

    assert isinstance(kept.exception, ModelFileError)
    assert f"plain, soft: 1 job not ended yet need it: {job.job_id}" in kept.exception.message
    assert (gone.exit_code, vae.exists()) == (0, False)
