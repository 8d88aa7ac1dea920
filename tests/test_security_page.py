"""Every promise of SECURITY.md names the test that holds it, and that test is there."""

from __future__ import annotations

import ast
import re

from helpers.toolchains import REPOSITORY


def test_every_promise_is_held_by_a_test_that_there_is() -> None:
    page = (REPOSITORY / "SECURITY.md").read_text("utf-8")
    promised = page.split("## What is promised")[1].split("## What is not")[0]
    rows = [line for line in promised.splitlines() if line.startswith("| ") and not line.startswith("| promise")]

    assert len(rows) >= 10
    for row in rows:
        holder = re.search(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert holder is not None, f"no test named: {row}"
        tree = ast.parse((REPOSITORY / holder[1]).read_text("utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert holder[2] in functions, row
