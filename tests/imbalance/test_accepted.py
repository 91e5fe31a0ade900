"""A review that somebody filled in -> rows for training."""

import csv
import json

import numpy as np
import pytest

from tfclf.data import Columns, read_rows
from tfclf.errors import ArgumentError, DataError
from tfclf.imbalance.accepted import ANSWERS, read_review
from tfclf.imbalance.review import row_id, write_review
from tfclf.imbalance.screening import Screened

TRAINING = (["Where is it", "I want it back", "Thanks"], ["card", "refund", "other"])
TEXTS = ["=where?", "two\nlines", "third, with comma", "fourth", "fifth"]
LABELS = ["card", "refund", "card", "other", "refund"]
MAKERS = ["m1", "m2", "m1", "m2", "m1"]


@pytest.fixture
def training():
    return read_rows(TRAINING)


@pytest.fixture
def review(tmp_path):
    """Writes a review and fills it in; ``change`` edits its records."""

    def make(answers, change=None, name="review.csv", columns=None, drop=()):
        path = tmp_path / name
        screened = Screened(np.full(5, "", object), ("near",) * 5, np.zeros(5))
        write_review(path, read_rows((TEXTS, LABELS)), screened, MAKERS, columns=columns)
        if name.endswith(".jsonl"):
            records = [json.loads(line) for line in path.read_text().splitlines()]
        else:
            with open(path, encoding="utf-8", newline="") as file:
                records = list(csv.DictReader(file))
        for record, answer in zip(records, answers, strict=True):
            record["accept"] = answer
        records = records if change is None else change(records) or records
        for record in records:
            for column in drop:
                del record[column]
        if name.endswith(".jsonl"):
            path.write_text("\n".join(json.dumps(record) for record in records))
        else:
            with open(path, "w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, records[0])
                writer.writeheader()
                writer.writerows(records)
        return path

    return make


def texts_of(accepted):
    return [text for part in accepted.rows.texts() for text in part]


@pytest.mark.parametrize("name", ["review.csv", "review.jsonl"])
def test_accepted_rows_alone(review, training, name):
    path = review(["yes", " Y ", "no", "", "TRUE"], name=name)
    accepted = read_review(path, training)
    assert texts_of(accepted) == [TEXTS[row] for row in (0, 1, 4)]
    assert accepted.rows.target.values() == [["card"], ["refund"], ["refund"]]
    assert accepted.provenance == ("m1", "m2", "m1")
    assert (len(accepted), accepted.num_offered, accepted.edited.any()) == (3, 5, False)
    again = read_rows(([TEXTS[row] for row in (0, 1, 4)], ["card", "refund", "refund"]))
    np.testing.assert_array_equal(accepted.rows.fingerprints, again.fingerprints)


def test_rows_keep_their_lines(review, training):
    path = review(["1", "1", "1", "0", "0"])
    rows = read_review(path, training).rows
    # The header is line 1, and the second text has two lines.
    assert [rows.where(row) for row in range(3)] == [f"{path}, line {n}" for n in (2, 3, 5)]


def test_a_report(review, training):
    accepted = read_review(review(["yes", "yes", "no", "yes", "yes"]), training)
    report = accepted.without(np.array([False, True, False, False])).to_dict()
    assert json.loads(json.dumps(report)) == {
        "source": accepted.rows.source,
        "offered": 5,
        "accepted": 4,
        "close_to_held_out": 1,
        "used": 3,
        "edited": 0,
        "by_label": {"card": 1, "other": 1, "refund": 1},
        "by_provenance": {"m1": 2, "m2": 1},
    }


@pytest.mark.parametrize("word", [word for word, accepted in ANSWERS.items() if accepted])
def test_every_yes(review, training, word):
    answers = [word.upper(), word, "No", "N", "False"]
    assert len(read_review(review(answers), training)) == 2


@pytest.mark.parametrize("yes, no", [(True, False), (1, 0), (1.0, 0.0), ("yes", None)])
def test_answers_of_json(review, training, yes, no):
    path = review([yes, no, no, yes, no], name="review.jsonl")
    assert texts_of(read_review(path, training)) == [TEXTS[0], TEXTS[3]]


def test_pandas_in_between(review, training, tmp_path):
    import pandas as pd

    table = pd.read_csv(review([""] * 5))
    table["accept"] = [1, None, None, 0, 1]
    table.to_csv(tmp_path / "again.csv", index=False)
    accepted = read_review(tmp_path / "again.csv", training)
    assert texts_of(accepted) == [TEXTS[0], TEXTS[4]]
    assert not accepted.edited.any()


def test_texts_and_labels_may_be_corrected(review, training):
    def edit(records):
        records[0]["text"] = "Where, please?"
        records[1]["label"] = "other"
        records[2]["provenance"] = "m9"

    accepted = read_review(review(["yes"] * 4 + ["no"], edit), training)
    assert texts_of(accepted)[0] == "Where, please?"
    assert accepted.rows.target.values()[1] == ["other"]
    assert accepted.edited.tolist() == [True, True, False, False]
    assert accepted.provenance[2] == "m9"
    assert accepted.to_dict()["edited"] == 2


def test_columns_of_the_training_file(tmp_path):
    columns = Columns("body", "kinds", quotes=False, separator="/")
    training = read_rows((["a", "b"], [["x"], ["y"]]), columns=columns, task="multi-label")
    made = read_rows((['a "c"', "b, d"], [["y", "x"], []]), columns=columns, task="multi-label")
    screened = Screened(np.full(2, "", object), ("", ""), np.zeros(2))
    path = tmp_path / "review.csv"
    write_review(path, made, screened, ["m", "m"], columns=columns, accept="yes")
    accepted = read_review(path, training, columns=columns)
    assert texts_of(accepted) == ['a "c"', "b, d"]
    assert accepted.rows.target.values() == [["y", "x"], []]
    assert not accepted.edited.any()


def swap(column):
    def change(records):
        first, second = records[0][column], records[3][column]
        records[0][column], records[3][column] = second, first

    return change


def put(row, **values):
    def change(records):
        records[row].update(values)

    return change


YES = ["yes", "yes", "no", "yes", "no"]
DAMAGES = [
    ({"change": put(3, accept="maybe")}, "line 6: accept is 'maybe'. Write yes or no"),
    ({"change": put(2, accept="ja")}, "line 5: accept is 'ja'"),
    ({"drop": ["accept"]}, "no column 'accept'"),
    ({"drop": ["id"]}, "no column 'id'"),
    ({"drop": ["provenance"]}, "no column 'provenance'"),
    ({"drop": ["text"]}, "no column 'text'"),
    ({"answers": ["no"] * 5}, "none of 5 rows is accepted. Write yes or no"),
    ({"answers": [""] * 5}, "none of 5 rows is accepted"),
    ({"change": swap("text")}, "this text belongs to the id of .*line 6: columns were sorted"),
    ({"change": swap("id")}, "line 2: this text belongs to the id of .*line 6"),
    ({"change": put(1, id="1.2E+07")}, "line 3: id is '1.2E[+]07', expected r and two hashes"),
    ({"change": put(4, id="")}, "line 7: id is ''"),
    ({"change": lambda records: [*records, records[0]]}, "line 8: id r.* stands in .*line 2"),
    ({"change": put(3, label="loan")}, "line 6: training has no label 'loan'"),
    ({"change": put(3, label="")}, "line 6: the label is missing"),
    ({"change": put(0, text=" ")}, "line 2: an accepted row has no text"),
]


@pytest.mark.parametrize(
    "damage, message", DAMAGES, ids=lambda value: value[:40] if isinstance(value, str) else None
)
def test_a_damaged_review(review, training, damage, message):
    path = review(**{"answers": YES} | damage)
    with pytest.raises(DataError, match=message) as caught:
        read_review(path, training)
    assert str(path) in str(caught.value)


def test_rows_that_are_not_accepted_are_not_checked(review, training):
    def change(records):
        records[2].update(label="loan", text="")

    assert len(read_review(review(YES, change), training)) == 3


def test_what_is_no_review(training, tmp_path):
    path = tmp_path / "review.parquet"
    path.write_text("x")
    with pytest.raises(DataError, match=r"a review is one of .csv, .tsv, .jsonl"):
        read_review(path, training)
    with pytest.raises(DataError, match="no such file"):
        read_review(tmp_path / "none.csv", training)
    numbers = read_rows((["a", "b"], [1.5, 2.5]), task="regression")
    with pytest.raises(ArgumentError, match="the task regression takes no rows"):
        read_review(path, numbers)


def test_ids_are_of_texts_as_they_are(review):
    with open(review(YES), encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    assert first["text"] == "'=where?"  # guarded in the file
    assert first["id"] == row_id("=where?", ["card"])
