"""Rows -> token ids in one flat array, on disk where it is long."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Any

import numpy as np

from tfclf.data.framing import Framer
from tfclf.data.long_text import LongText
from tfclf.data.mapped_files import let_go, map_array
from tfclf.data.row_labels import RowLabels, TagIds, as_row_labels
from tfclf.data.row_weights import of_mean_one
from tfclf.data.rows import Rows
from tfclf.data.text_rules import TextRules
from tfclf.data.tokenizer import Tokenizer
from tfclf.errors import ArgumentError

FRAME = 2  # [CLS] and [SEP]


@dataclass(frozen=True)
class EncodedRows:
    """Token ids of all rows, one behind the other, and where each piece of them begins.

    An *item* is what stands in a batch: a row with all its windows, or, where words have tags, one
    window of a row.

    Attributes:
        tokens: Ids with ``[CLS]`` and ``[SEP]``, shape (tokens,), int32, mapped from disk
            where they are many.
        offsets: First token of each piece and the end of the last, shape (pieces + 1,), int64.
        labels: Labels of the rows, or of each head by its name; None without labels.
        pad_id: Id of the padding token.
        max_length: Longest piece (tokens).
        num_truncated: Rows that were longer and lost tokens.
        num_tokens_lost: Tokens that they lost.
        num_unknown: Tokens that are ``[UNK]``.
        row_ends: First piece of each row and the end of the last, shape (rows + 1,), int64; None
            where every row is one piece.
        windowed: Whether an item is a row with all its windows, of shape (windows, tokens).
        second: Tokens before the second text of each piece, shape (pieces,); None without pairs.
        words: For each token the number of its word, as in ``framing.Piece``, mapped from disk;
            None without words.
        weights: What each row counts for, shape (rows,), float32, of mean 1; None: all alike.
    """

    tokens: np.ndarray
    offsets: np.ndarray
    labels: RowLabels | Mapping[str, RowLabels] | None
    pad_id: int
    max_length: int
    num_truncated: int
    num_tokens_lost: int
    num_unknown: int
    row_ends: np.ndarray | None = None
    windowed: bool = False
    second: np.ndarray | None = None
    words: np.ndarray | None = None
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        pieces = len(self.offsets) - 1
        return pieces if self.row_ends is None or not self.windowed else len(self.row_ends) - 1

    @property
    def num_rows(self) -> int:
        """Number of rows; fewer than items where words are read in windows."""
        return len(self.offsets if self.row_ends is None else self.row_ends) - 1

    @cached_property
    def lengths(self) -> np.ndarray:
        """Tokens of each item, shape (items,); whole windows where an item has several."""
        lengths = np.diff(self.offsets)
        if not self.windowed or self.row_ends is None:
            return lengths
        number = np.diff(self.row_ends)
        return np.where(number > 1, number * self.max_length, lengths[self.row_ends[:-1]])

    @cached_property
    def row_of(self) -> np.ndarray:
        """The row of each item, shape (items,)."""
        if self.row_ends is None or self.windowed:
            return np.arange(len(self))
        return np.repeat(np.arange(self.num_rows), np.diff(self.row_ends))

    @cached_property
    def is_first(self) -> np.ndarray:
        """Whether each item is the first of its row, shape (items,), bool."""
        return np.concatenate([[True], np.diff(self.row_of) > 0])

    def padded(self, indices: np.ndarray, length: int) -> dict[str, np.ndarray]:
        """Returns some items as model inputs.

        Args:
            indices: Which items, shape (batch,).
            length: Tokens to pad to.

        Returns:
            ``input_ids`` and ``attention_mask``, where there are pairs also ``token_type_ids``,
            int32, shape (batch, length); with windows (batch, windows, tokens).
        """
        if not self.windowed or self.row_ends is None:
            return self._padded(indices, length)
        number = max(1, length // self.max_length) if length > self.max_length else 1
        length = min(length, self.max_length)
        begins = self.row_ends[indices]
        counts = self.row_ends[indices + 1] - begins
        grid = begins[:, None] + np.arange(number)[None]  # (batch, windows)
        inputs = self._padded(
            np.where(np.arange(number) < counts[:, None], grid, -1).ravel(), length
        )
        return {name: ids.reshape(len(indices), number, length) for name, ids in inputs.items()}

    def _padded(self, pieces: np.ndarray, length: int) -> dict[str, np.ndarray]:
        """Pads pieces; -1 is a piece of nothing but padding."""
        input_ids = np.full((len(pieces), length), self.pad_id, "int32")
        attention_mask = np.zeros((len(pieces), length), "int32")
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if self.second is not None:
            inputs["token_type_ids"] = np.zeros((len(pieces), length), "int32")
        for row, piece in enumerate(pieces.tolist()):
            if piece < 0:
                continue
            begin, end = self.offsets[piece], self.offsets[piece + 1]
            input_ids[row, : end - begin] = self.tokens[begin:end]
            attention_mask[row, : end - begin] = 1
            if self.second is not None:
                inputs["token_type_ids"][row, self.second[piece] : end - begin] = 1
        let_go(self.tokens)
        return inputs

    def padded_words(self, indices: np.ndarray, length: int) -> np.ndarray:
        """Returns the words of some items, as ``words`` has them, shape (batch, length), int32."""
        if self.words is None:
            raise ArgumentError("these rows have no words", remedy="Read them with tokens=COLUMN.")
        words = np.full((len(indices), length), -1, "int32")
        for row, item in enumerate(indices.tolist()):
            begin, end = self.offsets[item], self.offsets[item + 1]
            words[row, : end - begin] = self.words[begin:end]
        let_go(self.words)
        return words

    def batch_labels(self, indices: np.ndarray, length: int) -> Any:
        """Returns the labels of some items: an array, or one for each head by its name."""
        if isinstance(self.labels, Mapping):
            return {name: self._batch(head, indices, length) for name, head in self.labels.items()}
        return None if self.labels is None else self._batch(self.labels, indices, length)

    def batch_weights(self, indices: np.ndarray) -> np.ndarray:
        """Returns what some items count for, shape (batch,), float32."""
        if self.weights is None:
            return np.ones(len(indices), "float32")
        return self.weights[self.row_of[indices]]

    def _batch(self, labels: RowLabels, indices: np.ndarray, length: int) -> np.ndarray:
        rows = self.row_of[indices]
        if isinstance(labels, TagIds):
            return labels.batch_of_words(rows, self.padded_words(indices, length))
        batch = labels.batch(rows)
        if self.row_ends is not None and not self.windowed:
            # A text that is read in several windows has its own label in the first of them only.
            batch[self.row_ends[rows] != indices] = labels.missing
        return batch


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
    long_text: LongText | None = None,
    labels: Any = None,
    progress: Callable[[int], object] | None = None,
) -> EncodedRows:
    """Tokenizes rows.

    Args:
        rows: The rows.
        tokenizer: The tokenizer.
        max_length: Longest piece (tokens), with ``[CLS]`` and ``[SEP]``.
        rules: What is done to a text first; None does nothing.
        long_text: What becomes of longer texts; None keeps their head.
        labels: Label ids, shape (rows,), a ``RowLabels``, or one for each head by its name.
        progress: Called with the number of rows after each portion.

    Returns:
        The rows as token ids.

    Raises:
        ArgumentError: The settings contradict each other.
    """
    framer = Framer(tokenizer, max_length, long_text or LongText(), rules or TextRules())
    with_words, with_pairs = "words" in rows.kinds, "text_pair" in rows.kinds
    lengths, second, ends = ([np.empty(0, "int64")] for _ in range(3))
    lost = truncated = unknown = 0
    with ExitStack() as stack:
        tokens = stack.enter_context(_Flat("tokens"))
        words = stack.enter_context(_Flat("words"))
        for part in rows.parts(2_000):
            framed = framer.frame(part)
            pieces = [piece for row in framed for piece in row.pieces]
            ids = tokens.write([piece.ids for piece in pieces])
            if with_words:
                words.write([piece.words or [] for piece in pieces])
            unknown += int((ids == tokenizer.unk_id).sum())
            lost += sum(row.num_lost for row in framed)
            truncated += sum(row.num_lost > 0 for row in framed)
            lengths.append(_counts([len(piece.ids) for piece in pieces]))
            second.append(_counts([piece.second for piece in pieces]))
            ends.append(_counts([len(row.pieces) for row in framed]))
            if progress is not None:
                progress(len(framed))
        return EncodedRows(
            tokens.mapped(),
            _cumulated(lengths),
            as_row_labels(labels),
            tokenizer.pad_id,
            max_length,
            truncated,
            lost,
            unknown,
            row_ends=_cumulated(ends) if framer.long_text.how == "windows" or with_words else None,
            windowed=framer.long_text.how == "windows" and not with_words,
            second=np.concatenate(second) if with_pairs else None,
            words=words.mapped() if with_words else None,
            weights=None if rows.weights is None else of_mean_one(rows.weights, rows.source),
        )


class _Flat:
    """A flat array of int32 that is written to disk and mapped from there.

    What is written first stays in memory, and goes to disk when more comes: for a single text the
    file would take as long as the model.
    """

    def __init__(self, name: str):
        self._name = name
        self._first: np.ndarray | None = None
        self._file: IO[bytes] | None = None

    def __enter__(self) -> _Flat:
        return self

    def write(self, lists: list[list[int]]) -> np.ndarray:
        """Appends lists, and returns them as one array."""
        values = np.array([value for part in lists for value in part], "int32")
        if self._first is None:
            values.setflags(write=False)  # as what is mapped
            self._first = values
            return values
        if self._file is None:
            self._file = tempfile.NamedTemporaryFile(prefix=f"tfclf-{self._name}-", suffix=".bin")
            self._file.write(self._first.tobytes())
        self._file.write(values.tobytes())
        return values

    def mapped(self) -> np.ndarray:
        """Returns what was written."""
        if self._file is None:
            return np.empty(0, "int32") if self._first is None else self._first
        self._file.flush()
        empty = not os.path.getsize(self._file.name)
        return np.empty(0, "int32") if empty else map_array(self._file.name, "int32")

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()  # the mapped pages stay readable until the array is gone


def _counts(values: list[int]) -> np.ndarray:
    return np.array(values, "int64")


def _cumulated(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.concatenate(parts))]).astype("int64")
