"""Read what a `.safetensors` file holds without torch and without reading its weights."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixels_mcp.documents import parse_json
from pixels_mcp.errors import ModelFileError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.told_apart import is_table

HEADER_BYTES_MAX = 100 * 2**20
"""The format's own limit."""
TENSORS_MAX = 200_000
ITEM_BYTES = {
    "F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2,
    "I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Tensor:
    """One tensor of a file: its type as the format names it, and its shape."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def items(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Header:
    """What a file says of itself.

    Attributes:
        path: The file.
        size_bytes: Its size.
        tensors: By name.
        metadata: Text keys and values, as trainers write them (`ss_*`, `modelspec.*`).
    """

    path: Path
    size_bytes: int
    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]

    def shape(self, name: str, *, rank: int) -> tuple[int, ...] | None:
        """A tensor's shape, or None where there is no such tensor.

        Raises:
            ModelFileError: It has another number of axes than `rank`.
        """
        tensor = self.tensors.get(name)
        if tensor and len(tensor.shape) != rank:
            raise ModelFileError(
                f"{self.path.name}: {name} has {len(tensor.shape)} axes, {rank} are usual", hint="get the file again"
            )
        return tensor.shape if tensor else None


def read_header(path: Path, *, whole_bytes: int | None = None) -> Header:
    """Read and check a file's header; every tensor must lie whole inside the file.

    Args:
        path: The file.
        whole_bytes: Size that the file will have, where it is still arriving.

    Raises:
        ModelFileError: It cannot be read, is not a safetensors file, or is shorter than it says.

    Source: the safetensors format: 8 bytes of header length, JSON, then the tensors' bytes.
    """
    try:
        size_bytes = whole_bytes or path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(8)
            if len(start) < 8:
                raise _damaged(path, f"it has {size_bytes} bytes")
            if _is_pickle(start, stream.read(1)):
                raise ModelFileError(
                    f"{path.name} is a pickle under another name, which can run any program when it is loaded",
                    hint="get it as .safetensors",
                )
            stream.seek(8)
            (header_bytes,) = struct.unpack("<Q", start)
            if header_bytes > HEADER_BYTES_MAX:
                raise _damaged(path, f"its header would have {header_bytes} bytes, {HEADER_BYTES_MAX} are allowed")
            if 8 + header_bytes > size_bytes:
                raise _damaged(path, f"its header has {header_bytes} bytes, the whole file {size_bytes}")
            text = stream.read(header_bytes)
    except OSError as error:
        raise ModelFileError(
            f"cannot read {path}: {error.strerror or error}", steps=[NextStep("list_models")]
        ) from error
    try:
        entries = parse_json(text)
    except ValueError as error:
        raise _damaged(path, "its header is not JSON") from error
    if not is_table(entries) or len(entries) > TENSORS_MAX:
        raise _damaged(path, f"its header is not a list of at most {TENSORS_MAX} tensors")
    metadata = entries.pop("__metadata__", {})
    if not is_table(metadata):
        raise _damaged(path, "its metadata is not a list of texts")
    tensors = {name: _tensor(path, name, facts, size_bytes - 8 - header_bytes) for name, facts in entries.items()}
    return Header(path, size_bytes, tensors, {str(key): str(value) for key, value in metadata.items()})


def _is_pickle(start: bytes, after: bytes) -> bool:
    """Whether a file begins as `torch.save` writes it: a zip archive, or a pickle with its protocol.

    Every length is possible in a header's first 8 bytes, those that look like a pickle too; the JSON behind them
    decides.
    """
    return after != b"{" and (start[:4] == b"PK\x03\x04" or (start[:1] == b"\x80" and start[1] <= 5))


def _tensor(path: Path, name: str, facts: object, data_bytes: int) -> Tensor:
    told: Any = facts
    try:
        dtype, (begin, end) = told["dtype"], told["data_offsets"]
        shape: tuple[Any, ...] = tuple(told["shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, f"the entry of {name[:80]} is not understood") from error
    if not all(isinstance(n, int) and n >= 0 for n in (*shape, begin, end)) or end < begin:
        raise _damaged(path, f"the entry of {name[:80]} has impossible numbers")
    if end > data_bytes:
        raise ModelFileError(
            f"{path.name} is truncated: {name[:80]} ends at byte {end}, the file holds {data_bytes} of weights",
            hint="the download was cut off; get the file again",
        )
    item_bytes = ITEM_BYTES.get(dtype)
    if item_bytes is not None and math.prod(shape) * item_bytes != end - begin:
        raise _damaged(path, f"{name[:80]} has {end - begin} bytes for shape {list(shape)} of {dtype}")
    return Tensor(str(dtype), shape)


def _damaged(path: Path, why: str) -> ModelFileError:
    return ModelFileError(f"{path.name} is not a whole safetensors file: {why}", hint="get the file again")
