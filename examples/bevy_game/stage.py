"""The game on a stage: built, started, on a screen that nobody sees, and compared pixel by pixel with the library.

Used by play.py beside it, by the stories among the tests, and by bench/.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from pixels_mcp.bevy.formats.tileset_file import TilesetFile
from pixels_mcp.bevy.game import read_game
from pixels_mcp.bevy.screenshot import SpriteOnScreen, TilemapOnScreen
from pixels_mcp.errors import PixelsError
from pixels_mcp.pixelart.tiles.codes import corner_codes

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
DEBIAN_PACKAGES = (
    "xvfb libvulkan1 mesa-vulkan-drivers libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0"
)
BUILD_S = 1_500
"""Cold on two cores it takes about ten minutes."""


class StageError(PixelsError):
    """Something that the game needs is missing, or it did not start."""


def wait_until(condition: Callable[[], bool], *, what: str, seconds: float) -> None:
    """Poll until something is true.

    Raises:
        StageError: It does not become true in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise StageError(f"not within {seconds:.0f} s: {what}", hint="see the game's log")
        time.sleep(0.005)


def cargo_environment() -> dict[str, str]:
    """Where cargo builds, so that tests, `make game` and `make play` share what is built once."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    target = os.environ.get("CARGO_TARGET_DIR") or cache / "pixels-mcp" / "cargo-target"
    return {"CARGO_INCREMENTAL": "0", "CARGO_TARGET_DIR": str(target)}


def build_game() -> Path:
    """Build the game where need be; cargo's messages go to stderr.

    Raises:
        StageError: There is no cargo, or it failed.
    """
    cargo = shutil.which("cargo")
    if cargo is None:
        raise StageError("cargo is not installed", hint="see https://rustup.rs")
    environment = cargo_environment()
    words = [cargo, "build", "--quiet", "--locked", "-p", "bevy_game"]
    folder = REPOSITORY / "bevy_bridge"
    done = subprocess.run(words, cwd=folder, env={**os.environ, **environment}, timeout=BUILD_S, check=False)
    if done.returncode != 0:
        raise StageError(f"cargo ended with {done.returncode}", hint="see what it said above")
    return Path(environment["CARGO_TARGET_DIR"]) / "debug" / "bevy_game"


def find_software_vulkan() -> Path | None:
    """The driver that draws without a graphics card."""
    return next(iter(sorted(Path("/usr/share/vulkan/icd.d").glob("lvp_icd*.json"))), None)


@contextmanager
def virtual_display(folder: Path) -> Iterator[dict[str, str]]:
    """A screen that nobody sees, drawn on by Mesa's software Vulkan; gives the environment for the game.

    Raises:
        StageError: Xvfb or the driver is missing.
    """
    server, driver = shutil.which("Xvfb"), find_software_vulkan()
    if server is None or driver is None:
        missing = "Xvfb" if server is None else "a software Vulkan driver"
        raise StageError(
            f"{missing} is not installed", hint=f"apt-get install --no-install-recommends {DEBIAN_PACKAGES}"
        )
    read_end, write_end = os.pipe()
    screen = ["-screen", "0", "1280x720x24", "-nolisten", "tcp", "-displayfd", str(write_end)]
    quiet = subprocess.DEVNULL
    display = subprocess.Popen([server, *screen], pass_fds=[write_end], stdout=quiet, stderr=quiet)
    os.close(write_end)
    try:
        with os.fdopen(read_end) as told:
            number = told.readline().strip()
        if not number:
            raise StageError("Xvfb did not start", hint=f"try `{server} :99` by hand")
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield {
            "DISPLAY": f":{number}",
            "VK_ICD_FILENAMES": str(driver),
            "WGPU_BACKEND": "vulkan",
            "XDG_RUNTIME_DIR": str(runtime),
        }
    finally:
        display.terminate()
        display.wait(timeout=10)


class Game:
    """One process of the game.

    Attributes:
        project: The folder with its `assets/` and `.pixels/`.
        log: The file that it writes to.
    """

    def __init__(self, program: Path, project: Path, *words: str, environment: Mapping[str, str] | None = None) -> None:
        self.project = project
        self.log = project / "game.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [program, "--project", project, *words],
                stdout=log,
                stderr=log,
                env={**os.environ, **(environment or {})},
            )

    def wait_until_it_reports(self, seconds: float = 60.0) -> None:
        """Wait for its heartbeat and for its first tries to load.

        Raises:
            StageError: It ended, or does not report in time.
        """

        def ready() -> bool:
            if self.process.poll() is not None:
                raise StageError(f"the game ended: {self.log.read_text()[-2000:]}", hint="see its log")
            return self.reports() and self.tried("sprites/hero.")

        wait_until(ready, what="the game reports", seconds=seconds)

    def reports(self) -> bool:
        """Whether it, and not another one, reports in its folder."""
        game = read_game(self.project / ".pixels")
        return game is not None and game.pid == self.process.pid

    def tried(self, beginning: str) -> bool:
        """Whether it tried to load a file whose path begins so."""
        log = self.project / ".pixels" / "ack.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        mine = f'"pid":{self.process.pid},'
        return any(mine in line and f'"path":"{beginning}' in line for line in lines)

    def end(self) -> None:
        """Close it as a person does; kill it when that does not help."""
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(program: Path, project: Path, *words: str, environment: Mapping[str, str] | None = None) -> Iterator[Game]:
    """The game for a while, reporting."""
    game = Game(program, project, *words, environment=environment)
    try:
        game.wait_until_it_reports()
        yield game
    finally:
        game.end()


def count_wrong_pixels(
    screenshot: np.ndarray, sprite: SpriteOnScreen, frame: np.ndarray, others: Sequence[SpriteOnScreen] = ()
) -> tuple[int, int]:
    """Compare a sprite on the screen with the pixels that it should have.

    Args:
        screenshot: (H, W, 4) uint8, the game's window.
        sprite: Where it stands.
        frame: (h, w, 4) uint8, what should stand there; flipped and enlarged here as the game says.
        others: Sprites that may stand in front of it; what they cover is not compared.

    Returns:
        How many opaque pixels of the sprite were compared, and how many screen pixels of them are wrong.
    """
    left, top, width_px, height_px = sprite.screen_px
    zoom = width_px // frame.shape[1]
    if (frame.shape[1] * zoom, frame.shape[0] * zoom) != (width_px, height_px) or not sprite.whole_px:
        return 0, width_px * height_px
    wanted = frame[:, ::-1] if sprite.flip_x else frame
    wanted = wanted[::-1] if sprite.flip_y else wanted
    wanted = wanted.repeat(zoom, axis=0).repeat(zoom, axis=1)
    compared = wanted[..., 3] == 255
    for other in others:
        if other.z > sprite.z:
            x, y, w, h = other.screen_px
            compared[max(0, y - top) : max(0, y + h - top), max(0, x - left) : max(0, x + w - left)] = False
    crop = screenshot[top : top + height_px, left : left + width_px, :3]
    if crop.shape[:2] != compared.shape:
        return 0, width_px * height_px  # it reaches out of the window
    wrong = (crop != wanted[..., :3]).any(axis=-1) & compared
    return int(compared.sum()) // (zoom * zoom), int(wrong.sum())


CLEAR_COLOR = (20, 16, 28)
"""Of the game's window where nothing is drawn."""


