"""The whole story, from words to the screen: `make play`.

A worker, the MCP server, a client that speaks for an assistant, and the game on a screen that nobody sees. In the first
act the client asks for seven sprites, puts them into the running game and looks at it; every sprite on the screen is
compared with the library, pixel by pixel, and one of them is swapped while the game runs. In the second act it is asked
for "a forest game": it makes a ground and its shore, lets a hero walk there, and the whole screen is compared with what
the library holds, in two frames of the water, and once more with another ground. Pictures and a report are left in
out/play/.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import numpy as np
from mcp import Client, StdioServerParameters
from mcp.types import TextContent
from stage import (
    HERE,
    REPOSITORY,
    StageError,
    build_game,
    count_wrong_corners,
    count_wrong_pixels,
    draw_screen,
    running,
    virtual_display,
)

from pixels_mcp import png
from pixels_mcp.bevy.formats.tileset_file import parse_tileset
from pixels_mcp.bevy.frames import bob
from pixels_mcp.bevy.screenshot import SpriteOnScreen, TilemapOnScreen
from pixels_mcp.errors import PixelsError

SET = {
    "floor": "gray stone floor",
    "wall": "stone brick wall",
    "hero": "a knight",
    "potion": "a ruby potion",
    "sword": "an iron sword",
    "chest": "a chest",
    "slime": "a green jelly",
}
SEED = 7
SWAP = {"name": "potion", "prompt": "an emerald potion", "seed": 21}
GROUND = {"upper": "green grass floor", "lower": "deep water", "variants": 3, "frames": 4, "seed": 5, "name": "ground"}
DESERT = {"upper": "sand floor", "lower": "deep water", "seed": 5, "name": "ground"}
HERO = {"prompt": "an elf archer", "seed": 3, "name": "hero"}
MOTIONS = ["walk", "idle"]
PATIENCE_S = 1_200


def say(text: str) -> None:
    """Tell on stderr how far the story is."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


class Assistant:
    """What an assistant does over MCP; pictures of the game are kept in `out`."""

    def __init__(self, client: Client, out: Path) -> None:
        self.client = client
        self.out = out

    async def call(self, tool: str, **words: Any) -> dict[str, Any]:
        """Call a tool and read its answer.

        Raises:
            StageError: The tool says that it failed.
        """
        result = await self.client.call_tool(tool, words)
        block = result.content[0]
        text = block.text if isinstance(block, TextContent) else ""
        if result.is_error:
            raise StageError(f"{tool}: {text}", hint=f"see {self.out}/game/game.log and `pixels-mcp doctor`")
        return json.loads(text)

    async def ended(self, job: dict[str, Any]) -> dict[str, Any]:
        """Ask for a job in bounded waits until it has ended."""
        deadline = time.monotonic() + PATIENCE_S
        while job["state"] in ("queued", "running"):
            if time.monotonic() > deadline:
                raise StageError(f"{job['job_id']} did not end within {PATIENCE_S} s", hint="see `pixels-mcp status`")
            job = (await self.call("get_status", job_id=job["job_id"], wait_s=45))["job"]
        if job["state"] != "done":
            raise StageError(f"{job['job_id']} {job['state']}: {job.get('error')}", hint="see `pixels-mcp status`")
        return job

    async def make_tileset(self, **words: Any) -> dict[str, Any]:
        """Ask for a tileset, again with the same words once its terrains are drawn."""
        answer = await self.call("make_tileset", **words, wait_s=45)
        while "entry_kind" not in answer:  # what `next` says is done until the set is there
            await self.ended(answer)
            words |= dict(re.findall(r"(upper|lower)='([^']+)'", answer["next"]))
            answer = await self.call("make_tileset", **words, wait_s=45)
        return answer

    async def look(self, name: str) -> tuple[list[SpriteOnScreen], list[TilemapOnScreen], np.ndarray]:
        """See the game; the picture is kept as NAME.png."""
        picture = Path((await self.call("view_game"))["path"])
        shutil.copyfile(picture, self.out / f"{name}.png")
        # An assistant is told of the first sprites only; the game's own answer has all of them.
        answer = json.loads(picture.with_suffix(".json").read_bytes())
        sprites = [SpriteOnScreen.model_validate(one) for one in answer["sprites"]]
        tilemaps = [TilemapOnScreen.model_validate(one) for one in answer["tilemaps"]]
        return sprites, tilemaps, png.decode_png(picture.read_bytes())[0]


