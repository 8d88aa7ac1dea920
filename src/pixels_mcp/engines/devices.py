"""What this machine can compute with: device, number format, threads, free memory."""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import math
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, cast

import psutil
import torch

from pixels_mcp.engines.base import DeviceKind
from pixels_mcp.errors import SettingsError
from pixels_mcp.models.weight_bytes import DtypeName, weight_bytes

log = logging.getLogger(__name__)

TORCH_DTYPES: dict[DtypeName, torch.dtype] = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
BF16_GAIN_MIN = 1.3
"""bf16 must be so many times faster than fp32 on a CPU before its lower precision is worth it."""
GIB = 2**30
SMALL_MODEL_BYTES = 512 * 2**20
"""A model with fewer bytes in fp32 gains nothing from a shorter format on a card."""
SHARED_RESERVE_BYTES = 8 * GIB
"""Kept free for the rest of the machine by a card that shares its memory (a GB10): without it the machine freezes."""
HEADROOM_BYTES = 2 * GIB
"""Kept free beside the weights, so that there is room to draw."""


def choose_device(wanted: Literal["auto", "cpu", "cuda", "mps"]) -> DeviceKind:
    """Pick cuda, else mps, else cpu; or the one wanted.

    Raises:
        SettingsError: The one wanted is not on this machine.
    """
    there: list[DeviceKind] = ["cpu"]
    if torch.backends.mps.is_available():
        there.insert(0, "mps")
    if torch.cuda.is_available():
        there.insert(0, "cuda")
    if wanted == "auto":
        return there[0]
    if wanted not in there:
        raise SettingsError(
            f"the device {wanted!r} is not available; this machine has {', '.join(there)}",
            hint="set device = 'auto', or install a torch build for the card (UV_TORCH_BACKEND)",
        )
    return wanted


def choose_dtype(
    device: DeviceKind, wanted: Literal["auto", "bf16", "fp16", "fp32"], cache_dir: Path | None
) -> DtypeName:
    """Pick the number format that the device is fast at; or the one wanted.

    A CPU gets bf16 only when its processor has instructions for it and a short measurement says that it gains.

    Raises:
        SettingsError: fp16 on a CPU, which computes it very slowly and not everywhere.
    """
    if device == "cpu":
        if wanted == "fp16":
            raise SettingsError("fp16 is not drawn on a CPU", hint="set dtype = 'auto', 'fp32' or 'bf16'")
        if wanted != "auto":
            return wanted
        return "bf16" if _has_bf16_instructions() and _bf16_gain(cache_dir) >= BF16_GAIN_MIN else "fp32"
    if wanted != "auto":
        return wanted
    if device == "cuda" and torch.cuda.get_device_capability() >= (8, 0):
        return "bf16"
    return "fp16"


def set_threads(wanted: int) -> int:
    """Set how many CPU threads torch computes with; 0 takes the physical cores that this process may use."""
    threads = wanted or _usable_cores()
    torch.set_num_threads(threads)
    return torch.get_num_threads()


def device_name(device: DeviceKind) -> str:
    """The card's or the processor's name."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    return _cpu_name() if device == "cpu" else f"Apple {platform.machine()} GPU"


def _is_integrated() -> bool:
    properties = cast("Any", torch.cuda).get_device_properties(torch.cuda.current_device())
    return bool(properties.is_integrated)


def shares_memory(device: DeviceKind) -> bool:
    """True where the device has no memory of its own: a CPU, an Apple GPU, an integrated NVIDIA one (GB10)."""
    return device != "cuda" or _is_integrated()


def memory_bytes(device: DeviceKind) -> tuple[int, int]:
    """Free and total memory that a render can use, in bytes; on a CPU within the limits of process and container.

    A card that shares the machine's memory counts its page cache as used, so there the system's own word is taken as
    well, and 8 GiB stay free.
    """
    memory = psutil.virtual_memory()
    if device == "cuda":
        free, total = torch.cuda.mem_get_info()
        # What torch holds in its cache but does not use is free to us.
        cached = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        if shares_memory(device):
            return max(0, max(free, memory.available) - SHARED_RESERVE_BYTES) + cached, min(total, memory.total)
        return free + cached, total
    free, total = memory.available, memory.total
    for limit, used in (_address_space_limit(), _container_limit()):
        if limit is not None:
            total = min(total, limit)
            free = min(free, max(0, limit - used))
    return free, total


def give_memory_back(device: DeviceKind) -> None:
    """Hand memory that torch or the C library keeps for later back to the device."""
    if device == "cuda":
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()
    else:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)  # glibc alone has it


def is_small(model_path: Path) -> bool:
    """Whether a model has so few weights that a CPU draws with it in seconds."""
    return weight_bytes(model_path, "fp32") < SMALL_MODEL_BYTES


def is_out_of_memory(error: BaseException) -> bool:
    """Tell a refused allocation from other errors; on a CPU torch and oneDNN say it only in words."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    words = (
        "can't allocate memory",
        "not enough memory",
        "out of memory",
        "bad_alloc",
        "could not create a memory",
        "could not create a primitive",
    )
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in words)


