"""Squared error against NumPy and Keras, with and without unknown labels."""

from functools import partial

import keras
import numpy as np
import pytest

from tests.gradients import gradient
from tfclf.errors import ArgumentError
from tfclf.losses import MeanSquaredError

ROWS = 7
WEIGHT = np.linspace(0, 3, ROWS, dtype="float32")


@pytest.fixture
def batch():
    generator = np.random.default_rng(9)
    return generator.normal(3, 2, (2, ROWS)).astype("float32")


@pytest.mark.parametrize("true", [(ROWS,), (ROWS, 1)])
@pytest.mark.parametrize("predicted", [(ROWS,), (ROWS, 1)])
def test_shapes(batch, true, predicted):
    y_true, y_pred = batch
    value = MeanSquaredError()(y_true.reshape(true), y_pred.reshape(predicted))
    assert float(value) == pytest.approx(((y_true - y_pred) ** 2).mean(), rel=1e-6)


def test_is_keras_where_every_label_is_known(batch):
    y_true, y_pred = batch[0][:, None], batch[1][:, None]
    for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight"):
        theirs = keras.losses.MeanSquaredError(reduction=reduction)
        ours = MeanSquaredError(reduction=reduction)
        assert float(ours(y_true, y_pred, WEIGHT)) == pytest.approx(
            float(theirs(y_true, y_pred, WEIGHT)), rel=1e-6
        )


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_unknown_labels_leave_value_mean_and_gradient(batch, weight):
    y_true, y_pred = batch
    y_true[[1, 4]] = np.nan
    loss = partial(MeanSquaredError(), y_true, sample_weight=weight)
    value, slopes = gradient(loss, y_pred[:, None])
    kept = ~np.isnan(y_true)
    counted = np.ones(ROWS) if weight is None else weight
    error = np.where(kept, y_pred - y_true, 0)
    assert float(value) == pytest.approx((counted * error**2).sum() / kept.sum(), rel=1e-6)
    np.testing.assert_allclose(slopes[:, 0], counted * 2 * error / kept.sum(), rtol=1e-5)


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_nothing_known_is_zero(batch, weight, reduction):
    loss = MeanSquaredError(reduction=reduction)
    assert float(loss(np.full(ROWS, np.nan), batch[1], weight)) == 0


def test_reduction_none_and_whole_numbers():
    loss = MeanSquaredError(reduction="none")
    np.testing.assert_array_equal(loss(np.array([1, 5]), np.array([[3.0], [4.0]])), [4, 1])


def test_in_fit_the_bias_becomes_the_mean_of_the_known():
    labels = np.array([1.0, 2.0, 6.0, np.nan, np.nan], "float32")
    inputs = np.zeros((5, 1), "float32")
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.25), MeanSquaredError(), jit_compile=False)
    model.fit(inputs, labels, epochs=30, batch_size=5, verbose=0)
    assert float(model(inputs[:1])[0, 0]) == pytest.approx(3.0, abs=1e-5)  # halved each step


def test_more_than_one_number_an_example(batch):
    with pytest.raises(ArgumentError, match=r"expected one number an example, got shape \(7, 2\)"):
        MeanSquaredError()(batch[0], np.zeros((ROWS, 2)))
