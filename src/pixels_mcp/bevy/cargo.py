"""What a game's Cargo files say: whether it uses Bevy, which version, and with which features."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixels_mcp.documents import parse_toml
from pixels_mcp.errors import NotABevyProjectError
from pixels_mcp.told_apart import JsonObject, is_list, is_mapping

BRIDGE = "bevy_pixels_mcp"

OLD_BRIDGE = "bevy_pixels"
"""What the crate was called at first; on the crates index this is another one, a frame buffer."""

BEVY_PARTS = ("app", "asset", "core_pipeline", "ecs", "image", "internal", "render", "sprite", "window", "winit")
"""Crates that Bevy is made of (`bevy_app`, ...), which a game may depend on one by one."""

_CFG_WORD = re.compile(r'\s*(?:(\w+)\s*=\s*"([^"]*)"|(\w+)|([(),]))')


@dataclass(frozen=True)
class BevyUse:
    """How a package uses Bevy.

    Attributes:
        version: `0.19.1` from Cargo.lock, else what Cargo.toml asks for (`0.19`), else None (a git or path dependency).
        locked: Whether `version` is what Cargo really builds.
        features: Of the `bevy` dependency, those of the workspace included.
        default_features: Whether the dependency leaves Bevy's own defaults on.
        bridge: Whether the package uses our crate, `bevy_pixels_mcp`, or an older copy of it.
        bridge_features: Of that dependency.
        bridge_renamed: Cargo.toml calls it `bevy_pixels` still, its folder does not: cargo cannot build that.
        stranger: `bevy_pixels` is used too or instead: the frame buffer of that name.
        optional_features: Features of the package itself that are off by default, by what they switch on.
    """

    version: str | None
    locked: bool
    features: frozenset[str]
    default_features: bool
    bridge: bool
    bridge_features: frozenset[str]
    bridge_renamed: bool
    stranger: bool
    optional_features: Mapping[str, str]

    @property
    def minor(self) -> tuple[int, int] | None:
        """(0, 19) of 0.19.1; None where the version is not known."""
        numbers = re.match(r"\D*(\d+)\.(\d+)", self.version or "")
        return (int(numbers.group(1)), int(numbers.group(2))) if numbers else None


def read_manifest(file: Path) -> JsonObject:
    """Read a Cargo.toml.

    Raises:
        NotABevyProjectError: It cannot be read, or is not TOML.
    """
    try:
        return parse_toml(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise NotABevyProjectError(f"cannot read {file}: {error}", hint="correct the file and try again") from error


def read_use(package: Path) -> BevyUse | None:
    """Say how the package in a folder uses Bevy; None where it does not, or where the folder holds no package.

    Raises:
        NotABevyProjectError: A Cargo.toml cannot be read.
    """
    manifest = read_manifest(package / "Cargo.toml")
    if "package" not in manifest:
        return None
    root = workspace_root(package, manifest)
    shared: JsonObject = read_manifest(root / "Cargo.toml").get("workspace", {}) if root else {}
    crates, keys = _dependencies(manifest, package, shared, root)
    bevy = crates.get("bevy")
    if bevy is None:
        return None
    old_bridge = crates.get(OLD_BRIDGE)
    old_is = _name_at(old_bridge) if old_bridge else None
    bridge = crates.get(BRIDGE) or (old_bridge if old_is else None)
    locked = _locked_version(root or package, manifest["package"].get("name", ""))
    defaults, optional = _package_features(manifest, keys)
    return BevyUse(
        version=locked or bevy.get("version"),
        locked=locked is not None,
        features=frozenset(bevy.get("features", ())) | defaults.get("bevy", frozenset()),
        default_features=bevy.get("default-features", bevy.get("default_features", True)) is not False,
        bridge=bridge is not None,
        bridge_features=frozenset(_texts(bridge.get("features") if bridge else None))
        | defaults.get(BRIDGE, frozenset[str]())
        | (defaults.get(OLD_BRIDGE, frozenset[str]()) if old_is else frozenset[str]()),
        bridge_renamed=old_is == BRIDGE,
        stranger=old_bridge is not None and old_is is None,
        optional_features=optional,
    )


def workspace_root(package: Path, manifest: Mapping[str, Any]) -> Path | None:
    """The folder whose Cargo.toml holds the workspace of a package, and its Cargo.lock; None for a package alone."""
    if "workspace" in manifest:
        return package
    named = manifest.get("package", {}).get("workspace")
    if isinstance(named, str):
        root = (package / named).resolve()
        return root if (root / "Cargo.toml").is_file() else None
    for folder in package.parents:
        file = folder / "Cargo.toml"
        if file.is_file() and "workspace" in read_manifest(file):
            return folder
    return None


def bevy_parts(package: Path) -> list[str]:
    """The crates of Bevy that the package in a folder depends on one by one.

    Raises:
        NotABevyProjectError: Its Cargo.toml cannot be read.
    """
    crates, _ = _dependencies(read_manifest(package / "Cargo.toml"), package, {}, None)
    return [name for name in crates if name.removeprefix("bevy_") in BEVY_PARTS and name.startswith("bevy_")]


def workspace_members(root: Path, workspace: Mapping[str, Any]) -> list[Path]:
    """The folders of a workspace's members that are there."""
    left_out = _packages(root, workspace.get("exclude", ()))
    return sorted(_packages(root, workspace.get("members", ())) - left_out)


