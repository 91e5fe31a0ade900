"""The learning-rate range test, on models whose limits are known."""

import dataclasses
import importlib

import keras
import numpy as np
import pytest

from tests.runs.test_imbalance import skewed
from tfclf import Job, Recipe
from tfclf.errors import ArgumentError
from tfclf.training import RateRangeTest, WarmupDecay
from tfclf.tuning import find_rate


def line(optimizer="sgd"):
    """y = w x with w = 0 at first, to learn w = 3: the loss is (w - 3)^2 on rows of ones."""
    model = keras.Sequential([keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(optimizer, "mean_squared_error")
    return model


def fit(model, test):
    x = np.ones((2 * test.steps, 1), "float32")
    model.fit(x, 3 * x, batch_size=2, verbose=0, callbacks=[test], shuffle=False)


def test_rates_grow_by_a_factor_and_each_loss_is_that_of_its_batch():
    test = RateRangeTest(1e-3, 0.1, steps=21)
    fit(line(), test)
    np.testing.assert_allclose(test.rates, np.geomspace(1e-3, 0.1, 21), rtol=1e-6)
    w, expected = 0.0, []
    for rate in test.rates:  # gradient descent by hand: the gradient is 2 (w - 3)
        expected.append((w - 3) ** 2)
        w -= rate * 2 * (w - 3)
    np.testing.assert_allclose(test.losses, expected, rtol=1e-4)


def test_a_rate_that_diverges_ends_it():
    """Of (w - 3)^2 descent diverges from a rate of 1 on, where it jumps across and further out."""
    test = RateRangeTest(1e-3, 1e3, steps=60)
    fit(line(), test)
    assert len(test.losses) < 60 and test.rates[-1] > 1
    assert 0.01 < test.suggestion < 1 and test.steepest < 1


def test_the_smoothed_loss_of_a_constant_is_the_constant():
    test = RateRangeTest()
    test.rates, test.losses = [1e-4, 1e-3, 1e-2], [0.7, 0.7, 0.7]
    np.testing.assert_allclose(test.smoothed, 0.7)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0.0, 1.0), "expected 0 < lowest < highest"),
        ((1.0, 0.1), "expected 0 < lowest < highest"),
        ((1e-3, 1.0, 9), "steps is 9, expected a whole number >= 10"),
    ],
)
def test_bad_arguments(arguments, said):
    with pytest.raises(ArgumentError, match=said):
        RateRangeTest(*arguments)


def test_a_schedule_would_set_the_rate_as_well():
    with pytest.raises(ArgumentError, match="has a schedule, WarmupDecay: expected a number"):
        fit(line(keras.optimizers.SGD(WarmupDecay(0.1, 10))), RateRangeTest(steps=10))


def test_nothing_to_suggest_before_fit():
    with pytest.raises(ArgumentError, match="no step has been made yet"):
        _ = RateRangeTest().suggestion


@pytest.fixture
def job(tiny_encoder):
    recipe = Recipe(max_length=19, batch_size=16, head_start="random")
    return Job(skewed((70, 30, 9)), "", model=tiny_encoder, recipe=recipe)


def test_of_a_job(job, tmp_path):
    picture = tmp_path / "rates.png"
    found = find_rate(dataclasses.replace(job, output=picture), steps=12)
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert len(found.rates) == len(found.losses) == len(found.smoothed) <= 12
    assert 1e-6 <= found.suggestion * 10 <= 0.1
    assert found.by_width == 1e-4  # of narrow encoders
    assert found.to_dict()["suggestion"] == found.suggestion
    assert find_rate(job, steps=12) == found  # the same seed, the same test


@pytest.mark.parametrize(
    ("output", "said"), [("rates.jpg", "expected a .png file"), ("no/rates.png", "no such folder")]
)
def test_a_picture_that_cannot_be_drawn_is_told_first(output, said, job, tmp_path, monkeypatch):
    module = importlib.import_module("tfclf.tuning.find_rate")  # the package has its function
    monkeypatch.setattr(module, "prepare", None)  # nothing is read before
    with pytest.raises(ArgumentError, match=said):
        find_rate(dataclasses.replace(job, output=tmp_path / output))
