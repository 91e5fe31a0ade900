"""Candidates -> a review file."""

import csv
import json
import re

import numpy as np
import pytest

from tfclf.data import Columns, read_rows
from tfclf.errors import ArgumentError
from tfclf.imbalance.review import (
    OWN_COLUMNS,
    check_review_file,
    guard,
    row_id,
    unguard,
    write_review,
)
from tfclf.imbalance.screening import Screened

TEXTS = [
    "plain",
    'a "quote", a comma',
    "two\nlines",
    "a\rcarriage return",
    "=1+cmd|' /C calc'!A0",
    "'tis fine",
    "'=already guarded",
    "- a list\tand a tab",
    "+49 30 1234",
    "@home 😀",
    "＝full width",
]
LABELS = ["b", "a", "b", "-1", "a", "c d", "b", "a", "b", "nan?", "a"]
MAKERS = ["model-1"] * 6 + ["=2+3"] * 5


def screened(count, left):
    reasons = np.array(["same"] * count, object)
    reasons[left] = ""
    return Screened(reasons, tuple(f"-near {row}" for row in left), np.linspace(0, 0.8, len(left)))


@pytest.mark.parametrize("text", [*TEXTS, "", "'", "''", "''-x", "it's", "\t=x", "'\n"])
def test_a_guard_is_undone(text):
    assert unguard(guard(text)) == text
    assert not guard(text).startswith(tuple("=+-@\t\r\n＝"))


@pytest.mark.parametrize("text", ["plain", "'tis", "1-2", " =1", "a=b", "it's", ""])
def test_a_guard_leaves_what_is_no_formula(text):
    assert guard(text) == unguard(text) == text


def test_an_id_is_of_text_and_labels():
    name = row_id("a text", ["a", "b"])
    assert re.fullmatch(r"r[0-9a-f]{12}-[0-9a-f]{12}", name)
    assert row_id("a text", ["b", "a"]) == name
    assert row_id("a text", ["a"]).split("-")[0] == name.split("-")[0]
    others = [row_id("A text", ["a", "b"]), row_id("a text", ["a"]), row_id("a text", ["a,b"]),
              row_id("a text", [])]  # fmt: skip
    assert len({name, *others}) == 5


@pytest.mark.parametrize("name", ["review.csv", "review.tsv", "review.jsonl"])
def test_what_is_written_is_read_again(tmp_path, name):
    """By the reader of training rows, and by others' readers."""
    left = [0, 1, 2, 3, 4, 6, 7, 9]
    candidates = read_rows((TEXTS, LABELS))
    write_review(tmp_path / name, candidates, screened(len(TEXTS), left), MAKERS)
    rows = read_rows(tmp_path / name)
    texts = [text for part in rows.texts() for text in part]
    if not name.endswith(".jsonl"):
        with open(tmp_path / name, encoding="utf-8", newline="") as file:
            records = list(csv.DictReader(file, delimiter="\t" if "tsv" in name else ","))
        assert texts == [record["text"] for record in records]
        assert not any(text.startswith(tuple("=+-@")) for text in texts)
        texts = [unguard(text) for text in texts]
    else:
        records = [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
    assert texts == [TEXTS[row] for row in left]
    assert rows.target.values() == [[LABELS[row]] for row in left]
    assert [record["accept"] for record in records] == [""] * len(left)
    assert [float(record["similarity"]) for record in records] == [
        pytest.approx(0.8 * k / 7, abs=0.0005) for k in range(8)
    ]
    guarded = "" if name.endswith(".jsonl") else "'"
    assert [record["nearest_text"] for record in records] == [f"{guarded}-near {r}" for r in left]
    assert {record["provenance"] for record in records} == {"model-1", f"{guarded}=2+3"}
    assert [r["id"] for r in records] == [row_id(TEXTS[row], [LABELS[row]]) for row in left]
    assert list(records[0]) == ["accept", "label", "text", *OWN_COLUMNS[1:]]


@pytest.mark.parametrize("name", ["review.csv", "review.jsonl"])
@pytest.mark.parametrize("separator", ["|", ", "])
def test_lists_of_labels(tmp_path, name, separator):
    lists = [["a"], [], ["a", "b c"], ["with|sign", "a"], ["x, y"], ["[odd]", "b c"]]
    candidates = read_rows(([f"text {n}" for n in range(6)], lists), task="multi-label")
    columns = Columns(separator=separator)
    write_review(tmp_path / name, candidates, screened(6, list(range(6))), ["m"] * 6,
                 columns=columns)  # fmt: skip
    rows = read_rows(tmp_path / name, columns=columns, task="multi-label")
    assert rows.target.values() == lists


def test_columns_of_other_names_and_an_answer_given(tmp_path):
    candidates = read_rows((["one"], ["a"]), columns=Columns("body", "kind"))
    write_review(tmp_path / "x.csv", candidates, screened(1, [0]), ["m"],
                 columns=Columns("body", "kind"), accept="yes")  # fmt: skip
    header, row = (tmp_path / "x.csv").read_text().splitlines()
    assert header == "accept,kind,body,nearest_text,similarity,provenance,id"
    assert row.startswith("yes,a,one,'-near 0,0.0,m,r")


def test_what_cannot_be_written(tmp_path):
    (tmp_path / "full.csv").write_text("somebody's work")

    def check(name, columns=None, label="label"):
        check_review_file(tmp_path / name, columns or Columns(), label)

    check("new.csv")
    with pytest.raises(ArgumentError, match="its accept column may be somebody's work"):
        check("full.csv")
    with pytest.raises(ArgumentError, match=r"written as .csv, .tsv, .jsonl, not as '.xlsx'"):
        check("new.xlsx")
    with pytest.raises(ArgumentError, match="not as 'no format'"):
        check("new")
    with pytest.raises(ArgumentError, match="no such folder"):
        check("none/new.csv")
    with pytest.raises(ArgumentError, match="the column 'provenance' has the name"):
        check("new.csv", Columns("provenance"))
    with pytest.raises(ArgumentError, match="the column 'id' has the name"):
        check("new.csv", label="id")
