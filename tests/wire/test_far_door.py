"""The door for other machines: real TCP and real keys, in threads; what each bad line and each stranger meets."""

from __future__ import annotations

import socket
import stat
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import zmq

from helpers.far_machines import paths_of
from helpers.spoilt_line import SpoiltLine
from helpers.waiting import PATIENCE_S, until
from pixels_mcp.cli.worker.pairing_options import listen_at
from pixels_mcp.client.connection import Connection, Link
from pixels_mcp.client.far.known_worker import find_far_worker, keys_of_this_machine
from pixels_mcp.client.far.pairing import connect_far
from pixels_mcp.errors import (
    InvalidArgumentError,
    NoAnswerError,
    NotPairedError,
    OtherMachineError,
    PairingLineError,
    PixelsError,
)
from pixels_mcp.events import Started, Update
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.wire import answers, messages
from pixels_mcp.wire.answers import Answer, Pong
from pixels_mcp.wire.far.far_address import FarAddress
from pixels_mcp.wire.far.far_transport import FarTransport
from pixels_mcp.wire.far.far_way import FarWay
from pixels_mcp.wire.far.key_pair import KeyPair, own_keys
from pixels_mcp.wire.far.paired_machines import PairedMachines
from pixels_mcp.wire.far.pairing_line import PairingLine
from pixels_mcp.wire.far.who_answers import who_answers
from pixels_mcp.wire.messages import Call, Ping
from pixels_mcp.wire.transport import SendAnswer
from pixels_mcp.wire.zmq_server import Endpoints, ZmqServer

SECRET = "a very secret dragon"


@dataclass
class Desk:
    """Answers pings and greetings, with a picture as large as it was told; keeps what was asked for."""

    asked: list[Call] = field(default_factory=list[Call])
    png: bytes = b""

    def answer(self, call: Call, send: SendAnswer) -> None:
        self.asked.append(call)
        match call:
            case messages.Hello():
                from pixels_mcp import __version__

                send(answers.Welcome(version=__version__, pid=1))
            case messages.Fetch():
                send(answers.PictureAnswer(png=self.png))
            case _:
                send(Pong())

    def heard(self, update: Update) -> None:
        pass

    def tick(self) -> float | None:
        return None


@dataclass
class Door:
    """A server in a thread, and what a test needs of it."""

    server: ZmqServer
    desk: Desk
    machines: PairedMachines
    keys: KeyPair
    folder: Path

    @property
    def address(self) -> FarAddress:
        assert self.server.listens_at is not None
        return self.server.listens_at

    def line(self, address: FarAddress | None = None) -> PairingLine:
        """A new pairing line."""
        return PairingLine(address or self.address, self.keys.public, self.machines.offer())

    def pair(self, address: FarAddress | None = None) -> FarWay:
        """Pair this machine."""
        return connect_far(find_paths(), self.line(address))


@contextmanager
def opened(folder: Path, where: str = "tcp://127.0.0.1:0", *, pair: bool = True) -> Generator[Door]:
    paths = paths_of(folder)
    listening = listen_at(paths, where, pair=pair)
    desk = Desk()
    server = ZmqServer(Endpoints(f"ipc://{folder}/c.sock", f"ipc://{folder}/u.sock"), listening)
    thread = threading.Thread(target=server.run, args=(desk,))
    thread.start()
    try:
        folder = paths.data / "far"
        yield Door(server, desk, listening.machines, own_keys(folder / "worker_key.toml"), folder)
    finally:
        server.stop()
        thread.join(PATIENCE_S)
        server.close()


