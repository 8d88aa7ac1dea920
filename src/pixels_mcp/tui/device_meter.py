"""What the device and this machine are doing, value by value; what one of them does not tell is None."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pixels_mcp.nvidia_card import NvidiaCard, nvidia_cards

if TYPE_CHECKING:
    import psutil

_GIB = 2**30
_NO_GPU = "no NVIDIA GPU: drawing on the CPU"


@dataclass(frozen=True)
class DeviceReading:
    """One look. Memory in GiB, shares in percent, temperature in degrees Celsius, power in watts.

    Attributes:
        gpu_name: None where there is no NVIDIA GPU, with `gpu_note` saying why.
        gpu_shares_memory: The GPU has none of its own, so what is told is the machine's.
        worker_gib: Resident memory of the worker and the process that draws.
    """

    gpu_name: str | None
    gpu_note: str
    gpu_percent: float | None
    gpu_used_gib: float | None
    gpu_total_gib: float | None
    gpu_shares_memory: bool
    gpu_celsius: float | None
    gpu_watts: float | None
    cpu_percent: float
    used_gib: float
    total_gib: float
    worker_gib: float | None
    worker_percent: float | None


class DeviceMeter:
    """Reads; belongs on a thread."""

    def __init__(self) -> None:
        self._card: NvidiaCard | None = None
        self._is_open = False
        self._processes: dict[int, psutil.Process] = {}

    def read(self, worker_pid: int | None) -> DeviceReading:
        """Look at everything once."""
        import psutil

        if not self._is_open:
            self._card = next(iter(nvidia_cards()), None)
            self._is_open = True
        card = self._card
        memory = psutil.virtual_memory()
        used_gib, total_gib = (memory.total - memory.available) / _GIB, memory.total / _GIB
        gpu_memory = None if card is None else card.memory()
        shares = card is not None and gpu_memory is None
        gpu_used = used_gib if shares else None if gpu_memory is None else gpu_memory.used_bytes / _GIB
        gpu_total = total_gib if shares else None if gpu_memory is None else gpu_memory.total_bytes / _GIB
        worker_gib, worker_percent = self._worker(worker_pid)
        return DeviceReading(
            gpu_name=None if card is None else card.name(),
            gpu_note=_NO_GPU if card is None else "",
            gpu_percent=None if card is None else card.busy_percent(),
            gpu_used_gib=gpu_used,
            gpu_total_gib=gpu_total,
            gpu_shares_memory=shares,
            gpu_celsius=None if card is None else card.celsius(),
            gpu_watts=None if card is None else card.watts(),
            cpu_percent=psutil.cpu_percent(),
            used_gib=used_gib,
            total_gib=total_gib,
            worker_gib=worker_gib,
            worker_percent=worker_percent,
        )

    def _worker(self, pid: int | None) -> tuple[float | None, float | None]:
        import psutil

        if pid is None:
            return None, None
        used_bytes, percent = 0, 0.0
        try:
            main = psutil.Process(pid)
            for process in (main, *main.children(recursive=True)):
                known = self._processes.setdefault(process.pid, process)
                with contextlib.suppress(psutil.Error):
                    used_bytes += known.memory_info().rss
                    percent += known.cpu_percent()
        except psutil.Error:
            return None, None
        return used_bytes / _GIB, percent
