"""Many pictures made true pixel art, each by itself or as one set; runs in several processes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from pixels_mcp.errors import PixelArtError, PixelsError
from pixels_mcp.events import ErrorInfo
from pixels_mcp.files import write_whole
from pixels_mcp.pictures.picture_results import FailedPicture, MovingResult, PictureResult, StillResult
from pixels_mcp.pictures.picture_sources import PictureTask

if TYPE_CHECKING:
    from pixels_mcp.pixelart.pixelize import Pixelized, PixelizeOptions
    from pixels_mcp.pixelart.pixels import Rgba

_FEWEST_FOR_PROCESSES = 4


def run_tasks(
    tasks: Sequence[PictureTask], options: PixelizeOptions, jobs: int, done: Callable[[PictureResult], None]
) -> list[PictureResult]:
    """Pixelize every picture, a failure of one leaving the others alone.

    Args:
        tasks: What to do.
        options: How.
        jobs: Processes; 1 runs in this one.
        done: Called with each result as it comes.

    Returns:
        What became of each, in their order.
    """
    results: dict[int, PictureResult] = {}
    if jobs <= 1 or len(tasks) < _FEWEST_FOR_PROCESSES:
        for number, task in enumerate(tasks):
            results[number] = run_task(task, options)
            done(results[number])
        return list(results.values())
    # One picture is one core's work: threads of the array library would only fight for the same cores.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    processes = min(jobs, len(tasks))
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_end_with_parent) as pool:
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


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, however that ended: it would wait for work for ever."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def run_task(task: PictureTask, options: PixelizeOptions) -> PictureResult:
    """Pixelize one picture and write it."""
    try:
        return _frames(task, options) if task.all_frames else _single(task, options)
    except PixelsError as error:
        told = ErrorInfo.of(error)
    except OSError as error:
        told = ErrorInfo(code="OSError", message=f"cannot write {task.target}: {error}", hint="check the folder")
    return FailedPicture(task.source, told)


def run_set(tasks: Sequence[PictureTask], options: PixelizeOptions) -> list[PictureResult]:
    """Pixelize pictures that belong together: one cell size, one palette; all of them or none.

    Raises:
        PixelsError: A picture cannot be read, or none shows a grid.
    """
    from pixels_mcp.pixelart.pictures import open_picture
    from pixels_mcp.pixelart.pixelize import pixelize_set

    before = [open_picture(task.source) for task in tasks]
    made = pixelize_set(before, options)
    return [_written(task, picture, one) for task, picture, one in zip(tasks, before, made, strict=True)]


def _single(task: PictureTask, options: PixelizeOptions) -> StillResult:
    from pixels_mcp.pixelart.pictures import open_picture
    from pixels_mcp.pixelart.pixelize import pixelize

    before = open_picture(task.source)
    return _written(task, before, pixelize(before, options))


def _written(task: PictureTask, before: Rgba, made: Pixelized) -> StillResult:
    from pixels_mcp.pixelart.pictures import say_frames
    from pixels_mcp.pixelart.sheets.comparison import before_and_after
    from pixels_mcp.png import encode_png

    task.target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(task.target, encode_png(made.pixels))
    if task.comparison is not None:
        write_whole(task.comparison, encode_png(before_and_after(before, made.pixels)))
    told = made.to_dict()
    if moves := say_frames(task.source):
        told["notes"] = [moves, *made.notes]
    return StillResult(task.source, task.target, told, task.comparison)


def _frames(task: PictureTask, options: PixelizeOptions) -> StillResult | MovingResult:
    from pixels_mcp.pixelart.pictures import open_frames
    from pixels_mcp.pixelart.pixelize import pixelize_frames
    from pixels_mcp.pixelart.sheets.animation import animation_bytes, shown_time_ms
    from pixels_mcp.pixelart.sheets.sheet import grid_sheet
    from pixels_mcp.png import encode_png

    before, shown_ms = open_frames(task.source)
    if len(before) == 1:
        return _single(task, options)
    made = pixelize_frames(before, options)
    after = [one.pixels for one in made]
    sheet, _ = grid_sheet(after, columns=len(after))
    task.target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(task.target, encode_png(sheet))
    moving = task.target.with_suffix(".gif")
    times_ms = [shown_time_ms(shown) for shown in shown_ms]
    write_whole(moving, animation_bytes(after, times_ms, "gif"))
    height_px, width_px = after[0].shape[:2]
    return MovingResult(
        source=task.source,
        file=task.target,
        animation=moving,
        frame_ms=tuple(times_ms),
        frame_size_px=(width_px, height_px),
        notes=tuple(dict.fromkeys(note for one in made for note in one.notes)),
        facts=made[0].facts,
    )
