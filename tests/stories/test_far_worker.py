"""A worker on another machine: two homes, a real worker process, real TCP, real keys."""

from __future__ import annotations

import contextlib
import hashlib
import json
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from helpers import mounts
from helpers.bevy_games import make_game, shown
from helpers.commands import pixels
from helpers.far_machines import FarMachine, far_machine, machines_of, near_client
from helpers.spoilt_line import SpoiltLine
from helpers.waiting import PATIENCE_S, until
from pixels_mcp.bevy.deploy import deploy
from pixels_mcp.cli import app
from pixels_mcp.client.far.known_worker import find_far_worker
from pixels_mcp.client.far.pairing import connect_far
from pixels_mcp.client.foreseeing import foresee
from pixels_mcp.errors import DiskFullError, NotPairedError, QueueFullError
from pixels_mcp.events import Finished
from pixels_mcp.library.cards import find_number
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.edits.redraws import redraw_of
from pixels_mcp.operations.workflow_ahead import StepAhead
from pixels_mcp.paths import find_paths
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.png import encode_png
from pixels_mcp.requests import BatchItem, BatchRequest, DeployRequest, SpriteRequest
from pixels_mcp.settings import load_settings
from pixels_mcp.wire.far.far_address import FarAddress
from pixels_mcp.wire.far.pairing_line import PairingLine
from pixels_mcp.worker.address import find_address

RUBY = SpriteRequest(prompt="a ruby potion", seed=7)


@pytest.fixture(scope="module")
def far() -> Iterator[FarMachine]:
    """One far machine for all tests that leave its worker as it is."""
    with far_machine(PIXELS_QUEUE_LIMIT="8") as machine:
        machine.start(step_s=0.02)
        yield machine


@pytest.fixture
def near(far: FarMachine, home: Path) -> FarMachine:
    """This machine is new, and paired with the far one."""
    if far.process is None or far.process.poll() is not None:
        far.settings.pop("PIXELS_IDLE_EXIT_S", None)
        far.start(step_s=0.02)
    line = PairingLine.read(far.line)
    connect_far(find_paths(), PairingLine(line.address, line.server_key, machines_of(far).offer()))
    return far


def test_what_a_far_worker_draws_stands_in_the_library_here(near: FarMachine, home: Path) -> None:
    with near_client() as client:
        job = client.wait(client.submit(RUBY).job_id, PATIENCE_S)
        health = client.health()

    (sprite,) = job.parts[0].sprites
    kept = Library(find_paths().library).get(sprite.sprite_id)
    assert Path(sprite.path).is_relative_to(home)
    assert kept.path == sprite.path
    assert hashlib.sha256(Path(sprite.path).read_bytes()).hexdigest() == sprite.sha256
    assert near.library.get(sprite.sprite_id).sha256 == sprite.sha256, "the id and the recipe are those of there"
    assert open_picture(Path(sprite.path)).shape == (32, 32, 4)
    assert health.machine == f"127.0.0.1 ({near.address})"
    assert find_address(find_paths()) is None, "no worker was started here"

    game = make_game(home / "game")
    deployed = deploy(
        Library(find_paths().library),
        DeployRequest(sprite_id=sprite.sprite_id, project=str(game), name="ruby"),
        [game],
        confirm=False,
    )
    assert np.array_equal(shown(game / "assets/sprites/ruby.png"), open_picture(Path(sprite.path))), deployed


def test_pictures_go_up_and_recipes_hold_what_they_were_drawn_from(near: FarMachine, tmp_path: Path) -> None:
    pixels = np.zeros((32, 32, 4), np.uint8)
    pixels[8:24, 8:24] = (200, 30, 40, 255)
    file = tmp_path / "mine.png"
    file.write_bytes(encode_png(pixels))
    own = Library(find_paths().library)
    with near_client() as client:
        first = client.wait(
            client.submit(SpriteRequest(prompt="a gem", seed=1, reference=str(file))).job_id, PATIENCE_S
        )
        file.unlink()  # the far machine has it, and so has the library here
        (gem,) = first.parts[0].sprites
        second = client.wait(
            client.submit(SpriteRequest(prompt="a blue gem", seed=2, reference=gem.sprite_id)).job_id, 30
        )
        edit = EditRequest(sprite_id=gem.sprite_id, operation="inpaint", prompt="a crack", region="10,10,8,8")
        edited = client.wait(client.redraw(redraw_of(edit, own)).job_id, PATIENCE_S)
        again = client.wait(client.regenerate(read_recipe(Path(gem.path)).model_dump(mode="json")).job_id, PATIENCE_S)

    assert gem.reference is not None
    assert np.array_equal(own.reference(gem.reference.sha256), pixels)
    assert np.array_equal(near.library.reference(gem.reference.sha256), pixels)
    assert second.state == "done", second.parts[0].error
    assert edited.state == "done", edited.parts[0].error
    crack = edited.parts[0].sprites[0]
    assert own.get(crack.sprite_id).parent == gem.sprite_id, "the mask went up, and here it is known what was edited"
    assert np.array_equal(open_picture(Path(crack.path))[:10], open_picture(Path(gem.path))[:10])
    assert again.state == "done", again.parts[0].error
    assert again.parts[0].sprites[0].sha256 == gem.sha256, "the recipe makes the same bytes again"