async def tell_story(assistant: Assistant, project: Path) -> dict[str, Any]:
    """Both acts."""
    report = await play_room(assistant, project)
    report["forest"] = await play_forest(assistant, project)
    return report


async def play_room(assistant: Assistant, project: Path) -> dict[str, Any]:
    """Draw, deploy, look, compare, swap, compare again."""
    report: dict[str, Any] = {"confirmed_ms": {}, "on_screen": {}}
    frames: dict[str, list[np.ndarray]] = {}
    await assistant.look("before")

    say(f"asking for {len(SET)} sprites")
    started = time.monotonic()
    items = [{"name": name, "prompt": prompt} for name, prompt in SET.items()]
    job = await assistant.ended(await assistant.call("batch_generate", items=items, seed=SEED, wait_s=45))
    report["drawn_s"] = round(time.monotonic() - started, 1)
    by_prompt = {part["prompt"]: part["sprites"][0] for part in job["parts"]}

    for name, prompt in SET.items():
        sprite = by_prompt[prompt]
        pixels = png.decode_png(Path(sprite["path"]).read_bytes())[0]
        if name == "hero":
            done = deploy_hero(sprite["sprite_id"], project)
            frames[done["asset"]] = bob(pixels)
        else:
            done = await assistant.call("deploy_to_bevy", sprite_id=sprite["sprite_id"], name=name)
            frames[done["asset"]] = [pixels]
        report["confirmed_ms"][name] = require_confirmed(done)
    sprites, _, screen = await assistant.look("after")
    report["on_screen"]["after"] = compare(sprites, screen, frames)

    say(f"swapping the {SWAP['name']} while the game runs")
    job = await assistant.ended(await assistant.call("generate_sprite", **SWAP, wait_s=45))
    (sprite,) = job["sprites"]
    done = await assistant.call(
        "deploy_to_bevy", sprite_id=sprite["sprite_id"], name=SWAP["name"], on_conflict="replace"
    )
    report["confirmed_ms"]["swap"] = require_confirmed(done)
    frames[done["asset"]] = [png.decode_png(Path(sprite["path"]).read_bytes())[0]]
    sprites, _, screen = await assistant.look("swapped")
    report["on_screen"]["swapped"] = compare(sprites, screen, frames)
    return report


async def play_forest(assistant: Assistant, project: Path) -> dict[str, Any]:
    """From words to a hero who walks on a generated ground; no file is made by hand."""
    report: dict[str, Any] = {"confirmed_ms": {}, "on_screen": {}}
    say("a forest game: grass, water and a hero who walks")
    ground = await assistant.make_tileset(**GROUND)
    job = await assistant.ended(await assistant.call("generate_sprite", **HERO, wait_s=45))
    (sprite,) = job["sprites"]
    hero = await assistant.call("animate_sprite", sprite_id=sprite["sprite_id"], motions=MOTIONS)
    for name, entry in (("ground", ground), ("hero", hero)):
        done = await assistant.call(
            "deploy_to_bevy", sprite_id=entry["sprite_id"], name=name, on_conflict="replace", project=str(project)
        )
        report["confirmed_ms"][name] = require_confirmed(done)
    kept = {"sprites/ground.tileset.ron": ground, "sprites/hero.sprite.ron": hero}
    first = await compare_screen(assistant, project, kept, "forest")
    later = await compare_screen(assistant, project, kept, "forest_later")
    for _ in range(20):  # the water stands for a quarter of a second
        if later.tiles != first.tiles and later.hero_px != first.hero_px:
            break
        later = await compare_screen(assistant, project, kept, "forest_later")
    report["on_screen"] |= {"forest": first.to_dict(), "forest_later": later.to_dict()}
    report["tiles_that_moved"] = sum(one != other for one, other in zip(first.tiles, later.tiles, strict=True))
    report["hero_walked_px"] = abs(later.hero_px[0] - first.hero_px[0]) + abs(later.hero_px[1] - first.hero_px[1])

    say("a desert comes while the game runs")
    desert = await assistant.make_tileset(**DESERT)
    done = await assistant.call(
        "deploy_to_bevy", sprite_id=desert["sprite_id"], name="ground", on_conflict="replace", project=str(project)
    )
    report["confirmed_ms"]["desert"] = require_confirmed(done)
    kept["sprites/ground.tileset.ron"] = desert
    report["on_screen"]["desert"] = (await compare_screen(assistant, project, kept, "desert")).to_dict()
    return report