def default_members(root: Path, workspace: Mapping[str, Any]) -> set[Path]:
    """The folders of the members that `cargo run` takes at the workspace's root."""
    return _packages(root, workspace.get("default-members", ()))


def _packages(root: Path, patterns: Iterable[object]) -> set[Path]:
    paths = {path.resolve() for pattern in patterns for path in _glob(root, pattern)}
    return {path for path in paths if (path / "Cargo.toml").is_file()}


def _glob(root: Path, pattern: object) -> Iterator[Path]:
    if isinstance(pattern, str):
        # `..` in the middle of a pattern is not globbed by pathlib.
        before, _, rest = pattern.rpartition("../")
        yield from (root / f"{before}../" if _ else root).glob(rest.rstrip("/") or ".")


def _dependencies(
    manifest: Mapping[str, Any], package: Path, workspace: Mapping[str, Any], root: Path | None
) -> tuple[dict[str, JsonObject], dict[str, str]]:
    """Crates that the package is built with here, by their real names, and the real name behind each key.

    A crate may stand in several tables, whose features add up; tables of other systems count only where no table of
    this one names the crate.
    """
    targets = manifest.get("target", {})
    here = [manifest.get("dependencies", {})]
    here += [facts.get("dependencies", {}) for name, facts in targets.items() if builds_here(name)]
    elsewhere = [facts.get("dependencies", {}) for name, facts in targets.items() if not builds_here(name)]
    crates: dict[str, JsonObject] = {}
    keys: dict[str, str] = {}
    for tables in (here, elsewhere):
        before = set(crates)
        for key, value in (entry for table in tables for entry in table.items()):
            facts = _whole_facts(key, value, workspace)
            if isinstance(facts.get("path"), str):
                facts["path"] = (root or package if _is_shared(value) else package) / facts["path"]
            name = keys[key] = str(facts.get("package", key))
            if name not in before:
                features = [*crates.get(name, {}).get("features", ()), *facts.get("features", ())]
                crates[name] = {**crates.get(name, {}), **facts, "features": features}
    return crates, keys


def _whole_facts(key: str, value: object, workspace: Mapping[str, Any]) -> JsonObject:
    """What a dependency says of itself and what the workspace adds."""
    facts: JsonObject = dict(value) if is_mapping(value) else {"version": value}
    if _is_shared(value):
        inherited = workspace.get("dependencies", {}).get(key, {})
        inherited = dict(inherited) if is_mapping(inherited) else {"version": inherited}
        features = [*inherited.get("features", ()), *facts.get("features", ())]
        facts = {**facts, **inherited, "features": features}
    return facts


