"""Vectors and labels -> a linear probe: the linear head that reads them best."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tfclf.data import LabelIds, MultiHot, Numbers, RowLabels

STEPS = 300  # of the solver
# scikit-learn's C over features of variance 1: the inverse of the penalty. Of 0.003 to 0.3 these
# did best over four long-tailed data sets, and their neighbours hardly worse.
ONE_LABEL, SEVERAL_LABELS = 0.03, 0.01
LEAST_SPREAD = 0.1  # of the median of all columns
PENALTIES = np.logspace(0, 4, 9)  # of the ridge, tried by leaving one out


@dataclass(frozen=True)
class Probe:
    """A linear map from vectors to logits.

    Attributes:
        kernel: Shape (hidden, labels).
        bias: Shape (labels,).
    """

    kernel: np.ndarray
    bias: np.ndarray

    def logits(self, vectors: np.ndarray) -> np.ndarray:
        """Maps vectors, shape (rows, hidden), to logits, shape (rows, labels)."""
        return vectors @ self.kernel + self.bias


def fit_probe(
    vectors: np.ndarray,
    labels: RowLabels,
    rows: np.ndarray,
    num_labels: int,
    weights: np.ndarray | None = None,
) -> Probe | None:
    """Fits a linear probe.

    Args:
        vectors: What the head reads of each row, shape (rows, hidden).
        labels: Labels of all rows.
        rows: Which of them the vectors belong to, shape (rows,).
        num_labels: Number of labels, or 1 where they are numbers.
        weights: What each vector counts for, shape (rows,); None counts all alike.

    Returns:
        The probe, or None where the labels say nothing: fewer than two of them occur. Of one label
        a row its logits say what is likely where all labels are equally frequent. A label without a
        row is the least likely one; of several labels one that all rows or none have keeps its
        log-odds.

    Example:
    >>> vectors = np.array([[0.0, 5.0], [0.1, 5.1], [1.0, 5.0], [1.1, 5.1]])
    >>> probe = fit_probe(vectors, LabelIds(np.array([0, 0, 1, 1])), np.arange(4), 2)
    >>> probe.logits(vectors).argmax(-1).tolist()
    [0, 0, 1, 1]
    """
    from sklearn.exceptions import ConvergenceWarning  # takes a second: some heads start at random

    mean, spread = vectors.mean(0), spread_of(vectors)
    with warnings.catch_warnings():
        # A probe that could be a little better still is a good start.
        warnings.simplefilter("ignore", ConvergenceWarning)
        own = labels.batch(rows)
        if weights is not None:  # what does not count is not there
            vectors, own, weights = vectors[weights > 0], own[weights > 0], weights[weights > 0]
        probe = SOLVERS[type(labels)]((vectors - mean) / spread, own, num_labels, weights)
    if probe is None:
        return None
    kernel = probe.kernel / spread[:, None]
    return Probe(kernel, probe.bias - mean @ kernel)


def spread_of(vectors: np.ndarray) -> np.ndarray:
    """Returns the standard deviation of each column, shape (hidden,), none of them tiny.

    A column that hardly varies is not blown up: its weight in a head would be as large.
    """
    spread = vectors.std(0)
    return np.maximum(spread, LEAST_SPREAD * np.median(spread) + 1e-12)


Weights = np.ndarray | None


def _one_label(
    vectors: np.ndarray, ids: np.ndarray, num_labels: int, weights: Weights
) -> Probe | None:
    from sklearn.linear_model import LogisticRegression

    known = ids >= 0
    balance = "balanced" if weights is None else None
    solver = LogisticRegression(C=ONE_LABEL, class_weight=balance, max_iter=STEPS)
    if len(np.unique(ids[known])) < 2:
        return None
    solver.fit(vectors[known], ids[known], _balanced(ids[known], _some(weights, known)))
    kernel, bias = solver.coef_.T, solver.intercept_
    if len(solver.classes_) == 2:  # one logit, of the second label
        kernel, bias = kernel / 2 * [-1, 1], bias / 2 * [-1, 1]
    every = Probe(np.zeros((vectors.shape[1], num_labels)), np.full(num_labels, bias.min()))
    every.kernel[:, solver.classes_], every.bias[solver.classes_] = kernel, bias
    return every


def _some(weights: Weights, known: np.ndarray) -> Weights:
    return None if weights is None else weights[known]


def _balanced(ids: np.ndarray, weights: Weights) -> Weights:
    """Returns weights of the same sum, of which each label has the same part."""
    if weights is None:
        return None
    totals = np.bincount(ids, weights=weights)
    return weights / totals[ids] * (weights.sum() / np.count_nonzero(totals))


def _several_labels(
    vectors: np.ndarray, hot: np.ndarray, num_labels: int, weights: Weights
) -> Probe | None:
    from sklearn.linear_model import LogisticRegression

    known = (hot >= 0).all(-1)
    hot = hot[known].astype("float64")
    if not len(hot) or not (hot.any(0) & ~hot.all(0)).any():
        return None
    share = (hot.sum(0) + 0.5) / (len(hot) + 1)  # never 0 or 1
    probe = Probe(np.zeros((vectors.shape[1], num_labels)), np.log(share / (1 - share)))
    solver = LogisticRegression(C=SEVERAL_LABELS, max_iter=STEPS)
    for label in np.flatnonzero(hot.any(0) & ~hot.all(0)):
        solver.fit(vectors[known], hot[:, label], _some(weights, known))
        probe.kernel[:, label], probe.bias[label] = solver.coef_[0], solver.intercept_[0]
    return probe


def _number(
    vectors: np.ndarray, numbers: np.ndarray, num_labels: int, weights: Weights
) -> Probe | None:
    from sklearn.linear_model import RidgeCV

    known = ~np.isnan(numbers[:, 0])
    if known.sum() < 2:
        return None
    solver = RidgeCV(PENALTIES)
    solver.fit(vectors[known], numbers[known, 0], sample_weight=_some(weights, known))
    return Probe(solver.coef_[:, None], np.array([solver.intercept_]))


Solver = Callable[[np.ndarray, np.ndarray, int, Weights], Probe | None]
SOLVERS: dict[type[RowLabels], Solver] = {
    LabelIds: _one_label,
    MultiHot: _several_labels,
    Numbers: _number,
}
