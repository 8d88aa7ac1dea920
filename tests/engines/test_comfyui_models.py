"""What a server has stands among the models; what is no ComfyUI, too old, locked or away is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.comfy_server import ComfyServer, as_json, free_port, small_server
from helpers.toolchains import REPOSITORY
from pixels_mcp.engines.comfyui.comfy_http import ComfyHttp
from pixels_mcp.engines.comfyui.comfy_models import ComfyModels, shown_name
from pixels_mcp.engines.comfyui.server_url import parse_server_url
from pixels_mcp.errors import (
    ModelFileError,
    NotComfyError,
    OldServerError,
    PixelsError,
    ServerGoneError,
    ServerLoginError,
    UnknownModelError,
)
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.models.model_registry import ModelRegistry

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]
"""The first test may install ComfyUI."""

SHIPPED = REPOSITORY / "workflows" / "comfyui"


def models_of(url: str, folder: Path, **words: str) -> ComfyModels:
    workflows = folder / "workflows"
    workflows.mkdir(exist_ok=True)
    return ComfyModels(
        parse_server_url(url),
        {},
        cards=folder / "cards",
        workflows=(workflows, SHIPPED),
        default_model=words.get("default_model", "mini"),
    )


@pytest.fixture
def listed(comfy_server: ComfyServer, tmp_path: Path) -> dict[tuple[str, str], ModelEntry]:
    return {(entry.kind, entry.name): entry for entry in models_of(comfy_server.url, tmp_path).entries()}


def test_checkpoints_loras_vaes_and_workflows_are_listed(listed: dict[tuple[str, str], ModelEntry]) -> None:
    assert set(listed) == {
        ("checkpoint", "tiny_sd1"),
        *(("checkpoint", name) for name in ("txt2img", "lora", "img2img", "inpaint", "tile")),
        ("lora", "tiny_style"),
        ("lora", "of/a folder/tiny_other"),
        ("vae", "tiny_vae"),
    }
    assert all(entry.problem is None and len(entry.sha256 or "") == 64 for entry in listed.values())
    assert listed["lora", "tiny_style"].text_width == 768
    assert "dpmpp_2m_karras" in listed["checkpoint", "tiny_sd1"].samplers
    assert "does not tell which family" in listed["checkpoint", "tiny_sd1"].notes[0]
    assert "tcd" not in listed["checkpoint", "tiny_sd1"].samplers
    assert listed["checkpoint", "txt2img"].checkpoint_path == Path("tiny_sd1.safetensors")
    assert listed["checkpoint", "inpaint"].places is not None


def test_a_card_says_what_the_server_does_not(comfy_server: ComfyServer, tmp_path: Path) -> None:
    (tmp_path / "cards").mkdir()
    card = {"native_sizes_px": [[64, 64]], "steps": 7, "sampler": "euler", "vae": "tiny_vae"}
    (tmp_path / "cards" / "tiny_sd1.json").write_text(json.dumps(card), "utf-8")

    entry = next(one for one in models_of(comfy_server.url, tmp_path).entries() if one.name == "tiny_sd1")

    assert (entry.native_sizes_px, entry.steps, entry.sampler) == (((64, 64),), 7, "euler")
    assert entry.vae_path == Path("tiny_vae.safetensors")
    assert entry.notes == ()


def test_what_a_workflow_needs_and_the_server_lacks_is_named_before_anything_is_queued(
    comfy_server: ComfyServer, tmp_path: Path
) -> None:
    models = models_of(comfy_server.url, tmp_path)
    text = (SHIPPED / "txt2img.json").read_text("utf-8")
    mine = tmp_path / "workflows"
    (mine / "odd.json").write_text(text.replace("VAEDecode", "MyOwnDecode"), "utf-8")
    (mine / "other.json").write_text(text.replace("%model%", "elsewhere.safetensors"), "utf-8")
    (mine / "unnamed.json").write_text(text.replace("%seed%", "5"), "utf-8")
    jobs = len(comfy_server.get("/history"))
    registry = ModelRegistry(tmp_path / "none", tmp_path / "cache", elsewhere=models)

    for name, told in (
        ("odd", r"the server has no node MyOwnDecode \(node pixels\)"),
        ("other", r"ckpt_name: the server has no 'elsewhere\.safetensors', but tiny_sd1\.safetensors"),
        ("unnamed", "has no %seed%"),
    ):
        with pytest.raises(ModelFileError, match=told):
            registry.find(name)

    assert len(comfy_server.get("/history")) == jobs


def test_a_model_that_comes_later_is_listed(
    comfy_server: ComfyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pixels_mcp.engines.comfyui.comfy_models.FRESH_S", 0.0)
    models = models_of(comfy_server.url, tmp_path)
    before = {entry.name for entry in models.entries()}
    file = comfy_server.home / "models" / "loras" / "later.safetensors"
    file.write_bytes((comfy_server.home / "models" / "loras" / "tiny_style.safetensors").read_bytes())
    try:
        assert {entry.name for entry in models.entries()} - before == {"later"}
    finally:
        file.unlink()


def test_the_registry_has_the_servers_models_and_mini(comfy_server: ComfyServer, tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path / "none", tmp_path / "cache", elsewhere=models_of(comfy_server.url, tmp_path))

    assert [entry.name for entry in registry.entries()][:2] == ["mini", "tiny_sd1"]
    assert registry.find("mini").engine == "diffusers"
    with pytest.raises(UnknownModelError, match="tiny_sd2") as caught:
        registry.find("tiny_sd2")
    assert "did you mean 'tiny_sd1'" in caught.value.hint
    with pytest.raises(ModelFileError, match="lies on the ComfyUI server, mini is drawn on this machine"):
        registry.find_lora("tiny_style", registry.find("mini"))


@pytest.fixture
def strangers() -> Iterator[dict[str, str]]:
    """Servers that are not what is wanted, by what they are."""
    old: dict[str, Any] = {"system": {"comfyui_version": "0.3.56", "python_version": "3.11"}, "devices": []}
    ancient: dict[str, Any] = {"system": {"os": "posix", "python_version": "3.10"}, "devices": []}
    page = b"<html>a login page</html>"
    with (
        small_server({}) as nothing,
        small_server({"/system_stats": (200, {}, page)}) as html,
        small_server({"/system_stats": as_json(["a", "list"])}) as array,
        small_server({"/system_stats": as_json({"system": {"name": "another program"}})}) as other,
        small_server({"/system_stats": as_json(old)}) as old_one,
        small_server({"/system_stats": as_json(ancient)}) as ancient_one,
        small_server({"/system_stats": (401, {}, b"")}) as locked,
        small_server({"/system_stats": (302, {"Location": "https://elsewhere.example/"}, b"")}) as moved,
        small_server({"/system_stats": (502, {}, b"bad gateway")}) as proxy,
    ):
        yield {"nothing": nothing, "html": html, "array": array, "other": other, "old": old_one,
               "ancient": ancient_one, "locked": locked, "moved": moved, "proxy": proxy,
               "nobody": f"http://127.0.0.1:{free_port()}"}  # fmt: skip


@pytest.mark.parametrize(
    ("who", "error", "told"),
    [
        ("nothing", NotComfyError, "GET /system_stats gave 404"),
        ("html", NotComfyError, "gave no JSON"),
        ("array", NotComfyError, "tells of no system"),
        ("other", NotComfyError, "tells of no comfyui_version"),
        ("old", OldServerError, r"is 0\.3\.56, 0\.3\.57 is needed"),
        ("ancient", OldServerError, "tells no version"),
        ("locked", ServerLoginError, "wants a login: status 401"),
        ("moved", NotComfyError, r"sends on to https://elsewhere\.example/"),
        ("proxy", ServerGoneError, "status 502"),
        ("nobody", ServerGoneError, "no ComfyUI answers at http://127"),
    ],
)
def test_who_is_not_what_is_wanted_is_named_with_the_next_step(
    strangers: dict[str, str], tmp_path: Path, who: str, error: type[PixelsError], told: str
) -> None:
    with pytest.raises(error, match=told) as caught:
        ComfyHttp(parse_server_url(strangers[who]), {}).facts()
    assert caught.value.hint

    models = models_of(strangers[who], tmp_path)
    (entry,) = models.entries()
    assert entry.problem is not None
    assert caught.value.message.split(":")[0] in entry.problem
    registry = ModelRegistry(tmp_path / "none", tmp_path / "cache", elsewhere=models)
    assert registry.find("mini").problem is None
    with pytest.raises(error):
        registry.find("anything")


def test_a_login_is_sent_to_the_server(comfy_server: ComfyServer) -> None:
    http = ComfyHttp(parse_server_url(comfy_server.url.replace("http://", "http://me:word@")), {"X-Mine": "1"})

    assert http.headers == {"Authorization": "Basic bWU6d29yZA==", "X-Mine": "1"}
    assert http.facts().version == "0.30.0"


def test_files_in_folders_are_shown_with_slashes() -> None:
    assert shown_name("sub\\of it\\name.v2.safetensors") == "sub/of it/name.v2"
    assert shown_name("a.b/name") == "a.b/name"
