"""Logit-adjusted cross-entropy against its formula in NumPy and its laws."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.gradients import double_precision, gradient
from tfclf.losses import LogitAdjustedCrossentropy, SparseCategoricalCrossentropy

COUNTS = [90, 40, 13, 6, 2]
WEIGHTS = [0.1, 0.4, 1.0, 1.5, 2.0]
ROWS, CLASSES = 11, len(COUNTS)


@pytest.fixture(scope="module")
def batch():
    generator = np.random.default_rng(3)
    logits = generator.normal(0, 2, (ROWS, CLASSES)).astype("float32")
    return generator.integers(0, CLASSES, ROWS), logits


def reference(labels, logits, tau):
    """Menon et al. 2021, equation 10, term by term: -log e^(f_y + t log pi_y) / sum of such."""
    scores = np.exp(logits.astype("float64")) * (np.array(COUNTS) / sum(COUNTS)) ** tau
    return -np.log(scores[np.arange(len(labels)), labels] / scores.sum(-1))


@pytest.mark.parametrize("tau", [0.5, 1.0, 2.5])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_against_numpy(batch, tau, weights):
    loss = LogitAdjustedCrossentropy(COUNTS, tau, weights, reduction="none")
    expected = np.asarray(weights or np.ones(CLASSES))[batch[0]] * reference(*batch, tau)
    np.testing.assert_allclose(loss(*batch), expected, rtol=1e-5)


def test_the_size_of_the_counts_changes_nothing(batch):
    """A share is what counts are in proportion; softmax takes no notice of a common factor."""
    more = LogitAdjustedCrossentropy(7 * np.array(COUNTS))
    value = float(LogitAdjustedCrossentropy(COUNTS)(*batch))
    assert float(more(*batch)) == pytest.approx(value, rel=1e-6)


def test_equal_counts_are_cross_entropy(batch):
    loss = LogitAdjustedCrossentropy([4] * CLASSES, tau=1.7)
    plain = float(SparseCategoricalCrossentropy()(*batch))
    assert float(loss(*batch)) == pytest.approx(plain, rel=1e-6)


def test_perfect_predictions_cost_nothing():
    logits = 100.0 * np.eye(CLASSES, dtype="float32")
    assert float(LogitAdjustedCrossentropy(COUNTS)(np.arange(CLASSES), logits)) < 1e-6


def test_probabilities(batch):
    labels, logits = batch
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    loss = LogitAdjustedCrossentropy(COUNTS, from_logits=False, reduction="none")
    np.testing.assert_allclose(loss(labels, probabilities), reference(*batch, 1.0), rtol=1e-4)


def test_label_smoothing_is_that_of_keras_on_adjusted_logits(batch):
    theirs = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)
    adjusted = batch[1] + np.log(np.array(COUNTS) / sum(COUNTS))
    expected = float(theirs(np.eye(CLASSES)[batch[0]], adjusted))
    loss = LogitAdjustedCrossentropy(COUNTS, label_smoothing=0.2)
    assert float(loss(*batch)) == pytest.approx(expected, rel=1e-6)


def test_flat_logits_are_least_where_the_labels_have_the_shares_of_the_counts():
    """The adjusted softmax of flat logits is the shares, and cross-entropy is least there."""
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    with double_precision():
        loss = LogitAdjustedCrossentropy([60, 30, 10], dtype="float64")
        _, slopes = gradient(
            lambda logits: loss(labels, ops.repeat(logits, 100, axis=0)), np.zeros((1, 3))
        )
    np.testing.assert_allclose(slopes, np.zeros((1, 3)), atol=1e-12)
