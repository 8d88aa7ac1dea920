"""Models are fetched from a real server that cuts, lies, sends on and asks for tokens."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there

from helpers import tiny_sdxl
from pixels_mcp.errors import DiskFullError, PullError
from pixels_mcp.models.pull import downloader, sites
from pixels_mcp.models.pull.pull_model import Pulled, pull_model
from pixels_mcp.models.pull.sites import Sites, find_offer

TOKEN = "hf_secret_of_a_person"


@dataclass
class Manners:
    """How the server behaves, and what it was asked."""

    body: bytes = b""
    cut_after: list[int] = field(default_factory=list[int])
    etag: str = '"one"'
    needs_token: bool = False
    page: bytes | None = None
    sends_to: str | None = None
    ignores_ranges: bool = False
    promised: str | None = None
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list[tuple[str, str | None, str | None]])


class Handler(BaseHTTPRequestHandler):
    """Answers as its manners say."""

    manners: Manners
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        told = self.headers.get("Authorization"), self.headers.get("Range")
        self.manners.asked.append((self.path, *told))
        if self.path.startswith("/api/"):
            self._json(self._about())
        elif self.manners.needs_token and told[0] != f"Bearer {TOKEN}":
            self._plain(401, b'{"error": "who are you"}', "application/json")
        elif self.manners.sends_to:
            self.send_response(302)
            self.send_header("Location", self.manners.sends_to)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.manners.page is not None:
            self._plain(200, self.manners.page, "text/html; charset=utf-8")
        else:
            self._file(told[1])

    def _about(self) -> object:
        digest = self.manners.promised or hashlib.sha256(self.manners.body).hexdigest()
        if "model-versions" in self.path:
            address = f"http://{self.headers['Host']}/files/style.safetensors"
            one = {"name": "style.safetensors", "primary": True, "downloadUrl": address}
            return {
                "modelId": 7,
                "trainedWords": ["mossy"],
                "files": [one | {"hashes": {"SHA256": digest.upper()}}],
            }
        large = {"sha256": digest, "size": len(self.manners.body)}
        return {
            "sha": "c0ffee",
            "cardData": {"license": "mit"},
            "siblings": [{"rfilename": "style.safetensors", "lfs": large}],
        }

    def _file(self, wanted: str | None) -> None:
        begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and not self.manners.ignores_ranges else 0
        if self.headers.get("If-Range") not in (None, self.manners.etag):
            begin = 0
        rest = self.manners.body[begin:]
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(self.manners.body) - 1}/{len(self.manners.body)}")
        self.send_header("ETag", self.manners.etag)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if self.manners.cut_after:
            rest = rest[: self.manners.cut_after.pop(0)]
            self.close_connection = True
        self.wfile.write(rest)

    def _json(self, told: object) -> None:
        self._plain(200, json.dumps(told).encode(), "application/json")

    def _plain(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is not ours
        pass


class Site:
    """A server on this machine."""

    def __init__(self) -> None:
        self.manners = Manners()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("OneSite", (Handler,), {"manners": self.manners}))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    one = Site()
    one.manners.body = tiny_sdxl.write_lora(tmp_path / "made" / "style.safetensors", "kohya").read_bytes()
    yield one
    one.close()


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def pull(
    site: Site, models: Path, address: str = "hf:somebody/style/style.safetensors", token: str | None = None
) -> Pulled:
    offer = find_offer(address, Sites(site.address, site.address, token, token))
    return pull_model(offer, models, progress=lambda _there, _total: None, wait_s=0)


def left_over(models: Path) -> list[str]:
    return sorted(file.name for file in models.rglob("*") if file.is_file())


def test_a_lora_is_fetched_checked_and_placed_with_its_card(site: Site, models: Path) -> None:
    pulled = pull(site, models)

    assert (pulled.name, pulled.kind, pulled.checked) == ("style", "lora", True)
    assert pulled.file.read_bytes() == site.manners.body
    assert pulled.sha256 == hashlib.sha256(site.manners.body).hexdigest()
    card = json.loads((models / "loras" / "style.json").read_text())
    assert card == {"source": "hf:somebody/style/style.safetensors@c0ffee", "license": "mit"}
    assert left_over(models) == ["style.json", "style.safetensors"]


def test_words_and_terms_of_civitai_are_kept(site: Site, models: Path) -> None:
    assert pull(site, models, "civitai:42").checked

    card = json.loads((models / "loras" / "style.json").read_text())
    assert (card["source"], card["trigger_words"]) == ("civitai:42", ["mossy"])
    assert card["license"].startswith("the creator's terms")


def test_a_download_that_is_cut_goes_on_where_it_was(site: Site, models: Path) -> None:
    site.manners.cut_after = [1_000, 500]

    assert pull(site, models).file.read_bytes() == site.manners.body
    assert [asked[2] for asked in site.manners.asked if "/resolve/" in asked[0]] == [None, "bytes=1000-", "bytes=1500-"]


def test_a_pull_that_was_interrupted_goes_on_in_the_next_process(site: Site, models: Path) -> None:
    site.manners.cut_after = [1_000, 0, 0, 0, 0, 0]
    with pytest.raises(PullError, match="ended 5 times at 1,000 bytes"):
        pull(site, models)
    site.manners.cut_after, site.manners.asked = [], []

    assert pull(site, models).file.read_bytes() == site.manners.body
    assert site.manners.asked[-1][2] == "bytes=1000-"


def test_a_file_that_changed_meanwhile_begins_anew(site: Site, models: Path, tmp_path: Path) -> None:
    site.manners.cut_after = [1_000, 0, 0, 0, 0, 0]
    with pytest.raises(PullError):
        pull(site, models)
    other = tiny_sdxl.write_lora(tmp_path / "made" / "other.safetensors", "kohya", seed=8)
    site.manners.body, site.manners.etag, site.manners.cut_after = other.read_bytes(), '"two"', []

    assert pull(site, models).file.read_bytes() == other.read_bytes()


def test_a_server_that_knows_no_ranges_is_asked_for_the_whole(site: Site, models: Path) -> None:
    site.manners.cut_after, site.manners.ignores_ranges = [1_000], True

    assert pull(site, models).file.read_bytes() == site.manners.body


def test_a_file_that_lies_about_its_sum_is_thrown_away(site: Site, models: Path) -> None:
    site.manners.promised = "0" * 64

    with pytest.raises(PullError, match=r"has the sum .*, its site promised 0000000000000000\.\.\.; it was removed"):
        pull(site, models)
    assert left_over(models) == []


def test_a_login_page_is_no_model(site: Site, models: Path) -> None:
    site.manners.page = b"<html>please log in</html>"

    with pytest.raises(PullError, match=r"sent a page \(text/html\) instead of style\.safetensors"):
        pull(site, models)
    assert left_over(models) == []


def test_a_site_that_wants_a_token_says_so_and_gets_it_alone(site: Site, models: Path) -> None:
    site.manners.needs_token = True
    with pytest.raises(PullError, match="not given to everybody") as caught:
        pull(site, models)
    assert "HF_TOKEN" in caught.value.hint

    store = Site()
    store.manners.body = site.manners.body
    site.manners.sends_to = store.address + "/signed?key=abc"
    try:
        pull(site, models, token=TOKEN)
    finally:
        store.close()
    assert store.manners.asked == [("/signed?key=abc", None, None)]
    assert all(TOKEN not in file.read_text("latin-1") for file in models.rglob("*") if file.is_file())
    assert "abc" not in (models / "loras" / "style.json").read_text()


def test_a_file_that_cannot_be_drawn_with_is_refused_by_its_header(site: Site, models: Path, tmp_path: Path) -> None:
    flux = {"model.diffusion_model.double_blocks.0.img_attn.qkv.weight": torch.zeros(8, 8)}
    save_file({**flux, "padding": torch.zeros(4_000_000)}, tmp_path / "flux.safetensors")
    site.manners.body = (tmp_path / "flux.safetensors").read_bytes()
    received: list[int] = []
    offer = find_offer("hf:somebody/style/style.safetensors", Sites(site.address, site.address))

    with pytest.raises(PullError, match="it is Flux, only SDXL's layout"):
        pull_model(offer, models, progress=lambda there, _: received.append(there), wait_s=0)
    assert left_over(models) == []
    assert max(received, default=0) < len(site.manners.body) / 2


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\x80\x02}q\x00"])
def test_a_pickle_under_another_name_is_refused(site: Site, models: Path, start: bytes) -> None:
    site.manners.body = start + bytes(5_000)

    with pytest.raises(PullError, match="pickle"):
        pull(site, models)
    assert left_over(models) == []


def test_a_dora_is_refused_by_name(site: Site, models: Path, tmp_path: Path) -> None:
    kohya = load_file(tmp_path / "made" / "style.safetensors")
    save_file({**kohya, "lora_unet_x.dora_scale": torch.ones(4, 1)}, tmp_path / "dora.safetensors")
    site.manners.body = (tmp_path / "dora.safetensors").read_bytes()

    with pytest.raises(PullError, match="is a DoRA"):
        pull(site, models)


def test_a_full_disk_is_told_before_anything_comes(site: Site, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloader, "ROOM_BYTES", 2**60)

    with pytest.raises(DiskFullError, match="MiB are free on the disk"):
        pull(site, models)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("hf:somebody/style/weights.ckpt", "is a pickle"),
        ("https://example.org/model.bin", "is a pickle"),
        ("https://example.org/page", "is no .safetensors file"),
        ("http://example.org/model.safetensors", "without encryption"),
        ("https://me:secret@example.org/model.safetensors", "holds a name or password"),
        ("sdxll", "is no address of a model"),
    ],
)
def test_an_address_that_is_none_is_refused_before_anybody_is_asked(address: str, why: str) -> None:
    with pytest.raises(PullError, match=why):
        find_offer(address, Sites("http://127.0.0.1:9", "http://127.0.0.1:9"))


def test_a_file_that_is_not_there_is_answered_with_those_that_are(site: Site) -> None:
    with pytest.raises(PullError, match="holds no other") as caught:
        find_offer("hf:somebody/style/other.safetensors", Sites(site.address, site.address))
    assert "style.safetensors" in caught.value.hint
    with pytest.raises(PullError, match="does not answer"):
        find_offer("hf:somebody/style/other.safetensors", Sites("http://127.0.0.1:9"))


def test_the_short_list_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    from pixels_mcp.models.pull.short_list import SHORT_LIST

    asked: list[str] = []

    def ask(url: str, token: str | None, what: str) -> dict[str, object]:
        asked.append(url)
        raise PullError("not asked in a test")

    monkeypatch.setattr(sites, "_ask", ask)
    for one in SHORT_LIST:
        with pytest.raises(PullError, match="not asked"):
            find_offer(one.name, Sites())
    assert len(asked) == len(SHORT_LIST)
    assert all(one.file_name.endswith(".safetensors") for one in SHORT_LIST)
