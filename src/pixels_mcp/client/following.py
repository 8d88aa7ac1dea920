"""Following jobs: updates as they come, and a question for the truth where some may have been missed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pixels_mcp.events import Update
from pixels_mcp.wire.catch_up import Seen
from pixels_mcp.wire.catch_up_all import SeenAll
from pixels_mcp.wire.transport import ALL_JOBS, Subscription

if TYPE_CHECKING:
    from pixels_mcp.client.calls import Client

_QUIET_S = 1.0
"""A follower that heard nothing of jobs that are not ended asks for the truth after so long."""

_LOOK_S, _REST_LOOK_S = 5.0, 30.0
"""One who follows all jobs asks for the truth so often, also while there is much to hear; the longer nothing is to be
done and nothing is heard, the rarer."""

_QUEUE_JOBS = 1_000


def follow_job(client: Client, job_id: str, timeout_s: float | None) -> Iterator[Update]:
    """Tell what happens to one job; see `Client.follow`."""
    deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
    job_id = client.job(job_id).job_id
    seen = Seen()
    link = client.link
    subscription: Subscription = link.transport.follow(job_id)
    try:
        job = client.job(job_id)
        yield from seen.missed(job)
        while not seen.has_ended(job):
            left_s = _QUIET_S if deadline_s is None else min(_QUIET_S, deadline_s - time.monotonic())
            if left_s <= 0:
                return
            update = subscription.get(left_s)
            if update is not None:
                if seen.is_new(update):
                    yield update
                continue
            job = client.job(job_id)
            yield from seen.missed(job)
            if link is not client.link:  # another worker runs now
                link = client.link
                subscription = link.transport.follow(job_id)
    finally:
        subscription.close()


def follow_all_jobs(client: Client, timeout_s: float | None) -> Iterator[Update]:
    """Tell what happens to all jobs; see `Client.follow_all`."""
    deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
    seen = SeenAll()
    link = client.link
    subscription: Subscription = link.transport.follow(ALL_JOBS)
    looked_s, rest_s = 0.0, _LOOK_S
    try:
        while not client.is_closed and (deadline_s is None or time.monotonic() < deadline_s):
            left_s = _QUIET_S if deadline_s is None else min(_QUIET_S, deadline_s - time.monotonic())
            update = subscription.get(left_s) if looked_s else None
            if update is not None and seen.is_new(update):
                yield update
            is_due = update is None and (seen.is_waiting or link is not client.link)
            is_at_rest = update is None and not is_due
            if not is_at_rest:
                rest_s = _LOOK_S
            if is_due or time.monotonic() - looked_s >= rest_s:
                yield from seen.missed(client.queue(limit=_QUEUE_JOBS), client.job)
                looked_s = time.monotonic()
                rest_s = min(2 * rest_s, _REST_LOOK_S) if is_at_rest and not seen.is_waiting else _LOOK_S
            if link is not client.link:  # another worker runs now
                link = client.link
                subscription.close()
                subscription = link.transport.follow(ALL_JOBS)
    finally:
        subscription.close()
