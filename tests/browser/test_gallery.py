"""The gallery in a real browser: in a sandboxed frame, under a host that asks the real server."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcp import Client
from mcp.client import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp.types import CallToolResult

from helpers.mcp_faces import ERAS, Era, images_of, run_async, server_here, told
from helpers.toolchains import skip_or_fail
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.mcp_server.gallery.gallery_app import GALLERY_URI, SHOWN_IN_GALLERY

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",  # only because tests run as root; the frame has a sandbox of its own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--font-render-hinting=none",
)
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'none'"
)
EVIL = (
    '<img src="https://evil.example/x.png" onerror="parent.postMessage(document.cookie)"><script>fetch("//x")</script>'
)
RUBY, WALK, DOUBT = "ruby-potion-0001.1", "hero-walk-0002.1", "odd-thing-0003.1"

HOST_PAGE = """<!DOCTYPE html><body style="margin:0"><iframe id="app" sandbox="allow-scripts"
 style="border:0;width:760px;height:640px"></iframe><script>
const frame = document.getElementById("app"), seen = [];
addEventListener("message", async (event) => {
  if (event.source !== frame.contentWindow) return;
  seen.push(event.data);
  const { id, method, params } = event.data;
  if (id === undefined || method === undefined) return;
  const answer = await standInHost(JSON.stringify({ method, params }));
  frame.contentWindow.postMessage({ jsonrpc: "2.0", id, ...JSON.parse(answer) }, "*");
});
function give(html) { frame.srcdoc = html; }
function tell(method, params) { frame.contentWindow.postMessage({ jsonrpc: "2.0", method, params }, "*"); }
</script></body>"""


@dataclass
class StandInHost:
    """What a chat's host does, in a few lines: it hands the page's calls to the server and remembers them."""

    page: Any
    client: Client
    capabilities: dict[str, Any]
    calls: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    requests: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])

    async def ask(self, message: str) -> str:
        call = json.loads(message)
        self.calls.append(call)
        method, params = call["method"], call["params"]
        try:
            if method == "ui/initialize":
                result: Any = {
                    "protocolVersion": params["protocolVersion"],
                    "hostInfo": {"name": "stand-in", "version": "1"},
                    "hostCapabilities": self.capabilities,
                    "hostContext": {"theme": "dark"},
                }
            elif method == "tools/call":
                result = wire(await self.client.call_tool(params["name"], params["arguments"]))
            elif method == "resources/read":
                result = wire(await self.client.read_resource(params["uri"]))
            else:
                result = {}
            return json.dumps({"result": result})
        except Exception as error:
            return json.dumps({"error": {"code": -32000, "message": str(error)}})

    @property
    def app(self) -> Any:
        return self.page.frame_locator("#app")

    async def show(self, result: Any) -> None:
        await self.page.evaluate("([m, p]) => tell(m, p)", ["ui/notifications/tool-result", wire(result)])

    def of(self, method: str) -> list[dict[str, Any]]:
        return [call["params"] for call in self.calls if call["method"] == method]


def wire(result: Any) -> dict[str, Any]:
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


@asynccontextmanager
async def gallery(*without: str) -> AsyncGenerator[StandInHost]:
    """The real page from the real server, shaken hands with."""
    if not Path(CHROMIUM).exists():
        skip_or_fail("chromium is not installed: apt-get install chromium")
    from playwright.async_api import async_playwright

    offered: dict[str, Any] = {"serverTools": {}, "serverResources": {}, "message": {}, "updateModelContext": {}}
    async with server_here() as client, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(FLAGS))
        page = await browser.new_page(viewport={"width": 800, "height": 700})
        host = StandInHost(page, client, {key: one for key, one in offered.items() if key not in without})
        page.on("pageerror", lambda error: host.errors.append(str(error)))
        page.on("console", lambda line: host.errors.append(line.text) if line.type == "error" else None)

        async def refuse(route: Any) -> None:
            host.requests.append(route.request.url)
            await route.abort()

        await page.route("**", refuse)
        await page.expose_function("standInHost", host.ask)
        await page.set_content(HOST_PAGE)
        (html,) = (await client.read_resource(GALLERY_URI)).contents
        text = wire(html)["text"]
        policy = f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">'
        await page.evaluate("give", text.replace("<head>", f"<head>{policy}", 1))
        await page.wait_for_function("seen.some((one) => one.method === 'ui/notifications/initialized')")
        try:
            yield host
        finally:
            await browser.close()
        assert host.requests == [], "a request left the page"
        assert host.errors == []


def potion(red: int) -> np.ndarray:
    """A bottle of 16 x 16 pixels with light on it."""
    pixels = np.zeros((16, 16, 4), dtype=np.uint8)
    rows, columns = np.mgrid[0:16, 0:16]
    belly = (rows - 10) ** 2 + (columns - 7.5) ** 2 < 25
    pixels[belly] = (40, 24, 48, 255)
    pixels[(rows - 10) ** 2 + (columns - 7.5) ** 2 < 16] = (red, 40, 60, 255)
    pixels[8:10, 5:7] = (250, 230, 220, 255)
    pixels[2:6, 6:10] = (40, 24, 48, 255)
    pixels[3:6, 7:9] = (200, 190, 170, 255)
    return pixels


@pytest.fixture
def library(home: Path) -> Library:
    library = Library(home / "data" / "library")
    frames = np.concatenate([np.roll(potion(60), shift, axis=0) for shift in (0, -1, -2, -1)], axis=1)
    clips = {"hop": {"frames": [0, 1, 2, 3], "ms": [60, 60, 60, 60], "play": "loop"}}
    facts = {"frame_px": [16, 16], "columns": 4, "clips": clips, "colors": 4}
    for sprite_id, pixels, prompt, more, kind in (
        (RUBY, potion(200), "a ruby potion", {"colors": 4, "on_grid": True}, "sprite"),
        (WALK, frames, "a hopping flask", facts, "animation"),
        (DOUBT, potion(90), EVIL, {"colors": 4}, "sprite"),
    ):
        recipe = Recipe(request={"prompt": prompt}, plan={"seed": 1}, model_sha256="0" * 64)
        new = NewEntry(seed=1, prompt=prompt, model="mini", facts=more, entry_kind=kind)  # type: ignore[arg-type]  # words of a test
        library.add(sprite_id, pixels, recipe, new)
    return library


def see(name: str) -> Path | None:
    """Where a screenshot goes that a person wants to look at (`PIXELS_SCREENSHOTS=FOLDER`)."""
    folder = os.environ.get("PIXELS_SCREENSHOTS")
    return Path(folder) / f"{name}.png" if folder else None


async def shoot(host: StandInHost, name: str) -> None:
    if (file := see(name)) is not None:
        await host.page.screenshot(path=str(file))


@pytest.mark.usefixtures("library")
@run_async
async def test_sprites_are_shown_at_whole_factors_with_their_own_pixels() -> None:
    async with gallery() as host:
        await host.show(await host.client.call_tool("view_sprite", {"sprite_ids": [RUBY, WALK, DOUBT]}))
        await host.app.locator("#large[data-factor]").wait_for()
        await shoot(host, "gallery")
        frame = host.page.frames[1]
        boxes = await frame.evaluate(
            "[...document.querySelectorAll('canvas')]"
            ".map(c => [c.width, c.height, parseInt(c.style.width), +c.dataset.factor])"
        )
        data = await frame.evaluate(
            "(() => { const c = document.querySelector('li canvas');"
            "return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data] })()"
        )
        chips = await host.app.locator("#palette span").count()
        outside = await host.page.evaluate("document.getElementById('app').contentDocument === null")

    assert [(w, h) for w, h, _, _ in boxes] == [(16, 16)] * 4
    assert all(shown == w * factor for w, _, shown, factor in boxes)
    assert [factor for *_, factor in boxes] == [8, 8, 8, 16]
    assert (np.array(data, dtype=np.uint8).reshape(16, 16, 4) == potion(200)).all()
    assert chips == 4
    assert outside, "the page has an origin of its own"


@pytest.mark.usefixtures("library")
@run_async
async def test_an_animation_plays_and_stops() -> None:
    async with gallery() as host:
        await host.show(await host.client.call_tool("view_sprite", {"sprite_ids": [WALK]}))
        large = host.page.frames[1]
        for number in ("2", "0", "1"):
            await large.wait_for_function("(n) => document.getElementById('large').dataset.frame === n", arg=number)
        await host.app.get_by_role("button", name="Pause").click()
        stopped = await large.evaluate("document.getElementById('large').dataset.frame")
        await host.page.wait_for_timeout(200)
        assert await large.evaluate("document.getElementById('large').dataset.frame") == stopped
        assert await host.app.locator("#motion option").all_inner_texts() == ["hop"]
        await shoot(host, "animation")


@pytest.mark.usefixtures("library")
@run_async
async def test_a_pick_tells_the_chat_and_nothing_is_deployed_before_two_clicks() -> None:
    async with gallery() as host:
        await host.show(await host.client.call_tool("view_sprite", {"sprite_ids": [RUBY, DOUBT]}))
        await host.app.get_by_role("button", name=DOUBT).click()
        assert await host.app.locator("#title").inner_text() == DOUBT
        await host.app.get_by_role("button", name="Pick this one").click()
        await host.app.get_by_text(f"Picked {DOUBT}").wait_for()
        await host.app.get_by_role("button", name="Put into the game").click()
        assert host.of("tools/call") == []
        await host.app.locator("#as").fill("NOT A NAME")
        await host.app.get_by_role("button", name="Deploy", exact=True).click()
        await host.app.get_by_text("A name has").wait_for()
        assert host.of("tools/call") == []
        await host.app.locator("#as").fill("potion")
        await host.app.get_by_role("button", name="Deploy", exact=True).click()
        await host.app.get_by_text("Next:").wait_for()
        await shoot(host, "deploy")

    (call,) = host.of("tools/call")
    assert call["name"] == "deploy_to_bevy"
    assert call["arguments"] == {"sprite_id": DOUBT, "name": "potion", "on_conflict": "error"}
    assert DOUBT in host.of("ui/message")[0]["content"][0]["text"]
    assert DOUBT in host.of("ui/update-model-context")[0]["content"][0]["text"]


@pytest.mark.usefixtures("library")
@run_async
async def test_words_are_shown_as_words_whatever_they_say() -> None:
    """A prompt, an answer and an error with markup in them run nothing and ask for nothing."""
    async with gallery() as host:
        text = json.dumps({"sprites": [{"sprite_id": RUBY, "prompt": EVIL, "path": EVIL, "facts": {"colors": EVIL}}]})
        await host.page.evaluate(
            "([m, p]) => tell(m, p)",
            ["ui/notifications/tool-result", {"content": [{"type": "text", "text": text}]}],
        )
        await host.app.get_by_text(EVIL).first.wait_for()
        assert await host.app.locator("img, script[src], iframe").count() == 0
        failed: dict[str, Any] = {"content": [{"type": "text", "text": EVIL}], "isError": True}
        for said in (failed, {"content": list[Any]()}):
            await host.page.evaluate("([m, p]) => tell(m, p)", ["ui/notifications/tool-result", said])
        await host.page.wait_for_timeout(50)


@pytest.mark.usefixtures("library")
@run_async
async def test_a_host_that_offers_little_is_told_what_to_say() -> None:
    async with gallery("serverTools", "message", "updateModelContext") as host:
        await host.show(await host.client.call_tool("view_sprite", {"sprite_ids": [RUBY]}))
        await host.app.get_by_role("button", name="Pick this one").click()
        await host.app.get_by_text(f"Say in the chat: I pick {RUBY}").wait_for()
        assert not await host.app.get_by_role("button", name="Put into the game").is_visible()


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.usefixtures("library")
@run_async
async def test_hosts_with_and_without_apps_get_the_same_answers(era: Era) -> None:
    answers: list[tuple[set[str], CallToolResult]] = []
    for extensions in ((), (advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]}),)):
        async with server_here(era, extensions=extensions) as client:
            tools = {tool.name: tool.meta or {} for tool in (await client.list_tools()).tools}
            bound = {name for name, meta in tools.items() if meta.get("ui", {}).get("resourceUri") == GALLERY_URI}
            answers.append((bound, await client.call_tool("view_sprite", {"sprite_ids": [RUBY]})))
    (without, plain), (bound, shown) = answers

    assert without == set()
    assert bound == SHOWN_IN_GALLERY & set(tools) >= {"generate_sprite", "view_sprite", "animate_sprite"}
    assert told(plain) == told(shown)
    assert len(images_of(plain)) == len(images_of(shown)) == 1
