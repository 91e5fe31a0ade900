"""What a loss refuses before it is ever called, and what it takes."""

import numpy as np
import pytest

from tfclf.errors import ArgumentError
from tfclf.imbalance.class_weights import MAX_RATIO, class_weights
from tfclf.losses import (
    AsymmetricLoss,
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    LDAMLoss,
    LogitAdjustedCrossentropy,
    SparseCategoricalCrossentropy,
    SparseCategoricalFocalCrossentropy,
)
from tfclf.losses.weighting import checked_class_weights

NAN, INFINITE = float("nan"), float("inf")


def test_weights_too_far_apart_are_named_with_their_classes():
    assert checked_class_weights([1, MAX_RATIO, 2]) == [1, 10_000, 2]
    with pytest.raises(ArgumentError, match="10001 for class 2 and 1 for class 1") as error:
        checked_class_weights([7, 1, 10_001])
    assert "expected none beyond 10000 times another" in str(error.value)
    assert "max_ratio" in str(error.value)


@pytest.mark.parametrize("counts", [[10**9, 3], [10**9, 10**7, 1]])
def test_the_losses_take_what_class_weights_makes_of_any_counts(counts):
    weights = class_weights(counts, max_ratio=MAX_RATIO)
    assert checked_class_weights(weights) == weights.tolist()
    assert checked_class_weights(weights.astype("float32"))


@pytest.mark.parametrize("weight", [0.0, -1.0, NAN, INFINITE])
def test_a_bad_weight_is_named_with_its_class(weight):
    with pytest.raises(ArgumentError, match=f"but class 1 has {weight:g}"):
        checked_class_weights([1.0, weight, 2.0])


@pytest.mark.parametrize("weights", [3.0, "12", [1.0, "heavy"], [[1.0, 2.0]], [1.0, None], {}])
def test_no_weights_at_all(weights):
    with pytest.raises(ArgumentError, match="class_weights are .*expected one positive finite"):
        checked_class_weights(weights)


@pytest.mark.parametrize("make", [SparseCategoricalFocalCrossentropy, BinaryFocalCrossentropy])
@pytest.mark.parametrize(
    ("gamma", "stored"),
    [(2, 2.0), (np.float32(0.5), 0.5), ((0, 3), [0, 3]), ({1: 1, 0: 2}, [2, 1])],
)
def test_gammas(make, gamma, stored):
    assert make(gamma=gamma).gamma == make(gamma=gamma).get_config()["gamma"] == stored


@pytest.mark.parametrize("make", [SparseCategoricalFocalCrossentropy, BinaryFocalCrossentropy])
@pytest.mark.parametrize(
    ("gamma", "message"),
    [
        (-0.1, "gamma is -0.1, expected a number of at least 0, or one a class"),
        ([1, NAN, 2], "but class 1 has nan"),
        ([1, 2, -3], "but class 2 has -3"),
        (INFINITE, "gamma is inf"),
        ([], r"gamma is \[\]"),
        ([[1.0]], "gamma is"),
        ("hard", "gamma is 'hard'"),
        (None, "gamma is None"),
        ({0: 1, 2: 1}, "gamma has the ids .* expected 0 to 1"),
    ],
)
def test_bad_gammas(make, gamma, message):
    with pytest.raises(ArgumentError, match=message):
        make(gamma=gamma)


def test_alphas():
    assert BinaryFocalCrossentropy(alpha=np.array([0.25, 0.5])).alpha == [0.25, 0.5]
    assert BinaryFocalCrossentropy(alpha={1: 0.5, 0: 0.25}).alpha == [0.25, 0.5]


@pytest.mark.parametrize("alpha", [[0.5, 1.0], [0.5, NAN], [], [[0.5]], "half", {1: 0.5}])
def test_bad_alphas(alpha):
    with pytest.raises(ArgumentError, match="alpha"):
        BinaryFocalCrossentropy(alpha=alpha)


@pytest.mark.parametrize(
    "make",
    [
        SparseCategoricalCrossentropy,
        SparseCategoricalFocalCrossentropy,
        BinaryCrossentropy,
        BinaryFocalCrossentropy,
        lambda label_smoothing: LogitAdjustedCrossentropy([3, 2], label_smoothing=label_smoothing),
    ],
)
@pytest.mark.parametrize("smoothing", [-0.1, 1, NAN, [0.1], "0.1a", None])
def test_bad_label_smoothing(make, smoothing):
    with pytest.raises(ArgumentError, match="label_smoothing is .* at least 0 and below 1"):
        make(label_smoothing=smoothing)


@pytest.mark.parametrize(
    ("make", "settings", "message"),
    [
        (LogitAdjustedCrossentropy, {"tau": -1}, "tau is -1, expected a number of at least 0"),
        (LogitAdjustedCrossentropy, {"tau": NAN}, "tau is nan"),
        (LDAMLoss, {"max_margin": -0.5}, "max_margin is -0.5"),
        (LDAMLoss, {"max_margin": INFINITE}, "max_margin is inf"),
        (LDAMLoss, {"scale": 0}, "scale is 0, expected a number above 0"),
        (LDAMLoss, {"scale": NAN}, "scale is nan"),
    ],
)
def test_bad_settings_of_losses_with_counts(make, settings, message):
    with pytest.raises(ArgumentError, match=message):
        make([3, 2], **settings)


@pytest.mark.parametrize("make", [LogitAdjustedCrossentropy, LDAMLoss])
@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([3, 0, 2], "but class 1 has 0. A class without a training row .* drop it or add rows"),
        ([3, 1, -2], "but class 2 has -2"),
        ([NAN, 1], "but class 0 has nan"),
        ([], "expected a positive one a class"),
        (7, "counts are 7"),
        ({"a": 3, "b": 2}, "in the order of the label ids"),
    ],
)
def test_bad_counts(make, counts, message):
    with pytest.raises(ArgumentError, match=message):
        make(counts)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"gamma_negative": -1}, "gamma_negative is -1"),
        ({"gamma_positive": NAN}, "gamma_positive is nan"),
        ({"clip": 1}, "clip is 1, expected a number of at least 0 and below 1"),
        ({"clip": -0.05}, "clip is -0.05"),
    ],
)
def test_bad_settings_of_the_asymmetric_loss(settings, message):
    with pytest.raises(ArgumentError, match=message):
        AsymmetricLoss(**settings)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (SparseCategoricalFocalCrossentropy([1, 2, 3]), "3 gammas, but 5 classes"),
        (LogitAdjustedCrossentropy([1, 2, 3]), "3 counts, but 5 classes"),
        (LDAMLoss([1, 2, 3]), "3 counts, but 5 classes"),
    ],
)
def test_another_number_of_classes(loss, message):
    with pytest.raises(ArgumentError, match=message):
        loss(np.array([0, 4]), np.zeros((2, 5), "float32"))


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (BinaryFocalCrossentropy([1, 2, 3]), "3 gammas, but 5 classes"),
        (BinaryFocalCrossentropy(alpha=[0.1, 0.2, 0.3]), "3 alphas, but 5 classes"),
        (AsymmetricLoss(class_weights=[1, 2, 3]), "3 class weights, but 5 classes"),
    ],
)
def test_another_number_of_classes_of_several(loss, message):
    with pytest.raises(ArgumentError, match=message):
        loss(np.zeros((2, 5)), np.zeros((2, 5), "float32"))
