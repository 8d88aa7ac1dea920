"""Builds the worker's image and lives with it, as root on Debian 12, without any image registry: `make containers`.

The base image is made by mmdebstrap. The target `bare` is built: everything but the one line that installs the
packages that drawing needs (4.5 GB); those of .venv are mounted in their place. What a card does in a container is not
tried here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pixels-mcp" / "containers"
SITE = next((ROOT / ".venv" / "lib").glob("python3.*")) / "site-packages"
STORE = ["--root", str(CACHE / "storage"), "--runroot", str(CACHE / "run"), "--storage-driver", "vfs"]
BASE, IMAGE, NAME = "localhost/pixels-base", "localhost/pixels-worker-bare", "pixels-worker-tried"
LIMITS = 'default_ulimits = ["nofile=1024:20000", "nproc=4096:4096"]'
"""Where this user may not raise limits, podman's own would be refused."""
HARD = [
    "--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges", "--network", "none",
    "--tmpfs", "/tmp:size=512m,mode=1777", "--env", "PYTHONPATH=/site", "--volume", f"{SITE}:/site:ro",
]  # fmt: skip


def run(*words: str | Path, check: bool = True, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    """One command; what it says is shown where it fails."""
    environment = {**os.environ, "BUILDAH_ISOLATION": "chroot", "CONTAINERS_CONF": str(CACHE / "containers.conf")}
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env=environment)
    if check and done.returncode:
        sys.exit(f"{' '.join(map(str, words))}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    if not quiet:
        print(f"ok  {' '.join(map(str, words[:1] + words[7:]))[:110]}", flush=True)
    return done


def podman(*words: str | Path, check: bool = True, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    """Podman with its own store, without systemd."""
    frame = ["podman", *STORE, "--cgroup-manager=cgroupfs", "--events-backend=file", "--runtime=runc"]
    return run(*frame, *words, check=check, quiet=quiet)


def inside(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """A command in the running container."""
    return podman("exec", NAME, *words, check=check, quiet=True)


def claim(what: str, holds: bool, said: object = "") -> None:
    """One thing that must be so."""
    print(f"{'ok ' if holds else 'NOT'} {what}", flush=True)
    if not holds:
        print(said, flush=True)
        print(podman("logs", NAME, check=False, quiet=True).stderr[-3000:])
        sys.exit(1)


def make_base() -> None:
    """A minimal Debian in place of the one that a registry would give."""
    tar = CACHE / "base.tar"
    if not tar.exists():
        packages = "--include=python3,python3-venv,ca-certificates"
        run("mmdebstrap", "--variant=minbase", packages, "bookworm", tar.with_suffix(".part.tar"))
        tar.with_suffix(".part.tar").rename(tar)
    if run("buildah", *STORE, "inspect", "--type", "image", BASE, check=False, quiet=True).returncode:
        (CACHE / "Containerfile.base").write_text("FROM scratch\nADD base.tar /\n", "utf-8")
        run("buildah", *STORE, "build", "--tag", BASE, "--file", CACHE / "Containerfile.base", CACHE)


def build() -> None:
    """The image, from a folder of wheels instead of a package registry."""
    wheels = CACHE / "wheels"
    if not list(wheels.glob("hatchling-*")):
        run(sys.executable, "-m", "ensurepip", check=False, quiet=True)
        pip = shutil.which("pip3") or "pip"
        run(pip, "download", "--quiet", "--only-binary=:all:", "--dest", wheels, "hatchling>=1.27", "setuptools")
    (CACHE / "pip.conf").write_text("[global]\nno-index = true\nfind-links = /wheels\n", "utf-8")
    run("buildah", *STORE, "build", "--format", "docker", "--target", "bare", "--build-arg", f"BASE={BASE}",
        "--volume", f"{wheels}:/wheels:ro", "--volume", f"{CACHE / 'pip.conf'}:/etc/pip.conf:ro", "--tag", IMAGE,
        "--file", ROOT / "Containerfile", ROOT)  # fmt: skip


def start(data: Path) -> None:
    """The worker, as compose.yaml runs it, without a network."""
    podman("rm", "--force", NAME, check=False, quiet=True)
    podman("run", "--detach", "--init=false", "--name", NAME, *HARD, "--volume", f"{data}:/data", IMAGE)
    deadline_s = time.monotonic() + 120
    while inside("pixels-mcp", "status", "--running", check=False).returncode:
        if time.monotonic() > deadline_s:
            claim("the worker answers within 120 s", holds=False)
        time.sleep(1)


def live(data: Path) -> None:
    """What must be so while it runs."""
    claim("it runs as user 10001", inside("id", "-u").stdout.strip() == "10001")
    claim("its root cannot be written", inside("touch", "/opt/pixels/x", check=False).returncode != 0)
    claim("/data can", inside("touch", "/data/x").returncode == 0)
    claim("the health check asks it and is answered", podman("healthcheck", "run", NAME, quiet=True).returncode == 0)
    drawn = inside("pixels-mcp", "generate", "a ruby potion", "--json", check=False)
    claim("it draws a sprite", drawn.returncode == 0, drawn.stderr)
    part = json.loads(drawn.stdout)["parts"][0]
    claim(
        "the sprite's file is in the volume", (data / Path(part["sprites"][0]["path"]).relative_to("/data")).is_file()
    )
    ask = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9464/metrics').read().decode())"
    numbers = inside("python3", "-c", ask).stdout
    claim("Prometheus would count it", 'model="mini",state="done"' in numbers, numbers)
    words = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "try", "version": "1"}}
    greeting = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": words})
    served = inside("sh", "-c", f"echo '{greeting}' | pixels-mcp serve")
    claim("an assistant is served through exec", "pixels-mcp" in served.stdout, served.stdout + served.stderr)
    begun_s = time.monotonic()
    podman("stop", "--time", "30", NAME, quiet=True)
    claim("it ends by itself when it is told to", time.monotonic() - begun_s < 25)
    start(data)
    listed = inside("pixels-mcp", "library", "list", "--json").stdout
    claim("the next one has its library", part["sprites"][0]["sprite_id"] in listed, listed)
    podman("kill", "--signal", "STOP", NAME, quiet=True)
    sick = podman("healthcheck", "run", NAME, check=False, quiet=True).returncode
    podman("kill", "--signal", "CONT", NAME, quiet=True)
    claim("a worker that stands still is not healthy", sick != 0)


def main() -> None:
    """Build, live, clean up."""
    if os.geteuid():
        sys.exit("needs root, on a Debian machine that may be used for it")
    missing = [name for name in ("mmdebstrap", "buildah", "podman", "runc") if shutil.which(name) is None]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; apt-get install mmdebstrap buildah podman runc")
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / "containers.conf").write_text(f"[containers]\n{LIMITS}\n", "utf-8")
    make_base()
    build()
    with tempfile.TemporaryDirectory(prefix="px-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        os.chown(data, 10001, 10001)
        Path(folder).chmod(0o755)
        try:
            start(data)
            live(data)
        finally:
            podman("rm", "--force", NAME, check=False, quiet=True)


if __name__ == "__main__":
    main()
