"""Texts in several windows against their windows one by one."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.conftest import randomised
from tests.gradients import gradients_of_weights
from tfclf import HeadConfig, TFBertForMultiTask, TFBertForSequenceClassification
from tfclf.errors import ArgumentError

BATCH, WINDOWS, SEQ = 5, 4, 9
COUNTS = np.array([4, 1, 3, 2, 4])  # windows of each text
POOLED = {"mean": np.mean, "max": np.max}
HEADS = (
    HeadConfig("intent", "single-label", ("ask", "tell", "thank")),
    HeadConfig("score", "regression", ("LABEL_0",)),
)


@pytest.fixture(scope="module")
def inputs(tiny_config):
    generator = np.random.default_rng(6)
    lengths = generator.integers(2, SEQ + 1, (BATCH, WINDOWS))
    lengths[np.arange(WINDOWS) >= COUNTS[:, None]] = 0
    mask = (np.arange(SEQ) < lengths[..., None]).astype("int32")
    ids = generator.integers(5, tiny_config.vocab_size, mask.shape).astype("int32") * mask
    types = (np.arange(SEQ) >= 3).astype("int32") * mask
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


@pytest.fixture
def model(tiny_config):
    return randomised(TFBertForSequenceClassification(tiny_config))


def one_by_one(model, inputs, pooling, head=None):
    """Each window of each text in a call of its own; then NumPy."""
    rows = []
    for text in range(BATCH):
        windows = []
        for window in range(COUNTS[text]):
            alone = {name: ids[text, window][None] for name, ids in inputs.items()}
            logits = model(alone)
            windows.append(np.array(logits if head is None else logits[head])[0])
        rows.append(POOLED[pooling](windows, axis=0))
    return np.array(rows)


@pytest.mark.parametrize("pooling", POOLED)
def test_against_single_windows(model, inputs, pooling):
    model.window_pooling = pooling
    expected = one_by_one(model, inputs, pooling)
    logits = model(inputs)
    assert logits.shape == (BATCH, 3)
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"
    np.testing.assert_allclose(logits, expected, atol=1e-5, rtol=0)
    np.testing.assert_allclose(model.predict(inputs, verbose=0), expected, atol=1e-5, rtol=0)


def test_the_mean_is_the_default_and_is_not_the_maximum(model, inputs):
    mean = np.array(model(inputs))
    model.window_pooling = "max"
    several = COUNTS > 1
    assert (np.array(model(inputs)) > mean)[several].all()
    np.testing.assert_allclose(np.array(model(inputs))[~several], mean[~several], atol=1e-6)


@pytest.mark.parametrize("pooling", POOLED)
def test_windows_of_padding_do_not_count(model, inputs, pooling):
    model.window_pooling = pooling
    padded = {name: np.pad(ids, ((0, 0), (0, 3), (0, 0))) for name, ids in inputs.items()}
    np.testing.assert_allclose(model(padded), model(inputs), atol=1e-5, rtol=0)


@pytest.mark.parametrize("pooling", POOLED)
def test_one_window_is_the_plain_call(model, inputs, pooling):
    model.window_pooling = pooling
    first = {name: ids[:, 0] for name, ids in inputs.items()}
    windowed = {name: ids[:, :1] for name, ids in inputs.items()}
    np.testing.assert_allclose(model(windowed), model(first), atol=1e-6, rtol=0)


def test_without_a_mask_every_window_counts(model, inputs):
    ids = np.maximum(inputs["input_ids"], 1)
    expected = np.mean([model(ids[:, window]) for window in range(WINDOWS)], axis=0)
    np.testing.assert_allclose(model(ids), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("pooling", POOLED)
def test_in_a_graph_of_unknown_sizes(model, inputs, pooling):
    model.window_pooling = pooling
    spec = {name: tf.TensorSpec((None, None, None), tf.int32) for name in inputs}
    graph = tf.function(lambda batch: model(batch), input_signature=[spec])
    assert graph.get_concrete_function().output_shapes == tf.TensorShape([None, 3])
    np.testing.assert_allclose(graph(inputs), model(inputs), atol=1e-5, rtol=0)


def test_in_a_functional_model(model, inputs):
    ids = [keras.Input((None, None), dtype="int32") for _ in inputs]
    logits = model(dict(zip(inputs, ids, strict=True)))
    assert logits.shape == (None, 3)
    functional = keras.Model(ids, logits)
    np.testing.assert_allclose(functional(list(inputs.values())), model(inputs), atol=1e-5)


def test_mixed_precision_gives_float32_logits(tiny_config, inputs):
    model = TFBertForSequenceClassification(tiny_config, dtype="mixed_bfloat16")
    assert keras.backend.standardize_dtype(model(inputs).dtype) == "float32"


@pytest.mark.parametrize("pooling", POOLED)
def test_gradients_of_padding_are_zero(model, inputs, pooling):
    """The bias of the head is reached by each text once, however many windows it has."""
    model.window_pooling = pooling
    _, (found,) = gradients_of_weights(
        lambda: keras.ops.sum(model(inputs)), [model.classifier.bias]
    )
    np.testing.assert_allclose(found, np.full(3, BATCH), rtol=1e-5)


@pytest.mark.parametrize("pooling", POOLED)
def test_several_tasks(tiny_config, inputs, pooling):
    model = randomised(TFBertForMultiTask(tiny_config.replace(heads=HEADS)))
    model.window_pooling = pooling
    logits, predicted = model(inputs), model.predict(inputs, verbose=0)
    for head in ("intent", "score"):
        expected = one_by_one(model, inputs, pooling, head)
        np.testing.assert_allclose(logits[head], expected, atol=1e-5, rtol=0)
        np.testing.assert_allclose(predicted[head], expected, atol=1e-5, rtol=0)
        np.testing.assert_allclose(model.single_task(head)(inputs), expected, atol=1e-5, rtol=0)


def test_the_encoder_reads_once_for_all_heads(tiny_config, inputs, monkeypatch):
    model = TFBertForMultiTask(tiny_config.replace(heads=HEADS))
    calls, call = [], model.bert.encoder.call
    monkeypatch.setattr(
        model.bert.encoder, "call", lambda *some, **how: calls.append(1) or call(*some, **how)
    )
    model(inputs)
    assert calls == [1]


def test_a_head_over_words_reads_no_windows(tiny_config, inputs):
    heads = (HEADS[0], HeadConfig("slots", "token", ("O", "B-x")))
    model = TFBertForMultiTask(tiny_config.replace(heads=heads))
    with pytest.raises(ArgumentError, match="a head over words reads no text in several windows"):
        model(inputs)
