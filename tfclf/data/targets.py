"""The labels of one head for all rows, in a form that every task shares."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfclf.tasks import Head

QUANTILES = 10  # strata of a regression target


@dataclass(frozen=True)
class Target:
    """The labels of a head: of each row none, one, or several, one behind the other.

    Attributes:
        head: The head.
        names: Labels that occur, in order of first occurrence; empty for numbers.
        flat: Index into ``names`` of each label, int32, or the numbers themselves, float64; shape
            (labels,).
        offsets: First label of each row and the end of the last, shape (rows + 1,), int64.
        present: Whether a row has labels for this head at all, shape (rows,); a row with an empty
            list has.
        declared: Names in the order of their ids, where the source declares them.
        scheme: Scheme of tags, one of ``tfclf.data.tag_schemes.SCHEMES``; None for other labels.
        source_scheme: The scheme that they were read in.
        num_broken: Tags that broke it and were repaired.
    """

    head: Head
    names: tuple[str, ...]
    flat: np.ndarray
    offsets: np.ndarray
    present: np.ndarray
    declared: tuple[str, ...] | None = None
    scheme: str | None = None
    source_scheme: str | None = None
    num_broken: int = 0

    def __len__(self) -> int:
        return len(self.present)

    @property
    def label_counts(self) -> dict[str, int]:
        """How often each label occurs; empty for numbers."""
        if self.flat.dtype.kind == "f":
            return {}
        counts = np.bincount(self.flat, minlength=len(self.names))
        return dict(zip(self.names, counts.tolist(), strict=True))

    def values(self) -> list[Any]:
        """Returns what each row has: a list of labels or of numbers, or None."""
        flat = self.flat.tolist()
        if self.flat.dtype.kind != "f":
            flat = [self.names[code] for code in flat]
        ends = self.offsets.tolist()
        return [
            flat[ends[row] : ends[row + 1]] if here else None
            for row, here in enumerate(self.present.tolist())
        ]

    def select(self, indices: np.ndarray) -> Target:
        """Returns the labels of some rows, in the order of ``indices``."""
        flat, offsets = gather(self.flat, self.offsets, indices)
        return dataclasses.replace(self, flat=flat, offsets=offsets, present=self.present[indices])

    def with_codes(self, names: tuple[str, ...], codes: np.ndarray) -> Target:
        """Returns the target with other names, label for label.

        Declared names are kept only where they are names of these labels, too.
        """
        declared = self.declared if set(names) <= set(self.declared or ()) else None
        return dataclasses.replace(self, names=names, flat=codes.astype("int32"), declared=declared)

    def strata(self) -> np.ndarray:
        """Returns a number for each row by which a split keeps the shares, shape (rows,), int64.

        The label where there is one; the rarest label of a list or a sentence; the tenth that a
        number is in; -1 for rows without labels.
        """
        strata = np.full(len(self), -1, "int64")
        if not len(self.flat):
            return strata
        if self.flat.dtype.kind == "f":
            edges = np.quantile(self.flat, np.arange(1, QUANTILES) / QUANTILES)
            codes = np.searchsorted(edges, self.flat, side="right")
            order = np.arange(QUANTILES)
        else:
            codes = self.flat
            order = np.bincount(codes, minlength=len(self.names)).argsort(kind="stable")
        rank = np.empty(len(order), "int64")  # 0 is the rarest
        rank[order] = np.arange(len(order))
        filled = np.flatnonzero(np.diff(self.offsets))
        rarest = np.minimum.reduceat(rank[codes], self.offsets[filled])
        strata[filled] = order[rarest]
        return strata


def gather(
    flat: np.ndarray, offsets: np.ndarray, indices: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns some rows of a ragged array and where each begins.

    Args:
        flat: Values of all rows, shape (values,).
        offsets: First value of each row and the end of the last, shape (rows + 1,).
        indices: Which rows, shape (chosen,).

    Example:
    >>> gather(np.array([7, 8, 9]), np.array([0, 2, 2, 3]), np.array([2, 0]))
    (array([9, 7, 8]), array([0, 1, 3]))
    """
    lengths = np.diff(offsets)[indices]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    # Each value's place: the start of its row in the old array, plus its place within the row.
    places = np.repeat(offsets[:-1][indices] - ends[:-1], lengths) + np.arange(ends[-1])
    return flat[places], ends
