"""How much one stranger may ask in how much time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_REMEMBERED_MAX = 4_096


@dataclass
class _Bucket:
    left: float
    seen_s: float


class RateLimit:
    """A bucket for each name: full at first, emptied by asking, filled by time.

    Args:
        per_s: Asks a second that a name may go on with.
        burst: Asks that it may make at once.
        clock: Seconds that only grow.
    """

    def __init__(self, per_s: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s, self._burst, self._clock = per_s, burst, clock
        self._buckets: dict[str, _Bucket] = {}

    def wait_s(self, name: str) -> float:
        """Seconds until `name` may ask again; 0 where it may now."""
        return max(0.0, (1.0 - self._bucket(name).left) / self._per_s)

    def take(self, name: str) -> None:
        """Count one ask."""
        self._bucket(name).left -= 1.0

    def _bucket(self, name: str) -> _Bucket:
        now_s = self._clock()
        bucket = self._buckets.pop(name, None) or _Bucket(self._burst, now_s)
        bucket.left = min(self._burst, bucket.left + (now_s - bucket.seen_s) * self._per_s)
        bucket.seen_s = now_s
        self._buckets[name] = bucket  # the newest last
        if len(self._buckets) > _REMEMBERED_MAX:
            del self._buckets[next(iter(self._buckets))]
        return bucket