@pytest.fixture
def door(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with opened(tmp_path_factory.mktemp("far")) as door:
        yield door


@contextmanager
def way_to(way: FarWay) -> Generator[FarTransport]:
    transport = FarTransport(way)
    try:
        yield transport
    finally:
        transport.close()


def asked(transport: FarTransport, call: Call, timeout_s: float = 20.0) -> Answer:
    answer = transport.start(call).wait(timeout_s)
    assert answer is not None, "no answer"
    return answer


def test_a_line_pairs_once_and_the_machine_is_remembered_on_both_sides(door: Door, home: Path) -> None:
    line = door.line()

    way = connect_far(find_paths(), PairingLine.read(str(line)))

    assert find_far_worker(find_paths()) == way
    (name,) = door.machines.by_name()
    assert door.machines.by_name()[name] == keys_of_this_machine(find_paths()).public
    assert not door.machines.is_open
    with way_to(way) as transport:
        assert asked(transport, Ping()) == Pong()
        until(lambda: door.server.faces == 1, "the face is counted")


def test_secrets_and_the_book_are_for_their_owner_alone(door: Door, home: Path) -> None:
    door.pair()

    for folder in (find_paths().data / "far", door.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        files = [file for file in folder.iterdir() if not file.name.startswith(".")]
        assert files
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    token = door.line().token
    assert token is not None
    assert token not in (door.folder / "offer.toml").read_text("utf-8"), "it is kept hashed"


def test_a_line_that_was_used_is_good_for_nobody_else(door: Door, home: Path, tmp_path: Path) -> None:
    line = door.line()
    connect_far(find_paths(), line)
    thief = paths_of(tmp_path / "thief")

    with pytest.raises(PairingLineError, match="used already"):
        connect_far(thief, line)
    door.machines.offer()  # another pairing is open: the old token is still no good
    with pytest.raises(PairingLineError, match="used already"):
        connect_far(thief, line)

    assert len(door.machines.by_name()) == 1
    assert find_far_worker(thief) is None


def test_a_line_older_than_ten_minutes_pairs_nobody(door: Door, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = door.line()
    now_s = time.time()
    monkeypatch.setattr("pixels_mcp.wire.far.paired_machines.time.time", lambda: now_s + 601)

    with pytest.raises(PairingLineError, match="older than 10 minutes"):
        connect_far(find_paths(), line)


def test_while_a_pairing_is_open_a_stranger_may_pair_and_nothing_else(door: Door, home: Path) -> None:
    door.machines.offer()
    way = FarWay("far", door.address, door.keys.public, keys_of_this_machine(find_paths()))

    with way_to(way) as transport:
        refused = asked(transport, Ping())
        wrong = asked(transport, messages.Pair(token="x" * 22, name="thief"))
        transport.follow("*")
        time.sleep(0.3)

    assert isinstance(refused, answers.ErrorAnswer)
    assert refused.error.code == "NotPairedError"
    assert isinstance(wrong, answers.ErrorAnswer)
    assert wrong.error.code == "PairingLineError"
    assert door.desk.asked == []
    assert door.server.faces == 0, "it keeps nothing alive"
    assert not door.server.is_followed("*")


def test_who_is_not_paired_is_told_so_and_asks_no_more(door: Door, home: Path) -> None:
    way = FarWay("far", door.address, door.keys.public, keys_of_this_machine(find_paths()))

    with way_to(way) as transport:
        begun_s = time.monotonic()
        for _ in range(2):
            with pytest.raises(NotPairedError, match="does not know this machine"):
                asked(transport, Ping())
        assert time.monotonic() - begun_s < 10

    assert door.server.faces == 0


def test_who_is_unpaired_is_answered_no_more_at_once(door: Door, home: Path) -> None:
    way = door.pair()
    (name,) = door.machines.by_name()
    with way_to(way) as transport:
        assert asked(transport, Ping()) == Pong()

        door.machines.unpair(name)

        answer = asked(transport, Ping())
        assert isinstance(answer, answers.ErrorAnswer)
        assert answer.error.code == "NotPairedError"


def test_another_key_at_the_address_is_not_the_machine_that_was_paired_with(door: Door, home: Path) -> None:
    way = door.pair()
    public, _ = zmq.curve_keypair()
    other = FarWay("far", way.address, public.decode(), way.keys)

    with way_to(other) as transport, pytest.raises(OtherMachineError, match="not the machine you paired with"):
        asked(transport, messages.Fetch(sprite_id="hero-0001.1"))


def test_a_worker_without_keys_in_the_place_of_the_paired_one_is_not_it_either(
    door: Door, home: Path, tmp_path: Path
) -> None:
    way = door.pair()
    with opened(tmp_path, pair=False) as plain:
        other = FarWay("far", plain.address, way.server_key, way.keys)
        with way_to(other) as transport, pytest.raises(OtherMachineError, match="it has no key"):
            asked(transport, Ping())


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * 64, OtherMachineError, "no worker of pixels-mcp"),
        (b"", NoAnswerError, "says nothing"),
    ],
    ids=["a web server", "a tunnel that leads nowhere"],
)
def test_a_stranger_on_the_port_is_named(
    home: Path, said: bytes, error: type[PixelsError], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pixels_mcp.client.far.pairing._ANSWER_S", 1.0)
    listening = socket.create_server(("127.0.0.1", 0))

    def greet() -> None:
        while True:
            try:
                peer, _ = listening.accept()
            except OSError:
                return
            peer.sendall(said)
            peer.close()

    threading.Thread(target=greet, daemon=True).start()
    try:
        line = PairingLine(
            FarAddress("127.0.0.1", listening.getsockname()[1]), zmq.curve_keypair()[0].decode(), "t" * 22
        )
        with pytest.raises(error, match=words):
            connect_far(find_paths(), line)
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()

    assert find_far_worker(find_paths()) is None
    nobody = FarWay("far", line.address)
    assert "nothing listens" in str(who_answers(nobody))


def test_plain_peers_noise_and_silence_harm_nobody_and_keep_nothing_alive(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pixels_mcp.wire.far.framing._HANDSHAKE_MS", 1_000)
    with (
        opened(tmp_path) as door,
        zmq.Context() as context,
        context.socket(zmq.DEALER) as plain,
        socket.create_connection(("127.0.0.1", door.address.port)) as noise,
        socket.create_connection(("127.0.0.1", door.address.port)) as silent,
    ):
        plain.setsockopt(zmq.LINGER, 0)
        plain.connect(door.address.endpoint)
        plain.send_multipart([b"call", b"\x81\xa4type\xa4ping"])
        noise.sendall(bytes(range(256)) * 64)
        begun_s = time.monotonic()
        with way_to(door.pair()) as transport:
            assert asked(transport, Ping()) == Pong()
            silent.settimeout(20)
            while silent.recv(4_096):
                pass  # the greeting, and then the end
            assert 0.5 < time.monotonic() - begun_s < 15, "a peer that says nothing is sent away"
            assert door.server.faces == 1
        assert plain.poll(0) == 0, "a peer without a key is not answered"


def test_nobody_on_the_way_reads_it(door: Door, home: Path) -> None:
    line = SpoiltLine("127.0.0.1", door.address.port)
    request = SpriteRequest(prompt=SECRET)
    with way_to(door.pair(FarAddress("127.0.0.1", line.port))) as transport:
        assert asked(transport, messages.Generate(request=request)) == Pong()
    line.close()

    assert any(isinstance(call, messages.Generate) and call.request.prompt == SECRET for call in door.desk.asked)
    assert len(line.carried) > 500
    assert SECRET.encode() not in bytes(line.carried)


def _flip(line: SpoiltLine) -> None:
    line.flip(700)


def _cut(line: SpoiltLine) -> None:
    line.cut()
    threading.Timer(0.3, line.mend).start()


def _pull(line: SpoiltLine) -> None:
    line.hold()
    threading.Timer(2.5, line.mend).start()


@pytest.mark.parametrize("spoil", [_flip, _cut, _pull], ids=["a bit turned over", "cut", "pulled and put back"])
def test_a_call_whose_line_breaks_is_asked_again(door: Door, home: Path, spoil: Callable[[SpoiltLine], None]) -> None:
    line = SpoiltLine("127.0.0.1", door.address.port)
    door.desk.png = bytes(200_000)
    with way_to(door.pair(FarAddress("127.0.0.1", line.port))) as transport:
        assert asked(transport, Ping()) == Pong()

        spoil(line)
        answer = asked(transport, messages.Fetch(sprite_id="hero-0001.1"), 30)

        assert answer == answers.PictureAnswer(png=door.desk.png)
        assert asked(transport, Ping()) == Pong()
    line.close()


def test_a_large_picture_on_a_slow_line_is_not_taken_for_a_cut_cable(door: Door, home: Path) -> None:
    line = SpoiltLine("127.0.0.1", door.address.port)
    door.desk.png = bytes(2_000_000)
    line.bytes_per_s = 600_000
    with way_to(door.pair(FarAddress("127.0.0.1", line.port))) as transport:
        begun_s = time.monotonic()
        answer = asked(transport, messages.Fetch(sprite_id="hero-0001.1"), 30)

    assert answer == answers.PictureAnswer(png=door.desk.png)
    assert time.monotonic() - begun_s > 2.5, "longer than a heartbeat is waited for"
    assert sum(isinstance(call, messages.Fetch) for call in door.desk.asked) == 1
    line.close()


def test_updates_come_over_the_same_line_and_again_after_it_was_cut(door: Door, home: Path) -> None:
    line = SpoiltLine("127.0.0.1", door.address.port)
    with way_to(door.pair(FarAddress("127.0.0.1", line.port))) as transport:
        updates = transport.follow("hero-0001")
        until(lambda: door.server.is_followed("hero-0001"), "it is followed")
        door.server.publish(Started(job_id="hero-0001", part_id="hero-0001"))
        assert updates.get(10) == Started(job_id="hero-0001", part_id="hero-0001")

        line.cut()
        line.mend()
        asked(transport, Ping())

        def hears() -> bool:
            door.server.publish(Started(job_id="hero-0001", part_id="hero-0002"))
            return updates.get(0.2) is not None

        until(hears, "updates come again")
        others = transport.follow("ruby-0002")
        until(lambda: door.server.is_followed("ruby-0002"), "it is followed")
        others.close()
        until(lambda: not door.server.is_followed("ruby-0002"), "it is followed no more")
    line.close()


def test_a_silent_worker_is_named_in_time(door: Door, home: Path) -> None:
    line = SpoiltLine("127.0.0.1", door.address.port)
    way = door.pair(FarAddress("127.0.0.1", line.port))
    line.cut()

    link = Link(FarTransport(way), why_silent=lambda: who_answers(way))
    with Connection(link, face="test") as face, pytest.raises(NoAnswerError, match="says nothing: a tunnel"):
        face.greet(timeout_s=0.5)
    line.close()


def test_over_loopback_no_key_is_needed_and_elsewhere_nobody_listens_without(home: Path, tmp_path: Path) -> None:
    with opened(tmp_path, pair=False) as door:
        way = connect_far(find_paths(), PairingLine.read(f"pixels://{door.address}"))
        with way_to(way) as transport:
            assert asked(transport, Ping()) == Pong()
            until(lambda: door.server.faces == 1, "it is counted")
        assert way.keys is None

    with pytest.raises(InvalidArgumentError, match="can be reached from other machines, and none is paired"):
        listen_at(paths_of(tmp_path), "tcp://0.0.0.0:5570", pair=False)
    with pytest.raises(InvalidArgumentError, match="without a key only a worker on loopback"):
        connect_far(find_paths(), PairingLine.read("pixels://192.0.2.7:5570"))


@pytest.mark.parametrize(
    "text",
    ["", "http://127.0.0.1:5570", "pixels://127.0.0.1", "pixels://h:99999", "pixels://h:1?key=short", "pixels://h:1?a=b",
     "pixels://h:1?once=abcdefghijklmnopqrstuv"],
)  # fmt: skip
def test_what_is_no_pairing_line_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidArgumentError):
        PairingLine.read(text)


def test_a_file_of_the_far_machine_is_not_read_for_another(door: Door, home: Path) -> None:
    request = SpriteRequest(prompt="a hero", reference="/etc/hostname")
    with way_to(door.pair()) as transport:
        answer = asked(transport, messages.Generate(request=request, idempotency_key="k"))
        asked(transport, messages.Generate(request=SpriteRequest(prompt="a hero"), idempotency_key="k"))

    assert isinstance(answer, answers.ErrorAnswer)
    assert "names a file of this machine" in answer.error.message
    keys = [call.idempotency_key for call in door.desk.asked if isinstance(call, messages.Generate)]
    (name,) = door.machines.by_name()
    assert keys == [f"far:{name}:k"], "no machine meets another's keys"
