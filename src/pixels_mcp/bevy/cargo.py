"""What a game's Cargo files say: whether it uses Bevy, which version, and with which features."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixels_mcp.errors import NotABevyProjectError

BRIDGE = "bevy_pixels"


@dataclass(frozen=True)
class BevyUse:
    """How a package uses Bevy.

    Attributes:
        version: `0.19.1` from Cargo.lock, else what Cargo.toml asks for (`0.19`), else None (a git or path dependency).
        locked: Whether `version` is what Cargo really builds.
        features: Of the `bevy` dependency, those of the workspace included.
        default_features: Whether the dependency leaves Bevy's own defaults on.
        bridge: Whether the package uses the crate `bevy_pixels`.
        bridge_features: Of that dependency.
        optional_features: Features of the package itself that are off by default, by what they switch on.
    """

    version: str | None
    locked: bool
    features: frozenset[str]
    default_features: bool
    bridge: bool
    bridge_features: frozenset[str]
    optional_features: Mapping[str, str]

    @property
    def minor(self) -> tuple[int, int] | None:
        """(0, 19) of 0.19.1; None where the version is not known."""
        found = re.match(r"\D*(\d+)\.(\d+)", self.version or "")
        return (int(found.group(1)), int(found.group(2))) if found else None


def read_manifest(file: Path) -> dict[str, Any]:
    """Read a Cargo.toml.

    Raises:
        NotABevyProjectError: It cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
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
    shared = read_manifest(root / "Cargo.toml").get("workspace", {}) if root else {}
    found = dict(_dependencies(manifest, shared))
    bevy = found.get("bevy")
    if bevy is None:
        return None
    bridge = found.get(BRIDGE)
    locked = _locked_version(root or package, manifest["package"].get("name", ""))
    defaults, optional = _package_features(manifest)
    return BevyUse(
        version=locked or bevy.get("version"),
        locked=locked is not None,
        features=frozenset(bevy.get("features", ())) | defaults.get("bevy", frozenset()),
        default_features=bevy.get("default-features", True) is not False,
        bridge=bridge is not None,
        bridge_features=frozenset((bridge or {}).get("features", ())) | defaults.get(BRIDGE, frozenset()),
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


def workspace_members(root: Path, workspace: Mapping[str, Any]) -> list[Path]:
    """The folders of a workspace's members that are there."""
    left_out = {path.resolve() for pattern in workspace.get("exclude", ()) for path in _glob(root, pattern)}
    found = {path.resolve() for pattern in workspace.get("members", ()) for path in _glob(root, pattern)}
    return sorted(path for path in found - left_out if (path / "Cargo.toml").is_file())


def _glob(root: Path, pattern: object) -> Iterator[Path]:
    if isinstance(pattern, str):
        # `..` in the middle of a pattern is not globbed by pathlib.
        before, _, rest = pattern.rpartition("../")
        yield from (root / f"{before}../" if _ else root).glob(rest or ".")


def _dependencies(manifest: Mapping[str, Any], workspace: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Crates that the package is built with, by their real names, with what the workspace adds."""
    tables = [manifest.get("dependencies", {})]
    tables += [target.get("dependencies", {}) for target in manifest.get("target", {}).values()]
    for table in tables:
        for key, value in table.items():
            facts: dict[str, Any] = {"version": value} if isinstance(value, str) else dict(value)
            if facts.get("workspace"):
                inherited = workspace.get("dependencies", {}).get(key, {})
                inherited = {"version": inherited} if isinstance(inherited, str) else dict(inherited)
                features = [*inherited.get("features", ()), *facts.get("features", ())]
                facts = {**facts, **inherited, "features": features}
            yield str(facts.get("package", key)), facts


def _locked_version(root: Path, package_name: str) -> str | None:
    """The version of Bevy that a package is built with, as Cargo.lock has it."""
    try:
        lock = tomllib.loads((root / "Cargo.lock").read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    packages = lock.get("package", [])
    versions = [entry["version"] for entry in packages if entry.get("name") == "bevy"]
    if len(versions) > 1:  # then the packages that use it say which
        for entry in packages:
            if entry.get("name") == package_name:
                named = [word.split() for word in entry.get("dependencies", ()) if word.split()[0] == "bevy"]
                versions = [word[1] for word in named if len(word) > 1] or versions
    return versions[0] if versions else None


def _package_features(manifest: Mapping[str, Any]) -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    """Features of dependencies that the package's own ones switch on: by default, and only when asked."""
    own = manifest.get("features", {})
    on, pending = set[str](), list(own.get("default", ()))
    while pending:
        word = pending.pop()
        if word not in on:
            on.add(word)
            pending.extend(own.get(word, ()))
    defaults: dict[str, frozenset[str]] = {}
    for word in on:
        crate, slash, feature = word.replace("?/", "/").partition("/")
        if slash:
            defaults[crate] = defaults.get(crate, frozenset()) | {feature}
    optional = {
        word.replace("?/", "/"): name for name, words in own.items() if name not in on | {"default"} for word in words
    }
    return defaults, optional
