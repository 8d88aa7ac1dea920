"""A model file that is made again under its name: the former one stays as NAME-previous and can come back."""

from __future__ import annotations

import contextlib
from pathlib import Path

from pixels_mcp.errors import ModelFileError
from pixels_mcp.files import write_whole
from pixels_mcp.next_steps import NextStep

STYLE_ENDING = ".style.json"
ENDINGS = (".safetensors", ".json", ".report.html", STYLE_ENDING)
"""What lies beside a model under its name."""


def style_file(model: Path) -> Path:
    """Where the style that a LoRA was trained on lies as it was measured; it need not exist."""
    return model.with_name(f"{model.name.removesuffix('.safetensors')}{STYLE_ENDING}")


def previous_name(name: str) -> str:
    """What the former model of a name is called."""
    return f"{name}-previous"


def install_model_file(staged: Path, folder: Path, name: str, card: str) -> str | None:
    """Move a finished file into its folder and write its card; what was called so is called NAME-previous now.

    Returns:
        The former one's name, None where there was none.

    Raises:
        OSError: As the system gave it; the former ones have their names again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # On the file system of the models, before anything moves.
    arrived = folder / f".{name}.arriving"
    arrived.unlink(missing_ok=True)
    try:
        _carry(staged, arrived)
        had_one = (folder / f"{name}.safetensors").exists()
        if had_one:
            _rename(folder, name, previous_name(name))
        try:
            write_whole(folder / f"{name}.json", card.encode())
            arrived.replace(folder / f"{name}.safetensors")
        except OSError:
            if had_one:
                _rename(folder, previous_name(name), name)
            raise
    finally:
        arrived.unlink(missing_ok=True)
    return previous_name(name) if had_one else None


def roll_back(folder: Path, name: str) -> None:
    """Let a model and its former one change names.

    Raises:
        ModelFileError: There is no former one, or a file cannot be renamed.
    """
    if not (folder / f"{previous_name(name)}.safetensors").is_file():
        raise ModelFileError(f"there is no {previous_name(name)} in {folder}", steps=[NextStep("list_models")])
    aside = f".{name}.aside"
    try:
        _rename(folder, name, aside)
        _rename(folder, previous_name(name), name)
        _rename(folder, aside, previous_name(name))
    except OSError as error:
        raise ModelFileError(f"cannot rename in {folder}: {error.strerror}", hint="make the folder writable") from error


def _carry(staged: Path, target: Path) -> None:
    try:
        staged.replace(target)
    except OSError:  # another file system
        with staged.open("rb") as source, target.open("wb") as copy:
            while chunk := source.read(4 * 2**20):
                copy.write(chunk)
        with contextlib.suppress(OSError):
            staged.unlink()


def _rename(folder: Path, old: str, new: str) -> None:
    """Rename a model and what lies beside it; what had the new name goes."""
    for ending in ENDINGS:
        (folder / f"{new}{ending}").unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (folder / f"{old}{ending}").rename(folder / f"{new}{ending}")
