"""What a worker tells Prometheus."""

# A store that moves a part in a way that no request can is what the numbers must survive.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.plain_engine import PlainEngine
from helpers.plain_worker import MODEL
from helpers.scrapes import exemplar_jobs, free_address, scrape, scrape_text, value
from helpers.waiting import PATIENCE_S, until
from helpers.workers import plain_settings, threaded_worker, worker_process
from pixels_mcp.client import Client
from pixels_mcp.errors import AddressTakenError, PixelsError, SettingsError
from pixels_mcp.events import JobInfo
from pixels_mcp.http_address import HttpAddress, open_socket
from pixels_mcp.nvidia_card import NvidiaCard
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import BatchRequest, SpriteRequest
from pixels_mcp.settings import load_settings
from pixels_mcp.worker.metrics.exporter import listen_for_metrics


def drawn(face: Client, request: SpriteRequest) -> JobInfo:
    """Ask for sprites and wait for them."""
    return face.wait(face.submit(request).job_id, PATIENCE_S)


@pytest.fixture
def address(home: Path) -> str:
    """Where the worker of this home tells its numbers."""
    return free_address()


def test_finished_sprites_are_counted_once_with_their_model_and_timed(address: str, home: Path) -> None:
    with threaded_worker(home, metrics_listen=address) as connect:
        face = connect()
        job = drawn(face, SpriteRequest(prompt="a ruby", count=3))
        assert job.state == "done"

        assert value(address, "pixels_sprites_total", model=MODEL, state="done", confidence="none") == 3
        assert value(address, "pixels_sprites_total") == 3
        assert value(address, "pixels_render_seconds_count", model=MODEL) >= 1
        assert value(address, "pixels_finish_seconds_count", model=MODEL) == 3
        assert value(address, "pixels_rows_per_batch_sum") == 3
        assert value(address, "pixels_queue_wait_seconds_count") == 1
        assert value(address, "pixels_parts") == 0
        assert value(address, "pixels_lanes") == 1
        assert value(address, "pixels_faces") == 1
        assert value(address, "pixels_disk_free_bytes") > 0
        assert value(address, "pixels_device_memory_total_bytes") > 0
        assert exemplar_jobs(address) == {job.job_id}


def test_errors_refusals_and_cancels_are_counted_by_their_ends(address: str, home: Path) -> None:
    with threaded_worker(home, engine=PlainEngine(broken=True), metrics_listen=address) as connect:
        face = connect()
        assert drawn(face, SpriteRequest(prompt="a ruby", count=2)).state == "failed"
        assert value(address, "pixels_sprites_total", state="failed", model=MODEL) == 2
        assert value(address, "pixels_errors_total", code="ModelFileError") == 1

        batch = BatchRequest.model_validate(
            {"items": [{"prompt": "a gem"}, {"prompt": "a coin", "model": "no such model at all"}]}
        )
        assert face.wait(face.submit_batch(batch).job_id, PATIENCE_S).state == "failed"
        assert value(address, "pixels_errors_total", code="UnknownModelError") >= 1
        assert value(address, "pixels_sprites_total", model="unknown", state="failed") >= 1
        assert "no such model" not in scrape_text(address)


def test_a_cancel_in_the_middle_is_counted_once(address: str, home: Path) -> None:
    with threaded_worker(home, engine=PlainEngine(step_s=0.3), metrics_listen=address) as connect:
        face = connect()
        job = face.submit(SpriteRequest(prompt="a ruby", count=2))
        until(lambda: face.job(job.job_id).state == "running", "it is drawn")
        assert value(address, "pixels_parts", state="running") == 1
        assert value(address, "pixels_lanes", state="drawing") == 1

        face.cancel(job.job_id)
        after = drawn(face, SpriteRequest(prompt="a gem", steps=1))

        assert after.state == "done"
        assert value(address, "pixels_sprites_total", state="cancelled") == 2
        assert value(address, "pixels_sprites_total", state="done") == 1


def test_words_of_a_person_are_in_no_label(address: str, home: Path) -> None:
    with threaded_worker(home, metrics_listen=address) as connect:
        job = drawn(connect(), SpriteRequest(prompt="zanzibar lantern", name="secret-name"))
        names = {name for sample in scrape(address) for name, _ in sample[1]}
        text = scrape_text(address)

    assert names <= {"model", "state", "confidence", "code", "le", "gpu", "lane", "version", "python", "torch"}
    assert all(word not in text for word in ("zanzibar", "secret", job.job_id, str(find_paths().data)))


