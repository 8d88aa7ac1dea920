"""What an NVIDIA card tells of itself, value by value; what one card or driver does not tell is None.

Everything is optional: a GB10 tells no memory (it has none of its own), a container may have no NVML at all.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True)
class CardMemory:
    """A card's own memory in bytes."""

    used_bytes: int
    total_bytes: int


class NvidiaCard:
    """One card.

    Args:
        nvml: The module `pynvml`, initialized.
        handle: The card in it.
        number: Which of the machine's cards, from 0.
    """

    def __init__(self, nvml: Any, handle: Any, number: int) -> None:
        self._nvml, self._handle, self.number = nvml, handle, number

    def name(self) -> str | None:
        """What its maker calls it."""
        return self._ask(lambda nvml, handle: str(nvml.nvmlDeviceGetName(handle)))

    def memory(self) -> CardMemory | None:
        """Its own memory; None for a card that shares the machine's."""
        told = self._ask(lambda nvml, handle: nvml.nvmlDeviceGetMemoryInfo(handle))
        return None if told is None else CardMemory(int(told.used), int(told.total))

    def busy_percent(self) -> float | None:
        """Share of the time in which it computed."""
        return self._ask(lambda nvml, handle: float(nvml.nvmlDeviceGetUtilizationRates(handle).gpu))

    def celsius(self) -> float | None:
        """Its temperature."""
        return self._ask(lambda nvml, handle: float(nvml.nvmlDeviceGetTemperature(handle, 0)))

    def watts(self) -> float | None:
        """The power that it takes now."""
        return self._ask(lambda nvml, handle: nvml.nvmlDeviceGetPowerUsage(handle) / 1000)

    def joules(self) -> float | None:
        """The energy that it has taken since the driver was loaded."""
        return self._ask(lambda nvml, handle: nvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1000)

    def driver(self) -> str | None:
        """The driver's version."""
        return self._ask(lambda nvml, _: str(nvml.nvmlSystemGetDriverVersion()))

    def _ask(self, look: Callable[[Any, Any], Value]) -> Value | None:
        try:
            return look(self._nvml, self._handle)
        except self._nvml.NVMLError:
            return None


def nvidia_cards() -> list[NvidiaCard]:
    """The machine's cards; none where there is no driver."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pynvml  # pyright: ignore[reportMissingTypeStubs]  # it ships no types
    try:
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
        return [NvidiaCard(pynvml, pynvml.nvmlDeviceGetHandleByIndex(number), number) for number in range(count)]
    except pynvml.NVMLError:
        return []