@dataclass(frozen=True)
class ScreenSeen:
    """A whole screen that equals the library's pictures.

    Attributes:
        pixels: Of the screen, all compared.
        tiles: That the map drew in that frame.
        hero_plays: His animation.
        hero_px: His left upper corner on the screen.
    """

    pixels: int
    tiles: tuple[int | None, ...]
    hero_plays: str
    hero_px: tuple[int, int]

    def to_dict(self) -> dict[str, Any]:
        """What the report tells."""
        return {"pixels": self.pixels, "tiles": len(self.tiles), "hero_plays": self.hero_plays}


async def compare_screen(assistant: Assistant, project: Path, kept: dict[str, dict[str, Any]], name: str) -> ScreenSeen:
    """Look at the game and compare the whole screen with the library.

    Args:
        kept: Manifest in the game -> the library's entry that it shows; what else stands there was deployed before.

    Raises:
        StageError: A pixel of the screen is another one, or a tile stands for another terrain.
    """
    sprites, tilemaps, screen = await assistant.look(name)
    pictures = {sheet: Path(entry["path"]) for sheet, entry in kept.items()}
    for sprite in sprites:
        pictures.setdefault(sprite.sheet, project / "assets" / sprite.sheet.replace(".sprite.ron", ".png"))
    (tilemap,) = tilemaps
    manifest = project / "assets" / tilemap.tileset
    tilesets = {tilemap.tileset: parse_tileset(manifest.read_text(), label=manifest.name)}
    opened = {sheet: png.decode_png(file.read_bytes())[0] for sheet, file in pictures.items()}
    wanted = draw_screen((screen.shape[1], screen.shape[0]), sprites, tilemaps, opened, tilesets)
    wrong = int((screen[..., :3] != wanted).any(axis=-1).sum())
    corners = count_wrong_corners(tilemap, tilesets[tilemap.tileset])
    hero = next(sprite for sprite in sprites if sprite.sheet == "sprites/hero.sprite.ron")
    if wrong or corners or hero.animation_missing:
        raise StageError(
            f"{name}: {wrong} wrong pixels, {corners} wrong tiles, the hero plays {hero.animation!r}",
            hint="see the pictures",
        )
    say(f"  {name}: the whole screen equals the library's, {screen.shape[1]} x {screen.shape[0]} pixels")
    pixels = screen.shape[0] * screen.shape[1]
    return ScreenSeen(pixels, tilemap.tiles, hero.animation, hero.screen_px[:2])


def deploy_hero(sprite_id: str, project: Path) -> dict[str, Any]:
    """Two frames out of one sprite, by whole-pixel moves: he walks with them."""
    words = ["--bob", "--animation", "walk", "--frame-ms", "180", "--pivot", "0.5", "1.0", "--name", "hero", "--json"]
    command = [sys.executable, "-m", "pixels_mcp", "deploy", sprite_id, "--project", str(project), *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60)
    return json.loads(done.stdout)


