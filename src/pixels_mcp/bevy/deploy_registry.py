"""`.pixels/deployed.json`: which files were put into a game's folder, and from which sprites."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pixels_mcp.asked_words.checked_words import explain
from pixels_mcp.errors import GameFolderError

FORMAT_VERSION = 1


class Deployed(BaseModel):
    """One name.

    Attributes:
        files: Path below the assets folder (`sprites/hero.png`) -> sha256 of the file, the picture first.
        sprite_ids: The sprite, or those whose frames make up the sheet.
        crc32: Of the picture's RGBA bytes, as the game acknowledges it.
        deployed_s: Seconds since 1970.
        edited: The picture was changed by hand since the sprite was drawn.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: dict[str, str]
    sprite_ids: tuple[str, ...]
    crc32: int
    deployed_s: float
    edited: bool = False


class DeployRegistry(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: Literal[1] = FORMAT_VERSION
    sprites: dict[str, Deployed] = {}

    def with_entry(self, name: str, entry: Deployed | None) -> DeployRegistry:
        """Put one name in, or take it out with None."""
        others = {known: kept for known, kept in self.sprites.items() if known != name}
        return DeployRegistry(sprites=dict(sorted(({**others, name: entry} if entry else others).items())))

    def to_bytes(self) -> bytes:
        """The file's bytes."""
        return self.model_dump_json(indent=1).encode() + b"\n"


def read_registry(file: Path) -> DeployRegistry:
    """Read `deployed.json`; a missing one is empty.

    Raises:
        GameFolderError: It is damaged, or a newer pixels-mcp wrote it.
    """
    try:
        return DeployRegistry.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return DeployRegistry()
    except OSError as error:
        raise GameFolderError(f"cannot read {file}: {error.strerror}", hint="check the folder's rights") from error
    except ValidationError as error:
        raise GameFolderError(
            f"{file} cannot be used: {explain(error)}",
            hint="a newer pixels-mcp wrote it, or it is damaged: move it away; deployed files then count as your own",
        ) from error


def sha256_of(file: Path) -> str | None:
    """The sha256 of a file's bytes; None where there is no file."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
