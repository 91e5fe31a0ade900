"""True labels and predictions -> the figures of ``metrics.json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score
from sklearn.metrics import precision_recall_fscore_support as precision_recall_f1

CALIBRATION_BINS = 15

Scores = dict[str, Any]


def single_label_scores(
    truth: Sequence[str], probabilities: np.ndarray, labels: Sequence[str]
) -> Scores:
    """Judges predictions.

    Args:
        truth: True label of each row; one that the model does not have is a miss.
        probabilities: Shape (rows, labels).
        labels: Labels of the model, in the order of their ids.

    Returns:
        ``macro_f1``, ``micro_f1``, ``weighted_f1``, ``accuracy``, ``expected_calibration_error``,
        ``predicted_classes`` and ``per_class``. Macro-F1 is scikit-learn's: the mean over the
        labels that occur in the truth or in the predictions.

    Example:
    >>> scores = single_label_scores(["a", "b"], np.array([[0.9, 0.1], [0.6, 0.4]]), ["a", "b"])
    >>> round(scores["macro_f1"], 4), scores["predicted_classes"]
    (0.3333, 1)
    """
    names = all_labels(truth, labels)
    ids = {name: i for i, name in enumerate(names)}
    true = np.array([ids[name] for name in truth])
    predicted = probabilities.argmax(-1)
    columns = precision_recall_f1(true, predicted, labels=np.arange(len(names)), zero_division=0)
    keys = ("precision", "recall", "f1", "support")
    per_class = {
        name: {
            key: (int if key == "support" else float)(column[i])
            for key, column in zip(keys, columns, strict=True)
        }
        for i, name in enumerate(names)
    }
    return {
        **{
            f"{average}_f1": float(f1_score(true, predicted, average=average, zero_division=0))
            for average in ("macro", "micro", "weighted")
        },
        "accuracy": float(accuracy_score(true, predicted)),
        "expected_calibration_error": calibration_error(probabilities.max(-1), predicted == true),
        "predicted_classes": len(np.unique(predicted)),
        "per_class": per_class,
    }


def all_labels(truth: Sequence[str], labels: Sequence[str]) -> list[str]:
    """Returns the labels of the model, then those that only the truth has."""
    return [*labels, *sorted(set(truth) - set(labels))]


def calibration_error(
    confidence: np.ndarray, correct: np.ndarray, bins: int = CALIBRATION_BINS
) -> float:
    """Returns the expected calibration error, in [0, 1].

    The mean distance between confidence and accuracy over bins of equal width, weighted by the rows
    in each (Guo et al. 2017, equation 3).

    Args:
        confidence: Probability of the predicted label, shape (rows,).
        correct: Whether it is the true one, shape (rows,).
        bins: Number of bins.

    Example:
    >>> round(calibration_error(np.array([0.9, 0.9]), np.array([True, False])), 4)
    0.4
    """
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gap = np.bincount(bin_of, confidence - correct, bins)
    return float(np.abs(gap).sum() / len(confidence))


def confusion(truth: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> np.ndarray:
    """Returns counts, shape (labels, labels), true labels down and predicted ones across."""
    ids = {name: i for i, name in enumerate(labels)}
    return confusion_matrix(
        [ids[name] for name in truth],
        [ids[name] for name in predicted],
        labels=range(len(labels)),
    )
