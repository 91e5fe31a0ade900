"""Texts -> token ids in one flat array on disk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tfclf.data.rows import Rows
from tfclf.data.text_rules import TextRules
from tfclf.data.tokenizer import Tokenizer
from tfclf.errors import ArgumentError

FRAME = 2  # [CLS] and [SEP]


@dataclass(frozen=True)
class EncodedRows:
    """Token ids of all rows, one behind the other, and where each row begins.

    Attributes:
        tokens: Ids with ``[CLS]`` and ``[SEP]``, shape (tokens,), int32, mapped from disk.
        offsets: First token of each row and the end of the last, shape (rows + 1,), int64.
        label_ids: Label id of each row, shape (rows,), int32; None without labels.
        pad_id: Id of the padding token.
        max_length: Longest row allowed (tokens).
        num_truncated: Rows that were longer.
        num_tokens_lost: Tokens cut off from them.
        num_unknown: Tokens that are ``[UNK]``.
    """

    tokens: np.ndarray
    offsets: np.ndarray
    label_ids: np.ndarray | None
    pad_id: int
    max_length: int
    num_truncated: int
    num_tokens_lost: int
    num_unknown: int

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Number of tokens of each row, shape (rows,)."""
        return np.diff(self.offsets)

    def padded(self, indices: np.ndarray, length: int) -> dict[str, np.ndarray]:
        """Returns some rows as model inputs.

        Args:
            indices: Which rows, shape (batch,).
            length: Tokens to pad to.

        Returns:
            ``input_ids`` and ``attention_mask``, shape (batch, length), int32.
        """
        input_ids = np.full((len(indices), length), self.pad_id, "int32")
        attention_mask = np.zeros((len(indices), length), "int32")
        for row, index in enumerate(indices):
            begin, end = self.offsets[index], self.offsets[index + 1]
            input_ids[row, : end - begin] = self.tokens[begin:end]
            attention_mask[row, : end - begin] = 1
        return {"input_ids": input_ids, "attention_mask": attention_mask}


def check_max_length(max_length: int, max_positions: int) -> None:
    """Raises where texts of a length do not fit the model.

    Raises:
        ArgumentError: It is above the model's positions, or leaves no room for a text.
    """
    if not FRAME < max_length <= max_positions:
        raise ArgumentError(
            f"max_length is {max_length}, expected {FRAME + 1} to {max_positions}, "
            "the model's positions",
            remedy=f"Pass --max-length {max_positions} or less.",
        )


def encode_rows(
    rows: Rows,
    tokenizer: Tokenizer,
    max_length: int,
    *,
    rules: TextRules | None = None,
    label_ids: np.ndarray | None = None,
    progress: Callable[[int], object] | None = None,
) -> EncodedRows:
    """Tokenizes rows; texts that are too long keep their head.

    Args:
        rows: The rows.
        tokenizer: The tokenizer.
        max_length: Longest row (tokens), with ``[CLS]`` and ``[SEP]``.
        rules: What is done to a text first; None does nothing.
        label_ids: Label id of each row, shape (rows,).
        progress: Called with the number of rows after each portion.
    """
    rules = rules or TextRules()
    lengths: list[np.ndarray] = []
    lost = truncated = unknown = 0
    handle, path = tempfile.mkstemp(prefix="tfclf-tokens-", suffix=".bin")
    try:
        with os.fdopen(handle, "wb") as file:
            for texts in rows.texts(2_000):
                encoded = tokenizer.encode([rules(text) for text in texts])
                whole = np.fromiter(map(len, encoded), "int64", len(encoded))
                kept = np.minimum(whole, max_length - FRAME)
                lost += int((whole - kept).sum())
                truncated += int((whole > kept).sum())
                part = _framed(encoded, kept, tokenizer)
                unknown += int((part == tokenizer.unk_id).sum())
                file.write(part.tobytes())
                lengths.append(kept + FRAME)
                if progress is not None:
                    progress(len(texts))
        tokens = np.memmap(path, "int32", "r")
    finally:
        os.unlink(path)  # the mapped pages stay readable until the array is gone
    offsets = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    return EncodedRows(
        tokens, offsets, label_ids, tokenizer.pad_id, max_length, truncated, lost, unknown
    )


def _framed(encoded: list[list[int]], kept: np.ndarray, tokenizer: Tokenizer) -> np.ndarray:
    """Joins rows into one array with ``[CLS]`` before and ``[SEP]`` behind each."""
    flat: list[int] = []
    for ids, length in zip(encoded, kept.tolist(), strict=True):
        flat.append(tokenizer.cls_id)
        flat += ids[:length]
        flat.append(tokenizer.sep_id)
    return np.array(flat, "int32")
