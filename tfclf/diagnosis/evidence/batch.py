"""One batch as a pipeline gave it, and which of its inputs are token ids, mask and types."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

# The names that Hugging Face, KerasHub, TensorFlow Model Garden and keras-bert use.
NAMES = {
    "ids": ("input_ids", "token_ids", "input_word_ids", "Input-Token", "tokens"),
    "mask": ("attention_mask", "padding_mask", "input_mask", "mask"),
    "types": ("token_type_ids", "segment_ids", "input_type_ids", "Input-Segment"),
}
BETWEEN = b"\x1f"  # between the texts of a pair, as the rows of files have it in their fingerprints


@dataclass(frozen=True)
class Batch:
    """A batch as numpy arrays.

    Attributes:
        inputs: A dict, a tuple or an array, as the pipeline gave it.
        labels: Labels, an array or a dict of them; None without labels.
        sample_weight: Weights of the rows; None without.
    """

    inputs: Any
    labels: Any = None
    sample_weight: np.ndarray | None = None

    @property
    def ids(self) -> np.ndarray | None:
        """Token ids, shape (batch, seq); None where no input is known to hold them."""
        return self._found("ids")

    @property
    def mask(self) -> np.ndarray | None:
        """Attention mask, shape (batch, seq)."""
        return self._found("mask")

    @property
    def types(self) -> np.ndarray | None:
        """Token type ids, shape (batch, seq)."""
        return self._found("types")

    def key_of(self, what: str) -> str | None:
        """Returns under which key of a dict something stands.

        Args:
            what: ``"ids"``, ``"mask"`` or ``"types"``.

        Returns:
            The key; None where the inputs are no dict or have it under no usual name.
        """
        if not isinstance(self.inputs, Mapping):
            return None
        return next((name for name in NAMES[what] if name in self.inputs), None)

    def _found(self, what: str) -> np.ndarray | None:
        key = self.key_of(what)
        if key is not None:
            found = np.asarray(self.inputs[key])
        elif what == "ids" and len(arrays := list(leaves(self.inputs))) == 1:
            found = arrays[0]
            if found.dtype.kind not in "iu":
                return None
        else:
            return None
        return found if found.ndim == 2 and found.dtype.kind in "iufb" else None

    def __len__(self) -> int:
        first = next(leaves(self.inputs), None)
        return 0 if first is None or not first.ndim else len(first)

    def tokens(self) -> list[np.ndarray] | None:
        """Returns the token ids of each row without padding; None without token ids.

        Padding is what the mask leaves out, and zeros at the end.
        """
        ids, mask = self.ids, self.mask
        if ids is None:
            return None
        here = np.ones(ids.shape, bool)
        if mask is not None and mask.shape == ids.shape:
            here = mask > 0
        rows = []
        for row, kept in zip(ids, here, strict=True):
            row = row[kept]
            filled = np.flatnonzero(row)
            rows.append(row[: filled[-1] + 1] if len(filled) else row[:0])
        return rows

    def texts(self) -> list[str] | None:
        """Returns the text of each row; None where the inputs are no texts."""
        arrays = [array for array in leaves(self.inputs) if array.dtype.kind in "OSU"]
        if not arrays:
            return None
        columns = [[_bytes(value) for value in array.reshape(-1)] for array in arrays]
        return [
            BETWEEN.join(parts).decode(errors="replace") for parts in zip(*columns, strict=False)
        ]

    def fingerprints(self) -> list[int]:
        """Returns a 64-bit hash of each row: of its tokens, its text or whatever it has.

        Equal texts have the hash that rows of files have.
        """
        tokens = self.tokens()
        if tokens is not None:
            types = self.types
            if types is None or not types.any():
                return [_hash(row.astype("int64").tobytes()) for row in tokens]
            return [  # the same words divided otherwise are another pair
                _hash(row.astype("int64").tobytes() + int(kind.sum()).to_bytes(8, "little"))
                for row, kind in zip(tokens, types, strict=True)
            ]
        texts = self.texts()
        if texts is not None:
            return [_hash(text.encode()) for text in texts]
        arrays = [np.ascontiguousarray(array) for array in leaves(self.inputs)]
        return [
            _hash(b"".join(array[row].tobytes() for array in arrays)) for row in range(len(self))
        ]


def first_rows(batch: Batch | None, count: int) -> Any:
    """Returns a batch of the first rows of one."""
    if batch is None:
        return None

    def first(value: Any) -> Any:
        return value if value is None or not np.ndim(value) else value[:count]

    parts = {}
    for name in ("inputs", "labels", "sample_weight"):
        parts[name] = keras.tree.map_structure(first, getattr(batch, name))
    with contextlib.suppress(TypeError):
        return replace(batch, **parts)
    return type(batch)(**parts)


def leaves(inputs: Any) -> Iterator[np.ndarray]:
    """Yields the arrays of nested inputs, dicts by their keys."""
    if isinstance(inputs, Mapping):
        for key in sorted(inputs):
            yield from leaves(inputs[key])
    elif isinstance(inputs, (tuple, list)):
        for part in inputs:
            yield from leaves(part)
    elif inputs is not None:
        yield np.asarray(inputs)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _hash(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")
