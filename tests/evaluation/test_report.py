"""The table on the terminal, and what is said of predictions that went wrong."""

import io
import re

import numpy as np
import pytest
from rich.console import Console

from tfclf.evaluation import (
    multi_label_scores,
    regression_scores,
    score_table,
    single_label_scores,
    tag_scores,
    warnings_of,
)

LABELS = ["a", "b", "c", "d"]


def scores_of(names):
    rows = {
        name: {"precision": 0.5, "recall": 0.25, "f1": i / len(names), "support": i}
        for i, name in enumerate(names)
    }
    means = dict.fromkeys(
        ("macro_f1", "weighted_f1", "accuracy", "expected_calibration_error"), 0.125
    )
    return {"per_class": rows, "predicted_classes": 2, **means}


def printed(scores):
    out = io.StringIO()
    Console(file=out, width=80).print(score_table(scores, "test"))
    return out.getvalue()


def one(truth, predicted, labels=LABELS):
    probabilities = np.eye(len(labels))[[labels.index(name) for name in predicted]]
    return single_label_scores(truth, probabilities, labels)


def several(truth, predicted, labels=LABELS):
    return multi_label_scores(truth, np.full((len(truth), len(labels)), 0.4), labels, predicted)


def tags(truth, predicted, labels=("O", "B-x", "I-x"), scheme="bio"):
    words = [np.full((len(row), len(labels)), 1 / len(labels)) for row in truth]
    return tag_scores(truth, words, labels, predicted, scheme)


def test_every_label_and_every_mean():
    text = printed(scores_of(["spam", "[b]ham[/b]"]))
    assert "spam" in text
    assert "[b]ham[/b]" in text  # a label is no markup
    assert text.count("0.125") == 4


def test_of_many_labels_the_weakest_are_shown():
    text = printed(scores_of([f"label-{i:02}" for i in range(77)]))
    assert "the 30 labels with the lowest F1 of 77" in text
    assert "label-29" in text
    assert "label-30" not in text


SINGLE = one(["a", "b"], ["a", "a"])
SEVERAL = several([["a"], ["a", "b"]], [["a"], []])
TAGS = tags([["B-x", "O"], ["O"]], [["B-x", "O"], ["O"]])
NO_ENTITY = tags([["O", "O"]], [["O", "O"]])
PARTS = tags([["N", "V"], ["N"]], [["N", "N"], ["N"]], ("N", "V"), None)
NUMBERS = regression_scores([1.0, 2.5, 3.0], np.array([1.0, 2.0, 4.0]))


@pytest.mark.parametrize(
    "scores, shown, hidden",
    [
        (SINGLE, ["label", "support", "macro-F1", "weighted F1", "accuracy"], ["micro", "entity"]),
        (SEVERAL, ["label", "micro-F1", "samples F1", "Hamming loss"], ["accuracy", "entity"]),
        (TAGS, ["entity", "x", "entity F1", "accuracy"], ["B-x", "label"]),
        (NO_ENTITY, ["label", "B-x", "entity F1"], []),
        (PARTS, ["label", "N", "V", "accuracy"], ["entity"]),
        (NUMBERS, ["figure", "Spearman", "Pearson", "mean squared error"], ["label", "F1"]),
    ],
    ids=["single-label", "multi-label", "token", "no-entity", "parts-of-speech", "regression"],
)
def test_the_table_of_each_task(scores, shown, hidden):
    text = printed(scores)
    assert [word for word in shown if word not in text] == []
    assert [word for word in hidden if word in text] == []


def test_figures_of_a_regression_are_shown():
    # Errors 0, 0.5 and 1: 1.25 / 3 and 1.5 / 3.
    lines = printed(NUMBERS).splitlines()
    assert next(line for line in lines if "mean squared error" in line).count("0.417") == 1
    assert next(line for line in lines if "mean absolute error" in line).count("0.500") == 1


