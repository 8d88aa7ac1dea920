"""The rules of the house that a program can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

from helpers.toolchains import REPOSITORY

SOURCE = REPOSITORY / "src" / "pixels_mcp"


def test_no_pickle_is_ever_loaded() -> None:
    loaders = ("pickle.load", "torch.load(", "joblib.load", "np.load(", "numpy.load(", "pickle.Unpickler")
    offending = [
        f"{file.relative_to(REPOSITORY)}:{number}: {line.strip()}"
        for file in SOURCE.rglob("*.py")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1)
        if any(loader in line for loader in loaders) and "allow_pickle=False" not in line
    ]
    assert offending == []


def test_the_sdk_is_used_by_its_public_names_alone() -> None:
    private = re.compile(
        r"(?:from|import) mcp(?:_types)?(?:\.\w+)*\._|from mcp[\w.]* import [^#]*\b_[a-z]|server\._[a-z]"
    )
    offending = [
        f"{file.relative_to(REPOSITORY)}:{number}: {line.strip()}"
        for file in (SOURCE / "mcp_server").rglob("*.py")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1)
        if private.search(line)
    ]
    assert private.search("from mcp.server._otel import OpenTelemetryMiddleware")
    assert private.search("lowlevel = server._lowlevel_server")
    assert offending == []


def test_importing_a_face_imports_no_deep_learning_package() -> None:
    faces = ["pixels_mcp.cli", "pixels_mcp.mcp_server.server", "pixels_mcp.client", "pixels_mcp.watch"]
    program = (
        f"import sys, importlib; [importlib.import_module(m) for m in {faces!r}];"
        "print(sorted({'torch', 'diffusers', 'transformers', 'peft', 'accelerate'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


def test_the_lock_holds_every_dependency_with_hashes_and_no_index_address() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text("utf-8")
    entries = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]

    assert "://" not in lock
    assert "--index" not in lock
    assert entries
    assert all(line.endswith("\\") for line in entries), "an entry without a hash"


def test_text_speaks_of_the_project_alone() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    places = ("/work/" + "main", "/work/" + "shared", "../" + "shared")
    suffixes = {".py", ".md", ".toml", ".rs", ".json", ".ron", ".yml", ""}
    offending = [
        name
        for name in tracked.stdout.splitlines()
        if Path(name).suffix in suffixes and (REPOSITORY / name).is_file()
        if any(place in (REPOSITORY / name).read_text("utf-8", errors="ignore") for place in places)
    ]
    assert offending == []


def test_a_public_class_and_a_module_file_are_named_once_in_the_package() -> None:
    modules = [file for file in SOURCE.rglob("*.py") if file.name != "__init__.py"]
    classes = [
        node.name
        for file in modules
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    file_names = [file.name for file in modules]

    assert sorted({name for name in classes if classes.count(name) > 1}) == []
    assert sorted({name for name in file_names if file_names.count(name) > 1}) == []


def test_the_same_choices_are_in_one_order_everywhere() -> None:
    """`typing` takes two orders of a `Literal` for one type and hands out whichever it met first: schemas and help
    would depend on what was imported before."""
    orders: dict[frozenset[str], set[str]] = {}
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("Literal", "typing.Literal"):
                choices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                texts = [ast.unparse(choice) for choice in choices]
                orders.setdefault(frozenset(texts), set()).add(", ".join(texts))

    assert orders
    assert [sorted(written) for written in orders.values() if len(written) > 1] == []


def test_nothing_is_called_found() -> None:
    """A name says what a value is; that it was looked for is what the call beside it says."""
    named = [
        f"{file.relative_to(REPOSITORY)}:{getattr(node, 'lineno', 0)}"
        for folder in (SOURCE, *(REPOSITORY / name for name in ("tests", "bench", "ops", "gates", "examples")))
        for file in folder.rglob("*.py")
        if re.search(r"\bfound\b", text := file.read_text("utf-8"))
        for node in ast.walk(ast.parse(text))
        if "found" in (getattr(node, "name", None), getattr(node, "arg", None))
        or (isinstance(node, ast.Name) and node.id == "found")
    ]
    assert named == []


def test_contributing_names_every_room_and_only_files_that_are_there() -> None:
    page = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    way, tree = page.split("## The tree")[0], page.split("## The tree")[1].split("A module imports only")[0]
    files = re.findall(r"`([a-z_0-9/]+\.py)`", way)
    rooms = {place.stem for place in SOURCE.iterdir() if not place.name.startswith("_") and place.suffix in ("", ".py")}

    assert len(files) > 20
    assert [name for name in files if not (SOURCE / name).is_file()] == []
    assert sorted(rooms - set(re.findall(r"[a-z_]+", tree))) == []
