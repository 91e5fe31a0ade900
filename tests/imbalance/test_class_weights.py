"""Class weights against scikit-learn and the formulas, and their cap."""

import numpy as np
import pytest

from tfclf.errors import ArgumentError
from tfclf.imbalance import STRATEGIES, class_weights
from tfclf.imbalance.class_weights import MAX_RATIO

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


@pytest.mark.parametrize(
    "counts", [[3, 0], [3, -1], [], [[1, 2]], [1, float("nan")], [1, float("inf")]]
)
def test_bad_counts(counts):
    with pytest.raises(ArgumentError, match="expected a positive one a class"):
        class_weights(counts)


def test_bad_arguments():
    with pytest.raises(ArgumentError, match="unknown strategy 'sqrt'"):
        class_weights(COUNTS, "sqrt")
    with pytest.raises(ArgumentError, match="beta is 1"):
        class_weights(COUNTS, "effective", beta=1)


@pytest.mark.parametrize("max_ratio", [0.5, 0, -1, float("nan"), 20_000, float("inf")])
def test_bad_caps(max_ratio):
    with pytest.raises(ArgumentError, match=r"max_ratio is .*, expected a number in \[1, 10000\]"):
        class_weights(COUNTS, max_ratio=max_ratio)


def test_the_cap_raises_the_weights_of_the_most_frequent():
    # 1/900, 1/80, 1/20 with the smallest raised to 1/20 / 10 = 1/200; sum 0.005 + 0.0125 + 0.05
    weights = class_weights(COUNTS, max_ratio=10)
    np.testing.assert_allclose(weights, np.array([0.005, 0.0125, 0.05]) / 0.0225)
    np.testing.assert_allclose(class_weights(COUNTS, max_ratio=1), np.ones(3))


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("max_ratio", [3.0, 1000.0, MAX_RATIO])
def test_no_counts_go_beyond_the_cap(strategy, max_ratio):
    weights = class_weights([10**9, 10**7, 3, 1], strategy, beta=1 - 1e-9, max_ratio=max_ratio)
    assert weights.mean() == pytest.approx(1)
    assert weights.max() <= max_ratio * weights.min() * (1 + 1e-12)
    assert (np.diff(weights) >= 0).all()


def test_a_cap_that_is_not_reached_changes_nothing():
    # 900 / 20 = 45
    np.testing.assert_array_equal(class_weights(COUNTS, max_ratio=46), class_weights(COUNTS))


def test_bad_counts_are_named_with_their_classes():
    with pytest.raises(ArgumentError, match="class 1 has 0, class 3 has -2, class 4 has nan") as e:
        class_weights([5, 0, 3, -2, float("nan")])
    assert "drop it or add rows" in str(e.value)
    with pytest.raises(ArgumentError, match="class 4 has 0, and 3 more"):
        class_weights([0] * 8)


@pytest.mark.parametrize("counts", [{"good": 3, "bad": 2}, "many", None, 7, ["3", "few"]])
def test_counts_that_are_no_list_of_numbers(counts):
    with pytest.raises(ArgumentError, match="expected a positive one a class"):
        class_weights(counts)
