"""Curves by hand and by scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from tfclf.evaluation.precision_recall import precision_recall


def test_by_hand():
    """The best two thresholds find one of two with one and two answers, the last both of three."""
    curve = precision_recall(np.array([True, False, True]), np.array([0.9, 0.8, 0.7]))
    assert curve.recall == (1.0, 0.5, 0.5, 0.0)
    assert curve.precision == pytest.approx((2 / 3, 1 / 2, 1.0, 1.0))
    assert curve.share == pytest.approx(2 / 3)


def test_a_long_curve_is_thinned_out_to_its_ends():
    generator = np.random.default_rng(0)
    true = generator.random(5_000) < 0.1
    scores = true + generator.normal(0, 1, 5_000)
    curve = precision_recall(true, scores, points=40)
    assert len(curve.recall) <= 40 and len(curve.recall) == len(curve.precision)
    assert (curve.recall[0], curve.recall[-1]) == (1.0, 0.0)
    assert max(np.diff(curve.recall)) <= 0 and min(np.diff(curve.recall)) > -0.04
    assert curve.average_precision == pytest.approx(average_precision_score(true, scores))
