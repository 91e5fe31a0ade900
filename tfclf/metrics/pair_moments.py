"""The first and second moments of labels and predictions over a whole epoch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import keras
from keras import ops

from tfclf.losses.mean_squared_error import one_number_each
from tfclf.models.replicas import rows_of_all_replicas


class PairMoments(keras.metrics.Metric, ABC):
    """Base of the metrics of numbers: counts, means and co-moments that batches are merged into.

    Sums of squares would lose what numbers far from 0 differ by. Instead, the first labelled
    example is subtracted from all, and the moments about the means of batches are merged (Chan et
    al., equation 2.1; Bennett et al. for two variables).

    Args:
        name: Name of the metric.
        dtype: Type of the result.

    References: Chan, Golub, LeVeque 1983, Algorithms for Computing the Sample Variance; Bennett,
    Grout, Pebay, Roe, Thompson 2009, Numerically Stable, Single-Pass, Parallel Statistics
    Algorithms.
    """

    def __init__(self, name: str, dtype: Any = None):
        super().__init__(name=name, dtype=dtype)
        # Of labels and predictions, in this order.
        settings = {"initializer": "zeros", "aggregation": "only_first_replica"}
        self.count = self.add_variable((), dtype="int32", name="count", **settings)
        self.offset, self.mean, self.moments = (
            self.add_variable(shape, dtype=self.dtype, name=variable, **settings)
            for variable, shape in (("offset", (2,)), ("mean", (2,)), ("moments", (2, 2)))
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds a batch.

        Args:
            y_true: Numbers, shape (batch,) or (batch, 1); NaN where there is no label.
            y_pred: Numbers, shape (batch,) or (batch, 1).
            sample_weight: Examples of weight 0 are left out, all others count once.

        Raises:
            ArgumentError: There is more than one number an example.
        """
        columns = [one_number_each(ops.convert_to_tensor(y)) for y in (y_true, y_pred)]
        pairs = ops.stack([ops.cast(column, self.dtype) for column in columns], axis=1)
        counted = ops.logical_not(ops.isnan(pairs[:, 0]))
        if sample_weight is not None:
            weight = ops.reshape(ops.convert_to_tensor(sample_weight), (-1,))
            counted = ops.logical_and(counted, ops.not_equal(weight, 0))
        # Means do not add up: each replica keeps those of the whole batch.
        pairs, counted = map(rows_of_all_replicas, (pairs, counted))
        pairs = ops.where(counted[:, None], pairs, 0)
        first = ops.take(pairs, ops.argmax(ops.cast(counted, "int32")), axis=0)
        # Plain tensors: JAX's own functions do not take variables.
        offset = ops.where(self.count > 0, ops.convert_to_tensor(self.offset), first)
        self.offset.assign(offset)
        self._merge(pairs - offset, counted)

    def _merge(self, pairs: Any, counted: Any) -> None:
        """Merges the moments of a batch; pairs (batch, 2) less the offset, counted (batch,)."""
        kept = ops.cast(counted, self.dtype)[:, None]
        more, before = ops.sum(kept), ops.cast(self.count, self.dtype)
        total = ops.maximum(before + more, 1)
        mean = ops.sum(pairs * kept, axis=0) / ops.maximum(more, 1)
        deviations = (pairs - mean) * kept
        delta = mean - self.mean
        between = ops.outer(delta, delta) * (before * more / total)
        # Not a matrix product, which some hardware rounds to fewer digits.
        within = ops.sum(deviations[:, :, None] * deviations[:, None, :], axis=0)
        self.moments.assign_add(within + between)
        self.mean.assign_add(delta * (more / total))
        self.count.assign_add(ops.sum(ops.cast(counted, "int32")))

    @abstractmethod
    def result(self) -> Any:
        """Returns the figure."""
