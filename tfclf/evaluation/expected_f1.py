"""True labels and probabilities -> an F1 that can be trusted where few rows are true."""

from __future__ import annotations

import numpy as np

WORTH = 40.0  # true rows that the expected F1 weighs as much as


def blended_f1(
    hits: np.ndarray,
    said: np.ndarray,
    true: np.ndarray,
    expected_hits: np.ndarray,
    expected_true: np.ndarray,
) -> np.ndarray:
    """Returns the F1 of labels, counted where there is much to count and expected elsewhere.

    The F1 that was counted on rows, ``2 hits / (said + true)``, is mostly chance where a label is
    true in few of them. What the probabilities expect, ``2 sum(p of the said) / (said + sum(p))``,
    uses all rows: the best decision by it says a label where ``p`` is above half the best F1
    (Lipton et al. 2014, Optimal Thresholding of Classifiers to Maximize F1 Measure, theorem 1).
    The two are averaged with weights ``true`` and 40.

    Args:
        hits: Rows where a label was said and true, of any shape that fits the others.
        said: Rows where it was said.
        true: Rows where it was true.
        expected_hits: Sum of its probabilities over the rows where it was said.
        expected_true: Sum of its probabilities over all rows.

    Returns:
        In [0, 1]; where a label was neither said nor true nor expected, 0.

    Example:
    >>> f1 = blended_f1(*(np.array(x) for x in (3.0, 4.0, 10.0, 2.0, 6.0)))
    >>> round(float(f1), 4)  # (10 * 6 / 14 + 40 * 4 / 10) / 50
    0.4057
    """
    counted = 2 * hits / np.maximum(said + true, 1e-12)
    expected = 2 * expected_hits / np.maximum(said + expected_true, 1e-12)
    return (true * counted + WORTH * expected) / (true + WORTH)
