"""The update as one program, in groups of batches, and of weights that only decay."""

import keras
import numpy as np
import pytest

from tfclf.training import FusedAdamW, LayerwiseAdamW, WarmupDecay, adamw

SHAPES = ((5, 3), (3,), (2, 4))
SCHEDULE = WarmupDecay(0.05, total_steps=12, warmup_steps=3)


def variables():
    generator = np.random.default_rng(1)
    names = ("kernel", "bias", "kernel")
    return [
        keras.Variable(generator.normal(size=shape).astype("float32"), name=name)
        for shape, name in zip(SHAPES, names, strict=True)
    ]


def gradients(step):
    generator = np.random.default_rng(100 + step)
    return [generator.normal(size=shape).astype("float32") for shape in SHAPES]


def trained(optimizer, steps=range(10), gradients=gradients):
    weights = variables()
    optimizer.build(weights)
    for step in steps:
        optimizer.apply([keras.ops.convert_to_tensor(each) for each in gradients(step)], weights)
    return [keras.ops.convert_to_numpy(weight) for weight in weights]


def make(kind, **settings):
    return adamw(SCHEDULE, 0.3, thaws=kind is LayerwiseAdamW, **settings)


@pytest.mark.parametrize("kind", [FusedAdamW, LayerwiseAdamW])
def test_compiling_changes_rounding_alone(kind):
    plain, compiled = make(kind), make(kind)
    compiled.jit = True
    assert type(compiled) is kind
    for ours, theirs in zip(trained(compiled), trained(plain), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", [FusedAdamW, LayerwiseAdamW])
def test_a_group_of_batches_is_one_update_with_their_mean(kind):
    """Beside AdamW that is given the mean gradients."""

    def means(step):
        pairs = zip(gradients(2 * step), gradients(2 * step + 1), strict=True)
        return [(first + second) / 2 for first, second in pairs]

    rates = {"rates": {"kernel": 0.5}} if kind is LayerwiseAdamW else {}
    expected = trained(adamw(0.05, 0.3, **rates), range(5), means)
    grouped = adamw(0.05, 0.3, **rates, gradient_accumulation_steps=2)
    assert type(grouped) is kind
    for ours, theirs in zip(trained(grouped), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_group_steps_at_the_rate_of_its_last_batch():
    """Adam's first step is the rate itself, whatever the gradients (Kingma and Ba 2015)."""
    optimizer = make(FusedAdamW, gradient_accumulation_steps=3)
    optimizer.weight_decay = 0.0
    before, after = variables(), trained(optimizer, range(3))
    for old, new in zip(before, after, strict=True):
        moved = np.abs(new - old.numpy())
        np.testing.assert_allclose(moved, float(SCHEDULE(2)), rtol=1e-3)


@pytest.mark.parametrize("every", [None, 3], ids=["each_batch", "groups_of_three"])
def test_decay_of_a_weight_whose_gradients_are_zero(every):
    optimizer = make(FusedAdamW, gradient_accumulation_steps=every)

    def none_for_the_first(step):
        return [np.zeros(SHAPES[0], "float32"), *gradients(step)[1:]]

    weights = trained(optimizer, range(9), none_for_the_first)
    kernel, bias, _ = optimizer._trainable_variables
    updates = 9 // (every or 1)
    factor = optimizer.decay_of(kernel, 0, 2) * optimizer.decay_of(kernel, 2, updates)
    np.testing.assert_allclose(weights[0], factor * variables()[0].numpy(), rtol=1e-6)
    assert factor < 0.99
    assert optimizer.decay_of(bias, 0, 9) == 1.0  # biases do not decay


def test_a_layer_decays_at_its_own_rate():
    optimizer = LayerwiseAdamW(0.1, {"low": 0.5}, weight_decay=0.2)
    with keras.name_scope("model"), keras.name_scope("low"):
        weight = keras.Variable(np.ones(2, "float32"), name="kernel")
    assert optimizer.decay_of(weight, 0, 2) == pytest.approx((1 - 0.1 * 0.5 * 0.2) ** 2)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="elsewhere there are no rows")
def test_rows_of_a_table_are_added_up():
    """A lookup's gradient is a list of rows, in which one that occurs twice stands twice."""
    import tensorflow as tf

    rows = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0], [-4.0, 5.0, 6.0]], "float32")
    sparse = tf.IndexedSlices(tf.constant(rows), tf.constant([2, 0, 2]), tf.constant([5, 3]))
    tables = []
    for gradient in (sparse, tf.convert_to_tensor(sparse)):
        optimizer, table = make(FusedAdamW), keras.Variable(np.ones((5, 3), "float32"))
        optimizer.build([table])
        for _ in range(3):
            optimizer.apply([gradient], [table])
        tables.append(table.numpy())
    np.testing.assert_allclose(*tables, rtol=1e-6)
    assert (tables[0][[0, 2]] != tables[0][1]).all()
