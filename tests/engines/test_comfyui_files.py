"""A person's own workflow for ComfyUI, judged without a server: its form, its named places, what is put there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pixels_mcp.engines.comfyui.comfy_events import JobEnded, NodeBegun, NodePreview, NodeStep, read_event, read_picture
from pixels_mcp.engines.comfyui.comfy_job import made_anew
from pixels_mcp.engines.comfyui.graph_file import read_graph_file
from pixels_mcp.engines.comfyui.named_places import fill_places
from pixels_mcp.engines.comfyui.server_url import parse_server_url
from pixels_mcp.errors import SettingsError, WorkflowError


def graph(**changes: Any) -> dict[str, Any]:
    """A small workflow as ComfyUI exports it; `changes` replace nodes or take them out."""
    nodes: dict[str, Any] = {
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "mine.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": "%width%", "height": "%height%", "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "pixel art, %prompt%", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "%negative%", "clip": ["4", 1]}},
        "3": {"class_type": "KSampler", "inputs": {"seed": "%seed%", "steps": 20, "cfg": 7, "sampler_name": "euler",
              "scheduler": "normal", "denoise": 1, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0],
              "latent_image": ["5", 0]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}},
    }  # fmt: skip
    return {number: node for number, node in {**nodes, **changes}.items() if node is not None}


def written(folder: Path, said: object) -> Path:
    file = folder / "mine.json"
    file.write_text(said if isinstance(said, str) else json.dumps(said), "utf-8")
    return file


def test_a_workflow_tells_its_places_and_its_output(tmp_path: Path) -> None:
    read = read_graph_file(written(tmp_path, graph()))

    assert read.places == {"prompt", "negative", "seed", "width", "height"}
    assert read.output == "9"
    assert read.kinds["KSampler"] == "3"


def node(kind: str, **inputs: object) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{", "is not JSON"),
        ("[]", "no workflow in API form"),
        ('"a text"', "no workflow in API form"),
        ({"nodes": [], "links": []}, "as the editor keeps it"),
        ({"1": {"class_type": "KSampler"}}, "node 1 has no class_type or no inputs"),
        (graph(**{"8": node("VAEDecode", samples=["33", 0])}), "samples comes from node 33, which is not there"),
        (graph(**{"6": node("CLIPTextEncode", text="a potion")}), "has no %prompt%"),
        (graph(**{"6": node("CLIPTextEncode", text="%promt%")}), "there is no place %promt%"),
        (graph(**{"6": node("CLIPTextEncode", text="%Prompt%")}), "there is no place %Prompt%"),
        (graph(**{"3": node("KSampler", seed=5)}), "every picture would be the same"),
        (graph(**{"5": node("EmptyLatentImage", width="%width%", height=512)}), "only one of %width% and %height%"),
        (graph(**{"5": node("EmptyLatentImage", width=512, height=512)}), "draws a size of its own"),
        (graph(**{"9": None}), "no node that shows or saves a picture"),
        (graph(**{"10": node("PreviewImage", images=["8", 0])}), "2 nodes that show or save pictures: 9, 10"),
        (graph(**{"10": node("LoadImageMask", image="%mask%")}), "has %mask%, but no %image%"),
        ({str(number): node("A") for number in range(2_001)}, "2001 nodes"),
    ],
)
def test_what_is_wrong_with_a_workflow_is_named(tmp_path: Path, said: object, told: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        read_graph_file(written(tmp_path, said))

    assert told in caught.value.message
    assert caught.value.hint


def test_a_file_that_is_not_there_or_too_large_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkflowError, match=r"cannot read .*nothing\.json"):
        read_graph_file(tmp_path / "nothing.json")
    with pytest.raises(WorkflowError, match="2100000 bytes"):
        read_graph_file(written(tmp_path, " " * 2_100_000))


def test_a_title_says_which_of_two_pictures_is_meant(tmp_path: Path) -> None:
    meant = {**node("PreviewImage", images=["8", 0]), "_meta": {"title": "pixels-mcp"}}

    assert read_graph_file(written(tmp_path, graph(**{"10": meant}))).output == "10"


def test_values_take_their_type_alone_and_are_written_out_among_words() -> None:
    said = {"1": node("A", seed="%seed%", text="%width% px: %prompt%", other=["2", 0], share="100%", odd="%unknown%")}

    filled = fill_places(said, {"seed": 7, "width": 64, "prompt": 'a "quoted"\nknight, 50%, %seed%'})

    assert filled["1"]["inputs"] == {
        "seed": 7,
        "text": '64 px: a "quoted"\nknight, 50%, %seed%',
        "other": ["2", 0],
        "share": "100%",
        "odd": "%unknown%",
    }
    assert said["1"]["inputs"]["seed"] == "%seed%"


def test_a_picture_that_is_gone_is_asked_for_by_another_graph() -> None:
    first = made_anew(graph(), "9")
    second = made_anew(first, "9")

    assert graph()["9"]["inputs"]["images"] == ["8", 0]
    assert len(first) == len(graph()) + 1
    assert len(second) == len(graph()) + 2
    name = second["9"]["inputs"]["images"][0]
    assert second[name]["class_type"] == "ImageScaleBy"
    assert second[second[name]["inputs"]["image"][0]]["class_type"] == "ImageScaleBy"


@pytest.mark.parametrize(
    ("written", "http", "socket"),
    [
        ("http://127.0.0.1:8188", "http://127.0.0.1:8188", "ws://127.0.0.1:8188/ws"),
        ("127.0.0.1:8188/", "http://127.0.0.1:8188", "ws://127.0.0.1:8188/ws"),
        ("localhost", "http://localhost", "ws://localhost/ws"),
        ("http://0.0.0.0:8188", "http://127.0.0.1:8188", "ws://127.0.0.1:8188/ws"),
        ("HTTPS://art.example/comfy/", "https://art.example/comfy", "wss://art.example/comfy/ws"),
        ("http://[::1]:8188", "http://[::1]:8188", "ws://[::1]:8188/ws"),
        ("[::]:8188", "http://[::1]:8188", "ws://[::1]:8188/ws"),
    ],
)
def test_an_address_is_read_as_people_write_it(written: str, http: str, socket: str) -> None:
    url = parse_server_url(written)

    assert (url.http, url.websocket) == (http, socket)


@pytest.mark.parametrize(
    "text", ["", "ftp://127.0.0.1", "http://", "http://host:port", "http://h?x=1", "http://h:99999"]
)
def test_an_address_that_is_none_is_named(text: str) -> None:
    with pytest.raises(SettingsError, match="comfyui_url"):
        parse_server_url(text)


def test_a_password_in_an_address_becomes_a_login_and_is_told_nobody() -> None:
    url = parse_server_url("https://me:a%20word@art.example")

    assert url.http == "https://art.example"
    assert url.login == "Basic bWU6YSB3b3Jk"


def test_plain_http_over_a_network_is_known_as_such() -> None:
    assert parse_server_url("http://192.168.0.7:8188").is_readable_on_the_way
    assert not parse_server_url("https://192.168.0.7").is_readable_on_the_way
    assert not parse_server_url("http://localhost:8188").is_readable_on_the_way


def test_events_are_read_and_what_is_none_is_passed_over() -> None:
    assert read_event('{"type": "executing", "data": {"node": "3", "prompt_id": "a"}}') == NodeBegun("a", "3")
    assert read_event('{"type": "executing", "data": {"node": null, "prompt_id": "a"}}') == JobEnded("a")
    step = '{"type": "progress", "data": {"value": 2, "max": 9, "node": "3", "prompt_id": "a"}}'
    assert read_event(step) == NodeStep("a", "3", 2, 9)
    assert read_event('{"type": "execution_error", "data": {"prompt_id": "a"}}') == JobEnded("a")
    for odd in ("{", "[]", "{}", '{"type": "status", "data": {}}', '{"type": "progress", "data": {"prompt_id": "a"}}',
                '{"type": "progress", "data": {"value": "x", "max": 1, "node": "3", "prompt_id": "a"}}'):  # fmt: skip
        assert read_event(odd) is None
    tagged = (4).to_bytes(4, "big") + (18).to_bytes(4, "big") + b'{"prompt_id": "a"}' + b"JPEG"
    assert read_picture(tagged) == NodePreview("a", b"JPEG")
    assert read_picture((1).to_bytes(4, "big") + (1).to_bytes(4, "big") + b"JPEG") == NodePreview(None, b"JPEG")
    for odd in (b"", b"\0\0\0\1", tagged[:12], (3).to_bytes(8, "big") + b"text", tagged.replace(b"{", b"[")):
        assert read_picture(odd) is None
