"""What all losses over classes have in common, each with settings that differ from the defaults."""

import json

import keras
import numpy as np
import pytest
from keras import ops

from tests.gradients import compiled, double_precision, gradient, value_and_gradient
from tfclf.imbalance import class_weights
from tfclf.losses import (
    AsymmetricLoss,
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    LDAMLoss,
    LogitAdjustedCrossentropy,
    SparseCategoricalCrossentropy,
    SparseCategoricalFocalCrossentropy,
)

COUNTS = [90, 40, 13, 6, 2]
WEIGHTS = [0.1, 0.4, 1.0, 1.5, 2.0]
ROWS, SEQ, FEATURES, CLASSES = 8, 6, 3, len(COUNTS)

SPARSE = {
    "cross-entropy": (SparseCategoricalCrossentropy, {"label_smoothing": 0.1}),
    "focal": (
        SparseCategoricalFocalCrossentropy,
        {"gamma": [0.0, 0.5, 1.0, 2.0, 5.0], "label_smoothing": 0.2},
    ),
    "class-balanced-focal": (
        SparseCategoricalFocalCrossentropy,
        {"gamma": 1.5, "class_weights": class_weights(COUNTS, "effective")},
    ),
    "logit-adjusted": (
        LogitAdjustedCrossentropy,
        {"counts": COUNTS, "tau": 1.3, "class_weights": WEIGHTS, "label_smoothing": 0.1},
    ),
    "ldam": (LDAMLoss, {"counts": COUNTS, "scale": 1.7, "class_weights": WEIGHTS}),
}
BINARY = {
    "binary": (BinaryCrossentropy, {"class_weights": WEIGHTS, "label_smoothing": 0.1}),
    "binary-focal": (
        BinaryFocalCrossentropy,
        {"gamma": [0.0, 0.5, 1.0, 2.0, 5.0], "alpha": [0.1, 0.3, 0.5, 0.7, 0.9]},
    ),
    "asymmetric": (
        AsymmetricLoss,
        {"gamma_negative": 3.0, "gamma_positive": 0.5, "class_weights": WEIGHTS},
    ),
}
EVERY = SPARSE | BINARY
every_loss = pytest.mark.parametrize("name", EVERY)


def make(name, **settings):
    cls, own = EVERY[name]
    return cls(**own, **settings)


def a_batch(name, rows=ROWS, kind="float32"):
    """Labels as the loss takes them, and logits."""
    generator = np.random.default_rng(11)
    logits = generator.normal(0, 2, (rows, CLASSES)).astype(kind)
    shape, classes = ((rows,), CLASSES) if name in SPARSE else ((rows, CLASSES), 2)
    return generator.integers(0, classes, shape), logits


@every_loss
def test_gradient_against_finite_differences(name):
    labels, logits = a_batch(name, rows=4, kind="float64")
    labels[1] = -100
    step = 1e-5
    with double_precision():
        loss = make(name, ignore_class=-100, dtype="float64")
        _, slopes = gradient(lambda tensor: loss(labels, tensor), logits)
        for place in np.ndindex(*logits.shape):
            bump = np.zeros(logits.shape)
            bump[place] = step
            rise = float(loss(labels, logits + bump)) - float(loss(labels, logits - bump))
            assert slopes[place] == pytest.approx(rise / 2 / step, abs=1e-9), place
    assert not slopes[1].any()


@pytest.mark.parametrize(
    ("loss", "plain"),
    [
        (SparseCategoricalFocalCrossentropy(0, np.ones(CLASSES)), SparseCategoricalCrossentropy()),
        (SparseCategoricalFocalCrossentropy([0] * CLASSES), SparseCategoricalCrossentropy()),
        (
            SparseCategoricalFocalCrossentropy(0, label_smoothing=0.1),
            SparseCategoricalCrossentropy(label_smoothing=0.1),
        ),
        (LogitAdjustedCrossentropy(COUNTS, tau=0), SparseCategoricalCrossentropy()),
        (LDAMLoss(COUNTS, max_margin=0), SparseCategoricalCrossentropy()),
        (BinaryFocalCrossentropy(0, np.ones(CLASSES)), BinaryCrossentropy()),
        (BinaryFocalCrossentropy([0] * CLASSES), BinaryCrossentropy()),
        (AsymmetricLoss(0, 0, clip=0), BinaryCrossentropy()),
    ],
)
def test_without_its_own_it_is_cross_entropy_to_the_bit(loss, plain):
    labels, logits = a_batch("binary" if isinstance(plain, BinaryCrossentropy) else "cross-entropy")
    value, slopes = gradient(lambda tensor: loss(labels, tensor), logits)
    expected, expected_slopes = gradient(lambda tensor: plain(labels, tensor), logits)
    assert float(value) == float(expected)
    np.testing.assert_allclose(slopes, expected_slopes, rtol=1e-6, atol=1e-9)


