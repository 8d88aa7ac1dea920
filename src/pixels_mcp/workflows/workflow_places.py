"""Where workflow files lie: beside the game, in the person's config folder, shipped; the first of a name wins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.errors import WorkflowError

FOLDER_NAME = "workflows"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class FoundWorkflow:
    """A workflow's file.

    Attributes:
        name: Without ending.
        file: Where it lies.
        hides: A shipped one of the same name.
    """

    name: str
    file: Path
    hides: Path | None = None


def shipped_folder() -> Path:
    """The workflows that come with the package: in a wheel inside it, in a checkout at its top."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "shipped_workflows"
    return packed if packed.is_dir() else package.parents[1] / FOLDER_NAME


def workflow_folders(project: Path | None, config: Path) -> tuple[Path, ...]:
    """The places in which workflows are looked for, the first wins."""
    of_game = () if project is None else (project / FOLDER_NAME,)
    return (*of_game, config / FOLDER_NAME, shipped_folder())


def list_workflows(folders: Sequence[Path]) -> list[FoundWorkflow]:
    """Every workflow by name."""
    files: dict[str, list[Path]] = {}
    for folder in folders:
        for file in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            if file.resolve().is_relative_to(folder.resolve()):
                files.setdefault(file.stem, []).append(file)
    return [
        FoundWorkflow(name, paths[0], paths[-1] if len(paths) > 1 else None) for name, paths in sorted(files.items())
    ]


def find_workflow(name: str, folders: Sequence[Path]) -> FoundWorkflow:
    """The workflow of a name.

    Raises:
        WorkflowError: There is none, or the name is a path.
    """
    check_workflow_name(name)
    known = list_workflows(folders)
    for one in known:
        if one.name == name:
            return one
    raise WorkflowError(f"there is no workflow {name}", hint=f"known: {', '.join(one.name for one in known)}")


def check_workflow_name(name: str) -> None:
    """Refuse what no workflow can be called.

    Raises:
        WorkflowError: It has other signs than a name, or is a path.
    """
    if not _NAME.fullmatch(name):
        raise WorkflowError(
            f"{name!r} is no name of a workflow", hint="names have a-z, 0-9, '_' and '-', and no folder"
        )
