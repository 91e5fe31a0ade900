"""Dropout whose mask is a function of a counter: nothing is drawn in sequence, nothing is kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfclf.models.replicas import replica_number

PHILOX = 1  # its number in TensorFlow
BLOCK = 8  # numbers of 16 bits that it draws at once
DIGITS = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}  # binary, the first counted


@keras.saving.register_keras_serializable("tfclf")
class CounterDropout(keras.layers.Dropout):
    """Dropout (Srivastava et al. 2014) with random bits from a counter.

    The bits of an element are a function of its place in the batch and of the key of the call, as
    in the counter-based generators of Salmon et al. 2011 ("Parallel random numbers: as easy as 1,
    2, 3"). Each element has bits of its own, computed where the mask is used, forwards and again
    backwards: drawing one after the other and keeping masks takes a fifth of a training step of
    BERT on a CPU.

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


def masked(x: Any, rate: float, key: Any, *, compiled: bool = False) -> Any:
    """Returns a tensor with the mask of a key on it.

    Args:
        x: A tensor of any shape.
        rate: Share of the elements that become 0.
        key: A key of ``CounterDropout``; None drops nothing.
        compiled: As in ``keep_scale``.
    """
    if key is None:
        return x
    return x * keep_scale(ops.shape(x), rate, key, x.dtype, compiled=compiled)


def keep_scale(
    shape: Sequence[Any], rate: float, key: Any, dtype: Any, *, compiled: bool = False
) -> Any:
    """Returns 0 for what is dropped and 1 / (1 - rate) for the rest.

    That number is rounded to the type's digits, and the rate is what belongs to it, so that the
    mean of all is 1: of bfloat16 0.1 is 0.0986.

    Args:
        shape: Shape of the mask; its sizes may be tensors.
        rate: Share of the elements that become 0.
        key: Seed, count and replica, shape (3,), uint32.
        dtype: Type of the mask.
        compiled: Whether a compiler fuses the random bits into what reads them. Then they are a
            hash of a dozen operations; otherwise, on TensorFlow, one operation of its own, with
            other bits.
    """
    scale = _rounded(1 / (1 - rate), keras.backend.standardize_dtype(dtype))
    if compiled or keras.backend.backend() != "tensorflow":
        bits = hashed_bits(shape, key)
    else:
        bits = philox_bits(shape, key)
    largest = np.iinfo(keras.backend.standardize_dtype(bits.dtype)).max
    dropped_below = round((1 - 1 / scale) * largest)
    return ops.where(bits < dropped_below, ops.cast(0, dtype), ops.cast(scale, dtype))


def philox_bits(shape: Sequence[Any], key: Any) -> Any:
    """Returns 16 bits of TensorFlow's Philox (Salmon et al. 2011, section 3.3) for each element.

    Args:
        shape: Shape of the result; its sizes may be tensors.
        key: Seed, count and replica, shape (3,), uint32; a replica has the bits behind those of the
            one before it.
    """
    import tensorflow as tf

    size = math.prod(shape)
    before = tf.cast(size, tf.int64) * tf.cast(key[2], tf.int64)
    words = tf.raw_ops.StatelessRandomUniformFullIntV2(
        shape=[(size + BLOCK) // 2],
        key=tf.reshape(tf.bitcast(key[:2], tf.uint64), (1,)),
        counter=tf.cast(tf.stack([before // BLOCK, 0]), tf.uint64),
        alg=PHILOX,
        dtype=tf.uint32,
    )
    bits = tf.reshape(tf.bitcast(words, tf.uint16), (-1,))
    # Of a length that is known where the shape is: XLA takes no other.
    return tf.reshape(tf.slice(bits, [tf.cast(before % BLOCK, tf.int32)], [size]), shape)


def hashed_bits(shape: Sequence[Any], key: Any) -> Any:
    """Returns 32 bits for each element, a hash of its place and of the key.

    Args:
        shape: Shape of the result; its sizes may be tensors.
        key: Seed, count and replica, shape (3,), uint32.
    """
    size = math.prod(shape)
    index = ops.reshape(ops.cast(ops.arange(size), "uint32"), shape)
    index = index + ops.cast(size, "uint32") * key[2]
    first = _mix(key[0], _mix(key[1], 0))  # both hang on seed and count
    return _mix(index + first, _mix(first, key[0]))


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


def _rounded(value: float, dtype: str) -> float:
    """Returns the number of a type that is nearest to a positive one."""
    digits, exponent = math.frexp(value)
    return math.ldexp(round(math.ldexp(digits, DIGITS[dtype])), exponent - DIGITS[dtype])
