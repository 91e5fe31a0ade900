"""R2 over batches against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import r2_score

from tfclf.metrics import R2Score


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_against_scikit_learn(offset):
    generator = np.random.default_rng(3)
    truth = generator.standard_normal(53) + offset
    predicted = truth + 0.7 * generator.standard_normal(53) + 0.3
    metric = R2Score()
    for part in np.array_split(np.arange(53), 5):
        metric.update_state(truth[part], predicted[part][:, None])
    assert float(metric.result()) == pytest.approx(r2_score(truth, predicted), abs=1e-3)


def test_missing_labels_and_weights_of_zero_are_left_out():
    metric = R2Score()
    metric.update_state([1.0, np.nan, 2.0, 4.0], [1.5, 9.0, 2.0, 70.0], [1, 1, 1, 0])
    assert float(metric.result()) == pytest.approx(1 - 0.25 / 0.5)  # of (1, 2) and (1.5, 2)


def test_labels_that_are_all_the_same():
    metric = R2Score()
    metric.update_state([3.0, 3.0], [1.0, 2.0])
    assert float(metric.result()) == 0.0
