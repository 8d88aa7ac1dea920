"""How much memory a model's weights take, read from the headers of its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pixels_mcp.errors import ModelFileError
from pixels_mcp.models.header import read_header

DtypeName = Literal["bf16", "fp16", "fp32"]
ITEM_BYTES: Mapping[DtypeName, int] = {"bf16": 2, "fp16": 2, "fp32": 4}
"""Bytes of one number in each format."""


def weight_bytes(model_path: Path, dtype: DtypeName) -> int:
    """Bytes that a model's weights take in a number format; a file that cannot be read counts 0.

    Args:
        model_path: A `.safetensors` file, or a folder with such files.
        dtype: The format it is loaded in.
    """
    files = [model_path]
    if model_path.is_dir():
        weight_files = sorted(model_path.rglob("*.safetensors"))
        plain = {file.parent for file in weight_files if ".fp16." not in file.name}
        # Where a part is there in both forms, the plain one is loaded.
        files = [file for file in weight_files if ".fp16." not in file.name or file.parent not in plain]
    items = 0
    for file in files:
        try:
            items += sum(tensor.items for tensor in read_header(file).tensors.values())
        except ModelFileError:
            continue
    return items * ITEM_BYTES[dtype]
