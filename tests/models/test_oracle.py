"""The numbers of the last working TFBert, in both of its formats."""

import keras
import numpy as np
import pytest

from tests.gradients import gradients_of_weights
from tfclf import TFBertForSequenceClassification, TFBertModel

FOLDERS = ("tiny-sequence-h5", "tiny-sequence-safetensors-tf")


def compiled(oracle, optimizer):
    model = TFBertForSequenceClassification.from_pretrained(oracle / FOLDERS[0])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, jit_compile=False)
    return model


@pytest.mark.parametrize("folder", FOLDERS)
def test_logits(oracle, golden, golden_inputs, folder):
    model = TFBertForSequenceClassification.from_pretrained(oracle / folder)
    np.testing.assert_allclose(model(golden_inputs), golden["logits"], atol=1e-5, rtol=0)


@pytest.mark.parametrize("folder", FOLDERS)
def test_hidden_states(oracle, golden, golden_inputs, folder):
    last_hidden_state, pooler_output = TFBertModel.from_pretrained(oracle / folder)(golden_inputs)
    expected = golden["last_hidden_state"], golden["pooler_output"]
    np.testing.assert_allclose(last_hidden_state, expected[0], atol=1e-5, rtol=0)
    np.testing.assert_allclose(pooler_output, expected[1], atol=1e-5, rtol=0)


def test_loss_and_head_gradient(oracle, golden, golden_inputs):
    model = TFBertForSequenceClassification.from_pretrained(oracle / FOLDERS[0])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    value, (found,) = gradients_of_weights(
        lambda: loss(golden["labels"], model(golden_inputs, training=True)),
        [model.classifier.kernel],
    )
    np.testing.assert_allclose(value, golden["loss"], atol=1e-5, rtol=0)
    np.testing.assert_allclose(found, golden["classifier_kernel_gradient"], atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    "name, make",
    [
        ("sgd", lambda: keras.optimizers.SGD(0.05)),
        ("adam", lambda: keras.optimizers.Adam(1e-3, epsilon=1e-7)),
    ],
)
def test_ten_steps(oracle, golden, golden_inputs, name, make):
    """Adam's path needs the dense gradient of the lookup tables: see ``LookupTable``."""
    model = compiled(oracle, make())
    losses = []
    for _ in range(10):
        model.reset_metrics()  # some releases of Keras 3 return the mean over all steps so far
        losses.append(float(model.train_on_batch(golden_inputs, golden["labels"])))
    with np.load(oracle / "tiny_training.npz") as expected:
        np.testing.assert_allclose(losses, expected[f"{name}_losses"], rtol=1e-4)
        np.testing.assert_allclose(
            model(golden_inputs), expected[f"{name}_logits"], rtol=1e-4, atol=1e-5
        )


def test_lookup_gradient_adds_repeated_rows(oracle):
    """A token that occurs twice gets one row of gradient, the sum of both."""
    table = TFBertModel.from_pretrained(oracle / FOLDERS[0]).bert.embeddings.word
    weights = np.array([[[1.0], [10.0], [100.0]]], "float32")
    _, (gradient,) = gradients_of_weights(
        lambda: keras.ops.sum(table(np.array([[3, 5, 3]])) * weights), [table.embeddings]
    )
    np.testing.assert_array_equal(gradient[3], np.full(20, 101.0))
    np.testing.assert_array_equal(gradient[5], np.full(20, 10.0))
    assert not np.any(np.delete(gradient, [3, 5], axis=0))