def test_a_port_that_is_taken_is_named_and_nothing_is_touched(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXELS_METRICS_LISTEN", address)
    with open_socket(HttpAddress.read(address)), worker_process() as connect:
        with pytest.raises(AddressTakenError, match=address) as refused:
            connect()
        assert "take the setting out" in refused.value.hint
        assert not find_paths().jobs_db.exists()


@pytest.mark.parametrize(
    "text", ["9464", "127.0.0.1", "127.0.0.1:metrics", "127.0.0.1:99999", "no.such.host.invalid:1"]
)
def test_what_is_no_address_of_this_machine_is_refused_by_name(
    home: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("PIXELS_METRICS_LISTEN", text)
    with pytest.raises(SettingsError, match=r"(?i)metrics_listen"):
        listen_for_metrics(load_settings(find_paths()).metrics_listen or "")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 2**20 + b"\r\n\r\n",
        b"GET /metrics?" + b"x" * 2**20 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" + b"x" * 2**20,
        b"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" + b"x" * 2**20,
        os.urandom(2**20),
    ],
    ids=["long header", "long address", "body", "post", "noise"],
)
def test_a_request_of_a_megabyte_is_answered_or_cut_and_the_worker_draws_on(
    address: str, home: Path, sent: bytes
) -> None:
    with threaded_worker(home, metrics_listen=address) as connect:
        face = connect()
        host, port = address.split(":")
        with socket.create_connection((host, int(port)), timeout=10) as stranger:
            try:
                stranger.sendall(sent)
                answer = stranger.recv(2**16)
            except ConnectionError:
                answer = b""
        assert answer[:12] in (b"", b"HTTP/1.1 200", b"HTTP/1.1 400", b"HTTP/1.1 431")

        assert drawn(face, SpriteRequest(prompt="a ruby")).state == "done"
        assert value(address, "pixels_sprites_total") == 1


def test_a_worker_that_was_not_asked_listens_nowhere_and_loads_no_exporter(home: Path) -> None:
    program = "import sys, pixels_mcp.worker.service; print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
    assert plain_settings().metrics_listen is None


def test_sprites_of_a_part_that_failed_later_are_told_as_done(address: str, home: Path) -> None:
    """A worker that died three times over a part gives it up when it starts: that end is counted as well."""
    from pixels_mcp.jobs.job_store import STARTS_MAX, JobStore
    from pixels_mcp.jobs.records import NewPart

    paths = find_paths()
    paths.jobs_db.parent.mkdir(parents=True, exist_ok=True)
    store = JobStore(paths.jobs_db)
    job = store.add("generate", "a ruby", [NewPart(SpriteRequest(prompt="a ruby", count=2), 1)], fingerprint="x",
                    queue_limit=10)  # fmt: skip
    (part,) = store.parts(job)
    for _ in range(STARTS_MAX):
        store.start([part.number])
        store._move([part.number], "running", "queued")
    store.start([part.number])
    store.close()

    with threaded_worker(home, metrics_listen=address) as connect:
        assert connect().job(job.job_id).state == "failed"
        assert value(address, "pixels_errors_total", code="EngineGoneError") == 1
        assert value(address, "pixels_sprites_total", state="failed") == 2


class _SilentNvml:
    """As NVML answers on a GB10 (driver 580): it has power and temperature, and says NOT_SUPPORTED to memory."""

    class NVMLError(Exception):
        pass

    def nvmlDeviceGetMemoryInfo(self, _: object) -> object:  # noqa: N802  # the name is not ours
        raise self.NVMLError("Not Supported")

    def nvmlDeviceGetPowerUsage(self, _: object) -> int:  # noqa: N802  # the name is not ours
        return 12_500


def test_what_a_card_does_not_tell_is_none_and_the_rest_is_told() -> None:
    """No machine here has such a card."""
    card = NvidiaCard(_SilentNvml(), object(), 0)

    assert card.memory() is None
    assert card.watts() == 12.5


def test_promtool_finds_nothing_wrong_with_the_page(address: str, home: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        from helpers.toolchains import need_program

        promtool = need_program("promtool", "apt-get install prometheus")
    with threaded_worker(home, metrics_listen=address) as connect:
        drawn(connect(), SpriteRequest(prompt="a ruby"))
        checked = subprocess.run([promtool, "check", "metrics"], input=scrape_text(address), capture_output=True,
                                 text=True)  # fmt: skip

    assert checked.returncode == 0, checked.stderr + checked.stdout
    assert issubclass(AddressTakenError, PixelsError)