def test_a_batch_comes_whole_and_numbers_of_here_and_there_never_meet(near: FarMachine, home: Path) -> None:
    own = Library(find_paths().library)
    own.count_up_to(4_711)
    items = tuple(BatchItem(prompt=f"thing {number}", seed=number) for number in range(3))
    with near_client() as client:
        job = client.submit_batch(BatchRequest(items=items, reference="none"))
        told = [update for update in client.follow(job.job_id, timeout_s=PATIENCE_S) if isinstance(update, Finished)]
        job = client.wait(job.job_id, PATIENCE_S)

    sprites = [sprite for part in job.parts for sprite in part.sprites]
    assert len(sprites) == len(told) == 3
    assert all(Path(sprite.path).is_relative_to(home) for update in told for sprite in update.sprites)
    assert {entry.sprite_id for entry in own.search()} == {sprite.sprite_id for sprite in sprites}
    assert min(find_number(sprite.sprite_id) for sprite in sprites) > 4_711
    assert own.reserve_number() > max(find_number(sprite.sprite_id) for sprite in sprites)


def test_an_item_whose_picture_cannot_be_read_fails_alone(near: FarMachine, tmp_path: Path) -> None:
    file = tmp_path / "mine.png"
    file.write_text("no picture")
    items = tuple(BatchItem(prompt=f"thing {way}", seed=1, reference=way) for way in ("none", str(file), "ruby-0001.1"))
    with near_client() as client:
        job = client.wait(client.submit_batch(BatchRequest(items=items)).job_id, PATIENCE_S)
        file.write_bytes(encode_png(np.full((32, 32, 4), 255, np.uint8)))
        again = client.wait(client.retry(job.job_id).job_id, PATIENCE_S)

    drawn, broken, unknown = job.parts
    assert drawn.state == "done", drawn.error
    assert broken.error is not None
    assert unknown.error is not None
    assert (broken.error.code, unknown.error.code) == ("UnreadablePictureError", "UnknownSpriteError")
    assert "'mine.png' is not a picture" in broken.error.message
    assert "then ask for the item anew" in broken.error.hint
    assert [part.state for part in again.parts] == ["failed", "failed"], (
        "the far machine reads no file by this one's name"
    )


def test_a_dry_run_asks_the_far_machine_and_changes_nothing_on_either(
    near: FarMachine, home: Path, tmp_path: Path
) -> None:
    pixels = np.zeros((32, 32, 4), np.uint8)
    pixels[8:24, 8:24] = (200, 30, 40, 255)
    photo, broken = tmp_path / "mine.png", tmp_path / "broken.png"
    photo.write_bytes(encode_png(pixels))
    broken.write_text("no picture")
    own = Library(find_paths().library)
    doubt = {"confidence": "low", "unmatched_words": ["xylograph"]}
    own.add_file("odd-0009.1", encode_png(pixels), NewEntry(seed=1, prompt="a xylograph", model="mini", facts=doubt))
    references = ("none", "odd-0009.1", str(photo), str(broken), "nothing-0001.1")
    items = tuple(BatchItem(prompt=f"thing {number}", reference=way) for number, way in enumerate(references))
    paths = find_paths()
    with near_client() as client:
        client.wait(client.submit(SpriteRequest(prompt="a key", seed=1, reference="none")).job_id, 30)
        before = _kept(home), _kept(near.home)
        forecast = foresee(client, paths, load_settings(paths), own, BatchRequest(items=items, count=2).expand())
        after = _kept(home), _kept(near.home)
    told = forecast.to_dict()
    written = tmp_path / "items.json"
    written.write_text(json.dumps({"items": ["a key"], "reference": "none"}), "utf-8")
    said = CliRunner().invoke(app, ["batch", str(written), "--dry-run"])

    scratch, odd, mine, cut, gone = forecast.items
    assert (scratch.model, scratch.drawn_from, scratch.size_px) == ("plain", "scratch", (32, 32))
    assert (odd.drawn_from, odd.confidence, odd.doubtful_source) == ("sprite odd-0009.1", "low", "odd-0009.1")
    assert mine.drawn_from == "file mine.png"
    assert [one.error.code for one in (cut, gone) if one.error] == ["UnreadablePictureError", "UnknownSpriteError"]
    assert (forecast.refused, told["sprites"]) == ([4, 5], 6)
    assert told["seconds"] > 0, "measured there"
    assert str(near.address) in told["machine"]
    assert after == before
    assert said.exit_code == 0, said.output
    assert f"({near.address})" in said.stderr


