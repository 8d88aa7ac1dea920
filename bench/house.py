"""Measures the house: long files, full folders, complexity, docstrings, untyped results, names. Prints JSON.

python bench/house.py            # without the types, a second
python bench/house.py --types    # and with pyright's errors (a minute)
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "src" / "pixels_mcp"
FILE_LINES_MAX, FOLDER_FILES_MAX = 350, 22
_UNTYPED = re.compile(r"^(list\[|tuple\[)?dict\[str, (Any|object)\]")
_NAMED = re.compile(r"^(list\[|tuple\[)?(JsonObject|Words)\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def has_docstring(node: ast.AST, parent: ast.AST) -> bool | None:
    """Whether a public module, class or function says what it is; None where it need not."""
    if isinstance(node, Function | ast.ClassDef):
        if node.name.startswith("_") or isinstance(parent, Function):
            return None
        return ast.get_docstring(node) is not None
    return ast.get_docstring(node) is not None if isinstance(node, ast.Module) else None


def walk(node: ast.AST, parent: ast.AST) -> list[tuple[ast.AST, ast.AST]]:
    """Every node of a public place, with what holds it."""
    pairs = [(node, parent)]
    if isinstance(node, Function | ast.ClassDef) and node.name.startswith("_"):
        return pairs
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef):
            pairs += walk(child, node)
    return pairs


def complexity_max() -> int:
    """The largest McCabe complexity of any function, as ruff counts it."""
    command = [
        str(Path(sys.executable).with_name("ruff")),
        *("check", "--select", "C901", "--config", "lint.mccabe.max-complexity=1", "--output-format", "json", "src"),
    ]
    told = json.loads(subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True).stdout)
    return max(int(re.findall(r"\((\d+) > 1\)", one["message"])[0]) for one in told)


def type_errors() -> int:
    """What pyright says of all that its settings name."""
    command = [str(Path(sys.executable).with_name("pyright")), "--outputjson"]
    told = json.loads(subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True).stdout)
    return int(told["summary"]["errorCount"])


def main() -> None:
    """Measure and print."""
    files = sorted(PACKAGE.rglob("*.py"))
    trees = {file: ast.parse(file.read_text("utf-8")) for file in files}
    lines = {str(file.relative_to(PACKAGE)): len(file.read_text("utf-8").splitlines()) for file in files}
    folders = Counter(
        str(file.parent.relative_to(PACKAGE))
        for file in PACKAGE.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
        # Pictures, weights and texts that the package carries are no rooms of code.
        if any(file.parent.glob("*.py"))
    )
    documented = [
        told for tree in trees.values() for pair in walk(tree, tree) if (told := has_docstring(*pair)) is not None
    ]
    functions = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, Function)]
    returned = [ast.unparse(node.returns) for node in functions if node.returns]
    classes = Counter(
        node.name
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    names = Counter(file.name for file in files if file.name != "__init__.py")
    largest, count = max(folders.items(), key=lambda one: one[1])
    report: dict[str, object] = {
        "files": len(files),
        "lines": sum(lines.values()),
        "lines_median": sorted(lines.values())[len(lines) // 2],
        f"files_over_{FILE_LINES_MAX}": {name: n for name, n in lines.items() if n > FILE_LINES_MAX},
        "largest_folder": {largest: count},
        f"folders_over_{FOLDER_FILES_MAX}": {name: n for name, n in folders.items() if n > FOLDER_FILES_MAX},
        "complexity_max": complexity_max(),
        "docstrings_percent": round(100 * sum(documented) / len(documented), 1),
        "results_as_open_dicts": sum(map(bool, map(_UNTYPED.match, returned))),
        "results_as_json_or_words": sum(map(bool, map(_NAMED.match, returned))),
        "named_found": sum(
            "found" in (getattr(node, "id", None), getattr(node, "arg", None), getattr(node, "name", None))
            for tree in trees.values()
            for node in ast.walk(tree)
        ),
        "class_names_twice": sorted(name for name, n in classes.items() if n > 1),
        "file_names_twice": sorted(name for name, n in names.items() if n > 1),
    }
    if "--types" in sys.argv[1:]:
        report["type_errors"] = type_errors()
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
