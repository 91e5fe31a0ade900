"""What is left out of a loss, over what its mean is taken, and how both come through ``fit``."""

import json
from functools import partial

import keras
import numpy as np
import pytest

from tests.gradients import gradient
from tfclf.errors import ArgumentError
from tfclf.losses import (
    BinaryCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
    SparseCategoricalFocalCrossentropy,
)
from tfclf.losses.weighting import MaskedLoss

BATCH, SEQ, CLASSES, FEATURES = 4, 7, 3, 5
WEIGHTS = [0.5, 1.0, 3.0]
ROW_WEIGHTS = np.array([0.5, 2.0, 0.0, 1.5], "float32")


def cross_entropies(labels, logits, class_weights=None):
    """-w_y log p_y in NumPy, float64; 0 where the label is no class."""
    shifted = logits.astype("float64") - logits.max(-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    known = np.clip(labels, 0, CLASSES - 1)
    loss = -np.take_along_axis(log_p, known[..., None], -1)[..., 0]
    return np.where(labels == known, np.asarray(class_weights or [1] * CLASSES)[known] * loss, 0)


@pytest.fixture
def tokens():
    """Labels of which some are -100 and some -1, and logits."""
    generator = np.random.default_rng(8)
    labels = generator.integers(0, CLASSES, (BATCH, SEQ))
    labels[:, 0], labels[1, 4:], labels[2, 2] = -100, -100, -1
    return labels, generator.normal(0, 2, (BATCH, SEQ, CLASSES)).astype("float32")


def test_several_ids_are_left_out(tokens):
    labels, logits = tokens
    loss = SparseCategoricalCrossentropy(WEIGHTS, ignore_class=(-1, -100))
    expected = cross_entropies(labels, logits, WEIGHTS).sum() / (labels >= 0).sum()
    assert float(loss(labels, logits)) == pytest.approx(expected, rel=1e-6)
    assert float(loss(labels[..., None], logits)) == pytest.approx(expected, rel=1e-6)


def test_an_id_left_out_counts_below_the_line_when_it_is_not_named(tokens):
    labels, logits = tokens
    loss = SparseCategoricalCrossentropy(ignore_class=-100)
    expected = cross_entropies(labels, logits).sum() / (labels != -100).sum()
    assert float(loss(labels, logits)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("shape", [(BATCH,), (BATCH, 1), (BATCH, SEQ), (BATCH, SEQ, 1)])
def test_a_weight_of_an_example_is_that_of_its_tokens(tokens, shape):
    labels, logits = tokens
    loss = SparseCategoricalCrossentropy(ignore_class=(-1, -100))
    each = np.repeat(ROW_WEIGHTS[:, None], SEQ, axis=1)
    given = each.reshape(shape) if SEQ in shape else ROW_WEIGHTS.reshape(shape)
    expected = (each * cross_entropies(labels, logits)).sum() / (labels >= 0).sum()
    assert float(loss(labels, logits, given)) == pytest.approx(expected, rel=1e-6)


def test_weights_where_batch_and_sequence_are_equally_long(tokens):
    """(batch,) goes along the batch, although it would broadcast along the sequence."""
    labels, logits = tokens[0][:, :BATCH], tokens[1][:, :BATCH]
    loss = SparseCategoricalCrossentropy(ignore_class=(-1, -100))
    expected = ROW_WEIGHTS @ cross_entropies(labels, logits).sum(1) / (labels >= 0).sum()
    assert float(loss(labels, logits, ROW_WEIGHTS)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("weight", [None, ROW_WEIGHTS])
@pytest.mark.parametrize(
    "reduction", ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight"]
)
def test_padding_changes_neither_loss_nor_gradient(tokens, weight, reduction):
    labels, logits = tokens
    loss = SparseCategoricalFocalCrossentropy(
        class_weights=WEIGHTS, ignore_class=[-100, -1], reduction=reduction
    )
    results = []
    for pad in (0, 6):
        padded = np.pad(labels, ((0, 0), (0, pad)), constant_values=-100)
        value, slopes = gradient(
            partial(loss, padded, sample_weight=weight),
            np.pad(logits, ((0, 0), (0, pad), (0, 0))),
        )
        assert not slopes[:, SEQ:].any()
        results.append((value, slopes[:, :SEQ]))
    for first, second in zip(*results, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("weight", [None, ROW_WEIGHTS, 0 * ROW_WEIGHTS])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize(
    ("make", "labels", "logits"),
    [
        (SparseCategoricalCrossentropy, (BATCH,), (BATCH, CLASSES)),
        (SparseCategoricalFocalCrossentropy, (BATCH, SEQ), (BATCH, SEQ, CLASSES)),
        (BinaryCrossentropy, (BATCH, CLASSES), (BATCH, CLASSES)),
    ],
)
def test_nothing_left_is_zero(make, labels, logits, weight, reduction):
    loss = make(ignore_class=-100, reduction=reduction)
    assert float(loss(np.full(labels, -100), np.ones(logits, "float32"), weight)) == 0


def test_without_anything_to_leave_out_it_is_keras(tokens):
    labels, logits = np.abs(tokens[0]) % CLASSES, tokens[1]
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    loss = SparseCategoricalCrossentropy()
    for weight in (None, np.linspace(0, 2, BATCH * SEQ, dtype="float32").reshape(BATCH, SEQ)):
        assert float(loss(labels, logits, weight)) == pytest.approx(
            float(theirs(labels, logits, weight)), rel=1e-6
        )


def test_reduction_none_gives_every_token(tokens):
    labels, logits = tokens
    loss = SparseCategoricalCrossentropy(ignore_class=(-1, -100), reduction="none")
    expected = ROW_WEIGHTS[:, None] * cross_entropies(labels, logits)
    np.testing.assert_allclose(loss(labels, logits, ROW_WEIGHTS), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["uint8", "int64", "float32"])
def test_any_type_of_label(tokens, kind):
    labels, logits = np.abs(tokens[0] % 5), tokens[1]  # -100 is 0, -1 is 4
    loss = SparseCategoricalCrossentropy(ignore_class=(-100, 4))
    expected = cross_entropies(labels, logits).sum() / (labels != 4).sum()
    assert float(loss(labels.astype(kind), logits)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("ignore_class", [None, -1, (-1, -100), np.array([-1, 2])])
def test_what_is_left_out_can_be_written_down(ignore_class):
    loss = SparseCategoricalCrossentropy(ignore_class=ignore_class)
    stored = json.loads(json.dumps(loss.get_config()))["ignore_class"]
    again = SparseCategoricalCrossentropy.from_config(loss.get_config())
    assert stored == loss.ignore_class == again.ignore_class
    assert np.array_equal(stored, ignore_class)


@pytest.mark.parametrize("ignore_class", ["-100", 1.5, True, [1, None], [[1]]])
def test_bad_ignore_class(ignore_class):
    with pytest.raises(ArgumentError, match="expected a label id, several of them, or None"):
        BinaryCrossentropy(ignore_class=ignore_class)


@pytest.mark.parametrize("shape", [(BATCH,), (BATCH, SEQ, CLASSES)])
def test_labels_that_are_not_one_each(tokens, shape):
    with pytest.raises(ArgumentError, match=r"expected \(4, 7\): one label id each"):
        SparseCategoricalCrossentropy()(np.zeros(shape), tokens[1])


def test_a_base_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        MaskedLoss()


def token_model(masked=False):
    """One dense layer over each token; the same one each time."""
    layers = [keras.layers.Masking(0.0)] if masked else []
    model = keras.Sequential(
        [keras.layers.Input((None, FEATURES)), *layers, keras.layers.Dense(CLASSES)]
    )
    values = np.random.default_rng(3).normal(size=(FEATURES + 1, CLASSES))
    model.set_weights([values[:FEATURES], values[FEATURES]])
    return model


@pytest.fixture
def inputs():
    return np.random.default_rng(6).normal(size=(BATCH, SEQ, FEATURES)).astype("float32")


@pytest.mark.parametrize("weight", [None, ROW_WEIGHTS])
def test_in_evaluate(tokens, inputs, weight):
    labels, model = tokens[0], token_model()
    loss = SparseCategoricalCrossentropy(WEIGHTS, ignore_class=(-1, -100))
    model.compile("sgd", loss, jit_compile=False)
    value = model.evaluate(inputs, labels, sample_weight=weight, batch_size=BATCH, verbose=0)
    logits = model.predict(inputs, verbose=0)
    each = np.ones((BATCH, 1)) if weight is None else weight[:, None]
    expected = (each * cross_entropies(labels, logits, WEIGHTS)).sum() / (labels >= 0).sum()
    assert value == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("weight", [None, ROW_WEIGHTS])
def test_in_fit_padding_changes_no_step(tokens, inputs, weight):
    kernels = []
    for pad in (0, 6):
        model = token_model()
        loss = SparseCategoricalCrossentropy(ignore_class=(-1, -100))
        model.compile(keras.optimizers.SGD(0.5), loss, jit_compile=False)
        model.fit(
            np.pad(inputs, ((0, 0), (0, pad), (0, 0)), constant_values=2.0),
            np.pad(tokens[0], ((0, 0), (0, pad)), constant_values=-100),
            sample_weight=weight,
            epochs=3,
            batch_size=BATCH,
            verbose=0,
        )
        kernels.append(model.get_weights()[0])
    assert np.abs(kernels[0] - token_model().get_weights()[0]).max() > 0.1
    np.testing.assert_allclose(*kernels, rtol=1e-5, atol=1e-6)


def test_the_mask_of_keras_and_ignored_tokens_leave_the_mean_together(tokens, inputs):
    labels = tokens[0]
    inputs[0, 3:], inputs[1, 5:] = 0, 0  # these steps are masked; some are ignored as well
    model = token_model(masked=True)
    model.compile("sgd", SparseCategoricalCrossentropy(ignore_class=(-1, -100)), jit_compile=False)
    value = model.evaluate(inputs, labels, sample_weight=ROW_WEIGHTS, verbose=0)
    counted = inputs.any(-1) & (labels >= 0)
    assert counted.sum() < min(inputs.any(-1).sum(), (labels >= 0).sum())
    losses = cross_entropies(labels, model.predict(inputs, verbose=0))
    expected = (counted * ROW_WEIGHTS[:, None] * losses).sum() / counted.sum()
    assert value == pytest.approx(expected, rel=1e-5)


def test_heads_with_labels_of_their_own_in_one_fit():
    """Each head leaves out its own rows; the sum of the losses is that of the heads alone."""
    features = keras.Input((FEATURES,))
    outputs = {
        "topic": keras.layers.Dense(CLASSES, name="topic")(features),
        "score": keras.layers.Dense(1, name="score")(features),
        "tones": keras.layers.Dense(2, name="tones")(features),
    }
    model = keras.Model(features, outputs)
    losses = {
        "topic": SparseCategoricalCrossentropy(ignore_class=(-1, -100)),
        "score": MeanSquaredError(),
        "tones": BinaryCrossentropy(ignore_class=-100),
    }
    x = np.random.default_rng(5).normal(size=(BATCH, FEATURES)).astype("float32")
    y = {
        "topic": np.array([0, -100, 2, -1]),
        "score": np.array([np.nan, 1.5, np.nan, -2.0], "float32"),
        "tones": np.array([[1, 0], [-100, -100], [1, -100], [0, 0]]),
    }
    model.compile("sgd", losses, jit_compile=False)
    result = model.evaluate(x, y, batch_size=BATCH, verbose=0, return_dict=True)
    logits = model.predict(x, verbose=0)
    topic = cross_entropies(y["topic"], logits["topic"]).sum() / 2
    score = np.nanmean((y["score"] - logits["score"][:, 0]) ** 2)
    assert result["topic_loss"] == pytest.approx(topic, rel=1e-5)
    assert result["score_loss"] == pytest.approx(score, rel=1e-5)
    assert result["loss"] == pytest.approx(topic + score + result["tones_loss"], rel=1e-5)
    model.fit(x, y, batch_size=BATCH, verbose=0)
    assert all(np.isfinite(values).all() for values in model.get_weights())