@every_loss
@pytest.mark.parametrize(("kind", "large"), [("float16", 6e4), ("bfloat16", 1e30)])
def test_half_precision_logits_give_a_finite_float32_loss(name, kind, large):
    labels, logits = a_batch(name)
    logits[0], logits[1, ::2], logits[1, 1::2] = 0, large, -large
    loss = make(name)
    value, slopes = gradient(lambda half: loss(labels, half), ops.cast(logits, kind))
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    assert np.isfinite(float(value))
    assert np.isfinite(slopes.astype("float32")).all()


@every_loss
def test_compiled_by_xla_it_is_the_same(name):
    labels, logits = a_batch(name)
    labels[2] = -100
    loss = make(name, ignore_class=-100)
    step = value_and_gradient(lambda tensor: loss(labels, tensor))
    tensor = ops.convert_to_tensor(logits)
    for ours, expected in zip(compiled(step)(tensor), step(tensor), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-7)


@every_loss
def test_padding_changes_nothing(name):
    """Neither rows of which nothing is known nor what the model says of them."""
    labels, logits = a_batch(name)
    loss, weight = make(name, ignore_class=-100), np.linspace(0, 2, ROWS, dtype="float32")
    more = ((0, 3),) + ((0, 0),) * (labels.ndim - 1)
    padded = loss(
        np.pad(labels, more, constant_values=-100),
        np.pad(logits, ((0, 3), (0, 0)), constant_values=5),
        np.pad(weight, (0, 3), constant_values=7),
    )
    assert float(padded) == pytest.approx(float(loss(labels, logits, weight)), rel=1e-6)
    assert float(loss(np.full_like(labels, -100), logits)) == 0


@every_loss
def test_sample_weight_two_is_the_row_twice_and_zero_is_none(name):
    labels, logits = a_batch(name)
    loss = make(name, reduction="sum")
    rows = [0, 1, 2, 3, 3, 4, 5, 7]
    weight = np.ones(ROWS, "float32")
    weight[3], weight[6] = 2, 0
    expected = float(loss(labels[rows], logits[rows]))
    assert float(loss(labels, logits, weight)) == pytest.approx(expected, rel=1e-6)


@every_loss
def test_written_down_and_read_again_it_is_the_same(name):
    loss = make(name, ignore_class=(-1, -100), reduction="sum", dtype="float32")
    stored = json.loads(json.dumps(keras.saving.serialize_keras_object(loss)))
    again = keras.saving.deserialize_keras_object(stored)
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()
    assert float(again(*a_batch(name))) == float(loss(*a_batch(name)))


@pytest.mark.parametrize("name", SPARSE)
def test_tokens_are_examples_in_rows(name):
    labels, logits = a_batch(name, rows=ROWS * SEQ)
    loss = make(name, reduction="none")
    tokens = loss(labels.reshape(ROWS, SEQ), logits.reshape(ROWS, SEQ, CLASSES))
    np.testing.assert_allclose(np.reshape(tokens, -1), loss(labels, logits), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "tokens"), [*((n, False) for n in EVERY), *((n, True) for n in SPARSE)]
)
def test_in_fit_two_steps_bring_the_loss_down(name, tokens):
    labels, _ = a_batch(name, rows=2 * ROWS * SEQ if tokens else 2 * ROWS)
    shape = (2 * ROWS, SEQ, FEATURES) if tokens else (2 * ROWS, FEATURES)
    labels = labels.reshape(2 * ROWS, SEQ) if tokens else labels
    labels[0] = -100
    inputs = np.random.default_rng(12).normal(size=shape).astype("float32")
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Input(shape[1:]), keras.layers.Dense(CLASSES)])
    loss = make(name, ignore_class=-100)
    model.compile(keras.optimizers.SGD(0.05), loss, jit_compile=False)
    before = float(loss(labels, model(inputs)))
    model.fit(inputs, labels, batch_size=ROWS, epochs=1, shuffle=False, verbose=0)
    assert float(loss(labels, model(inputs))) < before
