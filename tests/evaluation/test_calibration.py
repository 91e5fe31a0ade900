"""Temperatures and shifts that planted errors are taken out by."""

import json

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit, log_softmax

from tfclf.errors import ArgumentError
from tfclf.evaluation import sigmoid, softmax
from tfclf.evaluation.calibration import (
    Temperature,
    choose_multi_label_temperature,
    choose_temperature,
    class_shifts,
    label_shifts,
)
from tfclf.evaluation.scores import calibration_error


def one_of(classes, rows, seed=0, strength=1.5):
    """Logits that are the true log-probabilities, and labels drawn from them."""
    generator = np.random.default_rng(seed)
    logits = strength * generator.normal(size=(rows, classes))
    return logits, (logits + generator.gumbel(size=logits.shape)).argmax(-1)


def any_of(labels, rows, seed=0):
    generator = np.random.default_rng(seed)
    logits = 2 * generator.normal(size=(rows, labels)) - 1.5
    return logits, (generator.random(logits.shape) < expit(logits)).astype(int)


def error_of(logits, ids):
    p = softmax(logits)
    return calibration_error(p.max(-1), p.argmax(-1) == ids)


@pytest.mark.parametrize("planted", [0.25, 1.0, 3.0])
@pytest.mark.parametrize("classes", [2, 7])
def test_a_planted_temperature_is_found(planted, classes):
    """The tolerance is four standard errors of log T over 6,000 rows, which are near 0.02."""
    logits, ids = one_of(classes, 6000)
    found = choose_temperature(logits * planted, ids)
    assert np.log(found.value / planted) == pytest.approx(0, abs=0.08)
    fresh, truth = one_of(classes, 6000, seed=1)
    # The true probabilities have an error too, by chance.
    calibrated = error_of(fresh, truth)
    assert error_of(found.apply(fresh * planted), truth) < calibrated + 0.015
    if planted != 1:
        assert error_of(fresh * planted, truth) > calibrated + 0.05


@pytest.mark.parametrize("planted", [0.25, 3.0])
def test_a_planted_temperature_of_several_labels_is_found(planted):
    logits, truth = any_of(5, 2000)
    found = choose_multi_label_temperature(logits * planted, truth)
    assert np.log(found.value / planted) == pytest.approx(0, abs=0.08)
    assert (found.rows, "2000 validation rows" in found.reason) == (2000, True)


@pytest.mark.parametrize("rows", [30, 400])
def test_against_every_temperature_of_a_grid(rows):
    """Of the loss plus (log T / 0.5)^2 / 2."""
    logits, ids = one_of(4, rows)
    grid = np.linspace(-1, 2, 601)
    losses = [
        -log_softmax(2 * logits * np.exp(-u), -1)[np.arange(rows), ids].sum() + 2 * u**2
        for u in grid
    ]
    expected = np.exp(grid[np.argmin(losses)])
    assert choose_temperature(2 * logits, ids).value == pytest.approx(expected, rel=0.005)


def test_one_label_that_may_be_missing_is_two_classes():
    """sigmoid(z) is softmax([0, z])[1]: the same loss, so the same temperature."""
    logits, truth = any_of(1, 211)
    pairs = np.hstack([np.zeros_like(logits), logits])
    several = choose_multi_label_temperature(logits, truth).value
    assert several == pytest.approx(choose_temperature(pairs, truth[:, 0]).value, rel=1e-4)


def test_the_answer_never_changes():
    logits, _ = one_of(7, 300)
    for value in (0.05, 0.7, 20.0):
        scaled = Temperature(value).apply(logits.astype("float32"))
        np.testing.assert_array_equal(scaled.argmax(-1), logits.argmax(-1))
        np.testing.assert_array_equal(sigmoid(scaled) > 0.5, logits > 0)


def test_neither_order_nor_names_nor_a_constant_matter():
    logits, ids = one_of(5, 123)
    expected = choose_temperature(3 * logits, ids).value
    rows = np.random.default_rng(2).permutation(123)
    names = np.array([3, 0, 4, 1, 2])
    turned = (3 * logits[rows])[:, names] + rows[:, None]
    assert choose_temperature(turned, np.argsort(names)[ids[rows]]).value == pytest.approx(
        expected, rel=1e-4
    )


def test_rows_that_are_all_right_do_not_take_it_to_zero():
    """It would without what is known before: the loss falls with T for ever.

    At T the loss of 50 rows of margin 5 is 50 log(1 + exp(-5 / T)), of log T = u it is added 2 u^2;
    the slope is 50 * 5 exp(-u) / (1 + exp(5 exp(-u))) + 4 u.
    """
    ids = np.arange(50) % 2
    found = choose_temperature(5.0 * np.eye(2)[ids], ids).value
    expected = brentq(lambda u: 250 * np.exp(-u) / (1 + np.exp(5 * np.exp(-u))) + 4 * u, -2, 1)
    assert np.log(found) == pytest.approx(expected, abs=1e-3)
    truth = np.eye(2)[ids]
    assert 0.5 < choose_multi_label_temperature(10 * truth - 5, truth).value < 1


