"""A transformer layer in training, as two functions: forwards, and backwards by hand.

What a framework derives keeps every intermediate result for the backward pass and computes the
backward pass operation by operation. Here ten tensors are kept, masks and activations are computed
again where they are used, and XLA has one program to fuse for each direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from keras import ops

from tfclf.models.compiled_pieces import CompiledPieces
from tfclf.models.layer_pieces import LayerPieces


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


class FusedLayer:
    """A layer of matrix products and of the pieces between them.

    Args:
        pieces: The pieces, compiled each by itself or not.
    """

    def __init__(self, pieces: LayerPieces | CompiledPieces):
        self.pieces = pieces

    def forward(self, tensors: Sequence[Any], others: Sequence[Any]) -> tuple[Any, Kept]:
        """Maps (batch, seq, hidden) to the same shape.

        Args:
            tensors: ``LayerTensors``.
            others: What is added to the attention's scores, shape (batch, 1, 1, seq), or None;
                and the keys of the three dropouts, or None for each.
        """
        own, pieces = LayerTensors(*tensors), self.pieces
        mask_bias, attention_key, mixed_key, down_key = others
        tokens = _flat(own.hidden)
        kernels = (own.query_kernel, own.key_kernel, own.value_kernel)
        biases = (own.query_bias, own.key_bias, own.value_bias)
        products = tuple(ops.matmul(tokens, kernel) for kernel in kernels)
        mixed, heads = pieces.mix(own.hidden, products, biases, mask_bias, attention_key)
        middle, *attended = pieces.add_norm(
            tokens,
            ops.matmul(mixed, own.mixed_kernel),
            own.mixed_bias,
            own.attention_gamma,
            own.attention_beta,
            mixed_key,
        )
        expanded, activated = pieces.activate(ops.matmul(middle, own.up_kernel), own.up_bias)
        result, *output = pieces.add_norm(
            middle,
            ops.matmul(activated, own.down_kernel),
            own.down_bias,
            own.output_gamma,
            own.output_beta,
            down_key,
        )
        kept = Kept(*heads, mixed, *attended, expanded, *output)
        return ops.reshape(result, ops.shape(own.hidden)), kept

    def backward(
        self, tensors: Sequence[Any], others: Sequence[Any], kept: Sequence[Any], upstream: Any
    ) -> LayerTensors:
        """Returns the gradients by ``LayerTensors``, by the chain rule from the end."""
        own, kept, pieces = LayerTensors(*tensors), Kept(*kept), self.pieces
        _, attention_key, mixed_key, down_key = others
        tokens = _flat(own.hidden)
        by_middle, by_product, *down_bias_and_norm = pieces.add_norm_gradient(
            kept.output, kept.output_scale, own.output_gamma, _flat(upstream), down_key
        )
        activated, by_expanded, up_bias = pieces.activate_gradient(
            kept.expanded, ops.matmul(by_product, ops.transpose(own.down_kernel))
        )
        down_kernel = ops.matmul(ops.transpose(activated), by_product)
        down_bias, *output_norm = down_bias_and_norm
        middle = pieces.scaled(kept.attended, own.attention_gamma, own.attention_beta)
        up_kernel = ops.matmul(ops.transpose(middle), by_expanded)
        by_up = ops.matmul(by_expanded, ops.transpose(own.up_kernel))
        by_tokens, by_product, mixed_bias, *attention_norm = pieces.add_norm_gradient(
            kept.attended,
            kept.attended_scale,
            own.attention_gamma,
            by_middle + by_up,
            mixed_key,
        )
        mixed_kernel = ops.matmul(ops.transpose(kept.mixed), by_product)
        by_products, biases = pieces.mix_gradient(
            own.hidden,
            kept[:4],
            ops.matmul(by_product, ops.transpose(own.mixed_kernel)),
            attention_key,
        )
        first = []
        for by_product, bias, kernel in zip(by_products, biases, own[1:7:2], strict=True):
            by_tokens = by_tokens + ops.matmul(by_product, ops.transpose(kernel))
            first += [ops.matmul(ops.transpose(tokens), by_product), bias]
        return LayerTensors(
            ops.reshape(by_tokens, ops.shape(own.hidden)),
            *first,
            mixed_kernel,
            mixed_bias,
            *attention_norm,
            up_kernel,
            up_bias,
            down_kernel,
            down_bias,
            *output_norm,
        )


def _flat(x: Any) -> Any:
    """Returns (batch, seq, hidden) as one list of tokens, (tokens, hidden).

    Over three axes XLA computes what the gradient of a kernel is made of at half the speed.
    """
    return ops.reshape(x, (-1, x.shape[-1]))
