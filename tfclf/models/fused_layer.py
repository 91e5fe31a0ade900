"""A transformer layer in training, as two functions: forwards, and backwards by hand.

What a framework derives keeps every intermediate result for the backward pass and computes the
backward pass operation by operation. Here nine tensors are kept, masks and activations are computed
again where they are used, and XLA has one program to fuse for each direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from keras import ops

from tfclf.models.activations import ACTIVATIONS, DERIVATIVES
from tfclf.models.attend import attend, attend_gradient
from tfclf.models.dropout import masked
from tfclf.models.gradients import wide_type
from tfclf.models.normalize import normalize, normalize_gradient


class LayerTensors(NamedTuple):
    """What a layer is differentiated by: its input and its weights; kernels are (in, out)."""

    hidden: Any
    query_kernel: Any
    query_bias: Any
    key_kernel: Any
    key_bias: Any
    value_kernel: Any
    value_bias: Any
    mixed_kernel: Any
    mixed_bias: Any
    attention_gamma: Any
    attention_beta: Any
    up_kernel: Any
    up_bias: Any
    down_kernel: Any
    down_bias: Any
    output_gamma: Any
    output_beta: Any


class Kept(NamedTuple):
    """What the backward pass needs beside inputs; tokens are batch x seq."""

    query: Any  # scaled, (batch, heads, seq, size)
    key: Any  # (batch, heads, seq, size)
    value: Any  # (batch, heads, seq, size)
    weights: Any  # of the attention, (batch, heads, seq, seq)
    mixed: Any  # (tokens, hidden)
    attended: Any  # normalised, (tokens, hidden)
    attended_scale: Any  # (tokens, 1)
    expanded: Any  # before the activation, (tokens, intermediate)
    output: Any  # normalised, (tokens, hidden)
    output_scale: Any  # (tokens, 1)


@dataclass(frozen=True)
class FusedLayer:
    """The settings that all layers of an encoder share.

    Attributes:
        heads: Number of attention heads.
        activation: Name in ``ACTIVATIONS``.
        epsilon: What layer normalisation adds to the variance.
        attention_rate: Dropout of the attention's weights.
        hidden_rate: Dropout of what is added to the residual stream.
    """

    heads: int
    activation: str
    epsilon: float
    attention_rate: float
    hidden_rate: float

    def forward(self, tensors: Sequence[Any], others: Sequence[Any]) -> tuple[Any, Kept]:
        """Maps (batch, seq, hidden) to the same shape.

        Args:
            tensors: ``LayerTensors``.
            others: What is added to the attention's scores, shape (batch, 1, 1, seq), or None;
                and the keys of the three dropouts, or None for each.
        """
        own = LayerTensors(*tensors)
        mask_bias, attention_key, mixed_key, down_key = others
        tokens = _flat(own.hidden)
        query = self._split(tokens @ own.query_kernel + own.query_bias, own) * self._scale(own)
        key = self._split(tokens @ own.key_kernel + own.key_bias, own)
        value = self._split(tokens @ own.value_kernel + own.value_bias, own)
        weights = attend(query, key, mask_bias)
        mixed = ops.matmul(masked(weights, self.attention_rate, attention_key), value)
        mixed = self._merged(mixed, own)
        added = masked(mixed @ own.mixed_kernel + own.mixed_bias, self.hidden_rate, mixed_key)
        attended, attended_scale = normalize(tokens + added, self.epsilon)
        middle = attended * own.attention_gamma + own.attention_beta
        expanded = middle @ own.up_kernel + own.up_bias
        down = self._activated(expanded) @ own.down_kernel + own.down_bias
        output, output_scale = normalize(
            middle + masked(down, self.hidden_rate, down_key), self.epsilon
        )
        result = ops.reshape(output * own.output_gamma + own.output_beta, ops.shape(own.hidden))
        kept = (query, key, value, weights, mixed, attended, attended_scale)
        return result, Kept(*kept, expanded, output, output_scale)

    def backward(
        self, tensors: Sequence[Any], others: Sequence[Any], kept: Sequence[Any], upstream: Any
    ) -> LayerTensors:
        """Returns the gradients by ``LayerTensors``, by the chain rule from the end."""
        own, kept = LayerTensors(*tensors), Kept(*kept)
        _, attention_key, mixed_key, down_key = others
        tokens = _flat(own.hidden)
        middle = kept.attended * own.attention_gamma + own.attention_beta
        by_sum, *output_norm = normalize_gradient(
            kept.output, kept.output_scale, own.output_gamma, _flat(upstream)
        )
        by_down = masked(by_sum, self.hidden_rate, down_key)
        by_activated, *down = _dense_gradient(
            self._activated(kept.expanded), own.down_kernel, by_down
        )
        by_middle, *up = _dense_gradient(
            middle, own.up_kernel, self._activation_gradient(kept.expanded, by_activated)
        )
        by_sum, *attention_norm = normalize_gradient(
            kept.attended, kept.attended_scale, own.attention_gamma, by_middle + by_sum
        )
        by_mixed, *mixed = _dense_gradient(
            kept.mixed, own.mixed_kernel, masked(by_sum, self.hidden_rate, mixed_key)
        )
        by_heads = attend_gradient(
            kept.query,
            kept.key,
            kept.value,
            kept.weights,
            self._split(by_mixed, own),
            self.attention_rate,
            attention_key,
        )
        by_query = self._merged(by_heads[0], own)
        by_key, by_value = (self._merged_turned(each, own) for each in by_heads[1:])
        of_query, *query = _dense_gradient(tokens, own.query_kernel, by_query * self._scale(own))
        of_key, *key = _dense_gradient(tokens, own.key_kernel, by_key)
        of_value, *value = _dense_gradient(tokens, own.value_kernel, by_value)
        by_hidden = ops.reshape(by_sum + of_query + of_key + of_value, ops.shape(own.hidden))
        first = (by_hidden, *query, *key, *value, *mixed, *attention_norm)
        return LayerTensors(*first, *up, *down, *output_norm)

    def _activated(self, x: Any) -> Any:
        return ops.cast(ACTIVATIONS[self.activation](ops.cast(x, wide_type(x.dtype))), x.dtype)

    def _activation_gradient(self, x: Any, upstream: Any) -> Any:
        slope = DERIVATIVES[self.activation](ops.cast(x, wide_type(x.dtype)))
        return ops.cast(slope * ops.cast(upstream, slope.dtype), x.dtype)

    def _scale(self, own: LayerTensors) -> float:
        return (own.query_kernel.shape[1] // self.heads) ** -0.5

    def _split(self, x: Any, own: LayerTensors) -> Any:
        # (tokens, hidden) -> (batch, seq, heads, size) -> (batch, heads, seq, size)
        batch, seq, width = ops.shape(own.hidden)
        parts = ops.reshape(x, (batch, seq, self.heads, width // self.heads))
        return ops.transpose(parts, (0, 2, 1, 3))

    def _merged(self, x: Any, own: LayerTensors) -> Any:
        # (batch, heads, seq, size) -> (batch, seq, heads, size) -> (tokens, hidden)
        return ops.reshape(ops.transpose(x, (0, 2, 1, 3)), (-1, own.query_kernel.shape[1]))

    def _merged_turned(self, x: Any, own: LayerTensors) -> Any:
        # (batch, heads, size, seq) -> (batch, hidden, seq) -> (batch, seq, hidden) -> tokens
        batch, seq, width = ops.shape(own.hidden)
        turned = ops.transpose(ops.reshape(x, (batch, width, seq)), (0, 2, 1))
        return ops.reshape(turned, (-1, width))


def _flat(x: Any) -> Any:
    """Returns (batch, seq, hidden) as one list of tokens, (tokens, hidden).

    Over three axes XLA computes what the gradient of a kernel is made of at half the speed.
    """
    return ops.reshape(x, (-1, x.shape[-1]))


def _dense_gradient(x: Any, kernel: Any, upstream: Any) -> tuple[Any, Any, Any]:
    """Returns the gradients of ``x @ kernel + bias`` by x, kernel and bias."""
    bias = ops.sum(ops.cast(upstream, wide_type(upstream.dtype)), axis=0)
    by_x = ops.matmul(upstream, ops.transpose(kernel))
    by_kernel = ops.matmul(ops.transpose(x), upstream)
    return by_x, by_kernel, ops.cast(bias, upstream.dtype)
