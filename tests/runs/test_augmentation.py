"""From a file of candidates to a review, from a review to training rows."""

import csv
import json
import logging
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tfclf import Columns
from tfclf.data import LabelMap, read_rows
from tfclf.errors import ArgumentError, DataError, RunError
from tfclf.imbalance.accepted import read_review
from tfclf.runs.augmentation import Augmentation, add_rows, augment, check_leakage, read_accepted

TRAINING = (
    ["Where is my new card?", "The refund never arrived", "Please close my account"],
    ["card", "refund", "account"],
)
MADE = [
    {"text": "No card came in the post", "label": "card", "source": "model-1"},
    {"text": "where is MY new card", "label": "card", "source": "model-1"},
    {"text": "Shut it all down, thanks", "label": "account", "source": ""},
    {"text": "When do I see my money?", "label": "refund", "source": "model-2"},
    {"text": "A loan for a house", "label": "loan", "source": "model-2"},
]


@pytest.fixture
def asked(tmp_path):
    path = tmp_path / "made.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in MADE))
    held_out = (["When do I see my money", "Hello"], ["refund", "card"])
    return Augmentation(TRAINING, path, tmp_path / "review.csv", validation=held_out[0])


@pytest.fixture
def said(monkeypatch, caplog):
    """What is logged, also where the command line has cut our logger off from the root."""
    monkeypatch.setattr(logging.getLogger("tfclf"), "propagate", True)
    caplog.set_level(logging.INFO, "tfclf")
    return caplog


def records_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fill_in(path, *answers):
    records = records_of(path)
    for record, answer in zip(records, answers, strict=True):
        record["accept"] = answer
    pd.DataFrame(records).to_csv(path, index=False)
    return path


def test_a_review_is_written(asked, said):
    screened = augment(asked)
    assert screened.reasons.tolist() == ["", "near", "", "validation", "label"]
    records = records_of(asked.output)
    assert [record["text"] for record in records] == [MADE[0]["text"], MADE[2]["text"]]
    assert [record["provenance"] for record in records] == ["model-1", "made.jsonl"]
    assert [record["accept"] for record in records] == ["", ""]
    assert [path.name for path in asked.output.parent.iterdir() if path.name[0] == "."] == []
    assert not said.records


def test_without_validation_rows_it_is_said(asked, said):
    screened = augment(replace(asked, validation=None))
    assert screened.counts["validation"] == 0
    assert "No validation file" in said.text


def test_every_row_accepted_is_said(asked, said):
    augment(replace(asked, accept_all=True))
    assert {record["accept"] for record in records_of(asked.output)} == {"yes"}
    assert "nobody has read them" in said.text


def test_the_whole_way(asked):
    augment(asked)
    training = read_rows(TRAINING)
    accepted = read_accepted(fill_in(asked.output, "yes", "no"), {"training": training})
    rows = add_rows(training, accepted.rows)
    assert [text for part in rows.texts() for text in part] == [*TRAINING[0], MADE[0]["text"]]
    assert rows.label_counts == {"card": 2, "refund": 1, "account": 1}
    assert accepted.to_dict()["by_provenance"] == {"model-1": 1}


def test_provenance(asked):
    table = pd.DataFrame(MADE).assign(by=["x", None, "y", "z", "x"])
    augment(replace(asked, candidates=table, provenance="by"))
    assert [record["provenance"] for record in records_of(asked.output)] == ["x", "y"]
    missing = replace(asked, output=asked.output.with_name("b.csv"), provenance="by")
    with pytest.raises(DataError, match="no column 'by', or nothing in it. Declare yours"):
        augment(missing)


def test_several_labels(asked, tmp_path):
    training = (["one text", "another one", "third"], [["a"], ["b"], []])
    made = pd.DataFrame({"text": ["made up", "by hand"], "labels": [["b", "a"], []]})
    path = tmp_path / "several.csv"
    augment(replace(asked, train=training, candidates=made, output=path, task="multi-label"))
    rows = {"training": read_rows(training, task="multi-label")}
    accepted = read_accepted(fill_in(path, "y", "y"), rows)
    joined = add_rows(rows["training"], accepted.rows).target
    assert joined.values() == [["a"], ["b"], [], ["b", "a"], []]
    assert accepted.to_dict()["by_label"] == {"b": 1, "a": 1}


