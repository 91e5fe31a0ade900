"""Dropout whose mask is a function of a counter: nothing is drawn in sequence, nothing is kept."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from tfclf.models.gradients import wide_type
from tfclf.models.replicas import replica_number


@keras.saving.register_keras_serializable("tfclf")
class CounterDropout(keras.layers.Dropout):
    """Dropout (Srivastava et al. 2014) with random bits from a counter.

    The bits of an element are a hash of its place in the batch and of the key of the call, as in
    the counter-based generators of Salmon et al. 2011 ("Parallel random numbers: as easy as 1, 2,
    3"). Each element has 32 bits of its own, computed where the mask is used, forwards and again
    backwards, and in the same program: drawing and keeping masks takes a fifth of a training step
    of BERT on a CPU.

    Args:
        rate: Share of the elements that become 0, in [0, 1); the others are divided by 1 - rate.
        **kwargs: As those of ``keras.layers.Dropout``.
    """

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """Drops elements of a tensor of any shape in training."""
        key = self.key(training)
        return masked(inputs, self.rate, key)

    def key(self, training: bool | None) -> Any:
        """Returns the key of the next mask, shape (3,), uint32; None where nothing is dropped.

        It holds the seed, how many keys there were before it, and the number of the replica, whose
        elements stand behind those of the replicas before it.
        """
        if not training or not self.rate:
            return None
        seed, count = ops.unstack(ops.cast(self.seed_generator.next(), "uint32"))
        return ops.stack([seed, count, ops.cast(replica_number(), "uint32")])


def masked(x: Any, rate: float, key: Any) -> Any:
    """Returns a tensor with the mask of a key on it.

    Args:
        x: A tensor of any shape.
        rate: Share of the elements that become 0.
        key: A key of ``CounterDropout``; None drops nothing.
    """
    if key is None:
        return x
    kind = wide_type(x.dtype)  # 1 / (1 - rate) of bfloat16 is off by as much as 1 / 256
    scale = keep_scale(ops.shape(x), rate, key, kind)
    return ops.cast(ops.cast(x, kind) * scale, x.dtype)


def keep_scale(shape: Any, rate: float, key: Any, dtype: Any) -> Any:
    """Returns 0 for what is dropped and 1 / (1 - rate) for the rest.

    Args:
        shape: Shape of the mask; its sizes may be tensors.
        rate: Share of the elements that become 0.
        key: Seed, count and replica, shape (3,), uint32.
        dtype: Type of the mask.
    """
    size = math.prod(shape)
    index = ops.reshape(ops.cast(ops.arange(size), "uint32"), shape)
    index = index + ops.cast(size, "uint32") * key[2]
    first = _mix(key[0], _mix(key[1], 0))  # both hang on seed and count
    bits = _mix(index + first, _mix(first, key[0]))
    dropped_below = np.uint32(round(rate * 2**32))
    return ops.where(bits < dropped_below, ops.cast(0, dtype), ops.cast(1 / (1 - rate), dtype))


def _mix(bits: Any, key: Any) -> Any:
    """Hashes 32 bits with a key: each bit of either flips half of those of the result.

    The multiplications and shifts of lowbias32 (Wellons 2018, "Prospecting for hash functions"),
    with the key in the middle.
    """
    bits = ops.bitwise_xor(bits, ops.right_shift(bits, np.uint32(16)))
    bits = bits * np.uint32(0x7FEB352D)
    bits = ops.bitwise_xor(bits, ops.cast(key, "uint32"))
    bits = ops.bitwise_xor(bits, ops.right_shift(bits, np.uint32(15)))
    bits = bits * np.uint32(0x846CA68B)
    return ops.bitwise_xor(bits, ops.right_shift(bits, np.uint32(16)))