def require_confirmed(done: dict[str, Any]) -> float:
    """The milliseconds after which the game said that it shows a sprite.

    Raises:
        StageError: It did not say so.
    """
    if done["state"] != "confirmed":
        raise StageError(f"{done['name']} is {done['state']}: {done.get('detail')}", hint=str(done.get("next")))
    say(f"  {done['name']}: on screen {done['confirmed_ms']:.0f} ms after the write")
    return float(done["confirmed_ms"])


def compare(
    sprites: list[SpriteOnScreen], screen: np.ndarray, frames: dict[str, list[np.ndarray]]
) -> dict[str, dict[str, int]]:
    """Compare every sprite on the screen with the library.

    Raises:
        StageError: A sprite is missing, or a pixel is another one.
    """
    counts: dict[str, dict[str, int]] = {}
    for sprite in sprites:
        opaque, wrong = count_wrong_pixels(screen, sprite, frames[sprite.sheet][sprite.frame], sprites)
        if wrong:
            raise StageError(f"{sprite.sheet} at {sprite.screen_px}: {wrong} wrong pixels", hint="see the pictures")
        count = counts.setdefault(sprite.sheet, {"sprites": 0, "opaque_pixels": 0})
        count["sprites"] += 1
        count["opaque_pixels"] += opaque
    missing = [sheet for sheet in frames if counts.get(sheet, {"opaque_pixels": 0})["opaque_pixels"] == 0]
    if missing:
        raise StageError(f"not seen on the screen: {', '.join(missing)}", hint="see the pictures")
    total = sum(count["opaque_pixels"] for count in counts.values())
    say(f"  {len(sprites)} sprites on screen equal the library's: {total} opaque pixels, each of them")
    return counts


async def play(project: Path) -> dict[str, Any]:
    """Start the server, and be its client.

    Raises:
        PixelsError: The story does not go as it should.
    """
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "pixels_mcp", "serve", "--project", str(project)],
        env=dict(os.environ),
        cwd=REPOSITORY,
    )
    async with Client(server) as client:
        try:
            return await tell_story(Assistant(client, project.parent), project)
        except PixelsError as error:
            failure = error  # raised outside, so that the client's task groups do not wrap it
    raise failure


def prepare(out: Path) -> Path:
    """A fresh folder for the game's assets, which is known as a game by its Cargo.toml."""
    shutil.rmtree(out, ignore_errors=True)
    project = out / "game"
    (project / "assets" / "sprites").mkdir(parents=True)
    shutil.copyfile(HERE / "Cargo.toml", project / "Cargo.toml")
    return project


def end_worker() -> None:
    """End the worker of this story; a person's own one has another home."""
    from pixels_mcp.paths import find_paths
    from pixels_mcp.worker.address import read_address

    address = read_address(find_paths())
    if address is not None:
        import psutil

        try:
            worker = psutil.Process(address.pid)
            worker.terminate()
            worker.wait(timeout=20)
        except psutil.Error:
            return


def main() -> int:
    """Play it; 0 when every pixel is right."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=REPOSITORY / "out" / "play", help="emptied first (out/play)")
    out: Path = parser.parse_args().out.absolute()
    say("building the game (the first time takes about ten minutes)")
    try:
        program = build_game()
        project = prepare(out)
        with ExitStack() as stack:
            if "PIXELS_HOME" not in os.environ:
                # A short path: a socket's may have 107 bytes only.
                os.environ["PIXELS_HOME"] = stack.enter_context(tempfile.TemporaryDirectory(prefix="px-"))
                stack.callback(end_worker)
            display = stack.enter_context(virtual_display(out))
            stack.enter_context(running(program, project, environment=display))
            started = time.monotonic()
            report = anyio.run(play, project)
            report["story_s"] = round(time.monotonic() - started, 1)
    except PixelsError as error:
        say(f"error: {error.message}\nnext:  {error.hint}")
        return 1
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    say(f"see before.png, after.png, swapped.png, forest.png and desert.png in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
