"""Fetch one large file: goes on after a cut, checks length and sum, keeps a token to its host, stops early on a wrong
file."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from pixels_mcp.documents import parse_json
from pixels_mcp.errors import DiskFullError, PullError
from pixels_mcp.models.pull.sites import AGENT, Offer, refused
from pixels_mcp.told_apart import is_table

TRIES = 5
REDIRECTS_MAX = 6
ROOM_BYTES = 64 * 2**20
"""Kept free on the disk."""
_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Downloads:
    """How a download behaves, and who hears of it.

    Attributes:
        progress: Called with bytes that are there and bytes in all (None where nobody says).
        wait_s: Before the n-th try again, n x this.
        look: Called with the file as far as it is there and the bytes in all, until it returns True; raises where the
            file is not worth the rest.
    """

    progress: Callable[[int, int | None], None]
    look: Callable[[Path, int | None], bool]
    wait_s: float = 1.0


def download(offer: Offer, part: Path, how: Downloads) -> str:
    """Fetch a file into `part`, going on where an earlier try ended; returns its sha256.

    Raises:
        PullError: The site refuses, sends a page instead of a file, ends too early again and again, or its sum is
            wrong; what is wrong is removed, what is only short stays for the next try.
        DiskFullError: There is no room.
    """
    marks = _marks_of(part)
    tries = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            whole = _fetch(offer, part, marks, how)
        except httpx2.HTTPError as error:
            whole, cut = False, error
        else:
            cut = None
        if whole:
            break
        after = part.stat().st_size if part.exists() else 0
        tries = 0 if after > before else tries + 1
        if tries >= TRIES:
            raise PullError(
                f"{urlsplit(offer.url).hostname} ended {TRIES} times at {after:,} bytes"
                + (f": {cut}" if cut is not None else ""),
                hint="try again later: it goes on from there",
            )
        time.sleep(how.wait_s * tries)
    digest = _hash(part)
    expected = offer.sha256 or _marks(marks).get("sha256")
    if expected and digest != expected:
        _drop(part, marks)
        raise PullError(
            f"{offer.file_name} has the sum {digest[:16]}..., its site promised {expected[:16]}...; it was removed",
            hint="try again; if it stays so, do not use it",
        )
    marks.unlink(missing_ok=True)
    return digest


def _fetch(offer: Offer, part: Path, marks: Path, how: Downloads) -> bool:
    """One connection; True where the file is whole afterwards."""
    there = part.stat().st_size if part.exists() else 0
    known = _marks(marks)
    if there and known.get("source") != offer.source:
        _drop(part, marks)
        there, known = 0, {}
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
    if there:
        headers["Range"] = f"bytes={there}-"
        if known.get("etag"):
            headers["If-Range"] = known["etag"]
    with httpx2.Client(timeout=_TIMEOUT_S, follow_redirects=False) as client:
        answer = _follow(client, offer, headers, known)
        try:
            _check_answer(answer, offer)
            if answer.status_code == 416:
                return _is_end(answer, there) or _drop(part, marks)
            goes_on = answer.status_code == 206 and answer.headers.get("content-range", "").startswith(
                f"bytes {there}-"
            )
            there = there if goes_on else 0
            total = _total(answer, there)
            if offer.size_bytes is None or total is None or total == offer.size_bytes:
                total = total or offer.size_bytes
            else:
                raise PullError(
                    f"{offer.file_name} has {total:,} bytes there, its site promised {offer.size_bytes:,}",
                    hint="try again later",
                )
            _check_room(part, (total or 0) - there)
            _write_marks(marks, offer, answer, known)
            return _receive(answer, part, there, total, how, goes_on=goes_on)
        finally:
            answer.close()


def _follow(client: httpx2.Client, offer: Offer, headers: dict[str, str], known: dict[str, str]) -> httpx2.Response:
    """Ask, and follow redirects by hand: the token is for the first host alone."""
    url, host = httpx2.URL(offer.url), urlsplit(offer.url).netloc
    for _ in range(REDIRECTS_MAX):
        sent = dict(headers)
        if offer.token and url.netloc.decode() == host:
            sent["Authorization"] = f"Bearer {offer.token}"
        answer = client.send(client.build_request("GET", url, headers=sent), stream=True)
        linked = answer.headers.get("x-linked-etag", "").strip('"')
        if len(linked) == 64:
            known["sha256"] = linked.lower()
        if answer.status_code not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
            return answer
        target = url.join(answer.headers["location"])
        answer.close()
        if url.scheme == "https" and target.scheme != "https":
            raise PullError(f"{url.host} sends on to {target.host} without encryption", hint="get it from elsewhere")
        if "login" in target.path.lower():
            raise refused(401, offer.file_name, has_token=offer.token is not None)
        url = target
    raise PullError(f"{urlsplit(offer.url).hostname} sends on {REDIRECTS_MAX} times", hint="check the address")


def _check_answer(answer: httpx2.Response, offer: Offer) -> None:
    if answer.status_code in (401, 403):
        raise refused(answer.status_code, offer.file_name, has_token=offer.token is not None)
    if answer.status_code == 404:
        raise PullError(f"{urlsplit(offer.url).hostname} has no {offer.file_name}", hint="check the address")
    if answer.status_code not in (200, 206, 416):
        if answer.status_code >= 500 or answer.status_code == 429:
            raise httpx2.RemoteProtocolError(f"answer {answer.status_code}")
        raise PullError(f"{urlsplit(offer.url).hostname} answered {answer.status_code}", hint="check the address")
    kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    if answer.status_code != 416 and kind in ("text/html", "application/json", "application/xhtml+xml"):
        raise PullError(
            f"{urlsplit(offer.url).hostname} sent a page ({kind}) instead of {offer.file_name}",
            hint="most often a login page: set HF_TOKEN or CIVITAI_TOKEN, or accept the license on the model's page",
        )


def _receive(
    answer: httpx2.Response, part: Path, there: int, total: int | None, how: Downloads, *, goes_on: bool
) -> bool:
    looked = False
    try:
        with part.open("ab" if goes_on else "wb") as stream:
            for chunk in answer.iter_raw():
                stream.write(chunk)
                there += len(chunk)
                if total is not None and there > total:
                    break
                if not looked:
                    stream.flush()
                    looked = how.look(part, total)
                how.progress(there, total)
    except OSError as error:
        raise DiskFullError(
            f"cannot write {part.name}: {error.strerror}", hint="free some room, then pull again: it goes on from there"
        ) from error
    except PullError:
        _drop(part, _marks_of(part))
        raise
    if total is not None and there > total:
        _drop(part, _marks_of(part))
        raise PullError(
            f"{urlsplit(str(answer.url)).hostname} sent more than the {total:,} bytes that it announced",
            hint="try again later",
        )
    return total is None or there == total


def _total(answer: httpx2.Response, there: int) -> int | None:
    told = answer.headers.get("content-range", "").rpartition("/")[2]
    if answer.status_code == 206 and told.isdigit():
        return int(told)
    length = answer.headers.get("content-length", "")
    return there + int(length) if length.isdigit() else None


def _is_end(answer: httpx2.Response, there: int) -> bool:
    return answer.headers.get("content-range", "").rpartition("/")[2] == str(there)


def _check_room(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if needed + ROOM_BYTES > free:
        raise DiskFullError(
            f"{needed / 2**20:,.0f} MiB are to come, {free / 2**20:,.0f} MiB are free on the disk of {part.parent}",
            hint="free some room, or set models_dir to another disk",
        )


def _marks_of(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _marks(marks: Path) -> dict[str, str]:
    try:
        told = parse_json(marks.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in told.items()} if is_table(told) else {}


def _write_marks(marks: Path, offer: Offer, answer: httpx2.Response, known: dict[str, str]) -> None:
    """What the next try needs: never a token, never a signed address."""
    kept = {"source": offer.source, "etag": answer.headers.get("etag", ""), "sha256": known.get("sha256", "")}
    marks.write_text(json.dumps({key: value for key, value in kept.items() if value}), "utf-8")


def _drop(part: Path, marks: Path) -> bool:
    part.unlink(missing_ok=True)
    marks.unlink(missing_ok=True)
    return False


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
