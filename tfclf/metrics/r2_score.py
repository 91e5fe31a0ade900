"""The coefficient of determination over a whole epoch."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfclf.metrics.pair_moments import PairMoments


@keras.saving.register_keras_serializable("tfclf")
class R2Score(PairMoments):
    """The share of the labels' variance that predictions explain, exact over any batches.

    ``1 - sum((y - p)^2) / sum((y - mean(y))^2)``, as ``sklearn.metrics.r2_score``: 1 at best, 0 for
    the labels' mean everywhere, below 0 for worse; 0 where the labels are all the same. Of two
    epochs the one with the lower mean squared error has the higher figure.

    Args:
        name: Name of the metric.
        dtype: Type of the result.

    Example:
    >>> metric = R2Score()
    >>> metric.update_state([1.0, 2.0], [1.0, 3.0])
    >>> metric.update_state([3.0, float("nan")], [3.0, 0.0])
    >>> round(float(metric.result()), 4)  # 1 - 1 / 2
    0.5
    """

    def __init__(self, name: str = "r2", dtype: Any = None):
        super().__init__(name=name, dtype=dtype)

    def result(self) -> Any:
        """Returns the share."""
        centre = self.offset + self.mean
        shift = centre[0] - centre[1]
        between = ops.cast(self.count, self.dtype) * shift * shift
        moments = ops.convert_to_tensor(self.moments)
        residual = moments[0, 0] + moments[1, 1] - 2 * moments[0, 1] + between
        none = ops.equal(moments[0, 0], 0)
        return ops.where(none, 0, 1 - residual / ops.where(none, 1, moments[0, 0]))
