"""Margins by the counts, against the formula in NumPy and its laws."""

import numpy as np
import pytest

from tfclf.losses import LDAMLoss, SparseCategoricalCrossentropy, margin_crossentropy

COUNTS = [80, 405, 5, 1280]  # (5 / n)^(1/4): 1/2, 1/3, 1, 1/4
WEIGHTS = [0.1, 0.4, 2.0, 1.5]
ROWS, CLASSES = 11, len(COUNTS)


@pytest.fixture(scope="module")
def batch():
    generator = np.random.default_rng(4)
    logits = generator.normal(0, 2, (ROWS, CLASSES)).astype("float32")
    return generator.integers(0, CLASSES, ROWS), logits


def reference(labels, logits, max_margin, scale):
    """Cao et al. 2019, equations 12 and 13, row by row; max_margin is their C / n_min^(1/4)."""
    losses = []
    for label, row in zip(labels, logits.astype("float64"), strict=True):
        row = row.copy()
        row[label] -= max_margin * min(COUNTS) ** 0.25 / COUNTS[label] ** 0.25
        scores = np.exp(scale * row)
        losses.append(-np.log(scores[label] / scores.sum()))
    return np.array(losses)


def test_margins_by_hand():
    np.testing.assert_allclose(LDAMLoss(COUNTS, 0.6).margins, [0.3, 0.2, 0.6, 0.15], rtol=1e-12)


@pytest.mark.parametrize(("max_margin", "scale"), [(0.5, 1.0), (1.2, 0.7), (0.5, 3.0)])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_against_numpy(batch, max_margin, scale, weights):
    loss = LDAMLoss(COUNTS, max_margin, scale, weights, reduction="none")
    expected = np.asarray(weights or np.ones(CLASSES))[batch[0]] * reference(
        *batch, max_margin, scale
    )
    # A loss near 0 is a difference of two logits in float32.
    np.testing.assert_allclose(loss(*batch), expected, rtol=1e-5, atol=1e-6)


def test_cosines_times_thirty():
    """The paper's setting: logits in [-1, 1]."""
    generator = np.random.default_rng(5)
    cosines = generator.uniform(-1, 1, (ROWS, CLASSES)).astype("float32")
    labels = generator.integers(0, CLASSES, ROWS)
    value = LDAMLoss(COUNTS, scale=30, reduction="none")(labels, cosines)
    np.testing.assert_allclose(value, reference(labels, cosines, 0.5, 30), rtol=1e-4, atol=1e-5)


def test_a_margin_only_costs(batch):
    plain = np.asarray(SparseCategoricalCrossentropy(reduction="none")(*batch))
    assert (np.asarray(LDAMLoss(COUNTS, reduction="none")(*batch)) > plain).all()


def test_a_label_that_is_no_class_has_no_loss(batch):
    labels = np.where(np.arange(ROWS) % 3 == 0, -1, batch[0])
    value = np.asarray(LDAMLoss(COUNTS, reduction="none")(labels, batch[1]))
    assert (value[labels == -1] == 0).all()
    assert (value[labels != -1] > 0).all()


def test_probabilities_stand_for_their_logarithms(batch):
    labels, logits = batch
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    loss = LDAMLoss(COUNTS, from_logits=False, reduction="none")
    np.testing.assert_allclose(loss(labels, probabilities), reference(*batch, 0.5, 1), rtol=1e-4)


def test_the_function_is_the_loss(batch):
    loss = LDAMLoss(COUNTS, 0.7, 2.0, WEIGHTS, reduction="none")
    values = margin_crossentropy(*batch, loss.margins, 2.0, WEIGHTS)
    np.testing.assert_array_equal(values, loss(*batch))
