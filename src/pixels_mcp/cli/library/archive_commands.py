"""`pixels-mcp library backup` and `restore-backup`: library and job store in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.library.entry_options import Json, Yes
from pixels_mcp.cli.output import note, print_json
from pixels_mcp.cli.places import open_library
from pixels_mcp.errors import WorkerRunningError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.paths import find_paths

if TYPE_CHECKING:
    from pixels_mcp.library.archive import Backup


def backup(
    file: Annotated[Path, typer.Option("--output", "-o", help="The tar file to write.", metavar="FILE")],
    as_json: Json = False,
) -> None:
    """Write library and job store into one file, as both stand now; a worker may go on drawing."""
    from pixels_mcp.library.archive import write_backup

    written = write_backup(open_library(), find_paths().jobs_db, file)
    _tell(written, f"{written.sprites} sprites in {file}, {written.size_bytes / 2**20:.1f} MiB", as_json=as_json)


def restore_backup(
    file: Annotated[Path, typer.Argument(help="A file of `library backup`.", metavar="FILE")],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Put a backup in the place of library and job store; what stands there is kept beside."""
    from pixels_mcp.library.archive import restore_backup as put_back
    from pixels_mcp.worker.address import find_address

    paths, library = find_paths(), open_library()
    running = find_address(paths)
    if running is not None:
        raise WorkerRunningError(
            f"a worker runs, process {running.pid}; it would go on with the job store that is replaced",
            steps=[NextStep("stop_worker")],
        )
    if not yes:
        question = f"Put {file} in the place of {library.root} and {paths.jobs_db}? What is there is kept beside."
        typer.confirm(question, abort=True, err=True)
    restored = put_back(file, library, paths.jobs_db)
    _tell(restored, f"{restored.sprites} sprites in {library.root}", as_json=as_json)
    for place in () if as_json else restored.kept_aside:
        note(f"what stood there before: {place}")


def _tell(told: Backup, text: str, *, as_json: bool) -> None:
    if as_json:
        document = {"file": str(told.file), "sprites": told.sprites, "size_bytes": told.size_bytes}
        kept = [str(place) for place in told.kept_aside]
        print_json({**document, "kept_aside": kept} if kept else document)
    else:
        note(text)
