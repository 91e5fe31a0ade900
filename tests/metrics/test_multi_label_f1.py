"""F1 of several labels a text against scikit-learn."""

import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score

from tfclf.errors import ArgumentError
from tfclf.metrics import MultiLabelF1


def logits_of(predicted):
    return np.where(predicted, 2.0, -3.0).astype("float32")


def expected(true, predicted, average):
    """scikit-learn's; macro over the labels that occur."""
    if average == "macro":
        occurring = (true | predicted).any(0)
        true, predicted = true[:, occurring], predicted[:, occurring]
    if not true.size:
        return 0.0
    return f1_score(true, predicted, average=average, zero_division=0)


@pytest.mark.parametrize("average", ["macro", "micro"])
@pytest.mark.parametrize("seed", range(12))
def test_against_scikit_learn(seed, average):
    generator = np.random.default_rng(seed)
    classes, rows = int(generator.integers(2, 9)), int(generator.integers(3, 40))
    true, predicted = generator.random((2, rows, classes)) < 0.2
    metric = MultiLabelF1(classes, average=average)
    for part in np.array_split(np.arange(rows), 3):
        metric.update_state(true[part], logits_of(predicted[part]))
    assert float(metric.result()) == pytest.approx(expected(true, predicted, average), abs=1e-6)


def test_a_label_that_never_occurs_is_no_miss():
    true, predicted = np.array([[1, 0, 0], [1, 0, 1]]), np.array([[1, 0, 1], [1, 0, 1]])
    metric = MultiLabelF1(3, labels=["a", "b", "c"], per_class=True)
    metric.update_state(true, logits_of(predicted))
    result = {name: float(value) for name, value in metric.result().items()}
    # a: all right; b: nowhere; c: 1 hit, 1 true, 2 predicted -> 2/3
    assert result == pytest.approx({"macro_f1": 5 / 6, "f1_a": 1, "f1_b": 0, "f1_c": 2 / 3})


def test_micro_per_class_without_names():
    metric = MultiLabelF1(2, average="micro", per_class=True)
    metric.update_state([[1, 0], [1, 1], [0, 1]], logits_of([[1, 0], [0, 1], [0, 0]]))
    result = {name: float(value) for name, value in metric.result().items()}
    # both: 1 hit, 2 true, 1 predicted -> 2/3; together 2 hits, 4 true, 2 predicted -> 2/3
    assert result == pytest.approx({"micro_f1": 2 / 3, "f1_0": 2 / 3, "f1_1": 2 / 3})


@pytest.mark.parametrize("average", ["macro", "micro"])
def test_unknown_entries_and_rows_do_not_count(average):
    generator = np.random.default_rng(13)
    true, predicted = generator.random((2, 9, 4)) < 0.5
    labels = true.astype("int32")
    labels[2], labels[4, 1], labels[7, :2] = -100, -100, -100
    unknown = labels == -100
    metric = MultiLabelF1(4, average=average)
    metric.update_state(labels, logits_of(predicted))
    # An entry that is neither true nor predicted adds nothing to 2 tp / (2 tp + fn + fp).
    known = expected(true & ~unknown, predicted & ~unknown, average)
    assert float(metric.result()) == pytest.approx(known, abs=1e-6)
    assert known != pytest.approx(expected(true, predicted, average), abs=0.01)


@pytest.mark.parametrize("shape", [(6,), (6, 1)])
def test_weightless_rows_do_not_count(shape):
    true, predicted = np.random.default_rng(14).random((2, 6, 5)) < 0.5
    weight = np.array([1, 0, 2.5, 0, 1, 0.5])
    metric = MultiLabelF1(5)
    metric.update_state(true, logits_of(predicted), weight.reshape(shape))
    kept = weight > 0
    value = expected(true[kept], predicted[kept], "macro")
    assert float(metric.result()) == pytest.approx(value, abs=1e-6)


def test_threshold_is_of_logits():
    logits = np.array([[0.0, 0.1, -0.1, 1.0]])
    labels = np.array([[0, 1, 0, 1]])
    metric = MultiLabelF1(4)
    metric.update_state(labels, logits)
    assert float(metric.result()) == 1  # above 0, not at 0
    metric = MultiLabelF1(4, threshold=0.5, average="micro")
    metric.update_state(labels, logits)
    assert float(metric.result()) == pytest.approx(2 / 3)  # 1 hit, 2 true, 1 predicted


def test_unseen_labels_are_classes_without_a_hit():
    """Two columns that only the data has: never predicted, so F1 0 each."""
    true = np.array([[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 1]], bool)
    predicted = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]], bool)
    metric = MultiLabelF1(2, num_unseen=2)
    metric.update_state(true[:, :2], logits_of(predicted[:, :2]))
    assert float(metric.result()) == pytest.approx(expected(true, predicted, "macro"), abs=1e-6)


def test_empty_and_reset():
    metric = MultiLabelF1(3)
    assert float(metric.result()) == 0
    metric.update_state([[1, 0, 0]], logits_of([[0, 1, 0]]))
    metric.reset_state()
    metric.update_state([[1, 0, 1]], logits_of([[1, 0, 1]]))
    assert float(metric.result()) == 1


@pytest.mark.parametrize("kind", ["bool", "uint8", "float32"])
def test_any_type_of_label(kind):
    true, predicted = np.random.default_rng(15).random((2, 8, 3)) < 0.5
    metric = MultiLabelF1(3)
    metric.update_state(true.astype(kind), logits_of(predicted))
    assert float(metric.result()) == pytest.approx(expected(true, predicted, "macro"), abs=1e-6)


def test_counts_are_exact_beyond_float32():
    """16,777,216 + 1 is 16,777,216 in float32; the counts are integers."""
    metric = MultiLabelF1(2)
    metric.counts.assign([[2**24, 0], [2**24, 0], [2**24, 0]])
    metric.update_state([[1, 0]], logits_of([[1, 0]]))
    assert metric.counts.numpy()[:, 0].tolist() == [2**24 + 1] * 3


def test_in_evaluate():
    true, predicted = np.random.default_rng(16).random((2, 10, 4)) < 0.5
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Activation("linear")])
    model.compile(
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[MultiLabelF1(4), MultiLabelF1(4, average="micro")],
        jit_compile=False,
    )
    result = model.evaluate(logits_of(predicted), true, batch_size=3, verbose=0, return_dict=True)
    for average in ("macro", "micro"):
        value = expected(true, predicted, average)
        assert result[f"{average}_f1"] == pytest.approx(value, abs=1e-6)


def test_wrong_arguments_are_told():
    with pytest.raises(ArgumentError, match=r"predictions of shape \(batch, 3\), got \(1, 2\)"):
        MultiLabelF1(3).update_state([[0, 1, 0]], [[1.0, 2.0]])
    with pytest.raises(ArgumentError, match=r"labels of shape \(batch, 3\), got \(2,\)"):
        MultiLabelF1(3).update_state([0, 1], [[1.0, 2.0, 3.0]])
    with pytest.raises(ArgumentError, match="2 labels, but 3 classes"):
        MultiLabelF1(3, labels=["a", "b"])
    with pytest.raises(ArgumentError, match="unknown average 'samples', expected one of macro"):
        MultiLabelF1(3, average="samples")
