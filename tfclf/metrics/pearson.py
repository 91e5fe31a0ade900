"""Pearson's correlation over a whole epoch."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfclf.metrics.pair_moments import PairMoments


@keras.saving.register_keras_serializable("tfclf")
class PearsonCorrelation(PairMoments):
    """Pearson's correlation of labels and predictions, exact over any number of batches.

    In [-1, 1]; 0 where the labels or the predictions are all the same, or nothing was counted.

    Args:
        name: Name of the metric.
        dtype: Type of the result.

    Example:
    >>> metric = PearsonCorrelation()
    >>> metric.update_state([1.0, 2.0], [10001.0, 10003.0])
    >>> metric.update_state([3.0, float("nan")], [10002.0, 0.0])
    >>> round(float(metric.result()), 4)  # of (1, 2, 3) and (1, 3, 2)
    0.5
    """

    def __init__(self, name: str = "pearson", dtype: Any = None):
        super().__init__(name=name, dtype=dtype)

    def result(self) -> Any:
        """Returns the correlation; NaN only where a prediction was."""
        moments = ops.convert_to_tensor(self.moments)
        spread = ops.sqrt(ops.diagonal(moments))
        scale = spread[0] * spread[1]
        none = ops.equal(scale, 0)
        correlation = moments[0, 1] / ops.where(none, 1, scale)
        return ops.where(none, 0, ops.clip(correlation, -1, 1))
