"""Candidates -> those that are worth a look."""

import numpy as np
import pytest

from tfclf import Head
from tfclf.data import Columns, read_rows
from tfclf.errors import ArgumentError
from tfclf.imbalance.screening import REASONS, check_task, screen

TRAINING = (
    ["Where is my new card?", "The refund never arrived", "Please close my account", "Card lost"],
    ["card", "refund", "account", "card"],
)
CANDIDATES = (
    [
        "Nobody sent me my new card",  # left
        "where is  my NEW card?",  # the text of a training row, case and spacing aside
        "Where is my new card!!",  # marks aside
        "  ",  # empty
        "How do I get a loan?",  # a label that training does not have
        "Can I shut my profile down?",  # close to a validation row
        "How much is a stamp today?",  # close to a test row
        "NOBODY sent me, my new card",  # the first candidate again
        "My money is not back",  # left
    ],
    ["card", "card", "card", "card", "loan", "account", "refund", "refund", "refund"],
)
EXPECTED = ["", "same", "near", "empty", "label", "validation", "test", "repeated", ""]


@pytest.fixture
def held_out():
    return {
        "validation": read_rows(["Can I shut my profile down", "Hello"], task=None),
        "test": read_rows(["How much is a stamp, today?"], task=None),
    }


def test_each_reason(held_out):
    screened = screen(read_rows(CANDIDATES), read_rows(TRAINING), held_out)
    assert screened.reasons.tolist() == EXPECTED
    assert screened.kept.tolist() == [0, 8]
    assert screened.counts == dict.fromkeys(REASONS, 1)
    assert sum(screened.counts.values()) + len(screened.kept) == len(CANDIDATES[0])


def test_the_closest_training_text_is_told(held_out):
    screened = screen(read_rows(CANDIDATES), read_rows(TRAINING), held_out)
    assert screened.nearest[0] == "Where is my new card?"
    assert screened.similarity.shape == (2,)
    assert ((screened.similarity >= 0) & (screened.similarity < 0.9)).all()
    alone = screen(read_rows((["ÄÖÜ"], ["card"])), read_rows(TRAINING))
    assert (alone.nearest, alone.similarity.tolist()) == (("",), [0.0])


def test_without_held_out_rows_nothing_is_close_to_them():
    screened = screen(read_rows(CANDIDATES), read_rows(TRAINING))
    assert screened.kept.tolist() == [0, 5, 6, 8]


def test_a_row_counts_for_its_first_reason(held_out):
    """An unknown label before everything but an empty text; held-out rows before training rows."""
    training = read_rows((["Hello", *TRAINING[0]], ["card", *TRAINING[1]]))
    texts = ["hello", "hello", ""]
    screened = screen(read_rows((texts, ["card", "loan", "loan"])), training, held_out)
    assert screened.reasons.tolist() == ["validation", "label", "empty"]


def test_the_similarity_decides(held_out):
    candidates, training = read_rows(CANDIDATES), read_rows(TRAINING)
    strict = screen(candidates, training, held_out, similarity=0.05)
    assert len(strict.kept) < 2
    loose = screen(candidates, training, held_out, similarity=1)
    assert set(np.array(EXPECTED)[loose.kept]) <= {"", "repeated"}


def test_a_repeated_text_is_dropped_whatever_its_label():
    made = read_rows((["Send it again", "Send it again"], ["card", "refund"]))
    assert screen(made, read_rows(TRAINING)).reasons.tolist() == ["", "repeated"]


def test_several_labels():
    task = "multi-label"
    training = read_rows((["one", "two", "three"], [["a"], ["a", "b"], []]), task=task)
    labels = [["b", "a"], ["a", "c"], [], ["c"]]
    made = read_rows((["first row", "second text", "none at all", "odd"], labels), task=task)
    assert screen(made, training).reasons.tolist() == ["", "label", "", "label"]


def test_declared_labels_are_known():
    """A label of the source that no training row has yet is the one that needs rows most."""
    import datasets

    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["a", "b", "rare"])}
    )
    training = read_rows(
        datasets.Dataset.from_dict({"text": ["xx", "yy"], "label": [0, 1]}, features)
    )
    made = read_rows((["something", "else here"], ["rare", "other"]))
    assert screen(made, training).reasons.tolist() == ["", "label"]


def test_what_takes_no_rows_made_by_others():
    made = read_rows((["x"], ["card"]))
    numbers = read_rows((["a", "b"], [1.5, 2.5]), task="regression")
    with pytest.raises(ArgumentError, match="the task regression takes no rows made by others"):
        screen(made, numbers)
    tags = read_rows(([["a", "b"]], [["X", "Y"]]), task="token")
    with pytest.raises(ArgumentError, match="the task token takes no rows made by others"):
        screen(made, tags)
    pairs = read_rows((["a", "b"], ["c", "d"], ["x", "y"]), columns=Columns(text_pair="other"))
    with pytest.raises(ArgumentError, match="rows of text and text_pair take no rows"):
        screen(made, pairs)
    heads = (Head("one", "single-label"), Head("two", "multi-label"))
    both = read_rows((["a", "b"], ["x", "y"], [["p"], []]), heads=heads)
    with pytest.raises(ArgumentError, match=r"several heads \(one, two\)"):
        screen(made, both)
    with pytest.raises(ArgumentError, match="Add checked rows to the training file itself"):
        check_task("regression")


def test_bad_arguments():
    made, training = read_rows((["x"], ["card"])), read_rows(TRAINING)
    with pytest.raises(ArgumentError, match="unknown split 'dev'"):
        screen(made, training, {"dev": training})
    with pytest.raises(ArgumentError, match="similarity is 0"):
        screen(made, training, similarity=0)