def test_the_heading_names_what_stands_below():
    assert "entity" in printed(TAGS).splitlines()[2]
    assert "label" in printed(NO_ENTITY).splitlines()[2]


@pytest.mark.parametrize(
    "scores, said",
    [
        (one(["a", "b"], ["a", "a"]), "every row was predicted as 'a'"),
        # No row has the label that every row was given: no recall tells which it was.
        (one(["a", "b"], ["d", "d"]), "every row was predicted as 'd'"),
        (one(["new", "b"], ["c", "c"]), "every row was predicted as 'c'"),
        (tags([["O", "B-x"]], [["O", "O"]]), "every word was predicted as 'O'"),
        (tags([["O", "O"]], [["B-x", "B-x"]]), "every word was predicted as 'B-x'"),
        (tags([["N", "V"]], [["N", "N"]], ("N", "V"), None), "every word was predicted as 'N'"),
        (several([["a"], ["b"]], [["a"], ["a"]]), "every row was given 'a'"),
        (several([["a"], ["b"]], [["d"], ["d"]]), "every row was given 'd'"),
        (several([["a"], ["b"]], [["a"], []]), "no label but 'a' was ever given"),
        (several([["a"], ["b"]], [["d"], []]), "no label but 'd' was ever given"),
        (several([["a"], []], [[], []]), "no row was given any label"),
        (several([["a"], []], [[], []], ["a"]), "no row was given any label"),
        (regression_scores([1.0, 2, 4], np.array([3.0, 3, 3])), "nearly the same number"),
        (regression_scores([1.0, 2, 4], np.array([3.0, 3.05, 3])), "nearly the same number"),
    ],
)
def test_collapse_is_said(scores, said):
    (warning,) = warnings_of(scores)
    assert warning.startswith((said, "every prediction is"))
    assert said in warning and "collapsed" in warning


@pytest.mark.parametrize(
    "scores",
    [
        one(["a", "b"], ["a", "b"]),
        # Rows of one label alone, all right: there is nothing else to be said of them.
        one(["a", "a"], ["a", "a"]),
        one(["a", "a"], ["a", "a"], ["a"]),
        several([["a"], ["a", "b"]], [["a"], ["b"]]),
        several([["a"], []], [["a"], []], ["a"]),
        several([[], []], [[], []]),
        tags([["O", "B-x"]], [["O", "B-x"]]),
        tags([["O", "O"]], [["O", "O"]]),
        regression_scores([1.0, 2, 4], np.array([2.0, 2.5, 3])),
        regression_scores([2.0, 2], np.array([2.0, 2])),
    ],
)
def test_nothing_is_said_of_a_good_model(scores):
    assert warnings_of(scores) == []


def test_figures_of_earlier_versions_are_read():
    scores = one(["a", "b", "b"], ["b", "b", "b"])
    del scores["most_predicted"]
    assert warnings_of(scores)[0].startswith("every row was predicted as 'b'")


@pytest.mark.parametrize(
    "scores, said",
    [
        (one(["a", "b", "c", "c"], ["a", "b", "a", "b"]), r"1 of 4 labels are .*: 'c' \(2 rows\)"),
        (several([["a", "c"], ["b"], ["d"]], [["a"], ["b"], []]), r": 'c', 'd' \(2 rows\)"),
        (tags([["O", "B-x", "I-x"]], [["O", "B-x", "B-x"]]), r"1 of 3 .*: 'I-x' \(1 words\)"),
    ],
)
def test_labels_that_are_missed_are_said(scores, said):
    (warning,) = warnings_of(scores)
    assert re.search(said, warning)


def test_of_many_missed_labels_eight_are_named():
    names = [f"label-{i:02}" for i in range(13)]
    (warning,) = warnings_of(one(names, ["label-00", "label-01", *names[2:3] * 11], names))
    assert "10 of 13 labels" in warning and "'label-10' ..." in warning
    assert "label-11" not in warning and "(10 rows)" in warning
