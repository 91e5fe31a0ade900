"""Rows that are written in a format and read again are the same rows."""

import csv
import gzip
import io
import json

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyarrow import parquet

from tests.properties.texts import ANY_LABEL, ANY_TEXT, TEXTS
from tfclf.data import Columns, read_rows
from tfclf.errors import DataError

ROWS = st.lists(st.tuples(ANY_TEXT, ANY_LABEL), min_size=1, max_size=8)


def as_table(rows, delimiter):
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([("text", "label"), *rows])
    return file.getvalue().encode()


def as_json(rows):
    return "".join(json.dumps({"text": t, "label": label}) + "\n" for t, label in rows).encode()


def as_parquet(rows):
    texts, labels = zip(*rows, strict=True)
    file = io.BytesIO()
    parquet.write_table(pa.table({"text": list(texts), "label": list(labels)}), file)
    return file.getvalue()


WRITERS = {
    ".csv": lambda rows: as_table(rows, ","),
    ".tsv": lambda rows: as_table(rows, "\t"),
    ".jsonl": as_json,
    ".parquet": as_parquet,
}


def labels_of(rows):
    return [value[0] for value in rows.target.values()]


def looks_swallowed(text, label, delimiter):
    """A text whose lines look like rows with this label is refused, whoever meant it so."""
    return any(label in line.split(delimiter) for line in text.splitlines()[:-1])


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("suffix", WRITERS)
@given(rows=ROWS)
def test_rows_come_back(tmp_path, suffix, packed, rows):
    labels = {label for _, label in rows}
    assume(("text", "label") not in rows)  # the header again
    sign = "\t" if suffix == ".tsv" else ","
    assume(not any(looks_swallowed(text, label, sign) for text, _ in rows for label in labels))
    content = WRITERS[suffix](rows)
    path = tmp_path / f"rows{suffix}{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(content) if packed else content)
    read = read_rows(path)
    assert read.dataset["text"] == [text for text, _ in rows]
    assert labels_of(read) == [label for _, label in rows]


@given(texts=st.lists(TEXTS.map(lambda text: text.replace("\n", "").replace("\r", "")), min_size=1))
def test_texts_come_back(tmp_path, texts):
    assume(not texts[0].startswith("\ufeff"))  # a byte order mark
    path = tmp_path / "texts.txt"
    path.write_bytes("".join(f"{text}\n" for text in texts).encode())
    assert read_rows(path, task=None).dataset["text"] == texts


def is_word(text):
    plain = text == text.strip(" ") and not set(text) & set("\t\n\r")
    return plain and not text.startswith(("#", "-DOCSTART-"))


WORDS = ANY_TEXT.filter(lambda text: is_word(text) and text.strip())
SENTENCES = st.lists(
    st.lists(st.tuples(WORDS, st.sampled_from(["O", "B-x", "B-y"])), min_size=1, max_size=5),
    min_size=1, max_size=5,
)  # fmt: skip


@given(sentences=SENTENCES)
def test_sentences_come_back(tmp_path, sentences):
    assume(not sentences[0][0][0].startswith("\ufeff"))
    lines = ["".join(f"{word}\t{tag}\n" for word, tag in sentence) for sentence in sentences]
    path = tmp_path / "a.conll"
    path.write_bytes("\n".join(lines).encode())
    read = read_rows(path, task="token")
    assert read.dataset["words"] == [[word for word, _ in one] for one in sentences]
    assert read.target.values() == [[tag for _, tag in one] for one in sentences]


@pytest.mark.parametrize(
    "suffix", [".csv", ".tsv", ".jsonl", ".parquet", ".conll", ".txt", ".csv.gz"]
)
@given(content=st.binary(max_size=200) | ANY_TEXT.map(str.encode))
def test_no_file_brings_it_down(tmp_path, suffix, content):
    path = tmp_path / f"any{suffix}"
    path.write_bytes(content)
    for task in ("single-label", "multi-label", "token", None):
        try:
            read_rows(path, task=task, columns=Columns())
        except DataError as error:
            assert error.where and error.remedy
