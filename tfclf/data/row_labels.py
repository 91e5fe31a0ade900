"""Labels of all rows -> the labels of a batch, one form for each task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tfclf.data.labels import UNSEEN, LabelMap
from tfclf.data.tag_schemes import continuation
from tfclf.data.targets import Target, gather
from tfclf.errors import ArgumentError
from tfclf.tasks import IGNORED


class RowLabels:
    """The labels of one head for all rows.

    Attributes:
        dtype: Type of a batch's labels.
        missing: What stands for a row without a label.
    """

    dtype: ClassVar[str]
    missing: ClassVar[float]

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Shape of a batch's labels behind the batch dimension."""
        return ()

    def batch(self, rows: np.ndarray) -> np.ndarray:
        """Returns the labels of some rows, shape ``(batch, *shape)``."""
        raise NotImplementedError


@dataclass(frozen=True)
class LabelIds(RowLabels):
    """One label id a row.

    Attributes:
        ids: Shape (rows,), int32; ``UNSEEN`` for unknown labels, ``IGNORED`` for none.
    """

    ids: np.ndarray
    dtype: ClassVar[str] = "int32"
    missing: ClassVar[float] = IGNORED

    def batch(self, rows: np.ndarray) -> np.ndarray:
        """Returns label ids, shape (batch,), int32."""
        return self.ids[rows]


@dataclass(frozen=True)
class MultiHot(RowLabels):
    """Any number of labels a row.

    Attributes:
        ids: Label ids of all rows, one behind the other; ``UNSEEN`` for unknown labels.
        offsets: First label of each row and the end of the last, shape (rows + 1,).
        present: Whether a row has labels for this head, shape (rows,).
        num_labels: Number of labels.
    """

    ids: np.ndarray
    offsets: np.ndarray
    present: np.ndarray
    num_labels: int
    dtype: ClassVar[str] = "float32"
    missing: ClassVar[float] = IGNORED

    @property
    def shape(self) -> tuple[int | None, ...]:
        """(labels,)."""
        return (self.num_labels,)

    def batch(self, rows: np.ndarray) -> np.ndarray:
        """Returns zeros and ones, shape (batch, labels), float32; rows without labels are -100."""
        ids, ends = gather(self.ids, self.offsets, rows)
        hot = np.zeros((len(rows), self.num_labels), "float32")
        row_of = np.repeat(np.arange(len(rows)), np.diff(ends))
        known = ids != UNSEEN
        hot[row_of[known], ids[known]] = 1
        hot[~self.present[rows]] = IGNORED
        return hot


@dataclass(frozen=True)
class Numbers(RowLabels):
    """One number a row.

    Attributes:
        values: Shape (rows,), float64; NaN for none.
    """

    values: np.ndarray
    dtype: ClassVar[str] = "float32"
    missing: ClassVar[float] = float("nan")

    @property
    def shape(self) -> tuple[int | None, ...]:
        """(1,): one number."""
        return (1,)

    def batch(self, rows: np.ndarray) -> np.ndarray:
        """Returns numbers, shape (batch, 1), float32."""
        return self.values[rows, None].astype("float32")


@dataclass(frozen=True)
class TagIds(RowLabels):
    """One tag a word.

    Attributes:
        ids: Tag ids of all words, one row's behind the other's.
        offsets: First word of each row and the end of the last, shape (rows + 1,).
        present: Whether a row has tags, shape (rows,).
        continued: Tag id that the further subwords of a word get, by the word's tag id; None leaves
            them without a label.
    """

    ids: np.ndarray
    offsets: np.ndarray
    present: np.ndarray
    continued: np.ndarray | None = None
    dtype: ClassVar[str] = "int32"
    missing: ClassVar[float] = IGNORED

    @property
    def shape(self) -> tuple[int | None, ...]:
        """(seq,): one tag a token."""
        return (None,)

    def batch_of_words(self, rows: np.ndarray, words: np.ndarray) -> np.ndarray:
        """Returns tag ids, shape (batch, seq), int32, ``IGNORED`` where no tag is asked for.

        Args:
            rows: Which rows, shape (batch,).
            words: Number of the word of each token, as in ``framing.Piece``, shape (batch, seq).
        """
        begins = self.offsets[:-1][rows][:, None]
        here = self.present[rows][:, None]
        labels = np.full(words.shape, IGNORED, "int32")
        first = (words >= 0) & here
        labels[first] = self.ids[(begins + words)[first]]
        if self.continued is not None:
            within = (words < -1) & here
            tags = self.ids[(begins - 2 - words)[within]]
            labels[within] = np.where(tags == UNSEEN, UNSEEN, self.continued[tags])
        return labels


SUBWORDS = ("first", "all")


def row_labels(target: Target, labels: LabelMap, *, subwords: str = "first") -> RowLabels:
    """Returns the labels of a head in the form that batches are made of.

    Args:
        target: The labels as they were read.
        labels: Their ids.
        subwords: Which subwords of a word have its tag: the ``"first"``, or ``"all"`` with B-
            turned into I- behind the first.

    Raises:
        ArgumentError: ``subwords`` is neither.
    """
    if subwords not in SUBWORDS:
        raise ArgumentError(f"subwords is {subwords!r}, expected one of {', '.join(SUBWORDS)}")
    return FORMS[target.head.task](target, labels, subwords)


def _one(target: Target, labels: LabelMap, subwords: str) -> RowLabels:
    ids = np.full(len(target), IGNORED, "int32")
    ids[target.present] = labels.ids(target)
    return LabelIds(ids)


def _several(target: Target, labels: LabelMap, subwords: str) -> RowLabels:
    return MultiHot(labels.ids(target), target.offsets, target.present, len(labels))


def _number(target: Target, labels: LabelMap, subwords: str) -> RowLabels:
    values = np.full(len(target), np.nan)
    values[target.present] = target.flat
    return Numbers(values)


def _tags(target: Target, labels: LabelMap, subwords: str) -> RowLabels:
    continued = None
    if subwords == "all":
        ids = {name: i for i, name in enumerate(labels.names)}
        # A type that never goes on has no I- of its own: further subwords then have no label.
        inner = [ids.get(continuation(name), IGNORED) for name in labels.names]
        continued = np.array(inner, "int32") if target.scheme != "none" else np.arange(len(labels))
    return TagIds(labels.ids(target), target.offsets, target.present, continued)


FORMS: dict[str, Callable[[Target, LabelMap, str], RowLabels]] = {
    "single-label": _one,
    "multi-label": _several,
    "regression": _number,
    "token": _tags,
}


def as_row_labels(labels: Any) -> RowLabels | Mapping[str, RowLabels] | None:
    """Returns labels in the form that batches are made of; an array is taken for label ids."""
    if labels is None or isinstance(labels, (RowLabels, Mapping)):
        return labels
    return LabelIds(np.asarray(labels, "int32"))
