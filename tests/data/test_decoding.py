"""What a file is that is no text in UTF-8, and rows that a quote swallowed."""

import io

import pytest

from tfclf.data import read_rows
from tfclf.data.decoding import BINARY, decoded_lines
from tfclf.data.swallowed_rows import SwallowedRows
from tfclf.errors import DataError


def refusal(content):
    with pytest.raises(DataError) as caught:
        list(decoded_lines(io.BytesIO(content), "a.csv"))
    return caught.value


@pytest.mark.parametrize("begins, name, remedy", BINARY, ids=lambda value: str(value)[:12])
def test_other_formats_are_named(begins, name, remedy):
    error = refusal(begins + b"\n\xff\0\n")
    assert (error.what, error.remedy) == (f"expected text in UTF-8, got {name}", remedy)
    assert error.where.startswith("a.csv, line ")


@pytest.mark.parametrize("begins", [b"PAR1,label\n", b"BZh,label\n", b"PK,label\n"])
def test_a_header_that_begins_as_a_format_does_is_text(begins):
    assert list(decoded_lines(io.BytesIO(begins), "a.csv")) == [begins.decode()]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_wide_encodings(encoding):
    error = refusal("text,label\nabc,x\n".encode(encoding))
    assert "iconv -f utf-" in error.remedy and error.where == "a.csv, line 1"


def swallowed(row, others, width=2, label=1):
    rows = SwallowedRows(width, label, ",")
    for number, one in enumerate([*others, row]):
        rows.look(one, f"line {number}")
    rows.check()


OTHERS = [["a text", "ham"], ["another", "spam"]]


@pytest.mark.parametrize(
    "row",
    [
        ["a,ham\nb", "spam"],  # '"a,ham', 'b",spam'
        ["a,ham\nb,spam\nc,ham\nd", "spam"],
    ],
)
def test_lines_that_are_rows(row):
    with pytest.raises(DataError, match="looks like a row of its own") as caught:
        swallowed(row, OTHERS)
    assert caught.value.where == "line 2"


@pytest.mark.parametrize(
    "text",
    [
        "Dear Sir,\nI write to you",  # one comma, and no label behind it
        "first line\nsecond line",
        "a,ham,b\nc",  # a field too many for a row
        "so it was, ham\nand, well\nthe end",  # one line of three has a label
    ],
)
def test_texts_of_several_lines(text):
    swallowed([text, "spam"], OTHERS)


def test_without_labels_nothing_can_be_said():
    swallowed(["a,ham\nb", "spam"], OTHERS, label=None)


def test_labels_before_texts():
    with pytest.raises(DataError):
        swallowed(["spam", "a\nham,b\nspam,c"], [["ham", "x"]], label=0)
    swallowed(["spam", "a\nwell, b\nso, c"], [["ham", "x"]], label=0)


def test_a_row_that_names_the_columns_of_a_file_of_one(tmp_path):
    """Only a header of several columns is told from a row."""
    path = tmp_path / "a.csv"
    path.write_text("text\ntext\nb\n")
    assert read_rows(path, task=None).dataset["text"] == ["text", "b"]


@pytest.mark.parametrize("line", ['"id": 1, "id": 2', '"more": {"a": 1, "a": 2}'])
def test_keys_that_nobody_reads_may_stand_twice(tmp_path, line):
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"text": "a", "label": "x", {line}}}\n')
    assert len(read_rows(path)) == 1
    path.write_text(f'{{"text": "a", "label": "x", "label": "x", {line}}}\n')
    with pytest.raises(DataError, match="'label' stands twice"):
        read_rows(path)
