"""Class weights and advice."""

import numpy as np
import pytest

from tfclf.errors import ArgumentError
from tfclf.imbalance import STRATEGIES, advise, class_weights

COUNTS = [900, 80, 20]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_mean_is_one_and_rarer_is_heavier(strategy):
    weights = class_weights(COUNTS, strategy)
    assert weights.mean() == pytest.approx(1)
    assert (np.diff(weights) > 0).all()


def test_inverse_is_scikit_learns_balanced_up_to_scale():
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.repeat(np.arange(3), COUNTS)
    balanced = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    np.testing.assert_allclose(class_weights(COUNTS), balanced / balanced.mean())


def test_square_root():
    # 1/30, 1/sqrt(80), 1/sqrt(20): ratios by hand
    weights = class_weights(COUNTS, "sqrt_inverse")
    assert weights[2] / weights[0] == pytest.approx(30 / np.sqrt(20))


def test_effective_number():
    # Cui et al. 2019, equation 2: E_n = (1 - beta^n) / (1 - beta), weights inverse to it.
    weights = class_weights(COUNTS, "effective", beta=0.99)
    effective = np.array([(1 - 0.99**n) / (1 - 0.99) for n in COUNTS])
    np.testing.assert_allclose(weights, (1 / effective) / (1 / effective).mean())


def test_effective_number_between_its_limits():
    near_one = class_weights(COUNTS, "effective", beta=1 - 1e-12)
    np.testing.assert_allclose(near_one, class_weights(COUNTS), rtol=1e-6)
    np.testing.assert_allclose(class_weights(COUNTS, "effective", beta=1e-9), np.ones(3))


def test_equal_counts_weigh_one():
    np.testing.assert_allclose(class_weights([7, 7, 7, 7]), np.ones(4))


@pytest.mark.parametrize("counts", [[3, 0], [3, -1], [], [[1, 2]], [1, float("nan")]])
def test_bad_counts(counts):
    with pytest.raises(ArgumentError, match="expected a positive one a class"):
        class_weights(counts)


def test_bad_arguments():
    with pytest.raises(ArgumentError, match="unknown strategy 'sqrt'"):
        class_weights(COUNTS, "sqrt")
    with pytest.raises(ArgumentError, match="beta is 1"):
        class_weights(COUNTS, "effective", beta=1)


def test_advice_follows_the_ratio():
    assert advise(np.array([30, 10])).class_weights == "none"
    assert advise(np.array([31, 10])).class_weights == "inverse"
    assert "45.0 times" in advise(np.array(COUNTS)).reason
