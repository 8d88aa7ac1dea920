"""A safetensors header is read without torch; a file that is not whole is refused with its numbers."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there

from pixels_mcp.errors import ModelFileError
from pixels_mcp.models.header import HEADER_BYTES_MAX, Tensor, read_header


def write(file: Path, header: object, data: bytes = b"") -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return file


def test_names_shapes_types_and_metadata_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    save_file(
        {"down": np.zeros((4, 96), np.float16), "alpha": np.zeros((), np.float32)}, file, metadata={"ss_rank": "4"}
    )

    header = read_header(file)

    assert header.tensors == {"down": Tensor("F16", (4, 96)), "alpha": Tensor("F32", ())}
    assert header.metadata == {"ss_rank": "4"}
    assert header.size_bytes == file.stat().st_size
    assert header.shape("down", rank=2) == (4, 96)
    assert header.shape("up", rank=2) is None
    with pytest.raises(ModelFileError, match="has 0 axes, 2 are usual"):
        header.shape("alpha", rank=2)


def test_torch_is_not_imported() -> None:
    program = "import sys, pixels_mcp.models.model_registry, pixels_mcp.models.header; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it has 0 bytes"),
        (b"abc", "it has 3 bytes"),
        (b"\x80\x02}q\x00.!!", "is a pickle under another name"),
        (b"\x80\x05\x95\x10\x00\x00\x00\x00\x00\x00\x00}", "is a pickle under another name"),
        (b"PK\x03\x04\x00\x00\x08\x08\x00\x00archive/data.pkl", "is a pickle under another name"),
        ((HEADER_BYTES_MAX + 1).to_bytes(8, "little") + b"{}", f"{HEADER_BYTES_MAX} are allowed"),
        ((50).to_bytes(8, "little") + b"{}", "its header has 50 bytes, the whole file 10"),
        ((2).to_bytes(8, "little") + b"{]", "its header is not JSON"),
        ((2).to_bytes(8, "little") + b"[]", "is not a list of at most"),
    ],
)
def test_a_file_that_is_no_safetensors_file_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    file = tmp_path / "broken.safetensors"
    file.write_bytes(data)

    with pytest.raises(ModelFileError, match=r"broken\.safetensors") as caught:
        read_header(file)
    assert why in caught.value.message


@pytest.mark.parametrize("header_bytes", [0x80, 0x0280, 0x0580, 384, 0x4B50 | 0x040000])
def test_a_header_of_any_length_is_read(tmp_path: Path, header_bytes: int) -> None:
    entry = json.dumps({"weights": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    file = write(tmp_path / "whole.safetensors", entry.ljust(header_bytes), bytes(8))

    assert read_header(file).tensors == {"weights": Tensor("F32", (2,))}


def test_a_cut_off_file_is_refused_with_both_lengths(tmp_path: Path) -> None:
    file = tmp_path / "cut.safetensors"
    save_file({"weights": np.zeros((100,), np.float32)}, file)
    file.write_bytes(file.read_bytes()[:-1])

    with pytest.raises(ModelFileError, match="truncated: weights ends at byte 400, the file holds 399"):
        read_header(file)


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]},
        {"dtype": "F32", "shape": [2]},
        {"dtype": "F32", "shape": 2, "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2.5], "data_offsets": [0, 8]},
        "F32",
        None,
    ],
)
def test_an_entry_with_impossible_numbers_is_refused(tmp_path: Path, entry: object) -> None:
    with pytest.raises(ModelFileError, match="weights"):
        read_header(write(tmp_path / "odd.safetensors", {"weights": entry}, bytes(8)))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ModelFileError, match="cannot read /nowhere/at-all"):
        read_header(Path("/nowhere/at-all.safetensors"))


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=300), claimed=st.integers(0, 2**64 - 1))
def test_whatever_bytes_a_file_holds_they_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, claimed: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.safetensors"
    file.write_bytes(claimed.to_bytes(8, "little") + data)
    with contextlib.suppress(ModelFileError):
        read_header(file)
