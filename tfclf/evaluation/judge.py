"""True labels and logits -> the figures of a split, one way for each task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfclf.data import Target
from tfclf.errors import DataError
from tfclf.evaluation.decisions import Decider
from tfclf.evaluation.predict import Logits, WordLogits
from tfclf.evaluation.scores import (
    Scores,
    multi_label_scores,
    regression_scores,
    single_label_scores,
    tag_scores,
)
from tfclf.tasks import find_task


def judge(target: Target, logits: Logits, decider: Decider) -> Scores:
    """Judges a head on the rows that have a label for it.

    Args:
        target: The true labels.
        logits: Logits of the same rows.
        decider: What turns logits into answers.

    Returns:
        The number of ``rows`` that were judged, and the figures of the task as the functions of
        ``tfclf.evaluation.scores`` give them.

    Raises:
        DataError: No row, or no word of any, has a label for the head.
    """
    values = target.values()
    rows = [row for row, value in enumerate(values) if value is not None]
    truth = [values[row] for row in rows]
    only_empty = find_task(decider.task).per_word and not any(truth)
    if not rows or only_empty:
        raise DataError(
            f"no {'word' if rows else 'row'} has a label for {target.head.name!r}",
            remedy=f"Check the column {target.head.label_column!r}.",
        )
    return {"rows": len(rows)} | JUDGES[decider.task](truth, _chosen(logits, rows), decider)


def _chosen(logits: Logits, rows: list[int]) -> Logits:
    """Returns the logits of some rows."""
    if isinstance(logits, np.ndarray):
        return logits[rows]
    if len(rows) == len(logits):
        return logits
    every = list(logits)
    parts = [every[row] for row in rows]
    ends = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    return WordLogits(np.concatenate(parts), ends)


def _one(truth: list[Any], logits: np.ndarray, decider: Decider) -> Scores:
    labels = [label for (label,) in truth]
    return single_label_scores(labels, decider.probabilities(logits), decider.labels)


def _several(truth: list[Any], logits: np.ndarray, decider: Decider) -> Scores:
    return multi_label_scores(
        truth, decider.probabilities(logits), decider.labels, decider.decide(logits)
    )


def _number(truth: list[Any], logits: np.ndarray, decider: Decider) -> Scores:
    return regression_scores([value for (value,) in truth], np.array(decider.decide(logits)))


def _tags(truth: list[Any], logits: WordLogits, decider: Decider) -> Scores:
    return tag_scores(
        truth,
        decider.probabilities(logits),
        decider.labels,
        decider.decide(logits),
        decider.scheme,
    )


JUDGES: dict[str, Callable[[list[Any], Any, Decider], Scores]] = {
    "single-label": _one,
    "multi-label": _several,
    "regression": _number,
    "token": _tags,
}