@pytest.mark.parametrize(
    "rows, ids, reason",
    [
        (0, [], "no validation rows with a label, too few"),
        (1, [1], "1 validation row with a label, too few"),
        (29, [0, 1] * 14 + [0], "29 validation rows with a label, too few"),
        (40, [-1] * 11 + [0, 1] * 14 + [0], "29 validation rows"),
        (30, [2] * 30, "all 30 validation rows have the same label"),
    ],
)
def test_too_little_to_choose_on(rows, ids, reason):
    found = choose_temperature(np.ones((rows, 3)), np.array(ids, int))
    assert found.value == 1 and reason in found.reason


@pytest.mark.parametrize(
    "truth, reason",
    [
        (np.zeros((29, 3)), "29 validation rows with known labels, too few"),
        (np.full((40, 3), -1), "no validation rows with known labels, too few"),
        (np.zeros((31, 3)), "no label is true in any of 31"),
        (np.ones((31, 3)), "every label is true in any of 31"),
    ],
)
def test_too_little_to_choose_on_for_several_labels(truth, reason):
    found = choose_multi_label_temperature(np.ones(truth.shape), truth)
    assert found.value == 1 and reason in found.reason


def test_unknown_answers_count_nowhere():
    logits, truth = any_of(3, 90)
    more = np.vstack([logits, np.full((7, 3), np.nan)])
    unknown = np.vstack([truth, np.full((7, 3), -1)])
    assert choose_multi_label_temperature(more, unknown) == choose_multi_label_temperature(
        logits, truth
    )


def test_it_can_be_written_down():
    made = Temperature(1.25, 300, "why")
    assert Temperature.from_dict(json.loads(json.dumps(made.to_dict()))) == made


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_temperatures(value):
    with pytest.raises(ArgumentError, match="expected a positive number"):
        Temperature(value)


def test_diverged_logits_are_refused():
    with pytest.raises(ArgumentError, match="row 4: expected finite logits"):
        choose_temperature(np.array([[0.0, 0]] * 3 + [[np.nan, 0]]), np.zeros(4, int))


@pytest.mark.parametrize("planted", [-4.0, 0.0, 2.5])
def test_planted_shifts_of_labels_are_taken_out(planted):
    """Known up to three standard errors of a label's log-odds, below 0.1 here."""
    logits, truth = any_of(3, 5000)
    own = planted + np.array([0.0, 0.5, -0.5])
    np.testing.assert_allclose(label_shifts(logits + own, truth), -own, atol=0.3)


def test_the_sums_of_probabilities_are_right_but_for_the_ridge():
    """At the most probable shift, sum(sigmoid(z + b)) - hits + (b - common) / 1^2 = 0."""
    logits, truth = any_of(4, 60)
    truth[:, 3] = 0
    shifts = label_shifts(logits + 2, truth)
    surplus = expit(logits + 2 + shifts).sum(0) - truth.sum(0)
    common = shifts + surplus
    np.testing.assert_allclose(common, common[0], atol=1e-6)
    total = expit(logits + 2 + common[0]).sum() - truth.sum()
    assert total + common[0] / 3**2 == pytest.approx(0, abs=1e-6)
    assert shifts[3] < common[0]  # never true: below the common one, but not without end
    assert shifts[3] > -10


def test_the_more_true_rows_the_further_from_the_common_shift():
    """Two labels of the same fault; the one with few rows to show it keeps near the third."""
    truth = np.zeros((3000, 3), int)
    truth[:3], truth[:300, 1], truth[:1500, 2] = [1, 0, 0], 1, 1
    share = truth.mean(0)
    logits = np.tile(np.log(share / (1 - share)) + [2, 2, 0], (3000, 1))
    rare, frequent, right = label_shifts(logits, truth)
    assert frequent == pytest.approx(-2, abs=0.05) and right == pytest.approx(0, abs=0.05)
    assert -2 < rare < 0 and abs(rare + 2) > 5 * abs(frequent + 2)


def test_labels_nobody_knows_have_the_common_shift():
    logits, truth = any_of(2, 50)
    truth = np.hstack([truth, np.full((50, 1), -1)])
    shifts = label_shifts(np.hstack([logits + 1, np.zeros((50, 1))]), truth)
    surplus = expit(logits[:, 0] + 1 + shifts[0]).sum() - truth[:, 0].sum()
    assert shifts[2] == pytest.approx(shifts[0] + surplus)  # as above: the common one


def test_planted_shifts_of_classes_are_taken_out():
    logits, ids = one_of(4, 8000)
    planted = np.array([1.0, -0.5, 0.25, -0.75])
    found = class_shifts(logits + planted, ids)
    np.testing.assert_allclose(found, -planted, atol=0.2)
    assert found.sum() == pytest.approx(0, abs=1e-3)


def test_shifts_of_classes_are_most_probable():
    """The negative log-posterior rises to all sides."""
    logits, ids = one_of(5, 40)

    def loss(b):
        return -log_softmax(logits + b, -1)[np.arange(40), ids].sum() + b @ b / 2

    found = class_shifts(logits, ids)
    for step in 0.05 * np.eye(5):
        assert loss(found) < min(loss(found + step), loss(found - step))