def _is_shared(value: object) -> bool:
    """Whether a dependency is the workspace's."""
    return is_mapping(value) and bool(value.get("workspace"))


def builds_here(target: str) -> bool:
    """Whether cargo takes a target's table when it builds for this machine: `cfg(...)`, or a triple by name.

    A condition that is not known here (a feature, say) counts as met.
    """
    known = {
        "target_os": {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform),
        "target_family": "windows" if sys.platform == "win32" else "unix",
        "target_arch": {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine()),
        "target_pointer_width": "64" if sys.maxsize > 2**32 else "32",
    }
    if not target.startswith("cfg("):
        arch, _, rest = target.partition("-")
        system = {"macos": "darwin"}.get(known["target_os"], known["target_os"])
        return arch == known["target_arch"] and system in rest
    words = [match.groups() for match in _CFG_WORD.finditer(target[len("cfg(") : -1])]
    return _cfg_holds(words, known)


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if is_list(value) else []


def _cfg_holds(words: list[tuple[str | None, ...]], known: Mapping[str, str]) -> bool:
    """Evaluate the first condition of a list of words, and take it out of the list."""
    key, value, word, _ = words.pop(0) if words else (None, None, "true", None)
    if key is not None:
        return known.get(key, value) == value
    following = words[0][3] if words else None
    if word not in {"all", "any", "not"} or following != "(":
        return known["target_family"] == word if word in {"unix", "windows"} else word != "false"
    words.pop(0)
    parts: list[bool] = []
    while words and words[0][3] != ")":
        if words[0][3] == ",":
            words.pop(0)
        else:
            parts.append(_cfg_holds(words, known))
    del words[:1]
    return all(parts) if word == "all" else any(parts) if word == "any" else not any(parts)


def _name_at(dependency: Mapping[str, Any]) -> str | None:
    """The name of our crate in the folder that a dependency names; None where another crate lies there, or none."""
    if not isinstance(dependency.get("path"), Path):
        return None  # ours was never on the index under its old name
    try:
        package = read_manifest(dependency["path"] / "Cargo.toml").get("package", {})
    except NotABevyProjectError:
        return None
    name = package.get("name")
    ours = name == BRIDGE or (name == OLD_BRIDGE and "pixels-mcp" in str(package.get("description")))
    return str(name) if ours else None


def _locked_version(root: Path, package_name: str) -> str | None:
    """The version of Bevy that a package is built with, as Cargo.lock has it."""
    try:
        lock = parse_toml((root / "Cargo.lock").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    packages = lock.get("package", [])
    versions = [entry["version"] for entry in packages if entry.get("name") == "bevy"]
    if len(versions) > 1:  # then the packages that use it say which
        for entry in packages:
            if entry.get("name") == package_name:
                named = [word.split() for word in entry.get("dependencies", ()) if word.split()[0] == "bevy"]
                versions = [word[1] for word in named if len(word) > 1] or versions
    return versions[0] if versions else None


def _package_features(
    manifest: Mapping[str, Any], keys: Mapping[str, str]
) -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    """Features of dependencies, by their real names, that the package's own switch on: by default, and when asked."""
    own = manifest.get("features", {})
    on, pending = set[str](), list(own.get("default", ()))
    while pending:
        word = pending.pop()
        if word not in on:
            on.add(word)
            pending.extend(own.get(word, ()))
    defaults: dict[str, frozenset[str]] = {}
    for crate, feature in (part for word in on if (part := _feature_of(word, keys))):
        defaults[crate] = defaults.get(crate, frozenset()) | {feature}
    optional = {
        "/".join(part): name
        for name, words in own.items()
        if name not in on | {"default"}
        for word in words
        if (part := _feature_of(word, keys))
    }
    return defaults, optional


def _feature_of(word: str, keys: Mapping[str, str]) -> tuple[str, str] | None:
    """(crate, feature) of `engine?/file_watcher`; None where a word names a feature of the package itself."""
    key, slash, feature = word.replace("?/", "/").partition("/")
    return (keys.get(key, key), feature) if slash else None
