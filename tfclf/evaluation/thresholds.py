"""Probabilities and true labels -> above which probability each label is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tfclf.errors import ArgumentError
from tfclf.evaluation.calibration import label_shifts
from tfclf.evaluation.expected_f1 import blended_f1
from tfclf.evaluation.validation_rows import checked_entries

DEFAULT = 0.5
CANDIDATES = np.round(np.arange(0.05, 0.9901, 0.005), 3)
MIN_POSITIVES = 8  # true rows from which a label's own F1 counts
ORIGINS = ("own", "common", "default")
SURE = 1e-12  # probabilities are taken to be at least this far from 0 and 1
SHOWN = 8  # labels named in a sentence
FLAT = 1e-9  # a difference of F1 that is none


@dataclass(frozen=True)
class Thresholds:
    """The probability above which each label of several is said, and where it comes from.

    Attributes:
        labels: Labels in the order of their ids.
        values: Threshold of each, in (0, 1).
        origins: For each label ``"own"`` (chosen on its own true rows), ``"common"`` (too few of
            these: chosen on its probabilities, corrected by what all labels have in common) or
            ``"default"`` (nothing to choose on: one half).
        reasons: What was chosen on what, one sentence an origin.
    """

    labels: tuple[str, ...]
    values: tuple[float, ...]
    origins: tuple[str, ...]
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counts = [len(self.labels), len(self.values), len(self.origins)]
        if len(set(counts)) > 1:
            raise ArgumentError(
                "expected a threshold and an origin for each of {} labels, got {} and {}".format(
                    *counts
                )
            )
        for label, value, origin in zip(self.labels, self.values, self.origins, strict=True):
            if not 0 < value < 1:
                raise ArgumentError(
                    f"the threshold is {value}, expected a number between 0 and 1",
                    where=f"label {label!r}",
                )
            if origin not in ORIGINS:
                raise ArgumentError(
                    f"the origin is {origin!r}, expected one of {', '.join(ORIGINS)}",
                    where=f"label {label!r}",
                )

    def say(self, probabilities: np.ndarray) -> np.ndarray:
        """Returns which labels are said, shape (rows, labels), bool."""
        return np.asarray(probabilities) > np.array(self.values)

    def to_dict(self) -> dict[str, Any]:
        """Returns what ``from_dict`` reads, of plain lists, numbers and strings."""
        return {name: list(column) for name, column in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Thresholds:
        """Makes what ``to_dict`` has described."""
        return cls(
            tuple(map(str, values["labels"])),
            tuple(map(float, values["values"])),
            tuple(map(str, values["origins"])),
            tuple(map(str, values.get("reasons", ()))),
        )


def choose_thresholds(
    probabilities: np.ndarray,
    truth_hot: np.ndarray,
    labels: Sequence[str],
    *,
    min_positives: int = MIN_POSITIVES,
) -> Thresholds:
    """Chooses the threshold of each label for macro-F1 on rows that are not seen yet.

    The best threshold on a few true rows is mostly chance. So the probabilities of each label are
    first corrected by ``label_shifts``; with them, the F1 of every threshold can be expected from
    all rows. A label of ``min_positives`` true rows or more takes the threshold of the highest
    average of this and of the F1 that was counted (``blended_f1``), a rarer one that of the highest
    expected F1 alone. Of equally good thresholds the middle one is taken.

    Args:
        probabilities: Of validation rows, shape (rows, labels): ``sigmoid`` of the logits, divided
            by the temperature where there is one.
        truth_hot: 1 where a row has a label, else 0, below 0 where nobody knows; (rows, labels).
        labels: Labels in the order of the columns.
        min_positives: True rows from which a label's own F1 counts, at least 1.

    Returns:
        Thresholds from 0.05 to 0.99; one half for all where no label is true in any row.

    Raises:
        ArgumentError: A shape does not fit, a probability is not in [0, 1], a true answer is above
            1, or ``min_positives`` is below 1.

    Example:
    >>> p = np.linspace(0, 1, 201)[:, None] ** 2 / 2  # only the upper rows are likely, at most 0.5
    >>> truth = (np.arange(201) >= 150)[:, None]
    >>> thresholds = choose_thresholds(p, truth, ["rare"])
    >>> thresholds.values[0] < 0.5, thresholds.origins
    (True, ('own',))
    """
    from scipy.special import logit  # takes long: whoever only predicts does not wait for it

    if min_positives < 1:
        raise ArgumentError(f"min_positives is {min_positives}, expected at least 1")
    probabilities, truth = checked_entries(probabilities, truth_hot, "probabilities")
    _check(probabilities, truth, labels)
    hits = (truth == 1).sum(0)
    if not hits.any():
        return _defaults(labels, len(truth))
    known = truth >= 0
    logits = logit(np.clip(np.where(known, probabilities, DEFAULT), SURE, 1 - SURE))
    expected = 1 / (1 + np.exp(-logits - label_shifts(logits, truth)))
    own = hits >= min_positives
    values = tuple(
        _best(probabilities[here, label], truth[here, label], expected[here, label], own[label])
        for label, here in enumerate(known.T)
    )
    origins = tuple("own" if enough else "common" for enough in own)
    return Thresholds(tuple(labels), values, origins, _reasons(labels, hits, own, min_positives))


def _check(probabilities: np.ndarray, truth: np.ndarray, labels: Sequence[str]) -> None:
    if probabilities.shape[1] != len(labels):
        raise ArgumentError(
            f"expected probabilities of {len(labels)} labels, got {probabilities.shape[1]}"
        )
    outside = np.flatnonzero((((probabilities < 0) | (probabilities > 1)) & (truth >= 0)).any(1))
    if len(outside):
        raise ArgumentError(
            "expected probabilities in [0, 1]",
            where=f"row {outside[0] + 1}",
            remedy="Take the sigmoid of logits first.",
        )


def _best(probability: np.ndarray, truth: np.ndarray, expected: np.ndarray, own: bool) -> float:
    """Returns the best threshold of one label, given shape (rows,) of each."""
    order = np.argsort(probability, kind="stable")
    # A row is said where its probability is above the threshold: those from `first` on.
    first = np.searchsorted(probability[order], CANDIDATES, side="right")
    hits, expected_hits = (
        np.concatenate([np.cumsum(column[order][::-1])[::-1], [0]])[first]
        for column in (truth.astype("float64"), expected)
    )
    # Without true rows of its own, the counted F1 has no weight.
    true = np.array(truth.sum() if own else 0)
    f1 = blended_f1(hits, len(truth) - first, true, expected_hits, expected.sum())
    best = np.flatnonzero(f1 >= f1.max() - FLAT)
    return float(CANDIDATES[best[len(best) // 2]])


def _defaults(labels: Sequence[str], rows: int) -> Thresholds:
    reason = f"threshold {DEFAULT} for all labels: no label is true in any of {rows} rows"
    count = len(labels)
    return Thresholds(tuple(labels), (DEFAULT,) * count, ("default",) * count, (reason,))


def _reasons(
    labels: Sequence[str], hits: np.ndarray, own: np.ndarray, min_positives: int
) -> tuple[str, ...]:
    rare = [f"{labels[i]!r} ({hits[i]})" for i in np.flatnonzero(~own).tolist()]
    named = ", ".join(rare[:SHOWN]) + (", ..." if len(rare) > SHOWN else "")
    reasons = []
    if own.any():
        reasons.append(f"thresholds of {own.sum()} of {len(labels)} labels chosen for their F1")
    if rare:
        reasons.append(
            f"thresholds of {len(rare)} of {len(labels)} labels chosen by their probabilities and "
            f"what all labels have in common, for fewer than {min_positives} true validation rows: "
            f"{named}"
        )
    return tuple(reasons)
