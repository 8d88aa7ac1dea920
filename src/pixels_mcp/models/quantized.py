"""Tell weights that mean nothing without other tensors: numbers with scales beside them."""

from __future__ import annotations

import re

from pixels_mcp.models.header import Header

_SCALES = re.compile(
    r"""(?:^|\.)(?:
        scaled_fp8 | scale_weight | weight_scale(?:_\w+)? | weight_scale_inv | scale_input | input_scale
        | comfy_quant | absmax | nested_absmax | quant_map | nested_quant_map | quant_state\.\w+ | bitsandbytes__\w+
        | qweight | qzeros | qscales? | scales | zeros | SCB | weight_format
    )$""",
    re.VERBOSE,
)
_WHOLE_NUMBERS = frozenset({"I8", "U8", "I16", "U16", "I32", "U32"})
_NUMBERS = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"})


def quantized_problem(header: Header) -> str | None:
    """Say why a file's weights cannot be read as they are, None where they can: `is quantized (...)`.

    Plain fp8 can be read: its numbers are the weights.
    """
    for name, tensor in header.tensors.items():
        if _SCALES.search(name):
            return _problem(f"its weights mean nothing without {name}")
        if name.endswith(".weight") and len(tensor.shape) >= 2:
            if tensor.dtype in _WHOLE_NUMBERS:
                return _problem(f"{name} holds whole numbers, {tensor.dtype}")
            if tensor.dtype not in _NUMBERS:
                return _problem(f"{name} has the number format {tensor.dtype}")
    return None


def _problem(why: str) -> str:
    return f"is quantized ({why[:200]}); get it in fp16, bf16 or plain fp8"
