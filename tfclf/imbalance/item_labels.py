"""Encoded rows -> which classes each item has, in one form for every task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tfclf.data import EncodedRows, LabelIds, MultiHot, Numbers, RowLabels, TagIds
from tfclf.errors import ArgumentError


@dataclass(frozen=True)
class ItemLabels:
    """The classes of items: pairs of an item and a class that it has.

    An *item* is what stands in a batch, as in ``EncodedRows``. A text that is read as several items
    has its labels in the first of them; an item of words has the tags of its own words.

    Attributes:
        task: Name of the task.
        num_items: Number of items.
        items: The item of each pair, ascending, shape (pairs,).
        ids: The class of each pair, each class of an item once, shape (pairs,).
        labelled: Whether an item has labels at all, shape (items,); one with an empty list has, one
            with nothing but an unseen label has not.
    """

    task: str
    num_items: int
    items: np.ndarray
    ids: np.ndarray
    labelled: np.ndarray

    @cached_property
    def counts(self) -> np.ndarray:
        """Items of each class up to the largest id that occurs, shape (classes,)."""
        return np.bincount(self.ids)

    def check(self, num_classes: int | None = None) -> None:
        """Raises where there is nothing to draw by.

        Args:
            num_classes: Number of classes, each of which must have an item; None asks for no more
                than one class that has.

        Raises:
            ArgumentError: No item has a class, a class has no item, or an id is beyond the classes.
        """
        if not len(self.ids):
            raise ArgumentError(
                f"none of the {self.num_items} training items has a label that is known",
                remedy="Check the label column, or train without sampling.",
            )
        if num_classes is None:
            return
        if len(self.counts) > num_classes:
            raise ArgumentError(
                f"a label id is {len(self.counts) - 1}, expected 0 to {num_classes - 1}"
            )
        present = np.bincount(self.ids, minlength=num_classes) > 0
        if not present.all():
            absent = np.flatnonzero(~present).tolist()
            raise ArgumentError(
                f"no training row has the class {', '.join(map(str, absent[:8]))}"
                f"{', ...' if len(absent) > 8 else ''}: nothing to draw from",
                remedy="Add rows of it, or drop the label.",
            )


def item_labels(rows: EncodedRows | RowLabels | np.ndarray, head: str | None = None) -> ItemLabels:
    """Returns the classes of all items.

    Args:
        rows: Encoded rows with labels; or the labels alone, where every row is one item: a
            ``RowLabels``, or label ids, shape (rows,).
        head: Name of the head whose labels are meant; None where there is only one.

    Raises:
        ArgumentError: There are no labels, or it is not clear which head's are meant.

    Example:
    >>> labels = item_labels(np.array([2, 0, -100, 2]))
    >>> labels.items.tolist(), labels.ids.tolist(), labels.counts.tolist()
    ([0, 1, 3], [2, 0, 2], [1, 0, 2])
    """
    if isinstance(rows, EncodedRows):
        labels = _labels_of_head(rows.labels, head)
        return FORMS[type(labels)](labels, rows)
    labels = rows if isinstance(rows, RowLabels) else LabelIds(_checked_ids(rows))
    return FORMS[type(labels)](labels, None)


def _labels_of_head(
    labels: RowLabels | Mapping[str, RowLabels] | None, head: str | None
) -> RowLabels:
    """Returns the labels of one head."""
    if labels is None:
        raise ArgumentError("the rows have no labels", remedy="Encode them with labels=...")
    if not isinstance(labels, Mapping):
        return labels
    if head is None or head not in labels:
        raise ArgumentError(
            f"head is {head!r}, expected one of {', '.join(labels)}",
            remedy="Rows are drawn by the labels of one head: say of which.",
        )
    return labels[head]


def _checked_ids(ids: np.ndarray) -> np.ndarray:
    """Returns label ids, shape (rows,)."""
    ids = np.asarray(ids)
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise ArgumentError(
            f"labels of shape {ids.shape} and type {ids.dtype}, expected one whole number a row",
            remedy="Several labels a row are a tfclf.data.MultiHot.",
        )
    return ids


def _of_rows(
    task: str, pair_rows: np.ndarray, ids: np.ndarray, present: np.ndarray, rows: EncodedRows | None
) -> ItemLabels:
    """Puts the labels of rows on the first item of each; unseen ids are left out."""
    first, num_items = np.arange(len(present)), len(present)
    if rows is not None and rows.row_ends is not None and not rows.windowed:
        first, num_items = rows.row_ends[:-1], len(rows)
    labelled = np.zeros(num_items, bool)
    labelled[first] = present
    return _paired(task, first[pair_rows], ids, labelled)


def _paired(task: str, items: np.ndarray, ids: np.ndarray, labelled: np.ndarray) -> ItemLabels:
    """Keeps each known class of an item once."""
    items, ids = items[ids >= 0], ids[ids >= 0].astype("int64")
    width = int(ids.max(initial=0)) + 1
    pairs = np.unique(items * width + ids)  # one number a pair: sorted by item, then by class
    return ItemLabels(task, len(labelled), pairs // width, pairs % width, labelled)


def _one(labels: LabelIds, rows: EncodedRows | None) -> ItemLabels:
    everyone = np.arange(len(labels.ids))
    return _of_rows("single-label", everyone, labels.ids, labels.ids >= 0, rows)


def _several(labels: MultiHot, rows: EncodedRows | None) -> ItemLabels:
    pair_rows = np.repeat(np.arange(len(labels.present)), np.diff(labels.offsets))
    here = labels.present[pair_rows]
    return _of_rows("multi-label", pair_rows[here], labels.ids[here], labels.present, rows)


def _number(labels: Numbers, rows: EncodedRows | None) -> ItemLabels:
    none = np.empty(0, "int64")
    return _of_rows("regression", none, none, ~np.isnan(labels.values), rows)


def _tags(labels: TagIds, rows: EncodedRows | None) -> ItemLabels:
    if rows is None or rows.words is None:
        pair_rows = np.repeat(np.arange(len(labels.present)), np.diff(labels.offsets))
        here = labels.present[pair_rows]
        return _paired("token", pair_rows[here], labels.ids[here], labels.present)
    words = np.asarray(rows.words)
    own = words >= 0  # the first token of each word, in the window that tags it
    items = np.repeat(np.arange(len(rows)), np.diff(rows.offsets))[own]
    labelled = labels.present[rows.row_of]
    items, words = items[labelled[items]], words[own][labelled[items]]
    ids = labels.ids[labels.offsets[rows.row_of[items]] + words]
    return _paired("token", items, ids, labelled)


FORMS: dict[type[RowLabels], Callable[..., ItemLabels]] = {
    LabelIds: _one,
    MultiHot: _several,
    Numbers: _number,
    TagIds: _tags,
}
