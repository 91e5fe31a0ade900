"""True labels and predictions -> the figures of ``metrics.json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfclf.evaluation.entities import entity_scores

CALIBRATION_BINS = 15

Scores = dict[str, Any]


def single_label_scores(
    truth: Sequence[str],
    probabilities: np.ndarray,
    labels: Sequence[str],
    predicted: np.ndarray | None = None,
) -> Scores:
    """Judges predictions of one label each.

    Args:
        truth: True label of each row; one that the model does not have is a miss.
        probabilities: Shape (rows, labels).
        labels: Labels of the model, in the order of their ids.
        predicted: Predicted label ids, shape (rows,); None takes the most probable ones.

    Returns:
        ``macro_f1``, ``micro_f1``, ``weighted_f1``, ``accuracy``, ``expected_calibration_error``,
        ``predicted_classes``, ``most_predicted`` (the label that was predicted most often) and
        ``per_class``. Macro-F1 is scikit-learn's: the mean over the labels that occur in the truth
        or in the predictions.

    Example:
    >>> scores = single_label_scores(["a", "b"], np.array([[0.9, 0.1], [0.6, 0.4]]), ["a", "b"])
    >>> round(scores["macro_f1"], 4), scores["predicted_classes"]
    (0.3333, 1)
    """
    from sklearn.metrics import accuracy_score, f1_score  # takes a second: predictions do without

    names = all_labels(truth, labels)
    ids = {name: i for i, name in enumerate(names)}
    true = np.array([ids[name] for name in truth], int)
    predicted = probabilities.argmax(-1) if predicted is None else predicted
    confidence = probabilities[np.arange(len(predicted)), predicted]
    return {
        **{
            f"{average}_f1": float(f1_score(true, predicted, average=average, zero_division=0))
            for average in ("macro", "micro", "weighted")
        },
        "accuracy": float(accuracy_score(true, predicted)),
        "expected_calibration_error": calibration_error(confidence, predicted == true),
        "predicted_classes": len(np.unique(predicted)),
        "most_predicted": names[np.bincount(predicted, minlength=1).argmax()],
        "per_class": per_label(true, predicted, names, np.arange(len(names))),
    }


def multi_label_scores(
    truth: Sequence[Sequence[str]],
    probabilities: np.ndarray,
    labels: Sequence[str],
    predicted: Sequence[Sequence[str]],
) -> Scores:
    """Judges predictions of any number of labels each.

    Args:
        truth: True labels of each row; one that the model does not have is a miss.
        probabilities: Shape (rows, labels).
        labels: Labels of the model, in the order of their ids.
        predicted: Predicted labels of each row.

    Returns:
        ``macro_f1``, ``micro_f1``, ``weighted_f1``, ``samples_f1``, ``hamming_loss``,
        ``subset_accuracy``, ``expected_calibration_error`` (of all labels of all rows),
        ``predicted_classes``, ``most_predicted`` (the label that was given most often),
        ``rows_without_label`` (to which no label was given) and ``per_class``. Macro-F1 is the mean
        over the labels that occur in the truth or in the predictions, ``hamming_loss`` and
        ``samples_f1`` are scikit-learn's.

    Example:
    >>> scores = multi_label_scores([["a"], ["a", "b"]], np.array([[0.9, 0.6], [0.8, 0.1]]),
    ...                             ["a", "b"], [["a", "b"], ["a"]])
    >>> scores["macro_f1"], scores["hamming_loss"]
    (0.5, 0.5)
    """
    from sklearn.metrics import f1_score

    names = all_labels([label for row in truth for label in row], labels)
    true, said = multi_hot(truth, names), multi_hot(predicted, names)
    # One column alone scikit-learn takes for two classes; an empty one beside it counts nowhere.
    columns = [np.pad(hot, ((0, 0), (0, int(len(names) == 1)))) for hot in (true, said)]
    figures = {
        f"{average}_f1": float(f1_score(*columns, average=average, zero_division=0))
        for average in ("micro", "weighted", "samples")
    }
    per_class = per_label(*columns, names, None)
    occurring = np.flatnonzero(true.any(0) | said.any(0))
    macro = [per_class[names[i]]["f1"] for i in occurring]
    known, given = true[:, : len(labels)], said[:, : len(labels)]
    confidence = np.where(given, probabilities, 1 - probabilities)
    return {
        "macro_f1": float(np.mean(macro)) if macro else 0.0,
        **figures,
        "hamming_loss": float(np.mean(true != said)),
        "subset_accuracy": float(np.mean((true == said).all(1))),
        "expected_calibration_error": calibration_error(
            confidence.ravel(), (given == known).ravel()
        ),
        "predicted_classes": int(said.any(0).sum()),
        "most_predicted": names[said.sum(0).argmax()],
        "rows_without_label": int((~said.any(1)).sum()),
        "per_class": per_class,
    }


def regression_scores(truth: Sequence[float], predicted: np.ndarray) -> Scores:
    """Judges predicted numbers.

    Args:
        truth: True number of each row.
        predicted: Shape (rows,).

    Returns:
        ``pearson`` and ``spearman`` (0 where one side is constant), ``mean_squared_error``,
        ``mean_absolute_error``, ``r2``, and the standard deviations ``spread`` of the predictions
        and ``true_spread`` of the truth.

    Example:
    >>> regression_scores([1.0, 2.0, 4.0], np.array([1.0, 3.0, 4.0]))["spearman"]
    1.0
    """
    from scipy.stats import pearsonr, spearmanr
    from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

    true = np.asarray(truth, "float64")
    varied = np.ptp(true) > 0 and np.ptp(predicted) > 0
    return {
        "pearson": float(pearsonr(true, predicted).statistic) if varied else 0.0,
        "spearman": float(spearmanr(true, predicted).statistic) if varied else 0.0,
        "mean_squared_error": float(mean_squared_error(true, predicted)),
        "mean_absolute_error": float(mean_absolute_error(true, predicted)),
        "r2": float(r2_score(true, predicted)) if len(true) > 1 and np.ptp(true) > 0 else 0.0,
        "spread": float(np.std(predicted)),
        "true_spread": float(np.std(true)),
    }


def tag_scores(
    truth: Sequence[Sequence[str]],
    probabilities: Sequence[np.ndarray],
    labels: Sequence[str],
    predicted: Sequence[Sequence[str]],
    scheme: str | None,
) -> Scores:
    """Judges predicted tags.

    Args:
        truth: True tags of each sentence; one that the model does not have is a miss.
        probabilities: For each sentence, shape (words, labels).
        labels: Labels of the model, in the order of their ids.
        predicted: Predicted tags of each sentence.
        scheme: Scheme of the tags.

    Returns:
        ``words``, their number, and the figures of ``single_label_scores`` over all of them; where
        the tags say entities also those of ``entity_scores``: ``f1``, ``precision``, ``recall`` and
        ``per_entity``.
    """
    ids = {name: i for i, name in enumerate(labels)}
    flat = np.array([ids[tag] for tags in predicted for tag in tags], int)
    words = np.concatenate([np.empty((0, len(labels))), *probabilities])
    scores: Scores = {"words": len(flat)}
    scores |= single_label_scores([tag for tags in truth for tag in tags], words, labels, flat)
    if scheme in (None, "none"):
        return scores
    return scores | entity_scores(truth, predicted)


def per_label(
    true: np.ndarray, predicted: np.ndarray, names: Sequence[str], ids: np.ndarray | None
) -> dict[str, dict[str, float | int]]:
    """Returns precision, recall, F1 and support of each label.

    Args:
        true: Label ids, shape (rows,), or zeros and ones, shape (rows, labels).
        predicted: The same.
        names: Names of the labels.
        ids: Their ids; None where labels are columns.
    """
    from sklearn.metrics import precision_recall_fscore_support as precision_recall_f1

    columns = precision_recall_f1(true, predicted, labels=ids, zero_division=0, average=None)
    keys = ("precision", "recall", "f1", "support")
    return {
        name: {
            key: (int if key == "support" else float)(column[i])
            for key, column in zip(keys, columns, strict=True)
        }
        for i, name in enumerate(names)
    }


def multi_hot(rows: Sequence[Sequence[str]], names: Sequence[str]) -> np.ndarray:
    """Returns which labels each row has, shape (rows, labels), int."""
    ids = {name: i for i, name in enumerate(names)}
    hot = np.zeros((len(rows), len(names)), int)
    for row, labels in enumerate(rows):
        hot[row, [ids[label] for label in labels]] = 1
    return hot


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
    return float(np.abs(gap).sum() / max(len(confidence), 1))


def confusion(truth: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> np.ndarray:
    """Returns counts, shape (labels, labels), true labels down and predicted ones across."""
    from sklearn.metrics import confusion_matrix

    ids = {name: i for i, name in enumerate(labels)}
    return confusion_matrix(
        [ids[name] for name in truth],
        [ids[name] for name in predicted],
        labels=range(len(labels)),
    )
