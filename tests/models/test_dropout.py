"""Masks from a counter: their share, their independence, and what they are a function of."""

import keras
import numpy as np
import pytest
from keras import ops

from tfclf.models.dropout import CounterDropout, keep_scale

SIZE = 400_000


@pytest.fixture(params=[True, False], ids=["hashed", "drawn"])
def kept(request):
    def mask(rate=0.1, shape=(SIZE,), key=(5, 0, 0)):
        key = np.array(key, "uint32")
        scale = keep_scale(shape, rate, key, "float32", compiled=request.param)
        return ops.convert_to_numpy(scale) > 0

    return mask


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.5, 0.9])
def test_share(kept, rate):
    """Binomial: the standard error of a share is sqrt(rate (1 - rate) / size); 4 of them."""
    error = np.sqrt(rate * (1 - rate) / SIZE)
    assert abs(1 - kept(rate).mean() - rate) < 4 * error


def test_what_is_kept_is_scaled_to_the_same_mean():
    values = np.unique(
        ops.convert_to_numpy(keep_scale((50,), 0.2, np.array([1, 2, 0], "uint32"), "float32"))
    )
    np.testing.assert_allclose(values, [0, 1.25])


@pytest.mark.parametrize(
    "other",
    [(5, 1, 0), (6, 0, 0), (0, 5, 0), (5, 2**31, 0), (5, 1 << 16, 0)],
    ids=["next_call", "next_seed", "exchanged", "last_call", "far_call"],
)
def test_masks_of_other_keys_are_independent(kept, other):
    """Correlation of independent draws: mean 0, standard error 1 / sqrt(size); 4 of them."""
    assert abs(np.corrcoef(kept(0.5), kept(0.5, key=other))[0, 1]) < 4 / np.sqrt(SIZE)


@pytest.mark.parametrize("apart", [1, 2, 32, 384, 768, 4096])
def test_elements_of_a_mask_are_independent(kept, apart):
    mask = kept(0.5)
    found = np.corrcoef(mask[apart:], mask[:-apart])[0, 1]
    assert abs(found) < 4 / np.sqrt(SIZE - apart)


def test_runs_of_a_mask_are_as_long_as_of_coins(kept):
    """Of 16 coins all 65,536 outcomes are equally frequent: chi-square over them."""
    draws = kept(0.5, shape=(16 * 65_536 * 8,)).reshape(-1, 16)
    codes = draws @ (1 << np.arange(16))
    counts = np.bincount(codes, minlength=65_536)
    chi_square = ((counts - 8) ** 2 / 8).sum()
    # 65,535 degrees of freedom: mean 65,535, standard deviation 362; 5 of them.
    assert abs(chi_square - 65_535) < 5 * 362


def test_replicas_divide_the_mask_of_the_whole_batch(kept):
    whole = kept(0.3, shape=(6, 5, 4))
    parts = [kept(0.3, shape=(3, 5, 4), key=(5, 0, replica)) for replica in (0, 1)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_the_layer():
    layer = CounterDropout(0.5, seed=3)
    ones = np.ones((40, 50), "float32")
    first, second = (ops.convert_to_numpy(layer(ones, training=True)) for _ in "ab")
    assert 0.4 < (first == 0).mean() < 0.6
    assert (first != second).any()
    again = ops.convert_to_numpy(CounterDropout(0.5, seed=3)(ones, training=True))
    np.testing.assert_array_equal(again, first)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(ones, training=False)), ones)
    assert CounterDropout(0.0).key(True) is None


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
def test_the_mean_is_kept_in_any_precision(dtype):
    """Half precision has no 1 / 0.9: the rate is what belongs to the number that it has."""
    scale = keep_scale((SIZE,), 0.1, np.array([9, 9, 0], "uint32"), dtype)
    assert keras.backend.standardize_dtype(scale.dtype) == dtype
    values = ops.convert_to_numpy(ops.cast(scale, "float32")).astype("float64")
    assert 0.098 < (values == 0).mean() < 0.102
    # Of 0 or 1.11, a tenth of them 0: standard deviation 0.333; 4 standard errors.
    assert abs(values.mean() - 1) < 4 * 0.333 / np.sqrt(SIZE)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="elsewhere bits are hashed")
def test_drawn_bits_are_the_same_in_a_program_of_xla():
    import tensorflow as tf

    def scale(key):
        return keep_scale((3, 7, 11), 0.3, key, "float32")

    for replica in (0, 1):
        key = tf.constant([4, 8, replica], tf.uint32)
        compiled = tf.function(scale, jit_compile=True, autograph=False)(key)
        np.testing.assert_array_equal(compiled, scale(key))