def _usable_cores() -> int:
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    physical = psutil.cpu_count(logical=False) or allowed
    cores = min(allowed, physical)
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max":
            cores = min(cores, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError):
        pass
    return max(1, cores)


def _address_space_limit() -> tuple[int | None, int]:
    try:
        import resource
    except ImportError:
        return None, 0
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return (None if limit == resource.RLIM_INFINITY else limit), psutil.Process().memory_info().vms


def _container_limit() -> tuple[int | None, int]:
    folder = Path("/sys/fs/cgroup")
    try:
        limit = (folder / "memory.max").read_text().strip()
        facts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        # Files in the page cache give way to us.
        used = int((folder / "memory.current").read_text()) - int(facts.get("inactive_file", 0))
        return (None if limit == "max" else int(limit)), used
    except (OSError, ValueError):
        return None, 0


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _has_bf16_instructions() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return any(name in flags for name in ("amx_bf16", "avx512_bf16"))


def _bf16_gain(cache_dir: Path | None) -> float:
    """How many times faster bf16 is than fp32 here; measured once, then read from the cache."""
    file = cache_dir / "bf16_gain.json" if cache_dir else None
    key = f"{_cpu_name()}, torch {torch.__version__}, {torch.get_num_threads()} threads"
    if file and file.is_file():
        try:
            return float(json.loads(file.read_text("utf-8"))[key])
        except (OSError, ValueError, KeyError, TypeError):
            pass
    gain = _measure_bf16_gain()
    log.info("bf16 is %.2f times as fast as fp32 on %s", gain, key)
    if file:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps({key: round(gain, 3)}), "utf-8")
        except OSError as error:
            log.warning("cannot keep the measurement in %s: %s", file, error)
    return gain


def _measure_bf16_gain() -> float:
    """Time a residual block and an attention, what a UNet spends its time on, in both formats.

    Measured in the processor time of one thread, which other programs do not change much, and in turns.
    """
    functional = torch.nn.functional

    def make_work(dtype: torch.dtype) -> Callable[[], object]:
        picture = torch.randn(2, 96, 16, 16).to(dtype).to(memory_format=torch.channels_last)
        kernel = torch.randn(96, 96, 3, 3).to(dtype).to(memory_format=torch.channels_last)
        weight, words = torch.randn(384, 96).to(dtype), torch.randn(2, 2, 256, 48).to(dtype)

        def work() -> object:
            inner = functional.conv2d(functional.silu(functional.group_norm(picture, 32)), kernel, padding=1)
            functional.gelu(functional.linear(inner.permute(0, 2, 3, 1).reshape(-1, 96), weight))
            return functional.scaled_dot_product_attention(words, words, words)

        return work

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            works = make_work(torch.float32), make_work(torch.bfloat16)
            times_s: tuple[list[float], list[float]] = [], []
            for _ in range(12):
                for work, work_times_s in zip(works, times_s, strict=True):
                    start = time.thread_time()
                    work()
                    work_times_s.append(time.thread_time() - start)
    finally:
        torch.set_num_threads(threads)
    return min(times_s[0]) / min(times_s[1])
