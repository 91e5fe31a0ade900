"""Logits -> what a model says, for each task: labels, lists of labels, numbers, tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfclf.errors import ArgumentError
from tfclf.evaluation.predict import Logits, sigmoid, softmax
from tfclf.evaluation.viterbi import decode_tags

THRESHOLD = 0.5  # probability above which a label of several is said
DECODINGS = ("argmax", "viterbi")
DIGITS = 6  # of a score in a file of predictions


@dataclass(frozen=True)
class Decider:
    """What turns the logits of a head into its answers.

    Attributes:
        task: Name of the task.
        labels: Labels in the order of their ids.
        scheme: Scheme of the tags; None for other labels.
        decoding: ``"argmax"`` takes the best tag of each word, ``"viterbi"`` the best sequence that
            the scheme allows.
        thresholds: Probability above which each of several labels is said; None: 0.5 for all.
    """

    task: str
    labels: tuple[str, ...]
    scheme: str | None = None
    decoding: str = "argmax"
    thresholds: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.decoding not in DECODINGS:
            raise ArgumentError(
                f"decoding is {self.decoding!r}, expected one of {', '.join(DECODINGS)}"
            )
        if self.thresholds is not None and len(self.thresholds) != len(self.labels):
            raise ArgumentError(
                f"{len(self.thresholds)} thresholds for {len(self.labels)} labels",
                remedy="Give one a label, in the order of their ids.",
            )

    def probabilities(self, logits: Logits) -> Any:
        """Returns probabilities, shape (rows, labels), or a list of (words, labels).

        Raises:
            ArgumentError: The task has none.
        """
        if self.task == "regression":
            raise ArgumentError(
                "a regression has no probabilities", remedy="Call predict: it gives the numbers."
            )
        return PROBABILITIES[self.task](logits)

    def decide(self, logits: Logits) -> list[Any]:
        """Returns the answer to each row: a label, a list of labels, a number or a list of tags."""
        return DECISIONS[self.task](self, logits)

    def lines(self, logits: Logits, *, all_scores: bool = False) -> Iterator[dict[str, Any]]:
        """Yields the line of each row in a file of predictions."""
        return LINES[self.task](self, logits, all_scores)


def _best_label(decider: Decider, logits: np.ndarray) -> list[str]:
    return [decider.labels[i] for i in logits.argmax(-1)]


def _likely_labels(decider: Decider, logits: np.ndarray) -> list[list[str]]:
    said = sigmoid(logits) > (THRESHOLD if decider.thresholds is None else decider.thresholds)
    return [[decider.labels[i] for i in np.flatnonzero(row)] for row in said]


def _number(decider: Decider, logits: np.ndarray) -> list[float]:
    return logits[:, 0].astype("float64").tolist()


def _tags(decider: Decider, logits: Logits) -> list[list[str]]:
    ids = [
        decode_tags(row, decider.labels, decider.scheme or "none")
        if decider.decoding == "viterbi" and len(row)
        else row.argmax(-1)
        for row in logits
    ]
    return [[decider.labels[i] for i in row] for row in ids]


DECISIONS: dict[str, Callable[[Decider, Any], list[Any]]] = {
    "single-label": _best_label,
    "multi-label": _likely_labels,
    "regression": _number,
    "token": _tags,
}

PROBABILITIES: dict[str, Callable[[Any], Any]] = {
    "single-label": softmax,
    "multi-label": sigmoid,
    "token": lambda logits: [softmax(row) if len(row) else row for row in logits],
}


def _scores(labels: Sequence[str], row: np.ndarray) -> dict[str, float]:
    return {name: round(float(score), DIGITS) for name, score in zip(labels, row, strict=True)}


def _label_lines(decider: Decider, logits: Logits, all_scores: bool) -> Iterator[dict[str, Any]]:
    for row in softmax(logits):
        best = int(row.argmax())
        line = {"label": decider.labels[best], "score": round(float(row[best]), DIGITS)}
        yield line | ({"scores": _scores(decider.labels, row)} if all_scores else {})


def _list_lines(decider: Decider, logits: Logits, all_scores: bool) -> Iterator[dict[str, Any]]:
    pairs = zip(_likely_labels(decider, logits), sigmoid(logits), strict=True)
    for said, row in pairs:
        scores = _scores(decider.labels, row)
        yield {
            "labels": said,
            "scores": scores if all_scores else {label: scores[label] for label in said},
        }


def _number_lines(decider: Decider, logits: Logits, all_scores: bool) -> Iterator[dict[str, Any]]:
    for value in _number(decider, logits):
        yield {"value": round(value, DIGITS)}


def _tag_lines(decider: Decider, logits: Logits, all_scores: bool) -> Iterator[dict[str, Any]]:
    for tags, row in zip(_tags(decider, logits), logits, strict=True):
        line: dict[str, Any] = {"tags": tags}
        if all_scores:
            line["scores"] = (
                [_scores(decider.labels, word) for word in softmax(row)] if tags else []
            )
        yield line


LINES: dict[str, Callable[[Decider, Any, bool], Iterator[dict[str, Any]]]] = {
    "single-label": _label_lines,
    "multi-label": _list_lines,
    "regression": _number_lines,
    "token": _tag_lines,
}
