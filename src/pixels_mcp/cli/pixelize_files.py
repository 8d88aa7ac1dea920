"""The pictures that `pixels-mcp pixelize` is given, and what becomes of each; runs in several processes."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pixels_mcp.errors import InvalidArgumentError, PixelArtError, PixelsError
from pixels_mcp.files import write_whole

if TYPE_CHECKING:
    from pixels_mcp.pixelart.pixelize import Pixelized, PixelizeOptions
    from pixels_mcp.pixelart.pixels import Rgba

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".tga", ".ppm", ".ico")
_FEWEST_FOR_PROCESSES = 4


@dataclass(frozen=True, slots=True)
class Task:
    """One picture to pixelize.

    Attributes:
        source: The picture.
        target: The PNG to write.
        comparison: A before-and-after PNG to write as well, or None.
        all_frames: Recover every frame of an animated picture, onto one sheet and into a GIF.
    """

    source: Path
    target: Path
    comparison: Path | None
    all_frames: bool


def find_sources(words: Sequence[str]) -> list[Path]:
    """The pictures that files, folders and patterns name, each once, sorted within each word.

    Raises:
        InvalidArgumentError: A word names nothing, or a folder without pictures.
    """
    found: dict[Path, None] = {}
    for word in words:
        path = Path(word).expanduser()
        if path.is_file():
            matches = [path]
        elif path.is_dir():
            matches = sorted(one for one in path.iterdir() if one.suffix.lower() in ENDINGS and one.is_file())
        else:
            names = glob.glob(os.path.expanduser(word), recursive=True)  # noqa: PTH207, PTH111  # patterns may be absolute
            matches = sorted(Path(one) for one in names if one.lower().endswith(ENDINGS) and Path(one).is_file())
        if not matches:
            raise InvalidArgumentError(
                f"{word}: no picture there", hint="give a picture file, a folder of pictures, or a quoted pattern"
            )
        found.update(dict.fromkeys(matches))
    return list(found)


def plan_tasks(
    sources: Sequence[Path],
    output_dir: Path | None,
    *,
    compare: bool,
    all_frames: bool,
    overwrite: bool,
    beside: str = "pixelized",
) -> list[Task]:
    """Decide where each result goes: by default into a folder called `beside` beside the picture.

    Raises:
        InvalidArgumentError: A result exists already and `overwrite` is False.
    """
    stems = [source.stem.lower() for source in sources]
    tasks = []
    for source in sources:
        folder = output_dir or source.parent / beside
        double = output_dir is not None and stems.count(source.stem.lower()) > 1
        alike = [one for one in sources if one.parent == source.parent and one.stem.lower() == source.stem.lower()]
        name = f"{source.stem}-{source.suffix.lstrip('.').lower()}" if double or len(alike) > 1 else source.stem
        target = folder / f"{name}.png"
        tasks.append(Task(source, target, folder / f"{name}.compare.png" if compare else None, all_frames))
    targets = [task.target for task in tasks]
    if len(set(targets)) < len(targets):
        raise InvalidArgumentError(
            "two pictures would be written to one file", hint="rename one, or take the folders one by one"
        )
    there = [task.target for task in tasks if task.target.exists()]
    if any(task.target.resolve() == task.source.resolve() for task in tasks):
        raise InvalidArgumentError("a result would replace its own picture", hint="give another --output-dir")
    if there and not overwrite:
        raise InvalidArgumentError(
            f"{len(there)} of {len(tasks)} results exist already, such as {there[0]}",
            hint="give --overwrite to replace them, or another --output-dir",
        )
    return tasks


def run_tasks(
    tasks: Sequence[Task], options: PixelizeOptions, jobs: int, done: Callable[[dict[str, Any]], None]
) -> list[dict[str, Any]]:
    """Pixelize every picture, a failure of one leaving the others alone.

    Args:
        tasks: What to do.
        options: How.
        jobs: Processes; 1 runs in this one.
        done: Called with each result as it comes.

    Returns:
        One document per task, in their order; see `run_task`.
    """
    results: dict[int, dict[str, Any]] = {}
    if jobs <= 1 or len(tasks) < _FEWEST_FOR_PROCESSES:
        for number, task in enumerate(tasks):
            results[number] = run_task(task, options)
            done(results[number])
        return list(results.values())
    # One picture is one core's work: threads of the array library would only fight for the same cores.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(run_task, task, options): number for number, task in enumerate(tasks)}
        try:
            for future in as_completed(waiting):
                number = waiting[future]
                results[number] = future.result()
                done(results[number])
        except BrokenProcessPool as error:
            raise PixelArtError(
                f"a process ended after {len(results)} of {len(tasks)} pictures, probably for want of memory",
                hint="give fewer --jobs",
            ) from error
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [results[number] for number in range(len(tasks))]


def run_task(task: Task, options: PixelizeOptions) -> dict[str, Any]:
    """Pixelize one picture and write it.

    Returns:
        `source`, and either `file` with what `Pixelized.to_dict` tells, or `error` (`code`, `message`, `hint`).
    """
    try:
        return {"source": str(task.source)} | (_frames(task, options) if task.all_frames else _single(task, options))
    except PixelsError as error:
        told = {"code": error.code, "message": error.message, "hint": error.hint}
    except OSError as error:
        told = {"code": "OSError", "message": f"cannot write {task.target}: {error}", "hint": "check the folder"}
    return {"source": str(task.source), "error": told}


def run_set(tasks: Sequence[Task], options: PixelizeOptions) -> list[dict[str, Any]]:
    """Pixelize pictures that belong together: one cell size, one palette; all of them or none.

    Raises:
        PixelsError: A picture cannot be read, or none shows a grid.
    """
    from pixels_mcp.pixelart.pictures import open_picture
    from pixels_mcp.pixelart.pixelize import pixelize_set

    before = [open_picture(task.source) for task in tasks]
    made = pixelize_set(before, options)
    return [
        {"source": str(task.source)} | _written(task, picture, one)
        for task, picture, one in zip(tasks, before, made, strict=True)
    ]


def _single(task: Task, options: PixelizeOptions) -> dict[str, Any]:
    from pixels_mcp.pixelart.pictures import open_picture
    from pixels_mcp.pixelart.pixelize import pixelize

    before = open_picture(task.source)
    return _written(task, before, pixelize(before, options))


def _written(task: Task, before: Rgba, made: Pixelized) -> dict[str, Any]:
    from pixels_mcp.pixelart.sheets.comparison import before_and_after
    from pixels_mcp.png import encode_png

    task.target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(task.target, encode_png(made.pixels))
    told: dict[str, Any] = {"file": str(task.target)}
    if task.comparison is not None:
        write_whole(task.comparison, encode_png(before_and_after(before, made.pixels)))
        told["comparison"] = str(task.comparison)
    return told | made.to_dict()


def _frames(task: Task, options: PixelizeOptions) -> dict[str, Any]:
    from pixels_mcp.pixelart.pictures import open_frames
    from pixels_mcp.pixelart.pixelize import pixelize_frames
    from pixels_mcp.pixelart.sheets.animation import animation_bytes
    from pixels_mcp.pixelart.sheets.sheet import grid_sheet
    from pixels_mcp.png import encode_png

    before, shown_ms = open_frames(task.source)
    if len(before) == 1:
        return _single(task, options)
    after, facts = pixelize_frames(before, options)
    sheet, layout = grid_sheet(after, columns=len(after))
    task.target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(task.target, encode_png(sheet))
    moving = task.target.with_suffix(".gif")
    write_whole(moving, animation_bytes(after, [max(20, shown or 100) for shown in shown_ms], "gif"))
    height_px, width_px = after[0].shape[:2]
    return {
        "file": str(task.target),
        "animation": str(moving),
        "frames": len(layout.frames),
        "frame_width_px": width_px,
        "frame_height_px": height_px,
        "facts": facts.to_dict(),
    }
