"""Pictures of a person that sprites were redrawn from: kept beside the sprites, found by the sha256 of their files."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np

from pixels_mcp import png
from pixels_mcp.errors import StoreError
from pixels_mcp.files import write_whole
from pixels_mcp.library.indexed_files import IndexedFiles
from pixels_mcp.next_steps import NextStep


class ReferencePictures(IndexedFiles):
    """The part of a library that keeps them."""

    def keep_reference(self, pixels: np.ndarray) -> str:
        """Keep a person's picture that sprites are redrawn from.

        Returns:
            The sha256 of the kept file, by which `reference` finds it; the same picture has the same one.

        Raises:
            DiskFullError, StoreError: It cannot be written.
        """
        return self._keep_reference(png.encode_png(pixels))

    def keep_reference_file(self, data: bytes) -> str:
        """Keep such a picture of another library as it is. As `keep_reference`.

        Raises:
            UnreadablePictureError, PictureTooLargeError: It is no PNG.
        """
        png.decode_png(data, label="the reference picture")
        return self._keep_reference(data)

    def _keep_reference(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        file = self.reference_file(sha256)
        if not file.exists():
            with self.writing("the reference picture"):
                file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(file, data, stage=self.stage)
        return sha256

    def reference(self, sha256: str) -> np.ndarray:
        """Read a kept reference picture: (H, W, 4) uint8.

        Raises:
            StoreError: It is not there, or was changed since it was kept.
        """
        return png.decode_png(self.read_reference(sha256), label=f"reference {sha256[:12]}")[0]

    def read_reference(self, sha256: str) -> bytes:
        """Read the file of a kept reference picture. As `reference`."""
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise StoreError(f"{sha256!r} is not a sha256", hint="give 64 hexadecimal digits")
        return read_checked(self.reference_file(sha256), sha256, f"reference picture {sha256[:12]}")

    def reference_file(self, sha256: str) -> Path:
        """Where a kept reference picture lies, or would."""
        return self.root / "references" / sha256[:2] / f"{sha256}.png"


def read_checked(file: Path, sha256: str, what: str) -> bytes:
    """Read a file that is named by its sha256.

    Raises:
        StoreError: It is gone, or was changed since it was kept.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise StoreError(
            f"cannot read the file of {what}, {file}: {error.strerror}", steps=[NextStep("rebuild_library")]
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StoreError(
            f"the file of {what}, {file}, was changed or damaged since it was kept",
            steps=[NextStep("regenerate_sprite"), NextStep("remove_sprite", what)],
        )
    return data
