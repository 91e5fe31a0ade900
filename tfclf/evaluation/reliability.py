"""Confidence and truth -> whether a model is right as often as it says, and the picture of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfclf.errors import ArgumentError
from tfclf.evaluation.scores import CALIBRATION_BINS, calibration_error

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EDGES: dict[str, Any] = {"edgecolor": "white", "linewidth": 0.5}


@dataclass(frozen=True)
class Reliability:
    """Confidence and accuracy in bins of equal width.

    Attributes:
        confidence: Mean confidence of each bin, in [0, 1]; of an empty one its middle.
        accuracy: Share of the answers in it that are right, in [0, 1]; of an empty one 0.
        counts: Answers in it.
        error: Expected calibration error, as ``calibration_error`` gives it.
    """

    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]
    counts: tuple[int, ...]
    error: float

    def to_dict(self) -> dict[str, Any]:
        """Returns plain lists and numbers."""
        columns = {name: list(getattr(self, name)) for name in ("confidence", "accuracy", "counts")}
        return asdict(self) | columns


def reliability(
    confidence: np.ndarray, correct: np.ndarray, bins: int = CALIBRATION_BINS
) -> Reliability:
    """Sets confidence against accuracy (Guo et al. 2017, section 2).

    Args:
        confidence: Probability of each answer, in [0, 1], shape (answers,).
        correct: Whether it is right, shape (answers,).
        bins: Number of bins.

    Returns:
        The bins and the expected calibration error over them.

    Raises:
        ArgumentError: The shapes differ, a confidence is not in [0, 1], or ``bins`` is below 1.

    Example:
    >>> found = reliability(np.array([0.9, 0.8, 0.3]), np.array([True, False, True]), bins=2)
    >>> found.accuracy, found.counts, round(found.error, 3)  # (0.7 + 1.7 - 1) / 3
    ((1.0, 0.5), (1, 2), 0.467)
    """
    confidence, correct = np.asarray(confidence, "float64"), np.asarray(correct, bool)
    if confidence.ndim != 1 or confidence.shape != correct.shape:
        raise ArgumentError(
            f"expected a confidence for each answer, got shapes {confidence.shape} and "
            f"{correct.shape}"
        )
    outside = np.flatnonzero(~((confidence >= 0) & (confidence <= 1)))
    if len(outside):
        raise ArgumentError(
            f"expected a confidence in [0, 1], got {confidence[outside[0]]:g}",
            where=f"row {outside[0] + 1}",
        )
    if bins < 1:
        raise ArgumentError(f"bins is {bins}, expected at least 1")
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)  # as in calibration_error
    counts = np.bincount(bin_of, minlength=bins)
    sums = (np.bincount(bin_of, column, bins) for column in (confidence, correct))
    mean, accuracy = (total / np.maximum(counts, 1) for total in sums)
    middles = (np.arange(bins) + 0.5) / bins
    return Reliability(
        tuple(np.where(counts, mean, middles).tolist()),
        tuple(accuracy.tolist()),
        tuple(counts.tolist()),
        calibration_error(confidence, correct, bins),
    )


def multi_label_confidence(
    probabilities: np.ndarray, said: np.ndarray, truth_hot: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns confidence and correctness of each answer about a label of a row.

    To say a label has its probability as confidence, to say nothing the rest, as in the
    ``expected_calibration_error`` of ``multi_label_scores``.

    Args:
        probabilities: Shape (rows, labels).
        said: Whether a label was given, shape (rows, labels), bool.
        truth_hot: 1 where a row has a label, else 0, below 0 where nobody knows; (rows, labels).

    Returns:
        Confidence and whether it was right, shape (known answers,) both.

    Raises:
        ArgumentError: The shapes differ.

    Example:
    >>> multi_label_confidence(np.array([[0.75, 0.25]]), np.array([[1, 0]]), np.array([[1, 1]]))
    (array([0.75, 0.75]), array([ True, False]))
    """
    probabilities, truth = np.asarray(probabilities, "float64"), np.asarray(truth_hot)
    given = np.asarray(said, bool)
    if not probabilities.shape == given.shape == truth.shape:
        raise ArgumentError(
            f"expected an answer and the truth for each probability, got shapes "
            f"{probabilities.shape}, {given.shape} and {truth.shape}"
        )
    known = truth >= 0
    confidence = np.where(given, probabilities, 1 - probabilities)
    return confidence[known], (given == (truth == 1))[known]


def draw_reliability(before: Reliability, after: Reliability, path: Path) -> None:
    """Draws accuracy over confidence before and after calibration, and how often each occurs.

    Args:
        before: Bins before.
        after: Bins after.
        path: PNG file to write.
    """
    from matplotlib.figure import Figure  # takes long: whoever draws nothing does not wait for it

    figure = Figure(figsize=(9, 5.4), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True, sharey="row", height_ratios=(3, 1))
    pairs = (("before", before), ("after", after))
    for (upper, lower), (title, found) in zip(axes.T, pairs, strict=True):
        _draw_bars(upper, found)
        upper.set_title(f"{title}: calibration error {found.error:.3f}")
        _draw_counts(lower, found)
    axes[0, 0].legend(loc="upper left", fontsize=8)
    axes[0, 0].set_ylabel("accuracy")
    axes[1, 0].set_ylabel("share of answers")
    for axis in axes[1]:
        axis.set_xlabel("confidence")
    figure.savefig(path, dpi=110, format="png", bbox_inches="tight")


def _draw_bars(axis: Axes, found: Reliability) -> None:
    here = np.flatnonzero(found.counts)
    width = 1 / len(found.counts)
    accuracy, confidence = (np.array(x)[here] for x in (found.accuracy, found.confidence))
    both = np.minimum(accuracy, confidence)
    parts = (
        ("accuracy", "tab:blue", "", np.zeros_like(both), both),
        ("confidence beyond it", "tab:red", "///", accuracy, confidence - both),
        ("accuracy beyond the confidence", "tab:green", "...", both, accuracy - both),
    )
    for label, color, hatch, bottom, height in parts:
        alpha = 0.45 if hatch else 1.0
        style: dict[str, Any] = {"color": color, "hatch": hatch, "alpha": alpha, "label": label}
        axis.bar(here * width, height, width, bottom, align="edge", **EDGES, **style)
    axis.plot((0, 1), (0, 1), color="black", linewidth=1, linestyle="--", label="calibrated")
    axis.set_xlim(0, 1)
    axis.set_ylim(0, 1.02)
    axis.grid(alpha=0.3)
    axis.set_axisbelow(True)


def _draw_counts(axis: Axes, found: Reliability) -> None:
    width = 1 / len(found.counts)
    share = np.array(found.counts) / max(sum(found.counts), 1)
    left = np.arange(len(share)) * width
    axis.bar(left, share, width, align="edge", color="tab:gray", **EDGES)
    axis.grid(axis="y", alpha=0.3)
    axis.set_axisbelow(True)
