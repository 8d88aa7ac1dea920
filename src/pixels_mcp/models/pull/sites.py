"""Where a model lies, and what its site says of it: size, sum, license, words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from pixels_mcp import __version__
from pixels_mcp.errors import PullError
from pixels_mcp.models.pull.short_list import listed
from pixels_mcp.told_apart import JsonObject, is_table, tables_in

AGENT = f"pixels-mcp/{__version__}"
_TIMEOUT_S = 30.0
_HUB_FILE = re.compile(r"hf:(?P<repo>[\w.-]+/[\w.-]+)/(?P<file>[^@]+)(?:@(?P<revision>[\w./-]+))?")
_CIVITAI = re.compile(r"(?:civitai:|urn:air:[\w.-]+:[\w.-]+:civitai:\d+@)(\d+)")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_SEVERAL = 300


@dataclass(frozen=True)
class Sites:
    """The sites' addresses and a person's tokens, which are shown to their own site alone and never written.

    Attributes:
        hub: Or a mirror of it.
    """

    hub: str = "https://huggingface.co"
    civitai: str = "https://civitai.com"
    hub_token: str | None = field(default=None, repr=False)
    civitai_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Offer:
    """A file that can be fetched.

    Attributes:
        url: Where from.
        file_name: What it shall be called.
        source: As it goes into the card: no token, no query.
        size_bytes, sha256: None where nobody says.
        license: None where nobody says.
        token: For the host of `url` alone.
        trigger_words: As its site names them.
    """

    url: str
    file_name: str
    source: str
    size_bytes: int | None = None
    sha256: str | None = None
    license: str | None = None
    token: str | None = field(default=None, repr=False)
    trigger_words: tuple[str, ...] = ()


def find_offer(address: str, sites: Sites) -> Offer:
    """Look an address up.

    Args:
        address: A short name, `hf:OWNER/REPO/FILE[@REVISION]`, `civitai:VERSION`, an AIR, or `https://...`.

    Raises:
        PullError: There is no such thing, it is no `.safetensors` file, or the site does not answer.
    """
    known = listed(address)
    if known is not None:
        offer = find_offer(known.address, sites)
        if known.sha256 and offer.sha256 and known.sha256 != offer.sha256:
            raise PullError(
                f"{known.file_name} has another sum there ({offer.sha256[:12]}...) than when it was listed "
                f"({known.sha256[:12]}...)",
                hint=f"its maker changed it; give {known.address.split('@')[0]} to take the new one",
            )
        return replace(
            offer,
            file_name=known.file_name,
            sha256=offer.sha256 or known.sha256,
            size_bytes=offer.size_bytes or known.size_bytes,
            license=offer.license or known.license,
        )
    if match := _HUB_FILE.fullmatch(address):
        return _of_hub(match["repo"], match["file"], match["revision"] or "main", sites)
    if match := _CIVITAI.fullmatch(address):
        return _of_civitai(match[1], sites)
    if address.startswith(("https://", "http://")):
        return _of_address(address, sites)
    raise PullError(
        f"{address!r} is no address of a model",
        hint="a short name, hf:OWNER/REPO/FILE, civitai:VERSION, or https://...safetensors",
    )


def _of_hub(repo: str, file: str, revision: str, sites: Sites) -> Offer:
    _check_name(file)
    base = sites.hub.rstrip("/")
    told = _ask(f"{base}/api/models/{repo}/revision/{quote(revision, safe='')}?blobs=true", sites.hub_token, repo)
    siblings = tables_in(told.get("siblings"))
    one = next((one for one in siblings if one.get("rfilename") == file), None)
    if one is None:
        there = [str(one.get("rfilename")) for one in siblings]
        files = ", ".join(name for name in there if name.endswith(".safetensors"))[:300]
        raise PullError(f"{repo} holds no {file}", hint=f"it holds: {files or 'no .safetensors at all'}")
    large: JsonObject = one.get("lfs") or {}
    card: JsonObject = told.get("cardData") or {}
    return Offer(
        url=f"{base}/{repo}/resolve/{quote(revision, safe='')}/{quote(file)}",
        file_name=file.rsplit("/", 1)[-1],
        source=f"hf:{repo}/{file}@{told.get('sha') or revision}",
        size_bytes=_number(large.get("size") or one.get("size")),
        sha256=_sum(large.get("sha256")),
        license=str(card["license"])[:256] if card.get("license") else None,
        token=sites.hub_token,
    )


def _of_civitai(version: str, sites: Sites) -> Offer:
    base = sites.civitai.rstrip("/")
    told = _ask(f"{base}/api/v1/model-versions/{version}", sites.civitai_token, f"civitai:{version}")
    files = [one for one in tables_in(told.get("files")) if str(one.get("name")).endswith(".safetensors")]
    file = next((one for one in files if one.get("primary")), files[0] if files else None)
    if file is None or not isinstance(file.get("downloadUrl"), str):
        raise PullError(
            f"civitai:{version} offers no .safetensors file", hint="pickles are never loaded; look for another"
        )
    trained_words: list[Any] = told.get("trainedWords") or []
    words = [str(word)[:100] for word in trained_words]
    hashes: JsonObject = file.get("hashes") or {}
    size_kib = file.get("sizeKB")
    return Offer(
        url=file["downloadUrl"],
        file_name=str(file["name"]),
        source=f"civitai:{version}",
        size_bytes=None
        if file.get("metadata", {}).get("inexact") or not isinstance(size_kib, int)
        else size_kib * 1024,
        sha256=_sum(hashes.get("SHA256")),
        license=f"the creator's terms: {base}/models/{told.get('modelId', '')}",
        token=sites.civitai_token,
        trigger_words=tuple(words[:8]),
    )


def _of_address(address: str, sites: Sites) -> Offer:
    parts = urlsplit(address)
    if parts.username or parts.password:
        raise PullError(
            "the address holds a name or password", hint="leave it out; tokens are read from the environment"
        )
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise PullError(f"{parts.hostname} would be asked without encryption", hint="give its https:// address")
    name = parts.path.rsplit("/", 1)[-1]
    _check_name(name)
    host = parts.hostname or ""
    tokens = {urlsplit(sites.hub).hostname: sites.hub_token, urlsplit(sites.civitai).hostname: sites.civitai_token}
    return Offer(
        url=address, file_name=name, source=f"{parts.scheme}://{parts.netloc}{parts.path}", token=tokens.get(host)
    )


def _check_name(file: str) -> None:
    if file.endswith((".ckpt", ".bin", ".pt", ".pth")):
        raise PullError(f"{file} is a pickle, which can run any program when it is loaded", hint="get the .safetensors")
    if not file.endswith(".safetensors") or ".." in file.split("/"):
        raise PullError(
            f"{file or 'the address'} is no .safetensors file", hint="only weights in that form are fetched"
        )


def _ask(url: str, token: str | None, what: str) -> Mapping[str, Any]:
    headers = {"User-Agent": AGENT} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        with httpx2.Client(timeout=_TIMEOUT_S, follow_redirects=False) as client:
            answer = client.get(url, headers=headers)
            if _SEVERAL <= answer.status_code < 400 and "location" in answer.headers:
                # The hub sends renamed repositories on, within itself.
                answer = client.get(answer.url.join(answer.headers["location"]), headers={"User-Agent": AGENT})
            status, told = answer.status_code, answer.json() if answer.status_code == 200 else None
    except httpx2.HTTPError as error:
        raise PullError(
            f"{urlsplit(url).hostname} does not answer: {error}", hint="look at the connection, then try again"
        ) from error
    except ValueError as error:
        raise PullError(
            f"{urlsplit(url).hostname} answered about {what} with no JSON", hint="try again later"
        ) from error
    if status in (401, 403):
        raise refused(status, what, has_token=token is not None)
    if status == 404:
        raise PullError(f"there is no {what} at {urlsplit(url).hostname}", hint="check its name")
    if not is_table(told):
        raise PullError(f"{urlsplit(url).hostname} answered {status} about {what}", hint="try again later")
    return told


def refused(status: int, what: str, *, has_token: bool) -> PullError:
    """A site that wants to know who asks, or that a license is accepted first."""
    return PullError(
        f"{what} is not given to everybody (answer {status}{', with the token that is set' if has_token else ''})",
        hint="accept its license on its page, and set HF_TOKEN or CIVITAI_TOKEN to a token of yours",
    )


def _sum(text: object) -> str | None:
    return text.lower() if isinstance(text, str) and _SHA256.fullmatch(text) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
