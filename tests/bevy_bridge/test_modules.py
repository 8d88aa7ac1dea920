"""The modules of the Rust crate import in no circle; read from the sources, so that it needs no cargo."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from helpers.toolchains import REPOSITORY

SOURCES = REPOSITORY / "bevy_bridge" / "src"
_USE = re.compile(r"^\s*(?:pub(?:\([^)]*\))? )?use ((?:crate|super)\b[^;]+);", re.MULTILINE)
_TESTS = re.compile(r"^#\[cfg\(test\)\]\n(?:#\[.*?^\)?\]\n)?mod tests", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"\bcrate::(\w+)::(?=\w)")


def expand(path: str) -> list[str]:
    """`a::{b, c::{d, e}}` -> `a::b`, `a::c::d`, `a::c::e`."""
    head, brace, rest = path.partition("{")
    if not brace:
        return [path.partition(" as ")[0].strip()]
    parts: list[str] = []
    depth = start = 0
    inner = rest[: rest.rindex("}")]
    for place, mark in enumerate(f"{inner},"):
        depth += {"{": 1, "}": -1}.get(mark, 0)
        if mark == "," and depth == 0:
            parts.append(inner[start:place].strip())
            start = place + 1
    return [longer for part in parts if part for longer in expand(head.strip() + part)]


def imports(folder: Path) -> dict[str, set[str]]:
    """Module -> modules that it imports from: `report::writer`, and `report` for its mod.rs."""
    files = {file: module_of(folder, file) for file in folder.rglob("*.rs") if file.name != "lib.rs"}
    modules = set(files.values())
    graph: dict[str, set[str]] = {}
    for file, module in files.items():
        text = re.sub(r"^\s*//.*$", "", file.read_text("utf-8"), flags=re.MULTILINE)
        text = _TESTS.split(text)[0]
        parent = module.rpartition("::")[0] if file.name != "mod.rs" else module
        paths = [one for use in _USE.findall(text) for one in expand(" ".join(use.split()))]
        paths += [f"crate::{name}::x" for name in _INLINE.findall(text)]
        graph[module] = set()
        for path in paths:
            words = path.replace("super::", f"crate::{parent}::" if parent else "crate::", 1).split("::")[1:]
            named = ["::".join(words[:count]) for count in range(len(words), 0, -1)]
            target = next((name for name in named if name in modules), "crate")
            graph[module] |= {target} - {module}
        if file.name == "mod.rs":  # a folder's face stands above its rooms
            graph[module] |= {one for one in modules if one.startswith(f"{module}::")}
    return graph


def module_of(folder: Path, file: Path) -> str:
    parts = list(file.relative_to(folder).with_suffix("").parts)
    return "::".join(parts[:-1] if parts[-1] == "mod" else parts)


def test_no_modules_of_the_crate_import_in_a_circle() -> None:
    graph = imports(SOURCES)

    assert {"plugin", "report", "report::writer"} <= set(graph)
    assert graph["report::writer"] >= {"report::folder", "report::job", "reload_log"}
    from_root = {module for module, targets in graph.items() if "crate" in targets}
    assert not from_root, "names are imported from the module that holds them, so that circles can be seen"
    tuple(TopologicalSorter(graph).static_order())


def test_a_circle_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "mod.rs").write_text("mod writer;\nuse writer::Writer;\npub struct Facts;\n")
    (tmp_path / "report" / "writer.rs").write_text("use super::{Facts, folder::Folder};\n")
    (tmp_path / "report" / "folder.rs").write_text(
        "pub struct Folder;\n#[cfg(test)]\n#[expect(\n    clippy::expect_used,\n)]\nmod tests {\n    use super::*;\n}\n"
    )

    graph = imports(tmp_path)

    assert graph["report::writer"] == {"report", "report::folder"}
    assert graph["report::folder"] == set(), "what its tests import says nothing of the module"
    with pytest.raises(CycleError):
        tuple(TopologicalSorter(graph).static_order())
