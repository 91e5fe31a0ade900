"""The F1 between what was counted and what is expected."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tfclf.evaluation.expected_f1 import WORTH, blended_f1


def blended(truth, said, probability):
    return blended_f1(
        *(np.asarray(x, float) for x in ((said & truth).sum(), said.sum(), truth.sum())),
        probability[said].sum(),
        probability.sum(),
    )


@pytest.mark.parametrize("seed", range(3))
def test_certain_probabilities_expect_what_is_counted(seed):
    truth, said = np.random.default_rng(seed).random((2, 53)) < 0.4
    assert blended(truth, said, truth.astype(float)) == pytest.approx(f1_score(truth, said))


def test_weights_by_hand():
    """Forty true rows weigh as much as the expectation; no true row weighs nothing."""
    truth = np.repeat([True, False], [40, 60])
    said = np.arange(100) < 50
    probability = np.full(100, 0.2)
    # Counted 2 * 40 / (50 + 40), expected 2 * 10 / (50 + 20).
    assert WORTH == 40
    assert blended(truth, said, probability) == pytest.approx((8 / 9 + 2 / 7) / 2)
    assert blended(truth & False, said, probability) == pytest.approx(2 / 7)


def test_of_nothing():
    nothing = np.zeros(3, bool)
    assert blended(nothing, nothing, np.zeros(3)) == 0


def test_the_best_threshold_is_half_the_best_expected_f1():
    """Lipton et al. 2014, theorem 1, by trying every threshold."""
    p = np.sort(np.random.default_rng(4).beta(0.4, 3, 997))
    counts = np.arange(997, 0, -1)  # said where p is at least p[i]
    hits = np.cumsum(p[::-1])[::-1]
    f1 = blended_f1(np.zeros(997), counts, np.zeros(997), hits, p.sum())
    best = f1.argmax()
    assert p[best - 1] <= f1[best] / 2 <= p[best]
