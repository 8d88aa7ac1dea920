"""Find the models of a person and the built-in one, without torch."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, Protocol

from pixels_mcp.errors import ModelFileError, PixelsError, UnknownModelError
from pixels_mcp.events import ModelInfo
from pixels_mcp.models.describe import MINI, MINI_FOLDER, candidates, card_file, describe, mini_entry
from pixels_mcp.models.entry import ModelEntry, check_fits
from pixels_mcp.models.hashes import HashCache
from pixels_mcp.next_steps import NextStep
from pixels_mcp.paths import find_paths

FOLDERS: dict[str, Literal["checkpoint", "lora", "vae"]] = {
    "checkpoints": "checkpoint",
    "loras": "lora",
    "vae": "vae",
}


class ModelSource(Protocol):
    """Another place that has models: a server, which an engine knows and this floor does not."""

    def entries(self) -> list[ModelEntry]:
        """What it has; where it does not answer, an entry that says so."""
        ...

    def trouble(self) -> PixelsError | None:
        """Why it does not answer, None where it does."""
        ...


class ModelRegistry:
    """Lists and finds models; every call looks at the folder anew, so a file may come or go at any time.

    Args:
        models_dir: Holds `checkpoints/`, `loras/` and `vae/`; it need not exist.
        cache_dir: Where hashes of large files are kept; the person's own cache by default.
        elsewhere: Where large models lie and are drawn instead; of this machine there are then the built-in model and
            its LoRAs.
    """

    def __init__(
        self, models_dir: Path, cache_dir: Path | None = None, *, elsewhere: ModelSource | None = None
    ) -> None:
        self._elsewhere = elsewhere
        self.models_dir = models_dir
        self._hashes = HashCache((cache_dir or find_paths().cache) / "model_hashes.json")
        self._described: dict[tuple[object, ...], ModelEntry] = {}

    def entries(self) -> list[ModelEntry]:
        """Everything that is there, the built-in model first, unusable files with their problem."""
        built_in = [mini_entry()] if (MINI_FOLDER / "model_index.json").is_file() else []
        loras = self._entries_in("loras", ())
        if self._elsewhere is None:
            vaes = self._entries_in("vae", ())
            return self._peeked([*built_in, *self._entries_in("checkpoints", vaes), *loras, *vaes])
        widths = {entry.text_width for entry in built_in}
        near = self._peeked([*built_in, *(lora for lora in loras if lora.text_width in widths)])
        return [*near, *_renamed(self._elsewhere.entries(), {(entry.kind, entry.name) for entry in near})]

    def _peeked(self, entries: Sequence[ModelEntry]) -> list[ModelEntry]:
        return [replace(entry, sha256=self._hashes.peek(entry.path)) for entry in entries]

    def scan(self, *, default_model: str | None = MINI) -> list[ModelInfo]:
        """The model list; hashes only where they are known already."""
        return [entry.info(default_model=default_model) for entry in self.entries()]

    def find(self, name: str) -> ModelEntry:
        """Find a checkpoint, with its hash (the first time, a large file takes seconds).

        Raises:
            UnknownModelError: Says which there are.
            ModelFileError: There is one, but it cannot be drawn with.
        """
        return self._find(name, "checkpoint")

    def hash_of(self, path: Path) -> str | None:
        """The hash of a file or a diffusers folder as it is now; None where it cannot be read."""
        try:
            return self._hashes.sha256(path)
        except OSError:
            return None

    def find_lora(self, name: str, model: ModelEntry) -> ModelEntry:
        """Find a LoRA that fits a model, with its hash.

        Raises:
            UnknownModelError: Says which there are.
            ModelFileError: It cannot be used, or is for another base.
        """
        lora = self._find(name, "lora")
        check_fits(lora, model)
        return lora

    def show(self, name: str) -> list[ModelEntry]:
        """Everything of that name, of any kind and usable or not, with hashes.

        Raises:
            UnknownModelError: Says what there is.
            ModelFileError: A file cannot be read.
        """
        named = [entry for entry in self.entries() if entry.name == name]
        if not named:
            raise self._unknown(name, "model, LoRA or VAE", self.entries())
        return [self._hashed(entry) if entry.problem is None else entry for entry in named]

    def hash_all(self) -> None:
        """Work out the hash of everything that is usable, so that `find_content` answers at once."""
        for entry in self.entries():
            if entry.problem is None and entry.sha256 is None:
                with contextlib.suppress(ModelFileError):
                    self._hashed(entry)

    def find_content(self, sha256: str) -> ModelEntry | None:
        """Find a usable file or folder by its content, whatever it is called; None where there is none.

        New files are hashed, which takes seconds for a large one.
        """
        entries = [entry for entry in self.entries() if entry.problem is None]
        if all(entry.sha256 != sha256 for entry in entries):
            self.hash_all()
            entries = [entry for entry in self.entries() if entry.problem is None]
        return next((entry for entry in entries if entry.sha256 == sha256), None)

    def missing_folders(self) -> list[Path]:
        """Those of the three folders that do not exist; nothing is wrong with that."""
        return [self.models_dir / folder for folder in FOLDERS if not (self.models_dir / folder).is_dir()]

    def _find(self, name: str, kind: Literal["checkpoint", "lora"]) -> ModelEntry:
        of_kind = [entry for entry in self.entries() if entry.kind == kind]
        entry = next((entry for entry in of_kind if entry.name == name), None)
        if entry is None:
            if self._elsewhere is not None and (trouble := self._elsewhere.trouble()) is not None:
                raise trouble
            usable = [entry for entry in of_kind if entry.problem is None]
            what = "model" if kind == "checkpoint" else "LoRA"
            other = next((entry for entry in self.entries() if entry.name == name), None)
            if other is not None:
                told = {"checkpoint": "a model", "lora": "a LoRA", "vae": "a VAE"}[other.kind]
                raise UnknownModelError(f"{name} is {told}, not a {what}", steps=[NextStep("list_models")])
            raise self._unknown(name, what, usable)
        if entry.problem is not None:
            raise ModelFileError(f"{entry.name} cannot be used: {entry.problem}", steps=[NextStep("list_models")])
        return self._hashed(entry)

    def _unknown(self, name: str, what: str, there: Sequence[ModelEntry]) -> UnknownModelError:
        names = [entry.name for entry in there]
        near = difflib.get_close_matches(name, names, n=1)
        listed = ", ".join(names[:20]) or f"none; put .safetensors files into {self.models_dir}"
        return UnknownModelError(
            f"no {what} is called {name!r}",
            hint=(f"did you mean {near[0]!r}? " if near else "") + f"there is: {listed}",
        )

    def _hashed(self, entry: ModelEntry) -> ModelEntry:
        if entry.engine != "diffusers":
            return entry
        try:
            vae_sha256 = self._hashes.sha256(entry.vae_path) if entry.vae_path else None
            return replace(entry, sha256=self._hashes.sha256(entry.path), vae_sha256=vae_sha256)
        except OSError as error:
            raise ModelFileError(
                f"cannot read {error.filename}: {error.strerror}", hint="make the file readable"
            ) from error

    def _entries_in(self, folder: str, vaes: Sequence[ModelEntry]) -> list[ModelEntry]:
        root, kind = self.models_dir / folder, FOLDERS[folder]
        entries_by_name: dict[str, ModelEntry] = {}
        for path in candidates(root):
            name = path.relative_to(root).as_posix()
            name = name if path.is_dir() else name.removesuffix(path.suffix)
            if name in entries_by_name or (kind == "checkpoint" and name == MINI):
                name = path.relative_to(root).as_posix() + ("/" if path.is_dir() else "")
            entries_by_name[name] = self._describe(name, kind, path, vaes)
        return list(entries_by_name.values())

    def _describe(
        self, name: str, kind: Literal["checkpoint", "lora", "vae"], path: Path, vaes: Sequence[ModelEntry]
    ) -> ModelEntry:
        """Describe a file, from memory where neither it nor its card nor the VAEs changed."""
        if path.is_dir():
            return describe(name, kind, path, vaes)
        key = (name, kind, _stamp(path), _stamp(card_file(path)), *((vae.path, vae.problem) for vae in vaes))
        if key not in self._described:
            self._described[key] = describe(name, kind, path, vaes)
        return self._described[key]


def _renamed(entries: Sequence[ModelEntry], taken: set[tuple[str, str]]) -> list[ModelEntry]:
    """Models from elsewhere, those of a name that is taken under the whole name of their file."""
    return [
        replace(entry, name=entry.path.as_posix()) if (entry.kind, entry.name) in taken else entry for entry in entries
    ]


def _stamp(file: Path) -> tuple[Path, int, int]:
    """A file as it is now: size and time of change, -1 where it is not there."""
    try:
        facts = file.stat()
    except OSError:
        return file, -1, -1
    return file, facts.st_size, facts.st_mtime_ns
