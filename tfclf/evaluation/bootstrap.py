"""Figures -> how far chance moves them: percentile bootstrap over rows, and Wilson's interval.

A resample draws as many rows as there are, with replacement. Rows that are alike are counted once,
with the number of them: how often each kind is drawn is multinomial, so that a resample costs as
much as there are kinds of rows and not rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfclf.errors import ArgumentError
from tfclf.evaluation.label_counts import LabelCounts

LEVEL = 0.95
RESAMPLES = 1_000
LEAST_RESAMPLES = 100  # of very many kinds of rows
MOST_DRAWS = 20_000_000  # kinds of rows times resamples: about two seconds
AT_ONCE = 2_000_000  # of them, in memory
ALIKE = 4  # rows of a kind on average, from which on kinds are drawn and not rows
NUMBERS = ("pearson", "spearman", "mean_absolute_error")

Interval = tuple[float, float]  # both NaN where no resample has the figure


@dataclass(frozen=True)
class Intervals:
    """Intervals of figures.

    Attributes:
        figures: By their names in ``metrics.json``.
        f1: Of each label's F1, over the resamples in which it is true or said; empty of numbers.
        resamples: Number of resamples.
    """

    figures: Mapping[str, Interval]
    f1: tuple[Interval, ...]
    resamples: int


def bootstrap_labels(counts: LabelCounts, resamples: int = RESAMPLES, seed: int = 0) -> Intervals:
    """Returns 95 % intervals by the percentile bootstrap (Efron and Tibshirani 1993, chapter 13).

    ``macro_f1`` is the mean over the labels that are true or said, as in ``metrics.json``;
    ``micro_f1`` is the F1 of all labels together, of one label a row the accuracy.

    Args:
        counts: What was said and true, by the kind of row.
        resamples: Number of resamples; of very many kinds of rows there are fewer.
        seed: Seed of the draws.

    Raises:
        ArgumentError: There is no row, or ``resamples`` is below 1.

    Example:
    >>> counts = LabelCounts.of_one_label(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0]), 2)
    >>> bootstrap_labels(counts).figures["micro_f1"]  # of four rows three are right
    (0.25, 1.0)
    """
    parts = []
    for drawn in _draws(counts.rows, resamples, seed):
        found, said, true = (drawn @ part for part in (counts.found, counts.said, counts.true))
        occurs = said + true > 0
        f1 = np.where(occurs, 2 * found / np.maximum(said + true, 1), np.nan)
        macro = np.nansum(f1, 1) / np.maximum(occurs.sum(1), 1)
        micro = 2 * found.sum(1) / np.maximum((said + true).sum(1), 1)
        parts.append(np.column_stack([f1, macro, micro]))
    columns = np.concatenate(parts)
    *of_labels, macro, micro = map(_interval, columns.T)
    return Intervals({"macro_f1": macro, "micro_f1": micro}, tuple(of_labels), len(columns))


def bootstrap_numbers(
    true: np.ndarray, predicted: np.ndarray, resamples: int = RESAMPLES, seed: int = 0
) -> Intervals:
    """Returns 95 % intervals of ``pearson``, ``spearman`` and ``mean_absolute_error``.

    Args:
        true: Shape (rows,).
        predicted: Shape (rows,).
        resamples: As in ``bootstrap_labels``.
        seed: Seed of the draws.

    Raises:
        ArgumentError: As ``bootstrap_labels``.
    """
    true, predicted = np.asarray(true, "float64"), np.asarray(predicted, "float64")
    ones = np.ones(len(true), int)
    error = np.abs(true - predicted)
    ranked = [np.unique(column, return_inverse=True)[1] for column in (true, predicted)]
    parts = []
    for drawn in _draws(ones, resamples, seed):
        pearson = _correlation(drawn, *(np.broadcast_to(x, drawn.shape) for x in (true, predicted)))
        spearman = _correlation(drawn, *(_ranks(drawn, places) for places in ranked))
        parts.append(np.column_stack([pearson, spearman, drawn @ error / len(error)]))
    columns = np.concatenate(parts)
    intervals = dict(zip(NUMBERS, map(_interval, columns.T), strict=True))
    return Intervals(intervals, (), len(columns))


def wilson(found: int, number: int) -> Interval:
    """Returns the 95 % interval of a share, also of few (Wilson 1927).

    Unlike the bootstrap it knows that three of three are no certainty.

    Args:
        found: How many.
        number: Of how many, at least 1.

    Example:
    >>> low, high = wilson(3, 3)
    >>> round(low, 3), high  # 1 / (1 + 1.96^2 / 3)
    (0.439, 1.0)
    """
    from scipy.stats import norm

    z2 = float(norm.ppf((1 + LEVEL) / 2)) ** 2
    share = found / number
    middle = share + z2 / (2 * number)
    reach = (z2 * (share * (1 - share) + z2 / (4 * number)) / number) ** 0.5
    scale = 1 + z2 / number
    low, high = (middle - reach) / scale, (middle + reach) / scale
    return low if found else 0.0, high if found < number else 1.0  # without what is rounded


def _draws(rows: np.ndarray, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """Yields how often each kind is drawn, shape (some resamples, kinds), float64."""
    if not len(rows) or resamples < 1:
        raise ArgumentError(f"expected rows and resamples, got {len(rows)} and {resamples}")
    generator = np.random.default_rng(seed)
    number = int(rows.sum())
    resamples = min(resamples, max(MOST_DRAWS // len(rows), LEAST_RESAMPLES))
    at_once = max(AT_ONCE // len(rows), 1)
    for start in range(0, resamples, at_once):
        size = min(at_once, resamples - start)
        yield _drawn(generator, rows, number, size).astype("float64")


def _drawn(generator: np.random.Generator, rows: np.ndarray, number: int, size: int) -> Any:
    """Returns how often each kind is drawn, shape (size, kinds), the cheaper of two ways."""
    kinds = len(rows)
    if number > ALIKE * kinds:
        return generator.multinomial(number, rows / number, size)
    kind_of = np.repeat(np.arange(kinds), rows)
    drawn = kind_of[generator.integers(number, size=(size, number))]
    drawn += kinds * np.arange(size)[:, None]
    return np.bincount(drawn.ravel(), minlength=size * kinds).reshape(size, kinds)


def _interval(values: np.ndarray) -> Interval:
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return float(low), float(high)


def _correlation(drawn: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Returns Pearson's correlation in each resample; 0 where one side is constant."""
    number = drawn.sum(1, keepdims=True)
    x, y = (column - (drawn * column).sum(1, keepdims=True) / number for column in (x, y))
    both, xx, yy = ((drawn * product).sum(1) for product in (x * y, x * x, y * y))
    spread = np.sqrt(xx * yy)
    return np.where(spread > 1e-12, both / np.maximum(spread, 1e-12), 0.0)


def _ranks(drawn: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Returns the mean rank of each row's value in each resample, shape of ``drawn``."""
    order = np.argsort(places, kind="stable")
    begins = np.flatnonzero(np.diff(places[order], prepend=-1))
    counts = np.add.reduceat(drawn[:, order], begins, axis=1)  # of each value
    return (np.cumsum(counts, 1) - counts / 2)[:, places]
