"""Every promise of SECURITY.md and every fault of tests/faults names the test that holds it, and it is there."""

from __future__ import annotations

import ast
import re

import pytest

from helpers.toolchains import REPOSITORY


@pytest.mark.parametrize(
    ("page", "begins", "ends", "rows_min"),
    [("SECURITY.md", "## What is promised", "## What is not", 20), ("tests/faults/README.md", "# Twenty", "\n# ", 30)],
)
def test_every_promise_is_held_by_a_test_that_there_is(page: str, begins: str, ends: str, rows_min: int) -> None:
    promised = (REPOSITORY / page).read_text("utf-8").split(begins)[1].split(ends)[0]
    rows = [line for line in promised.splitlines() if line.startswith("| ") and not line.endswith("| test |")]

    assert len(rows) >= rows_min
    for row in rows:
        holder = re.search(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert holder is not None, f"no test named: {row}"
        tree = ast.parse((REPOSITORY / holder[1]).read_text("utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert holder[2] in functions, row
