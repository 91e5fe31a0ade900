"""Scores of a label -> the curve of its precision over its recall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

POINTS = 120  # of a curve that is drawn


@dataclass(frozen=True)
class PrecisionRecall:
    """Precision over recall of one label, for every threshold on its probability.

    Attributes:
        recall: From 1 down to 0, in [0, 1].
        precision: Of the same thresholds, in [0, 1].
        average_precision: Mean of the precision over the recall that is gained, scikit-learn's.
        share: Share of the rows that have the label: the precision of guessing.
    """

    recall: tuple[float, ...]
    precision: tuple[float, ...]
    average_precision: float
    share: float


def precision_recall(true: np.ndarray, scores: np.ndarray, points: int = POINTS) -> PrecisionRecall:
    """Returns the curve of a label, thinned out to so many points.

    Args:
        true: Whether each row has the label, shape (rows,), at least one of them.
        scores: Its probability, shape (rows,).
        points: Most points; the ends stay.

    Example:
    >>> curve = precision_recall(np.array([True, False, True]), np.array([0.9, 0.8, 0.7]))
    >>> round(curve.average_precision, 3)  # 1 x 1/2 + 2/3 x 1/2
    0.833
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve

    precision, recall, _ = precision_recall_curve(true, scores)
    kept = np.unique(np.linspace(0, len(recall) - 1, points).astype(int))
    if len(recall) > points:  # evenly over the recall: thresholds crowd at its ends
        wanted = np.linspace(1, 0, points)
        kept = np.unique(np.searchsorted(-recall, -wanted).clip(0, len(recall) - 1))
    return PrecisionRecall(
        tuple(recall[kept].tolist()),
        tuple(precision[kept].tolist()),
        float(average_precision_score(true, scores)),
        float(np.mean(true)),
    )