def draw_screen(
    size_px: tuple[int, int],
    sprites: Sequence[SpriteOnScreen],
    tilemaps: Sequence[TilemapOnScreen],
    pictures: Mapping[str, np.ndarray],
    tilesets: Mapping[str, TilesetFile],
) -> np.ndarray:
    """What the whole window should show, drawn from the library's pictures.

    Args:
        size_px: Width and height of the window.
        sprites, tilemaps: What the game says that it draws.
        pictures: Manifest (`sprites/hero.sprite.ron`) -> the whole picture that it describes, (H, W, 4) uint8 with
            alpha 0 or 255.
        tilesets: The manifests of the maps' tilesets.

    Returns:
        (H, W, 3) uint8.
    """
    screen = np.full((size_px[1], size_px[0], 3), CLEAR_COLOR, dtype=np.uint8)
    layers = [
        (one.z, one.screen_px, compose_tiles(one, pictures[one.tileset], tilesets[one.tileset])) for one in tilemaps
    ]
    for one in sprites:
        x, y, width_px, height_px = one.source_px
        frame = pictures[one.sheet][y : y + height_px, x : x + width_px]
        frame = frame[:, ::-1] if one.flip_x else frame
        layers.append((one.z, one.screen_px, frame[::-1] if one.flip_y else frame))
    for _, (left, top, width_px, _), pixels in sorted(layers, key=lambda layer: layer[0]):
        zoom = width_px // pixels.shape[1]
        shown = pixels.repeat(zoom, axis=0).repeat(zoom, axis=1)
        part = screen[max(top, 0) : top + shown.shape[0], max(left, 0) : left + shown.shape[1]]
        shown = shown[max(-top, 0) :, max(-left, 0) :][: part.shape[0], : part.shape[1]]
        part[:] = np.where(shown[..., 3:] == 255, shown[..., :3], part)
    return screen


def compose_tiles(tilemap: TilemapOnScreen, picture: np.ndarray, tileset: TilesetFile) -> np.ndarray:
    """A map put together from the tiles that the game says it draws: (rows * height, columns * width, 4) uint8."""
    (columns, rows), (width_px, height_px) = tilemap.laid, tileset.tile
    whole = np.zeros((rows * height_px, columns * width_px, 4), dtype=np.uint8)
    for place, tile in enumerate(tilemap.tiles):
        if tile is not None:
            (row, column), (line, left) = divmod(place, columns), divmod(tile, tileset.columns)
            whole[row * height_px : (row + 1) * height_px, column * width_px : (column + 1) * width_px] = picture[
                line * height_px : (line + 1) * height_px, left * width_px : (left + 1) * width_px
            ]
    return whole


def count_wrong_corners(tilemap: TilemapOnScreen, tileset: TilesetFile) -> int:
    """How many tiles of a dual grid do not stand for the terrain of the four cells that meet there."""
    terrain = np.array(tilemap.terrain, dtype=np.bool_).reshape(tilemap.size[1], tilemap.size[0])
    wrong = 0
    for code, tile in zip(corner_codes(terrain).ravel().tolist(), tilemap.tiles, strict=True):
        meant = {number for number, _ in tileset.tiles[code]}
        meant |= {shown for number in meant for shown in tileset.frames.get(number, ())}
        wrong += tile not in meant
    return wrong
