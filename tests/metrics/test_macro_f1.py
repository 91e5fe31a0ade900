"""Macro-F1 against scikit-learn and TensorFlow Addons."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tfclf.errors import ArgumentError
from tfclf.metrics import MacroF1


def logits_of(predicted, classes):
    return 9.0 * np.eye(classes, dtype="float32")[predicted]


def expected(true, predicted):
    return f1_score(true, predicted, average="macro", zero_division=0)


@pytest.mark.parametrize("seed", range(20))
def test_against_scikit_learn(seed):
    generator = np.random.default_rng(seed)
    classes, rows = int(generator.integers(2, 9)), int(generator.integers(1, 60))
    true, predicted = generator.integers(0, classes, (2, rows))
    metric = MacroF1(classes)
    for part in np.array_split(np.arange(rows), 3):
        metric.update_state(true[part], logits_of(predicted[part], classes))
    assert float(metric.result()) == pytest.approx(expected(true, predicted), abs=1e-6)


def test_against_tensorflow_addons(oracle):
    with np.load(oracle / "tfa_f1.npz") as arrays:
        metric = MacroF1(4, per_class=True)
        metric.update_state(arrays["y_true"], arrays["scores"])  # one-hot labels
        assert float(metric.result()["macro_f1"]) == pytest.approx(float(arrays["macro"]), abs=1e-6)


def test_reset_forgets():
    metric = MacroF1(3)
    metric.update_state([0, 1], logits_of([1, 0], 3))
    metric.reset_state()
    metric.update_state([2, 1], logits_of([2, 1], 3))
    assert float(metric.result()) == 1


def test_empty_is_zero():
    assert float(MacroF1(3).result()) == 0


def test_per_class():
    metric = MacroF1(3, labels=["a", "b", "c"], per_class=True)
    metric.update_state([0, 0, 1, 1], logits_of([0, 1, 1, 1], 3))
    result = {name: float(value) for name, value in metric.result().items()}
    # a: 1 hit, 2 true, 1 predicted -> 2/3; b: 2 hits, 2 true, 3 predicted -> 4/5; c never occurs
    assert result == pytest.approx(
        {"macro_f1": (2 / 3 + 4 / 5) / 2, "f1_a": 2 / 3, "f1_b": 4 / 5, "f1_c": 0}
    )


def test_unseen_labels_count_as_scikit_learn_counts_them():
    """Two labels of the data are not in the model: each is a class with F1 0, each row a miss."""
    true, predicted = ["x", "a", "b", "y", "y"], ["a", "a", "b", "b", "a"]
    metric = MacroF1(2, num_unseen=2)
    metric.update_state([-1, 0, 1, -1, -1], logits_of([0, 0, 1, 1, 0], 2))
    assert float(metric.result()) == pytest.approx(expected(true, predicted), abs=1e-6)


def test_ignored_and_weightless_rows_do_not_count():
    metric = MacroF1(2, ignore_class=-100)
    metric.update_state([0, 1, -100, 1], logits_of([0, 1, 1, 0], 2), sample_weight=[1, 1, 1, 0])
    assert float(metric.result()) == 1


def test_token_shapes():
    true = np.array([[0, 1, -100], [1, 1, 0]])
    predicted = np.array([[0, 0, 1], [1, 1, 1]])
    metric = MacroF1(2, ignore_class=-100)
    metric.update_state(true, logits_of(predicted, 2))
    kept = true != -100
    assert float(metric.result()) == pytest.approx(expected(true[kept], predicted[kept]), abs=1e-6)


def test_counts_are_exact_beyond_float32():
    """16,777,216 + 1 is 16,777,216 in float32; the matrix counts in integers."""
    metric = MacroF1(2)
    metric.matrix.assign([[2**24, 0], [0, 1], [0, 0]])
    metric.update_state([0], logits_of([0], 2))
    assert int(metric.matrix.numpy()[0, 0]) == 2**24 + 1


def test_wrong_width_is_told():
    with pytest.raises(ArgumentError, match="expected predictions for 3 classes"):
        MacroF1(3).update_state([0], [[1.0, 2.0]])
    with pytest.raises(ArgumentError, match="2 labels, but 3 classes"):
        MacroF1(3, labels=["a", "b"])