def test_a_dry_run_of_a_workflow_reads_sprites_here_and_is_foreseen_there(near: FarMachine) -> None:
    paths = find_paths()
    with near_client() as client:
        knight = client.wait(client.submit(SpriteRequest(prompt="a knight", seed=1, reference="none")).job_id, 30)
        (sprite,) = knight.parts[0].sprites
        words = {"sprite_id": sprite.sprite_id, "operation": "vary", "strength": 0.5, "count": 3}
        steps = (StepAhead("change", "edit", (EditRequest.model_validate(words),), entries=3, kept=0),)
        forecast = foresee(client, paths, load_settings(paths), Library(paths.library), (), steps)

    (item,) = forecast.items
    assert (item.prompt, item.rows, item.error) == ("change: vary", 3, None)
    assert item.drawn_from == f"sprite {sprite.sprite_id}"
    assert [(step.step, step.draws, step.gives) for step in forecast.steps] == [("change", 3, 3)]


def _kept(home: Path) -> dict[str, int]:
    """Files of a home and their sizes, but for what is measured, logged, or only sped up by."""
    left_out = ("cache", "state", "runtime", "log")
    return {
        str(file.relative_to(home)): file.stat().st_size
        for file in home.rglob("*")
        if file.is_file() and not set(left_out) & set(file.parts) and "sqlite" not in file.name
    }


def test_on_a_full_disk_here_a_sprite_waits_there_and_comes_when_there_is_room(near: FarMachine, home: Path) -> None:
    library = find_paths().library
    library.mkdir(parents=True)
    with mounts.small_disk(library, "2m"), near_client() as client:
        job = client.submit(SpriteRequest(prompt="a ruby", seed=3, steps=40, reference="none"))
        with mounts.full(library):
            with pytest.raises(DiskFullError, match="free some"):
                client.wait(job.job_id, PATIENCE_S)
            until(lambda: near.library.search(limit=1)[0].sprite_id.startswith(job.job_id), "it stands there")
            assert not list(library.rglob("*.png"))
        (sprite,) = client.wait(job.job_id, PATIENCE_S).parts[0].sprites

        assert Path(sprite.path).is_relative_to(library)
        assert hashlib.sha256(Path(sprite.path).read_bytes()).hexdigest() == sprite.sha256


def test_a_batch_over_a_line_that_breaks_in_every_way_loses_and_doubles_nothing(far: FarMachine, home: Path) -> None:
    items = tuple(BatchItem(prompt=f"broken line {number}", seed=number, steps=20) for number in range(4))
    with SpoiltLine("127.0.0.1", far.address.port) as line:
        printed = PairingLine.read(far.line)
        address = FarAddress("127.0.0.1", line.port)
        connect_far(find_paths(), PairingLine(address, printed.server_key, machines_of(far).offer()))
        with near_client() as client:
            before = len(client.jobs(limit=1_000))
            threading.Timer(0.05, line.cut).start()
            threading.Timer(0.40, line.mend).start()
            job = client.submit_batch(BatchRequest(items=items, reference="none"))
            line.flip(300)
            until(lambda: client.job(job.job_id).parts[0].state != "queued", "it draws")
            line.hold()
            threading.Timer(2.0, line.mend).start()
            job = client.wait(job.job_id, PATIENCE_S)
            jobs = client.jobs(limit=1_000)

    sprites = [sprite for part in job.parts for sprite in part.sprites]
    assert job.state == "done"
    assert len({sprite.sprite_id for sprite in sprites}) == len(sprites) == 4
    assert all(hashlib.sha256(Path(one.path).read_bytes()).hexdigest() == one.sha256 for one in sprites)
    assert len(jobs) == before + 1
    assert line.flipped == 1


