"""Figures against scikit-learn, and by hand."""

import numpy as np
import pytest
from sklearn.metrics import classification_report

from tfclf.evaluation import confusion, single_label_scores, softmax, warnings_of
from tfclf.evaluation.scores import calibration_error


def probabilities_of(predicted, labels):
    return 0.7 * np.eye(len(labels))[[labels.index(name) for name in predicted]] + 0.1


LABELS = ["a", "b", "c", "d"]


@pytest.mark.parametrize("seed", range(5))
def test_against_scikit_learn(seed):
    generator = np.random.default_rng(seed)
    true = generator.choice(["a", "b", "c", "new"], 50).tolist()
    predicted = generator.choice(["a", "b", "c"], 50).tolist()
    scores = single_label_scores(true, probabilities_of(predicted, LABELS), LABELS)
    report = classification_report(true, predicted, output_dict=True, zero_division=0)
    for name in ("a", "b", "c", "new"):
        expected = report[name]
        row = scores["per_class"][name]
        assert row["precision"] == pytest.approx(expected["precision"])
        assert row["recall"] == pytest.approx(expected["recall"])
        assert row["f1"] == pytest.approx(expected["f1-score"])
        assert row["support"] == expected["support"]
    assert scores["macro_f1"] == pytest.approx(report["macro avg"]["f1-score"])
    assert scores["weighted_f1"] == pytest.approx(report["weighted avg"]["f1-score"])
    assert scores["accuracy"] == scores["micro_f1"] == pytest.approx(report["accuracy"])
    assert scores["predicted_classes"] == 3
    assert scores["per_class"]["d"] == {"precision": 0, "recall": 0, "f1": 0, "support": 0}


def test_calibration_error_by_hand():
    # Two rows in the bin of 0.6: accuracy 1/2, gap 0.1, weight 2/3. One in that of 0.9: gap 0.1.
    error = calibration_error(np.array([0.6, 0.6, 0.9]), np.array([True, False, True]), bins=10)
    assert error == pytest.approx(0.1)
    assert calibration_error(np.ones(3), np.ones(3, bool)) == 0
    assert calibration_error(np.ones(3), np.zeros(3, bool)) == 1


def test_confusion_is_true_by_predicted():
    matrix = confusion(["a", "a", "b"], ["b", "b", "a"], ["a", "b", "c"])
    np.testing.assert_array_equal(matrix, [[0, 2, 0], [1, 0, 0], [0, 0, 0]])


def test_softmax_is_finite_for_large_logits():
    np.testing.assert_allclose(softmax(np.array([[1e4, 1e4, -1e4]])), [[0.5, 0.5, 0]])


def test_collapse_is_said():
    scores = single_label_scores(["a", "b"], probabilities_of(["a", "a"], LABELS), LABELS)
    assert "every row was predicted as 'a'" in warnings_of(scores)[0]


def test_a_label_that_is_missed_is_said():
    scores = single_label_scores(
        ["a", "b", "c", "c"], probabilities_of(["a", "b", "a", "b"], LABELS), LABELS
    )
    assert warnings_of(scores) == ["1 of 4 labels are never predicted right: 'c' (2 rows)"]


def test_nothing_is_said_of_a_good_model():
    scores = single_label_scores(["a", "b"], probabilities_of(["a", "b"], LABELS), LABELS)
    assert warnings_of(scores) == []
