"""Brings compose.yaml up with podman-compose and asks all of it, as root on Debian 12, without any image registry.

The second half of `make containers`: the worker is the image that try_worker.py built, Debian's own Prometheus runs in
the place of its image, Grafana's place is held by a container that sleeps. Needs the packages catatonit (`init: true`)
and golang-github-containernetworking-plugin-dnsname (services find each other by name).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from try_worker import BASE, CACHE, IMAGE, ROOT, SITE, STORE

PODMAN_COMPOSE = "podman-compose==1.6.0"
NEEDED = {
    "/usr/bin/prometheus": "prometheus",
    "/usr/bin/catatonit": "catatonit",
    "/usr/lib/cni/dnsname": "golang-github-containernetworking-plugin-dnsname",
}
WORKER = "pixels-mcp_worker_1"
STAND_INS = f"""
services:
  worker:
    image: {IMAGE}
    environment: {{PYTHONPATH: /site}}
    volumes: ["data:/data", "{SITE}:/site:ro"]
  prometheus:
    image: {BASE}
    entrypoint: ["/usr/bin/prometheus"]
    volumes: ["/usr/bin/prometheus:/usr/bin/prometheus:ro"]
  grafana:
    image: {BASE}
    entrypoint: ["sleep", "infinity"]
"""


class Composed:
    """compose.yaml with the stand-ins.

    Args:
        folder: For the words that podman-compose is given.
    """

    def __init__(self, folder: Path) -> None:
        self._stand_ins = folder / "stand_ins.yaml"
        self._stand_ins.write_text(STAND_INS, "utf-8")
        self.podman = folder / "podman"
        frame = " ".join([*map(str, STORE), "--cgroup-manager=cgroupfs", "--events-backend=file", "--runtime=runc"])
        self.podman.write_text(f'#!/bin/sh\nexec {shutil.which("podman")} {frame} "$@"\n', "utf-8")
        self.podman.chmod(0o755)

    def compose(self, *words: str) -> None:
        """One word of podman-compose."""
        uv = shutil.which("uv") or str(ROOT / ".venv" / "bin" / "uv")
        files = ["-f", str(ROOT / "compose.yaml"), "-f", str(self._stand_ins)]
        tool = [uv, "tool", "run", "--quiet", PODMAN_COMPOSE, "--podman-path", str(self.podman)]
        done = _run(*tool, *files, *words, timeout_s=900)
        if words[0] == "up" and done.returncode:
            sys.exit(f"podman-compose up ended with {done.returncode}\n{done.stdout}{done.stderr}")

    def asked(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One word of podman."""
        return _run(str(self.podman), *words, timeout_s=300)


def _run(*words: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CONTAINERS_CONF": str(CACHE / "containers.conf")}
    return subprocess.run(words, capture_output=True, text=True, env=environment, timeout=timeout_s)


def claim(what: str, holds: bool, said: object = "") -> None:
    """One thing that must be so."""
    print(f"{'ok ' if holds else 'NOT'} {what}", flush=True)
    if not holds:
        sys.exit(str(said))


def page(address: str) -> str:
    """What an address of this machine tells; empty where nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.read().decode()
    except (urllib.error.URLError, OSError):
        return ""


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether something becomes so in time."""
    deadline_s = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(1)
    return True


def live(composed: Composed) -> None:
    """What must be so while all of it runs."""
    healthy = within(120, lambda: composed.asked("healthcheck", "run", WORKER).returncode == 0)
    claim("compose brings the worker up, and it is healthy", healthy, composed.asked("logs", WORKER).stderr[-2000:])
    drawn = composed.asked("exec", WORKER, "pixels-mcp", "generate", "a ruby potion", "--json")
    claim("it draws a sprite", drawn.returncode == 0, drawn.stderr)
    numbers = page("http://127.0.0.1:9464/metrics")
    claim("its numbers are told on this machine's loopback", 'model="mini",state="done"} 1.0' in numbers, numbers)
    query = "http://127.0.0.1:9090/api/v1/query?query=pixels_sprites_total"
    counted = within(60, lambda: '"instance":"worker:9464"' in page(query) and '"state":"done"' in page(query))
    claim("Prometheus finds it by its name and counts the sprite", counted, page(query))
    rules = json.loads(page("http://127.0.0.1:9090/api/v1/rules") or '{"data": {"groups": []}}')["data"]["groups"]
    claim("its alert rules are loaded", [group["name"] for group in rules] == ["pixels"], rules)
    status = composed.asked("exec", WORKER, "cat", "/proc/1/status").stdout
    claim("the worker has no capability", "CapEff:\t0000000000000000" in status, status)


def main() -> None:
    """Up, look, down."""
    missing = [package for file, package in NEEDED.items() if not Path(file).exists()]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}; apt-get install {' '.join(missing)}")
    with tempfile.TemporaryDirectory(prefix="px-") as folder:
        composed = Composed(Path(folder))
        composed.compose("down", "--volumes")
        try:
            composed.compose("up", "--detach", "--no-build")
            live(composed)
        finally:
            composed.compose("down", "--volumes")


if __name__ == "__main__":
    main()