def test_what_was_removed_here_does_not_come_again(near: FarMachine) -> None:
    own = Library(find_paths().library)
    with near_client() as client:
        job = client.wait(client.submit(RUBY).job_id, PATIENCE_S)
        own.remove(job.parts[0].sprites[0].sprite_id)

        told = client.job(job.job_id).parts[0].sprites[0]

    assert own.count() == 0
    assert Path(told.path).is_relative_to(own.root / "trash")


def test_one_machine_cannot_fill_the_queue(near: FarMachine) -> None:
    with near_client() as client:
        blocker = client.submit(SpriteRequest(prompt="slow", steps=150, count=16, reference="none"))
        until(lambda: client.job(blocker.job_id).state == "running", "it draws")
        waiting = [client.submit(SpriteRequest(prompt=f"thing {number}", steps=9)) for number in range(4)]

        with pytest.raises(QueueFullError, match="4 parts of this machine wait, 1 more were asked for, at most 4"):
            client.submit(RUBY)

        for job in (*waiting, blocker):
            client.cancel(job.job_id)


def test_models_and_health_are_told_of_the_machine_that_has_them(near: FarMachine) -> None:
    with near_client() as client:
        (plain,) = [model for model in client.models() if model.name == "plain"]
        health = client.health()
    told, checked, listed = (CliRunner().invoke(app, words.split()) for words in ("status", "doctor", "models list"))

    assert plain.default
    assert plain.path is None, "a path of there means nothing here"
    assert health.listens_at == str(near.address)
    assert f"on 127.0.0.1 ({near.address})" in told.stderr
    assert f"on 127.0.0.1 ({near.address})" in checked.stdout
    assert f"127.0.0.1 ({near.address}) draws what is asked for here, with its own models" in listed.stderr


def test_a_person_pairs_lists_unpairs_and_forgets(far: FarMachine, home: Path) -> None:
    there = {"PIXELS_HOME": str(far.home)}
    line = pixels("worker", "--pair", extra=there)
    assert line.stdout.count("\n") == 1, line.stderr

    connected = CliRunner().invoke(app, ["connect", line.stdout.strip(), "--json"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_HOME", str(far.home))
        listed = json.loads(CliRunner().invoke(app, ["worker", "--paired", "--json"]).stdout)
        names = [machine["name"] for machine in listed["machines"]]
        for name in names:
            assert CliRunner().invoke(app, ["worker", "--unpair", name]).exit_code == 0
    refused = CliRunner().invoke(app, ["status"])
    CliRunner().invoke(app, ["connect", "--forget", "127.0.0.1"])

    assert json.loads(connected.stdout)["worker"]["address"] == str(far.address)
    assert names
    assert not listed["open"]
    assert isinstance(refused.exception, NotPairedError)
    assert "does not know this machine" in str(refused.exception)
    assert find_far_worker(find_paths()) is None


def test_a_job_outlives_the_far_worker_which_ends_when_nobody_needs_it_whoever_knocks(near: FarMachine) -> None:
    with near_client() as client:
        before = len(client.jobs(limit=1_000))
        slow = SpriteRequest(prompt="a slow gem", seed=3, steps=60, reference="none")
        job = client.submit(slow, idempotency_key="k")
        until(lambda: client.job(job.job_id).state == "running", "it draws")

        near.end(signal.SIGKILL)
        near.settings["PIXELS_IDLE_EXIT_S"] = "1"
        restarted = threading.Thread(target=near.start, kwargs={"pair": False, "step_s": 0.02})
        restarted.start()
        again = client.submit(slow, idempotency_key="k")
        restarted.join()

        assert again.job_id == job.job_id, "asked again with its key, it is one job"
    with near_client() as other:
        done = other.wait(job.job_id, PATIENCE_S)
        assert done.state == "done"
        assert len(other.jobs(limit=1_000)) == before + 1
    assert Path(done.parts[0].sprites[0].path).exists()

    ended = threading.Event()

    def knock() -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", near.address.port), 1) as one:
                ended.wait(0.2)
                one.sendall(b"x")

    knocker = threading.Thread(target=knock)
    knocker.start()
    assert near.process is not None
    near.process.wait(PATIENCE_S)
    ended.set()
    knocker.join()
