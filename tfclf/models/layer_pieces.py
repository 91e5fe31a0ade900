"""What stands between the matrix products of a transformer layer, forwards and backwards.

Each piece reads and writes what products read and write, and is a function of tensors alone: XLA
makes one pass over memory of it, be it by itself or within a whole layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras import ops

from tfclf.models.activations import DERIVATIVES, UNFUSED
from tfclf.models.attend import attend, attend_gradient
from tfclf.models.dropout import masked
from tfclf.models.gradients import wide_type
from tfclf.models.normalize import normalize, normalize_gradient
from tfclf.models.sum_of_rows import sum_of_rows


@dataclass(frozen=True)
class LayerPieces:
    """The settings that all layers of an encoder share.

    Attributes:
        heads: Number of attention heads.
        activation: Name in ``ACTIVATIONS``.
        epsilon: What layer normalisation adds to the variance.
        attention_rate: Dropout of the attention's weights.
        hidden_rate: Dropout of what is added to the residual stream.
        compiled: Whether XLA compiles the pieces, as in ``keep_scale`` and ``sum_of_rows``.
    """

    heads: int
    activation: str
    epsilon: float
    attention_rate: float
    hidden_rate: float
    compiled: bool = False

    def mix(self, hidden: Any, products: Any, biases: Any, mask_bias: Any, mask_key: Any) -> Any:
        """Attends.

        Args:
            hidden: Input of the layer, for its shape (batch, seq, hidden).
            products: Those with the kernels of query, key and value, shape (tokens, hidden) each.
            biases: Their biases.
            mask_bias: What is added to the scores, shape (batch, 1, 1, seq); None adds nothing.
            mask_key: Key of the dropout; None drops nothing.

        Returns:
            Mixed values, shape (tokens, hidden), and what is kept: scaled query, key, value, each
            of shape (batch, heads, seq, size), and the weights.
        """
        query, key, value = (
            self._split(product + bias, hidden)
            for product, bias in zip(products, biases, strict=True)
        )
        query = query * self._scale(hidden)
        weights = attend(query, key, mask_bias)
        mixed = ops.matmul(self._attention_dropout(weights, mask_key), value)
        # (batch, heads, seq, size) -> (batch, seq, heads, size) -> (tokens, hidden)
        merged = ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (-1, hidden.shape[-1]))
        return merged, (query, key, value, weights)

    def mix_gradient(self, hidden: Any, kept: Any, upstream: Any, mask_key: Any) -> Any:
        """Returns the gradients by the three products, and by their biases."""
        query, key, value, weights = kept
        by_query, by_key, by_value = attend_gradient(
            query,
            key,
            value,
            weights,
            self._split(upstream, hidden),
            lambda x: self._attention_dropout(x, mask_key),
        )
        batch, seq, width = ops.shape(hidden)
        by_query = ops.transpose(by_query * self._scale(hidden), (0, 2, 1, 3))
        by_products = [ops.reshape(by_query, (-1, width))]
        for turned in (by_key, by_value):  # (batch, heads, size, seq) -> (batch, seq, hidden)
            by_products.append(
                ops.reshape(
                    ops.transpose(ops.reshape(turned, (batch, width, seq)), (0, 2, 1)), (-1, width)
                )
            )
        return by_products, [self._sum(each) for each in by_products]

    def add_norm(
        self, residual: Any, product: Any, bias: Any, gamma: Any, beta: Any, mask_key: Any
    ) -> Any:
        """Normalises the sum of the residual stream and a product, with dropout on the latter.

        Returns:
            The result, shape (tokens, hidden); and what is kept, as ``normalize`` returns it.
        """
        added = self._hidden_dropout(product + bias, mask_key)
        unit, scale = normalize(residual + added, self.epsilon)
        return unit * gamma + beta, unit, scale

    def add_norm_gradient(
        self, unit: Any, scale: Any, gamma: Any, upstream: Any, mask_key: Any
    ) -> Any:
        """Returns the gradients by residual, product, bias, gamma and beta.

        Args:
            unit: What ``add_norm`` kept.
            scale: The same.
            gamma: Scale of the normalisation.
            upstream: Gradient by the result.
            mask_key: Key of the dropout.
        """
        by_residual, by_gamma, by_beta = normalize_gradient(
            unit, scale, gamma, upstream, compiled=self.compiled
        )
        by_product = self._hidden_dropout(by_residual, mask_key)
        return by_residual, by_product, self._sum(by_product), by_gamma, by_beta

    def activate(self, product: Any, bias: Any) -> Any:
        """Returns a product with its bias, and the activation of that."""
        expanded = product + bias
        wide = ops.cast(expanded, wide_type(expanded.dtype))
        return expanded, ops.cast(UNFUSED[self.activation](wide), expanded.dtype)

    def activate_gradient(self, expanded: Any, upstream: Any) -> Any:
        """Returns the activation once more, and the gradients by the product and by the bias."""
        wide = ops.cast(expanded, wide_type(expanded.dtype))
        activated = ops.cast(UNFUSED[self.activation](wide), expanded.dtype)
        slope = DERIVATIVES[self.activation](wide)
        by_product = ops.cast(slope * ops.cast(upstream, slope.dtype), expanded.dtype)
        return activated, by_product, self._sum(by_product)

    def scaled(self, unit: Any, gamma: Any, beta: Any) -> Any:
        """Returns the result of ``add_norm`` once more."""
        return unit * gamma + beta

    def _attention_dropout(self, x: Any, key: Any) -> Any:
        return masked(x, self.attention_rate, key, compiled=self.compiled)

    def _hidden_dropout(self, x: Any, key: Any) -> Any:
        return masked(x, self.hidden_rate, key, compiled=self.compiled)

    def _scale(self, hidden: Any) -> float:
        return float((hidden.shape[-1] // self.heads) ** -0.5)

    def _split(self, x: Any, hidden: Any) -> Any:
        # (tokens, hidden) -> (batch, seq, heads, size) -> (batch, heads, seq, size)
        batch, seq, width = ops.shape(hidden)
        parts = ops.reshape(x, (batch, seq, self.heads, width // self.heads))
        return ops.transpose(parts, (0, 2, 1, 3))

    def _sum(self, x: Any) -> Any:
        return sum_of_rows(x, compiled=self.compiled)
