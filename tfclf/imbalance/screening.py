"""Rows that somebody made -> those that are worth a look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tfclf.data import LabelMap, Rows
from tfclf.errors import ArgumentError
from tfclf.imbalance.near_duplicates import (
    SIMILARITY,
    check_similarity,
    close_to,
    fold,
    nearest,
    repeats,
)

TASKS = ("single-label", "multi-label")  # that take rows made by somebody else

# Why a row is left out, and in what order: it counts for the first reason that it meets.
REASONS = {
    "empty": "no text",
    "label": "a label that training does not have",
    "validation": "close to a validation row",
    "test": "close to a test row",
    "same": "the text of a training row",
    "near": "close to a training row",
    "repeated": "close to an earlier candidate",
}


@dataclass(frozen=True)
class Screened:
    """Which candidates are left, and why the others are not.

    Attributes:
        reasons: Key of ``REASONS`` for each candidate, shape (candidates,), str; ``""`` for those
            that are left.
        nearest: The closest training text of each that is left; empty where there is none.
        similarity: How close it is, shape (left,), in [0, 1].
    """

    reasons: np.ndarray
    nearest: tuple[str, ...]
    similarity: np.ndarray

    @property
    def kept(self) -> np.ndarray:
        """Indices of the candidates that are left, shape (left,)."""
        return np.flatnonzero(self.reasons == "")

    @property
    def counts(self) -> dict[str, int]:
        """How many candidates each reason left out."""
        return {reason: int((self.reasons == reason).sum()) for reason in REASONS}


def screen(
    candidates: Rows,
    training: Rows,
    held_out: Mapping[str, Rows] | None = None,
    *,
    similarity: float = SIMILARITY,
) -> Screened:
    """Leaves out what teaches nothing, and what would make the figures too good.

    Labels are not compared: a candidate with the text of a training row and another label is left
    out as well.

    Args:
        candidates: Rows that somebody made or labelled, with their labels.
        training: The training rows.
        held_out: Rows to keep away from, by their split: ``"validation"``, ``"test"``.
        similarity: From which similarity on two texts are close, in (0, 1]; as in ``nearest``.

    Returns:
        Which candidates are left.

    Raises:
        ArgumentError: The similarity is out of range, a split is unknown, or the rows are not
            texts with one label or a list of them.

    Example:
    >>> from tfclf.data import read_rows
    >>> training = read_rows((["I lost my card", "No refund yet"], ["card", "refund"]))
    >>> made = read_rows((["i lost my card!", "My card is gone", ""], ["card"] * 3))
    >>> screen(made, training).reasons.tolist()
    ['near', '', 'empty']
    """
    check_similarity(similarity)
    check_augmentable(training)
    texts = [text for part in candidates.texts() for text in part]
    known = set(LabelMap.from_rows(training).names)
    masks = {
        "empty": np.array([not fold(text) for text in texts]),
        "label": np.array([not known.issuperset(row) for row in candidates.target.values()]),
    }
    for split, rows in (held_out or {}).items():
        if split not in ("validation", "test"):
            raise ArgumentError(f"unknown split {split!r}, expected validation or test")
        masks[split] = close_to(texts, rows, similarity)
    closest = nearest(texts, training.texts())
    masks["same"] = _equal(texts, training)
    masks["near"] = closest.similarity >= similarity
    reasons = np.full(len(texts), "", object)
    for reason in reversed([reason for reason in REASONS if reason in masks]):
        reasons[masks[reason]] = reason
    left = np.flatnonzero(reasons == "")
    reasons[left[repeats([texts[row] for row in left], similarity) >= 0]] = "repeated"
    left = np.flatnonzero(reasons == "")
    return Screened(reasons, _texts(training, closest.number[left]), closest.similarity[left])


def check_augmentable(rows: Rows) -> None:
    """Raises where rows are not texts with one label or a list of them.

    Args:
        rows: The rows.

    Raises:
        ArgumentError: The rows are pairs or words, have several heads, or labels of another task.
    """
    if len(rows.targets) > 1:
        raise ArgumentError(
            f"rows with several heads ({', '.join(rows.targets)}) take no rows made by others",
            remedy="Train one task at a time.",
        )
    check_task(rows.target.head.task)
    if rows.kinds != ("text",):
        raise ArgumentError(
            f"rows of {' and '.join(rows.kinds)} take no rows made by others, only one text each",
            where=rows.source,
        )


def check_task(task: str) -> None:
    """Raises where a task does not take rows made by somebody else."""
    if task not in TASKS:
        raise ArgumentError(
            f"the task {task} takes no rows made by others, only {' and '.join(TASKS)}",
            remedy="Add checked rows to the training file itself.",
        )


def _equal(texts: Sequence[str], rows: Rows) -> np.ndarray:
    """Tells which texts are those of a row, case and spacing aside."""
    known = {fold(text) for part in rows.texts() for text in part}
    return np.array([fold(text) in known for text in texts])


def _texts(rows: Rows, indices: np.ndarray) -> tuple[str, ...]:
    """Returns the texts of some rows; none for -1."""
    return tuple(rows.dataset[int(row)]["text"] if row >= 0 else "" for row in indices)
