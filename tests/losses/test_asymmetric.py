"""The asymmetric loss against its formula in NumPy and its laws."""

from functools import partial

import numpy as np
import pytest

from tests.gradients import gradient
from tfclf.losses import AsymmetricLoss, BinaryFocalCrossentropy, asymmetric_loss

ROWS, CLASSES = 11, 5
WEIGHTS = [0.1, 0.4, 1.0, 1.5, 2.0]


@pytest.fixture(scope="module")
def batch():
    generator = np.random.default_rng(9)
    logits = generator.normal(-1, 2, (ROWS, CLASSES)).astype("float32")
    return generator.integers(0, 2, (ROWS, CLASSES)), logits


def entries(labels, logits, gamma_negative, gamma_positive, clip):
    """Ridnik et al. 2021 in NumPy, float64: L+ and L- of each entry, p shifted in L- alone."""
    p = 1 / (1 + np.exp(-logits.astype("float64")))
    shifted = np.maximum(p - clip, 0)
    positive = (1 - p) ** gamma_positive * np.log(p)
    negative = shifted**gamma_negative * np.log(1 - shifted)
    return -np.where(labels == 1, positive, negative)


@pytest.mark.parametrize("gammas", [(4.0, 0.0), (4.0, 1.0), (0.5, 0.5), (0.0, 2.0), (1.0, 0.0)])
@pytest.mark.parametrize("clip", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_against_numpy(batch, gammas, clip, weights):
    loss = AsymmetricLoss(*gammas, clip, weights, reduction="none")
    expected = np.asarray(weights or np.ones(CLASSES)) * entries(*batch, *gammas, clip)
    np.testing.assert_allclose(loss(*batch), expected.mean(-1), rtol=1e-5, atol=1e-7)


def test_equal_gammas_without_clip_are_focal(batch):
    loss = AsymmetricLoss(1.5, 1.5, 0, WEIGHTS)
    focal = BinaryFocalCrossentropy(1.5, WEIGHTS)
    assert float(loss(*batch)) == pytest.approx(float(focal(*batch)), rel=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 4.0])
def test_an_easy_negative_costs_nothing_and_pulls_at_nothing(gamma):
    """sigmoid(-3) is 0.047, below the clip of 0.05."""
    loss = partial(AsymmetricLoss(gamma), np.zeros((1, 3)))
    value, slopes = gradient(loss, [[-3.0, -9.0, -500.0]])
    assert float(value) == 0
    np.testing.assert_array_equal(slopes, np.zeros((1, 3)))


@pytest.mark.parametrize("gammas", [(0.0, 0.0), (0.5, 0.5), (4.0, 1.0)])
@pytest.mark.parametrize("clip", [0.0, 0.05])
def test_very_sure_logits_have_finite_losses_and_gradients(gammas, clip):
    labels = np.array([[0, 1, 0, 1, 0, 1]])
    logits = [[500.0, 500.0, -500.0, -500.0, 1e30, -1e30]]
    value, slopes = gradient(partial(AsymmetricLoss(*gammas, clip), labels), logits)
    assert np.isfinite(value)
    assert np.isfinite(slopes).all()


def test_a_negative_that_is_surely_held_for_positive_has_the_largest_finite_loss():
    """q is 1 - clip there: -(1 - clip)^gamma log clip, however large the logit."""
    loss = AsymmetricLoss(2.0, clip=0.1)
    for logit in (40.0, 500.0, 1e30):
        value = float(loss(np.zeros((1, 1)), np.array([[logit]], "float32")))
        assert value == pytest.approx(-(0.9**2) * np.log(0.1), rel=1e-5)


def test_unknown_entries_leave_sum_and_denominator(batch):
    labels = batch[0].copy()
    labels[2], labels[5, :3] = -100, -100
    each = entries(labels, batch[1], 4.0, 0.0, 0.05)
    rows = [each[i][labels[i] >= 0].mean() for i in range(ROWS) if i != 2]
    loss = AsymmetricLoss(ignore_class=-100)
    assert float(loss(labels, batch[1])) == pytest.approx(np.mean(rows), rel=1e-5)


def test_probabilities(batch):
    probabilities = 1 / (1 + np.exp(-batch[1]))
    loss = AsymmetricLoss(from_logits=False, reduction="none")
    expected = entries(*batch, 4.0, 0.0, 0.05).mean(-1)
    np.testing.assert_allclose(loss(batch[0], probabilities), expected, rtol=1e-4)


def test_the_function_is_the_loss(batch):
    loss = AsymmetricLoss(3.0, 1.0, 0.1, WEIGHTS, reduction="none")
    values = asymmetric_loss(*batch, 3.0, 1.0, 0.1, WEIGHTS)
    np.testing.assert_array_equal(values, loss(*batch))
