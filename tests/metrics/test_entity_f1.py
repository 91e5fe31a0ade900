"""Entity F1 inside Keras against the one of lists of tags, and seqeval."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfclf.errors import ArgumentError
from tfclf.evaluation.entities import entity_scores
from tfclf.metrics import EntityF1

LABELS = {
    "bio": ["I-y", "O", "B-x", "I-x", "B-y"],
    "iobes": ["S-x", "O", "B-x", "I-x", "E-x", "E-y-z", "B-y-z", "NOUN"],
}


def random_batch(generator, classes, batch, seq, ignored=0.3, unseen=0.1):
    """Predictions that are mostly right, with ignored positions and unknown tags among the true."""
    y_true = generator.integers(0, classes, (batch, seq))
    guess = np.where(generator.random((batch, seq)) < 0.2, 1, y_true)
    guess = np.where(generator.random((batch, seq)) < 0.1, (y_true + 1) % classes, guess)
    logits = generator.random((batch, seq, classes)) + 2 * np.eye(classes)[guess]
    y_true = np.where(generator.random((batch, seq)) < unseen, -1, y_true)
    y_true = np.where(generator.random((batch, seq)) < ignored, -100, y_true)
    return y_true.astype("int32"), logits.astype("float32")


def sentences(y_true, y_pred, labels, kept):
    """The tags at kept positions; unknown ones are O."""
    names = [*labels, "O"]  # -1 is the last
    return [
        ([names[i] for i in true[keep]], [labels[i] for i in predicted[keep]])
        for true, predicted, keep in zip(y_true, y_pred.argmax(-1), kept, strict=True)
    ]


@pytest.mark.parametrize("scheme", LABELS)
@pytest.mark.parametrize("seed", range(6))
def test_against_lists_over_batches(scheme, seed):
    generator, labels = np.random.default_rng(seed), LABELS[scheme]
    metric, rows = EntityF1(labels), []
    for batch, seq in ((7, 13), (3, 1), (5, 29)):
        y_true, logits = random_batch(generator, len(labels), batch, seq)
        metric.update_state(y_true, logits)
        rows += sentences(y_true, logits, labels, y_true != -100)
    truth, predicted = map(list, zip(*rows, strict=True))
    expected = entity_scores(truth, predicted)["f1"]
    assert 0 < expected < 1
    assert float(metric.result()) == pytest.approx(expected, abs=1e-6)


def test_against_seqeval():
    seqeval = pytest.importorskip("seqeval.metrics")
    labels = LABELS["bio"]
    metric = EntityF1(labels)
    y_true, logits = random_batch(np.random.default_rng(7), len(labels), 11, 17)
    metric.update_state(y_true, logits)
    rows = sentences(y_true, logits, labels, y_true != -100)
    expected = seqeval.f1_score(*map(list, zip(*rows, strict=True)), zero_division=0)
    assert float(metric.result()) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_in_a_graph_of_unknown_shape(jit_compile):
    labels = LABELS["iobes"]
    eager, metric = EntityF1(labels), EntityF1(labels)

    @tf.function(
        jit_compile=jit_compile,
        input_signature=[
            tf.TensorSpec((None, None), "int32"),
            tf.TensorSpec((None, None, len(labels)), "float32"),
        ],
    )
    def update(y_true, y_pred):
        metric.update_state(y_true, y_pred)

    generator = np.random.default_rng(1)
    for batch, seq in ((4, 9), (2, 23)):
        y_true, logits = random_batch(generator, len(labels), batch, seq)
        update(y_true, logits)
        eager.update_state(y_true, logits)
    np.testing.assert_array_equal(metric.counts.numpy(), eager.counts.numpy())
    assert metric.counts.numpy().min() > 0


def test_in_evaluate():
    """As a compiled metric, over a short last batch."""
    labels = LABELS["bio"]
    y_true, logits = random_batch(np.random.default_rng(2), len(labels), 11, 6)
    model = keras.Sequential([keras.Input((None, len(labels))), keras.layers.Identity()])
    loss = keras.losses.SparseCategoricalCrossentropy(True, ignore_class=-100)
    model.compile(loss=loss, metrics=[EntityF1(labels)])
    y_true[y_true == -1] = 1  # the loss of Keras knows no other
    result = model.evaluate(logits, y_true, batch_size=4, verbose=0, return_dict=True)
    rows = sentences(y_true, logits, labels, y_true != -100)
    expected = entity_scores(*map(list, zip(*rows, strict=True)))["f1"]
    assert result["f1"] == pytest.approx(expected, abs=1e-6)


def test_by_hand():
    labels = ["O", "B-x", "I-x", "B-y"]
    true = [[1, 2, 0, 3], [1, -100, 2, -100]]
    predicted = [[1, 2, 0, 1], [1, 3, 2, 2]]
    metric = EntityF1(labels)
    metric.update_state(true, np.eye(4)[predicted])
    # True: x(0-1), y(3), x(0-1); predicted: x(0-1), x(3), x(0-1), as ignored words are taken out.
    assert metric.counts.numpy().tolist() == [3, 3, 2]
    assert float(metric.result()) == pytest.approx(2 / 3)


def test_the_same_end_is_not_the_same_entity():
    """Four pairs that end together: other begin, other type, other begin within, the same."""
    labels = ["O", "B-x", "I-x", "B-y", "I-y"]
    true = [[1, 2, 2], [3, 4, 4], [1, 2, 2], [0, 1, 2]]
    predicted = [[0, 1, 2], [1, 2, 2], [1, 1, 2], [0, 2, 2]]
    metric = EntityF1(labels)
    metric.update_state(true, np.eye(5)[predicted])
    assert metric.counts.numpy().tolist() == [4, 5, 1]


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 10)])
def test_what_has_weight_zero_is_taken_out(shape):
    labels, generator = LABELS["bio"], np.random.default_rng(3)
    y_true, logits = random_batch(generator, len(labels), 6, 10)
    weight = generator.choice([0.0, 0.5, 3.0], shape)
    metric = EntityF1(labels)
    metric.update_state(y_true, logits, sample_weight=weight)
    kept = (y_true != -100) & (weight.reshape((6, -1)) != 0)
    rows = sentences(y_true, logits, labels, kept)
    expected = entity_scores(*map(list, zip(*rows, strict=True)))["f1"]
    assert float(metric.result()) == pytest.approx(expected, abs=1e-6)


def test_padding_changes_nothing():
    labels = LABELS["bio"]
    y_true, logits = random_batch(np.random.default_rng(4), len(labels), 5, 8)
    short, long = EntityF1(labels), EntityF1(labels)
    short.update_state(y_true, logits)
    long.update_state(
        np.pad(y_true, ((0, 2), (3, 4)), constant_values=-100),
        np.pad(logits, ((0, 2), (3, 4), (0, 0)), constant_values=1),
    )
    np.testing.assert_array_equal(short.counts.numpy(), long.counts.numpy())


def test_no_class_is_ignored():
    metric = EntityF1(["O", "B-x", "I-x"], ignore_class=None)
    metric.update_state([[1, -100, 2]], np.eye(3)[[[1, 0, 2]]])  # x(0), O, x(2)
    assert metric.counts.numpy().tolist() == [2, 2, 2]


def test_empty_and_reset():
    metric = EntityF1(["O", "B-x"])
    assert float(metric.result()) == 0
    metric.update_state([[0, 0]], np.eye(2)[[[0, 0]]])
    assert float(metric.result()) == 0
    metric.update_state([[0, 1]], np.eye(2)[[[1, 1]]])
    metric.reset_state()
    metric.update_state([[1, 0, 1]], np.eye(2)[[[1, 0, 1]]])
    assert float(metric.result()) == 1


def test_wrong_width_is_told():
    with pytest.raises(ArgumentError, match="expected predictions for 2 labels"):
        EntityF1(["O", "B-x"]).update_state([[0, 1]], np.zeros((1, 2, 3)))


def test_config_round_trip():
    metric = EntityF1(["O", "B-x"], ignore_class=-7, name="entity_f1")
    again = EntityF1.from_config(metric.get_config())
    assert again.get_config() == metric.get_config()
    assert (again.labels, again.ignore_class, again.name) == (("O", "B-x"), -7, "entity_f1")
