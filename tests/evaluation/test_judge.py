"""The rows that have a label are judged, and only they."""

import numpy as np
import pytest

from tfclf.data import Target
from tfclf.errors import DataError
from tfclf.evaluation import (
    Decider,
    WordLogits,
    judge,
    multi_label_scores,
    regression_scores,
    sigmoid,
    single_label_scores,
    softmax,
    tag_scores,
)
from tfclf.tasks import Head

HERE = np.array([True, False, True, True, False])


def target(task, values, **settings):
    """Labels of rows, None where there are none; names in order of first occurrence."""
    flat = [one for row in values for one in row or ()]
    names = () if task == "regression" else tuple(dict.fromkeys(flat))
    codes = np.array(flat) if task == "regression" else np.array([names.index(x) for x in flat])
    ends = np.concatenate([[0], np.cumsum([len(row or ()) for row in values])])
    present = np.array([row is not None for row in values])
    kind = "float64" if task == "regression" else "int32"
    head = Head("mood", task, "moods")
    return Target(head, names, codes.astype(kind), ends, present, **settings)


@pytest.fixture(scope="module")
def logits():
    return np.random.default_rng(3).normal(size=(5, 3))


def test_one_label(logits):
    labels = ("good", "bad", "odd")
    scores = judge(
        target("single-label", [["bad"], None, ["good"], ["new"], None]),
        logits,
        Decider("single-label", labels),
    )
    expected = single_label_scores(["bad", "good", "new"], softmax(logits[HERE]), labels)
    assert scores == {"rows": 3} | expected


def test_several_labels(logits):
    """An empty list is a label, none is not."""
    decider = Decider("multi-label", ("good", "bad", "odd"))
    truth = [["bad", "good"], None, [], ["new"], None]
    scores = judge(target("multi-label", truth), logits, decider)
    chosen = logits[HERE]
    assert scores == {"rows": 3} | multi_label_scores(
        [truth[0], truth[2], truth[3]], sigmoid(chosen), decider.labels, decider.decide(chosen)
    )
    assert scores["per_class"]["new"]["support"] == 1


def test_numbers():
    logits = np.array([[1.0], [50], [2], [4], [-50]])
    truth = target("regression", [[1.5], None, [2.5], [3.0], None])
    scores = judge(truth, logits, Decider("regression", ("LABEL_0",)))
    assert scores == {"rows": 3} | regression_scores([1.5, 2.5, 3.0], np.array([1.0, 2, 4]))
    # Errors of 0.5, 0.5 and 1.
    assert scores["mean_absolute_error"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("scheme", ["bio", "none"])
def test_tags(scheme):
    labels = ("O", "B-x", "I-x")
    truth = [["B-x", "I-x"], None, [], ["O", "B-x", "O"], None]
    lengths = [2, 4, 0, 3, 1]
    logits = WordLogits(
        np.random.default_rng(5).normal(size=(10, 3)), np.concatenate([[0], np.cumsum(lengths)])
    )
    decider = Decider("token", labels, scheme)
    scores = judge(target("token", truth, scheme=scheme), logits, decider)
    rows = list(logits)
    chosen = [rows[0], rows[2], rows[3]]
    probabilities = [softmax(row) for row in chosen]
    predicted = [[labels[i] for i in row.argmax(-1)] for row in chosen]
    expected = tag_scores([truth[0], [], truth[3]], probabilities, labels, predicted, scheme)
    assert scores == {"rows": 3} | expected
    assert scores["words"] == 5
    assert ("per_entity" in scores) is (scheme == "bio")


def test_all_rows_have_tags():
    truth = target("token", [["O"], ["O", "B-x"]], scheme="bio")
    logits = WordLogits(np.eye(2)[[0, 0, 1]], np.array([0, 1, 3]))
    scores = judge(truth, logits, Decider("token", ("O", "B-x"), "bio"))
    assert (scores["f1"], scores["accuracy"], scores["rows"], scores["words"]) == (1, 1, 2, 3)


@pytest.mark.parametrize("task", ["single-label", "multi-label", "regression", "token"])
def test_nothing_is_labelled(task):
    empty = WordLogits(np.zeros((3, 2)), np.array([0, 1, 3]))
    logits = empty if task == "token" else np.zeros((2, 2))
    with pytest.raises(DataError, match="no row has a label for 'mood'") as error:
        judge(target(task, [None, None]), logits, Decider(task, ("a", "b")))
    assert "'moods'" in error.value.remedy


def test_sentences_without_words():
    """They have tags, of which there are none: there is nothing to judge."""
    logits = WordLogits(np.zeros((0, 2)), np.zeros(3, int))
    with pytest.raises(DataError, match="no word has a label for 'mood'"):
        judge(
            target("token", [[], []], scheme="bio"), logits, Decider("token", ("O", "B-x"), "bio")
        )
