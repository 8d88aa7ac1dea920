"""What `doctor` looks at: each check says what it found and, where something is wrong, the next step."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from pixels_mcp import __version__
from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.errors import NoWorkerError, PixelsError, StoreError
from pixels_mcp.files import check_locks
from pixels_mcp.next_steps import in_words
from pixels_mcp.paths import Paths, find_paths
from pixels_mcp.settings import Settings, load_settings

Level = Literal["ok", "warn", "fail"]

INSTALL_WORKER = "pip install '.[worker]' in its checkout"
_DRAWING_PACKAGES = ("torch", "diffusers", "transformers", "peft", "accelerate")
_GIB = 2**30


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    check: str
    level: Level
    fact: str
    next: str = ""

    def as_dict(self) -> dict[str, str]:
        """For `--json`."""
        return {"check": self.check, "level": self.level, "found": self.fact, "next": self.next}


@dataclass(frozen=True)
class Person:
    """Whose installation is looked at."""

    paths: Paths
    settings: Settings


def examine() -> Iterator[Finding]:
    """Run every check; one that fails does not keep the others from running."""
    paths = find_paths()
    settings = Settings()
    yield _version()
    try:
        settings = load_settings(paths)
        yield Finding("settings", "ok", f"{paths.settings_file}{'' if paths.settings_file.exists() else ' (none yet)'}")
    except PixelsError as error:
        yield Finding("settings", "fail", error.message, in_words(error.hint, error.steps, COMMAND_PHRASES))
    person = Person(paths, settings)
    for check in CHECKS:
        try:
            yield from check(person)
        except PixelsError as error:
            yield Finding(
                check.__name__.strip("_"), "fail", error.message, in_words(error.hint, error.steps, COMMAND_PHRASES)
            )
        except OSError as error:
            yield Finding(check.__name__.strip("_"), "fail", str(error), "check the rights of that file or folder")


def missing_packages() -> list[str]:
    """The packages that drawing needs and that are not installed; imports none of them."""
    return [name for name in _DRAWING_PACKAGES if _version_of(name) is None]


def _version_of(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _version() -> Finding:
    python = sys.version.split()[0]
    return Finding("pixels-mcp", "ok", f"{__version__}, Python {python}, {platform.system()} {platform.machine()}")


def _drawing(person: Person) -> Iterator[Finding]:  # noqa: ARG001  # all checks are called alike
    missing = missing_packages()
    if missing:
        yield Finding(
            "drawing", "fail", f"not installed: {', '.join(missing)}; the worker cannot start", INSTALL_WORKER
        )
    else:
        yield Finding("drawing", "ok", ", ".join(f"{name} {_version_of(name)}" for name in _DRAWING_PACKAGES[:3]))


def _driver(person: Person) -> Iterator[Finding]:
    program = shutil.which("nvidia-smi")
    wanted = person.settings.device == "cuda"
    if program is None:
        if wanted or Path("/dev/nvidia0").exists():
            yield Finding("driver", "fail" if wanted else "warn", "no NVIDIA driver found", "install NVIDIA's driver")
        else:
            yield Finding("driver", "ok", "no NVIDIA driver; sprites are drawn on the CPU")
        return
    asked = "--query-gpu=name,driver_version,memory.total,memory.free"
    try:
        done = subprocess.run([program, asked, "--format=csv,noheader"], capture_output=True, text=True, timeout=10)
    except subprocess.TimeoutExpired:
        yield Finding("driver", "warn", "nvidia-smi did not answer within 10 s", "try `nvidia-smi` by hand")
        return
    cards = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    if done.returncode or not cards:
        said = (done.stdout + done.stderr).strip().splitlines()
        yield Finding("driver", "fail" if wanted else "warn", said[-1] if said else "no card", "try `nvidia-smi`")
    for card in cards:
        yield Finding("driver", "ok", card)


def _memory(person: Person) -> Iterator[Finding]:
    import psutil

    memory = psutil.virtual_memory()
    free_gib, total_gib = memory.available / _GIB, memory.total / _GIB
    free = f"{free_gib:.1f} of {total_gib:.1f} GiB free"
    if free_gib < 1.5:
        yield Finding("memory", "warn", free, "the embedded model needs about 1.5 GiB: close something")
    else:
        yield Finding("memory", "ok", free)
    folder = person.paths.data
    while not folder.exists():
        folder = folder.parent
    free_mib = shutil.disk_usage(folder).free / 2**20
    level: Level = "fail" if free_mib < 50 else "warn" if free_mib < 1024 else "ok"
    yield Finding("disk", level, f"{free_mib / 1024:.1f} GiB free in {folder}", "" if level == "ok" else "make room")


def _models(person: Person) -> Iterator[Finding]:
    from pixels_mcp.engines.model_places import open_registry

    folder = person.settings.models_dir or person.paths.models
    models = open_registry(person.paths, person.settings).scan(default_model=person.settings.default_model)
    usable = [model.name for model in models if model.kind == "checkpoint" and not model.problem]
    place = str(folder) if folder.exists() else f"{folder} (none yet)"
    if usable:
        yield Finding("models", "ok", f"{', '.join(usable)}; own ones go into {place}")
    else:
        yield Finding(
            "models", "fail", f"no usable model, not even the embedded one; own ones: {place}", "install anew"
        )
    if person.settings.default_model not in usable:
        yield Finding(
            "models",
            "fail",
            f"default_model {person.settings.default_model!r} is not usable",
            "`pixels-mcp config set`",
        )
    yield from _comfyui(person)
    for model in models:
        if model.problem and model.base != "server":
            yield Finding("models", "warn", f"{model.name}: {model.problem}", "replace or remove that file")


def _comfyui(person: Person) -> Iterator[Finding]:
    """Whether the ComfyUI that shall draw answers."""
    from pixels_mcp.engines.model_places import open_served

    served = open_served(person.paths, person.settings)
    if served is None:
        return
    now = served.now()
    if now.trouble is not None:
        yield Finding("ComfyUI", "fail", now.trouble.message, now.trouble.hint)
    elif now.facts is not None:
        yield Finding("ComfyUI", "ok", f"{now.facts.version} at {served.url.http}, draws on {now.facts.device_name}")


def _sockets(person: Person) -> Iterator[Finding]:
    from pixels_mcp.worker.address import choose_endpoints

    yield Finding("sockets", "ok", choose_endpoints(person.paths).calls)


def _worker(person: Person) -> Iterator[Finding]:
    from pixels_mcp.client import Client

    try:
        with Client.connect(person.paths, person.settings, face="doctor", start_worker=False) as client:
            health = client.health()
    except NoWorkerError:
        yield Finding("worker", "ok", "none runs; the next request starts it")
        return
    loaded = ", ".join(health.loaded_models) or "none"
    place = f" on {health.machine}" if health.machine else ""
    yield Finding(
        "worker",
        "ok",
        f"{health.version}, process {health.pid}{place}, {health.device_name} ({health.device}, {health.dtype}), "
        f"models loaded: {loaded}, {health.parts_running} running, {health.parts_queued} queued",
    )


def _locks(person: Person) -> Iterator[Finding]:
    folders = {person.paths.data, person.settings.library_dir or person.paths.library}
    for folder in sorted(folders):
        standing = next(parent for parent in (folder, *folder.parents) if parent.exists())
        check_locks(standing)
    yield Finding("locks", "ok", f"files in {person.paths.data} can be locked")


def _jobs(person: Person) -> Iterator[Finding]:
    from pixels_mcp.jobs.job_store import look_through

    file = person.paths.jobs_db
    if not file.exists():
        yield Finding("job store", "ok", f"{file} (none yet)")
        return
    try:
        yield Finding("job store", "ok", f"{file}: {look_through(file)} jobs")
    except StoreError as error:
        yield Finding("job store", "fail", error.message, error.hint)


def _library(person: Person) -> Iterator[Finding]:
    from pixels_mcp.library.library_folder import Library

    library = Library(person.settings.library_dir or person.paths.library)
    yield Finding("library", "ok", f"{library.root}: {library.count()} sprites")


def _game(person: Person) -> Iterator[Finding]:
    from pixels_mcp.bevy.project import find_project

    folder = person.settings.project
    if folder is None and not (Path.cwd() / "Cargo.toml").exists():
        yield Finding("game", "ok", "no Bevy project here; `pixels-mcp config set project FOLDER` names one")
        return
    try:
        project = find_project(folder or Path.cwd())
    except PixelsError as error:
        yield Finding(
            "game",
            "warn" if folder is None else "fail",
            error.message,
            in_words(error.hint, error.steps, COMMAND_PHRASES),
        )
        return
    there = "" if project.assets.is_dir() else " (made by the first deploy)"
    yield Finding("game", "ok", f"Bevy {project.bevy.version or '?'}, assets folder {project.assets}{there}")


def _log_file(person: Person) -> Iterator[Finding]:
    file = person.paths.log_file
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab"):
        yield Finding("log file", "ok", str(file))


CHECKS: tuple[Callable[[Person], Iterator[Finding]], ...] = (
    _drawing,
    _driver,
    _memory,
    _models,
    _sockets,
    _worker,
    _locks,
    _jobs,
    _library,
    _game,
    _log_file,
)
