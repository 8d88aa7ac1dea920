"""The near end: an `Engine` that draws with an actor on some machine of a Ray cluster.

Ray makes a lost actor again by itself, elsewhere if need be; until it has loaded its libraries there every call fails
at once. Each such failure is a `LaneLostError`, so the lane waits and no part is blamed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np

from pixels_mcp import __version__
from pixels_mcp.engines.base import Device, Engine, LastSeen, RenderAccount, RenderSpec, RenderWatch, Rgba, Row
from pixels_mcp.engines.ray_cluster.far_engine import FarEngine, Said
from pixels_mcp.errors import EngineError, LaneLostError, RayVersionError, from_code
from pixels_mcp.models.hashes import HashCache
from pixels_mcp.paths import find_paths

log = logging.getLogger(__name__)

READY_S = 90.0
"""An actor has so long to be placed on a free device and to load its libraries."""

ANSWER_S = 30.0
"""An actor that answers nothing for so long is lost."""

NEWS_EVERY_S = 0.1
KNOCK_S = 5.0
SEEN_FRESH_S = 0.5
"""What an answer told of the far device along the way is good for so long."""

_SPEC_FIRST = frozenset({"refusal", "rows_that_fit", "account"})


class RayEngine:
    """Draws on one device of a Ray cluster.

    Args:
        address: The cluster's head, HOST:PORT; `auto` is that which this machine belongs to.
        device: `auto` and `cuda` take one GPU of the cluster, `cpu` takes CPU cores.
        cpus: CPU cores that the actor claims.
        options: What the far machine's `make_engine` takes.
        make: Makes the far engine instead.

    Raises:
        EngineError: Ray is not installed.
        RayVersionError: The cluster runs another version of Ray or Python.
        LaneLostError: The cluster is not there.
    """

    def __init__(
        self,
        address: str = "auto",
        *,
        device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
        cpus: int = 1,
        options: dict[str, Any] | None = None,
        make: Callable[[], Engine] | None = None,
    ) -> None:
        self._address, self._gpus = address, 0 if device == "cpu" else 1
        self._ray: Any = _connect(address)
        self._hashes = HashCache(find_paths().cache / "model_hashes.json")
        self._drawable: set[RenderSpec] = set()
        self._fits: dict[RenderSpec, int] = {}
        far_class = self._ray.remote(_Actor)
        self._actor: Any = far_class.options(
            num_cpus=cpus,
            num_gpus=self._gpus,
            max_restarts=-1,
            max_task_retries=0,  # it would repeat a render that nobody may want any more
            max_concurrency=2,  # one thread draws, one answers
        ).remote(make or partial(_make_far, {"device": device, **(options or {})}))
        self._is_ready = False
        self._seen: LastSeen | None = None
        self._seen_s = 0.0
        self._latest: tuple[RenderSpec, list[str], RenderAccount] | None = None

    def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        """Draw all rows together; see `Engine.render`.

        Raises:
            LaneLostError: The actor, its machine or the cluster is gone.
        """
        self._wait_until_ready()
        asked = self._actor.render.remote(spec, self._vae_sha256(spec), tuple(rows))
        stage, step = None, 0
        while not self._ray.wait([asked], timeout=NEWS_EVERY_S)[0]:
            news = self._get(self._actor.news.remote(watch.stopped()), ANSWER_S)
            if news.stage not in (None, stage):
                watch.stage(stage := news.stage)
            if news.step > step:
                step = news.step
                watch.step(step, news.steps, self._preview)
        pictures: list[Rgba]
        pictures, account = self._value(asked, ANSWER_S)
        self._latest = spec, [row.prompt for row in rows], account
        if stage != "denoising":
            watch.stage("denoising")
        if step < spec.steps:
            watch.step(spec.steps, spec.steps, lambda row: pictures[row])
        # What comes out of Ray's store cannot be written to.
        return [picture.copy() for picture in pictures]

    def refusal(self, spec: RenderSpec) -> str | None:
        """Why the far machine cannot draw with a model; that it can is asked once."""
        if spec in self._drawable:
            return None
        reason = self._ask("refusal", spec)
        if reason is None:
            self._drawable.add(spec)
        return reason

    def rows_that_fit(self, spec: RenderSpec) -> int:
        """How many rows the far device draws at once; its actor has it to itself, so what was measured there stays."""
        if spec in self._fits:
            return self._fits[spec]
        fits: int = self._ask("rows_that_fit", spec)
        if self._latest is not None and self._latest[0] == spec:
            self._fits[spec] = fits
        return fits

    def account(self, spec: RenderSpec, prompts: Sequence[str]) -> RenderAccount:
        """How the latest render was made there, as it came with its pictures."""
        if self._latest is not None and self._latest[:2] == (spec, list(prompts)):
            return self._latest[2]
        return self._ask("account", spec, tuple(prompts))

    def let_go(self) -> None:
        """Let loaded models leave the far device's memory."""
        self._fits.clear()
        self._ask("let_go")

    def loaded_models(self) -> tuple[str, ...]:
        """Content hashes of the models that are ready to draw there."""
        if not self._is_ready:
            return ()
        seen = self._just_seen()
        return seen.loaded_models if seen else self._ask("loaded_models")

    def device(self) -> Device:
        """Describe the far device, as it is now or was a moment ago."""
        seen = self._just_seen()
        return seen.device if seen else self._ask("device")

    def _just_seen(self) -> LastSeen | None:
        return self._seen if time.monotonic() - self._seen_s < SEEN_FRESH_S else None

    # --- calls --------------------------------------------------------------------------------------------------

    def _ask(self, method: str, *arguments: Any) -> Any:
        self._wait_until_ready()
        spec = None
        if method in _SPEC_FIRST:
            spec, arguments = (arguments[0], self._vae_sha256(arguments[0])), arguments[1:]
        return self._value(self._actor.ask.remote(method, spec, *arguments), ANSWER_S)

    def _preview(self, row: int) -> Rgba:
        """A row as it is now; nothing where the render has ended or the actor is lost, as is found out soon after."""
        picture: Rgba | None = None
        with contextlib.suppress(EngineError):
            picture = self._get(self._actor.preview.remote(row), ANSWER_S)
        return np.zeros((1, 1, 4), np.uint8) if picture is None else picture

    def _vae_sha256(self, spec: RenderSpec) -> str | None:
        return self._hashes.sha256(spec.vae_path) if spec.vae_path else None

    def _wait_until_ready(self) -> None:
        if self._is_ready:
            return
        machine, version = self._get(self._actor.about.remote(), READY_S)
        if version != __version__:
            raise RayVersionError(f"{machine} has pixels-mcp {version}, this machine {__version__}")
        self._is_ready = True

    def _value(self, asked: Any, timeout_s: float) -> Any:
        said: Said = self._get(asked, timeout_s)
        if said.error is not None:
            self._fits.clear()
            raise from_code(*said.error)
        self._seen, self._seen_s = said.seen, time.monotonic()
        return said.value

    def _get(self, asked: Any, timeout_s: float) -> Any:
        """Wait for an answer.

        Raises:
            LaneLostError: None came in time, or none can come.
            EngineError: What is wrong on the far machine.
        """
        errors = self._ray.exceptions
        try:
            return self._ray.get(asked, timeout=timeout_s)
        except errors.RayTaskError as error:
            raise EngineError(f"the far engine failed: {error.cause or error}", hint="see Ray's log files") from error
        except errors.GetTimeoutError as error:
            raise self._lost(self._why_silent(timeout_s)) from error
        except errors.RayError as error:
            raise self._lost(_first_line(error)) from error

    def _lost(self, why: str) -> LaneLostError:
        self._is_ready, self._seen, self._latest = False, None, None
        self._drawable.clear()
        self._fits.clear()
        return LaneLostError(
            f"the Ray cluster at {self._address}: {why}",
            hint="it is asked again and again; `ray status` tells what the cluster has",
        )

    def _why_silent(self, timeout_s: float) -> str:
        if not self._is_ready:
            has = self._ray.cluster_resources().get("GPU", 0) if self._gpus else self._ray.cluster_resources()["CPU"]
            wanted = "GPU" if self._gpus else "CPU core"
            return f"no free {wanted} for {timeout_s:.0f} s; it has {has:g}"
        return f"no answer for {timeout_s:.0f} s"


class _Actor(FarEngine):
    """What Ray runs on a machine: it is named by that machine."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        super().__init__(make, socket.gethostname())


def _make_far(options: dict[str, Any]) -> Engine:
    from pixels_mcp.engines import make_engine

    return make_engine("diffusers", **{"cache_dir": str(find_paths().cache), **options})


def _connect(address: str) -> Any:
    """Join a cluster as a program that draws on it; once a process."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        raise EngineError("Ray is not installed", hint="install it: pip install 'pixels-mcp[ray]'") from error
    if ray.is_initialized():
        return ray
    try:
        _knock(address)
        ray.init(address=address, namespace="pixels-mcp", log_to_driver=False, configure_logging=False)
    except (RuntimeError, ConnectionError, ValueError, OSError, ray.exceptions.RayError) as error:
        if "Version mismatch" in str(error):
            raise RayVersionError(str(error)) from error
        raise LaneLostError(
            f"cannot join the Ray cluster at {address}: {_first_line(error)}",
            hint="start Ray on this machine first: ray start --address=HEAD:6379",
        ) from error
    return ray


def _knock(address: str) -> None:
    """See that something listens there: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if port.isdecimal():
        with socket.create_connection((host, int(port)), timeout=KNOCK_S):
            pass


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]