def test_edited_into_a_held_out_row(asked, said):
    """The row is left out with a warning; the others are trained on."""
    augment(asked)
    records = records_of(asked.output)
    records[0] |= {"text": "Hello?", "accept": "yes"}
    records[1]["accept"] = "yes"
    pd.DataFrame(records).to_csv(asked.output, index=False)
    rows = {"training": read_rows(TRAINING), "validation": read_rows((["Hello"], ["card"]))}
    accepted = read_accepted(asked.output, rows)
    assert [text for part in accepted.rows.texts() for text in part] == [MADE[2]["text"]]
    assert (accepted.num_close, accepted.to_dict()["accepted"]) == (1, 2)
    assert "1 of 2 accepted rows" in said.text
    assert "close to validation rows and left out, the first in line 2" in said.text


def test_nothing_is_left_of_the_accepted(asked):
    augment(asked)
    training = read_rows(TRAINING)
    accepted = read_review(fill_in(asked.output, "yes", "no"), training)
    accepted = check_leakage(accepted, read_rows(([MADE[0]["text"]], ["card"])), "test")
    assert len(accepted) == 0
    assert len(add_rows(training, accepted.rows)) == len(training)


def test_joined_rows_are_the_rows_read_together():
    first, second = (["a", "b", "c"], ["x", "y", "x"]), (["d", "e"], ["z", "y"])
    joined = add_rows(read_rows(first), read_rows(second))
    whole = read_rows(tuple(one + other for one, other in zip(first, second, strict=True)))
    assert list(joined.dataset["text"]) == list(whole.dataset["text"])
    np.testing.assert_array_equal(joined.fingerprints, whole.fingerprints)
    assert joined.target.values() == whole.target.values()
    labels = LabelMap.from_rows(whole)
    assert LabelMap.from_rows(joined) == labels
    np.testing.assert_array_equal(labels.ids(joined), labels.ids(whole))
    chosen = np.array([4, 0])
    assert joined.select(chosen).target.values() == [["y"], ["x"]]
    with pytest.raises(ArgumentError, match="do not go together"):
        add_rows(read_rows(first), read_rows((["a"], ["b"], ["x"]), columns=Columns(text_pair="b")))


def test_bad_input_leaves_nothing_behind(asked, tmp_path):
    before = sorted(path.name for path in tmp_path.iterdir())
    for settings, error, message in [
        ({"candidates": tmp_path / "none.csv"}, DataError, "no such file"),
        ({"train": (["a"], ["x"])}, DataError, "expected at least two labels"),
        ({"output": tmp_path / "made.jsonl"}, ArgumentError, "the file exists already"),
        ({"output": tmp_path / "x.txt"}, ArgumentError, "a review is written as .csv"),
        ({"train": (["a", "b"], ["x", "y"])}, DataError, r"none of 5 rows is left \(a label"),
    ]:
        with pytest.raises(error, match=message):
            augment(replace(asked, **settings))
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_what_is_refused_before_anything_is_read(asked):
    for settings, message in [
        ({"task": "regression"}, "the task regression takes no rows made by others"),
        ({"task": "token"}, "the task token takes no rows"),
        ({"task": "poem"}, "unknown task 'poem'"),
        ({"similarity": 1.5}, "similarity is 1.5"),
        ({"columns": Columns(text_pair="b")}, "pairs and words take no rows"),
        ({"candidates": "-"}, "cannot be read from standard input"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            replace(asked, **settings)


def test_a_folder_that_cannot_be_written(asked, monkeypatch):
    def refuse(path, write):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tfclf.runs.augmentation.replace_file", refuse)
    with pytest.raises(RunError, match="cannot be written"):
        augment(asked)
