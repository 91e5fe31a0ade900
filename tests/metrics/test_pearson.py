"""Pearson's correlation against NumPy, over any number of batches."""

import keras
import numpy as np
import pytest

from tests.gradients import double_precision
from tfclf.errors import ArgumentError
from tfclf.metrics import PearsonCorrelation


def streamed(y_true, y_pred, parts=1, **options):
    metric = PearsonCorrelation(**options)
    for true, predicted in zip(
        np.array_split(y_true, parts), np.array_split(y_pred, parts), strict=True
    ):
        metric.update_state(true, predicted)
    return float(metric.result())


def related(rows, offset=0.0, scale=1.0, seed=17):
    generator = np.random.default_rng(seed)
    y_true = offset + scale * generator.normal(size=rows)
    y_pred = 0.7 * y_true + scale * generator.normal(size=rows)
    return y_true.astype("float32"), y_pred.astype("float32")


def expected(y_true, y_pred):
    return np.corrcoef(y_true.astype("float64"), y_pred.astype("float64"))[0, 1]


@pytest.mark.parametrize("parts", [1, 3, 20])
@pytest.mark.parametrize("sign", [1, -1])
def test_against_numpy(parts, sign):
    y_true, y_pred = related(101)
    value = streamed(y_true, sign * y_pred, parts)
    assert value == pytest.approx(expected(y_true, sign * y_pred), abs=1e-6)


@pytest.mark.parametrize(("offset", "scale"), [(1e4, 1.0), (-1e4, 0.3), (1e4, 100.0), (0, 1e-4)])
@pytest.mark.parametrize("ordered", [False, True])
def test_far_from_zero(offset, scale, ordered):
    """Against float64 of the same float32 numbers; sorted ones drift from batch to batch."""
    y_true, y_pred = related(1003, offset, scale)
    if ordered:
        order = np.argsort(y_true)
        y_true, y_pred = y_true[order], y_pred[order]
    assert streamed(y_true, y_pred, 50) == pytest.approx(expected(y_true, y_pred), abs=1e-5)


def test_float64():
    y_true, y_pred = (values.astype("float64") for values in related(53, 1e4))
    with double_precision():
        value = streamed(y_true, y_pred, 4, dtype="float64")
    assert value == pytest.approx(expected(y_true, y_pred), abs=1e-12)


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_examples_without_label_or_weight_do_not_count(shape):
    y_true, y_pred = related(12)
    y_true[[0, 5]] = np.nan
    weight = np.ones(12, "float32")
    weight[[1, 7]] = 0
    metric = PearsonCorrelation()
    for part in (slice(0, 2), slice(2, 9), slice(9, 12)):  # in the first, nothing counts
        metric.update_state(y_true[part].reshape(shape), y_pred[part, None], weight[part])
    kept = ~np.isnan(y_true) & (weight > 0)
    assert float(metric.result()) == pytest.approx(expected(y_true[kept], y_pred[kept]), abs=1e-6)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e4 + 0.1])
def test_constant_is_zero(constant):
    y_true, same = related(31)[0], np.full(31, constant, "float32")
    assert streamed(y_true, same, 4) == 0
    assert streamed(same, y_true, 4) == 0
    assert streamed(same, same, 4) == 0


def test_nothing_and_one_example_are_zero():
    assert float(PearsonCorrelation().result()) == 0
    assert streamed([3.0], [2.0]) == 0
    assert streamed([np.nan, np.nan], [2.0, 1.0]) == 0


def test_a_line_is_one():
    y_true = related(23, 5.0)[0]
    assert streamed(y_true, 4 * y_true, 3) == pytest.approx(1, abs=1e-6)
    assert streamed(y_true, 1 - y_true, 3) == pytest.approx(-1, abs=1e-6)
    assert abs(streamed(y_true, 4 * y_true, 3)) <= 1


def test_a_prediction_that_is_no_number_shows():
    assert np.isnan(streamed([1.0, 2.0, 3.0], [1.0, np.nan, 2.0]))


def test_reset_forgets():
    metric = PearsonCorrelation()
    metric.update_state([1e4, 2.0, 3.0], [5.0, 1.0, 9.0])
    metric.reset_state()
    y_true, y_pred = related(19)
    metric.update_state(y_true, y_pred)
    assert float(metric.result()) == pytest.approx(expected(y_true, y_pred), abs=1e-6)


def test_in_evaluate():
    y_true, y_pred = related(29, 10.0)
    y_true[4] = np.nan
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Activation("linear")])
    model.compile(loss="mse", metrics=[PearsonCorrelation()], jit_compile=False)
    result = model.evaluate(y_pred[:, None], y_true, batch_size=8, verbose=0, return_dict=True)
    kept = ~np.isnan(y_true)
    assert result["pearson"] == pytest.approx(expected(y_true[kept], y_pred[kept]), abs=1e-6)


def test_more_than_one_number_an_example():
    with pytest.raises(ArgumentError, match="expected one number an example"):
        PearsonCorrelation().update_state([1.0, 2.0], [[1.0, 2.0], [3.0, 4.0]])
