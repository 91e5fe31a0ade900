"""The linear probe: what it is fitted to, and what it does where labels are missing."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tfclf.data import LabelIds, MultiHot, Numbers
from tfclf.training.probe import ONE_LABEL, SEVERAL_LABELS, fit_probe

ROWS, HIDDEN, CLASSES = 120, 7, 3


@pytest.fixture(scope="module")
def vectors():
    # Columns of different place and spread: the probe has to take them back.
    generator = np.random.default_rng(3)
    return generator.normal(size=(ROWS, HIDDEN)) * np.arange(1, HIDDEN + 1) + 5


@pytest.fixture(scope="module")
def ids(vectors):
    return (vectors[:, :CLASSES] - 5).argmax(-1).astype("int32")


def standardised(vectors):
    return (vectors - vectors.mean(0)) / vectors.std(0)


def test_one_label_is_the_balanced_logistic_regression_of_scikit_learn(vectors, ids):
    solver = LogisticRegression(C=ONE_LABEL, class_weight="balanced", max_iter=300)
    expected = solver.fit(standardised(vectors), ids).predict_log_proba(standardised(vectors))
    logits = fit_probe(vectors, LabelIds(ids), np.arange(ROWS), CLASSES).logits(vectors)
    logits -= np.log(np.exp(logits).sum(-1, keepdims=True))
    np.testing.assert_allclose(logits, expected, atol=1e-6)


def test_two_labels_have_two_logits_with_the_same_odds(vectors, ids):
    two = np.minimum(ids, 1)
    solver = LogisticRegression(C=ONE_LABEL, class_weight="balanced", max_iter=300)
    odds = solver.fit(standardised(vectors), two).decision_function(standardised(vectors))
    logits = fit_probe(vectors, LabelIds(two), np.arange(ROWS), 2).logits(vectors)
    np.testing.assert_allclose(logits[:, 1] - logits[:, 0], odds, atol=1e-6)
    np.testing.assert_allclose(logits.sum(-1), 0, atol=1e-6)


def test_rows_without_a_label_do_not_count(vectors, ids):
    some = ids.copy()
    some[::4] = [-100, -1] * (ROWS // 8)
    known = np.flatnonzero(some >= 0)
    whole = fit_probe(vectors, LabelIds(some), np.arange(ROWS), CLASSES)
    # Place and spread of the columns are those of all rows: compare answers, not weights.
    alone = fit_probe(vectors[known], LabelIds(some), known, CLASSES)
    same = whole.logits(vectors).argmax(-1) == alone.logits(vectors).argmax(-1)
    assert same.mean() > 0.95


def test_a_label_without_a_row_is_the_least_likely(vectors, ids):
    probe = fit_probe(vectors, LabelIds(np.where(ids == 1, 3, ids)), np.arange(ROWS), 5)
    assert not probe.kernel[:, [1, 4]].any()
    assert probe.bias.shape == (5,)
    assert 1 not in probe.logits(vectors).argmax(-1)


def test_several_labels_are_one_regression_each(vectors):
    hot = (vectors[:, :4] > [5, 6, 100, -100]).astype("float32")  # the last two: none, all
    ends = np.concatenate([[0], np.cumsum(hot.sum(-1))]).astype(int)
    labels = MultiHot(np.nonzero(hot)[1], ends, np.ones(ROWS, bool), 4)
    probe = fit_probe(vectors, labels, np.arange(ROWS), 4)
    for label in (0, 1):
        solver = LogisticRegression(C=SEVERAL_LABELS, max_iter=300)
        odds = solver.fit(standardised(vectors), hot[:, label])
        odds = odds.decision_function(standardised(vectors))
        np.testing.assert_allclose(probe.logits(vectors)[:, label], odds, atol=1e-6)
    # Of 120 rows none and all, half a row of each kind added: 0.5 and 120.5 of 121.
    np.testing.assert_allclose(probe.logits(vectors)[:, 2], np.log(0.5 / 120.5), atol=1e-9)
    np.testing.assert_allclose(probe.logits(vectors)[:, 3], np.log(120.5 / 0.5), atol=1e-9)


def test_numbers_that_are_linear_are_met(vectors):
    numbers = vectors @ np.arange(HIDDEN) - 4
    numbers[::5] = np.nan
    probe = fit_probe(vectors, Numbers(numbers), np.arange(ROWS), 1)
    here = ~np.isnan(numbers)
    # The least penalty that is tried, 1 beside 96 rows, takes about a hundredth of the slope.
    found = probe.logits(vectors)[here, 0]
    assert np.corrcoef(found, numbers[here])[0, 1] > 0.9999
    np.testing.assert_allclose(found, numbers[here], atol=0.05 * numbers[here].std())


@pytest.mark.parametrize(
    "labels",
    [
        LabelIds(np.zeros(ROWS, "int32")),
        LabelIds(np.full(ROWS, -100, "int32")),
        Numbers(np.full(ROWS, np.nan)),
        MultiHot(np.empty(0, int), np.zeros(ROWS + 1, int), np.ones(ROWS, bool), 2),
    ],
    ids=["one label", "no label", "no number", "empty lists"],
)
def test_labels_that_say_nothing_give_no_probe(vectors, labels):
    assert fit_probe(vectors, labels, np.arange(ROWS), 2) is None


def test_a_column_that_hardly_varies_is_not_blown_up(vectors, ids):
    flat = vectors.copy()
    flat[:, 6] = 5 + 1e-6 * vectors[:, 6]
    kernel = fit_probe(flat, LabelIds(ids), np.arange(ROWS), CLASSES).kernel
    assert np.abs(kernel[6]).max() < 10 * np.abs(kernel[:6]).max()
