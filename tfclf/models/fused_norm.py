"""Layer normalisation with dropout behind it, in training: forwards, and backwards by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keras import ops

from tfclf.models.dropout import masked
from tfclf.models.normalize import normalize, normalize_gradient


@dataclass(frozen=True)
class FusedNorm:
    """What follows the embedding tables.

    Attributes:
        epsilon: What layer normalisation adds to the variance.
        rate: Dropout of the result.
        compiled: Whether XLA compiles it, as in ``keep_scale`` and ``sum_of_rows``.
    """

    epsilon: float
    rate: float
    compiled: bool = False

    def forward(self, tensors: Sequence[Any], others: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
        """Maps vectors (batch, seq, hidden), gamma and beta to vectors; others: the mask's key."""
        x, gamma, beta = tensors
        (key,) = others
        unit, scale = normalize(ops.reshape(x, (-1, x.shape[-1])), self.epsilon)
        value = masked(unit * gamma + beta, self.rate, key, compiled=self.compiled)
        return ops.reshape(value, ops.shape(x)), (unit, scale)

    def backward(
        self, tensors: Sequence[Any], others: Sequence[Any], kept: Sequence[Any], upstream: Any
    ) -> Sequence[Any]:
        """Returns the gradients by vectors, gamma and beta."""
        x, gamma, _ = tensors
        unit, scale = kept
        (key,) = others
        upstream = ops.reshape(upstream, (-1, x.shape[-1]))
        upstream = masked(upstream, self.rate, key, compiled=self.compiled)
        by_x, by_gamma, by_beta = normalize_gradient(
            unit, scale, gamma, upstream, compiled=self.compiled
        )
        return ops.reshape(by_x, ops.shape(x)), by_gamma, by_beta
