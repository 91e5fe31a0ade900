"""Rows without end, as a small gzipped file can hold: told as an error, in bounded memory."""

import gzip
import subprocess
import sys

import numpy as np
import pytest

from tfclf.data import conll, decoding, read_rows, rows
from tfclf.errors import DataError

GIB = 2**30


@pytest.fixture
def small_rows(monkeypatch):
    monkeypatch.setattr(decoding, "MAX_ROW", 100)
    monkeypatch.setattr(conll, "MAX_WORDS", 7)


ENDLESS = {
    "line": ("a.csv", "text,label\nb,x\n" + "a" * 101, 3),
    "quotes": ("a.csv", 'text,label\nb,x\n"' + "a,b\n" * 30, 3),  # 120 characters and no end
    "fields": ("a.tsv", "text\tlabel\n" + '"a\n"\t' * 30, 2),
    "json": ("a.jsonl", '{"text": "a", "label": "x"}\n{"text": "' + "a" * 101, 2),
}


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("name", ENDLESS)
def test_a_row_without_end(tmp_path, small_rows, name, packed):
    file, content, line = ENDLESS[name]
    path = tmp_path / (file + packed)
    path.write_bytes(gzip.compress(content.encode()) if packed else content.encode())
    with pytest.raises(DataError) as caught:
        read_rows(path)
    assert caught.value.where == f"{path}, line {line}"
    assert caught.value.what == "a row of more than 100 bytes"
    assert "line breaks and closed quotes" in caught.value.remedy


def test_a_sentence_without_end(tmp_path, small_rows):
    path = tmp_path / "a.conll"
    path.write_text("a O\n" * 7 + "\n" + "b O\n" * 8)
    with pytest.raises(DataError) as caught:
        read_rows(path, task="token")
    assert caught.value.where == f"{path}, line 9"
    assert caught.value.what == "a sentence of more than 7 words"
    path.write_text(("a O\n" * 7 + "\n") * 3)
    assert len(read_rows(path, task="token")) == 3


def test_rows_of_the_most_bytes_are_read(tmp_path, small_rows):
    """A row's length is counted from its own beginning."""
    path = tmp_path / "a.csv"
    text = "a" * 97  # and a comma, a label and the line break: 100
    path.write_text("text,label\n" + f"{text},x\n" * 5)
    assert read_rows(path).label_counts == {"x": 5}


def test_long_rows_are_written_and_read_a_few_at_a_time(monkeypatch):
    monkeypatch.setattr(rows, "CHARACTERS_AT_ONCE", 1_000)
    monkeypatch.setattr("tfclf.data.arrow_rows.BYTES_AT_ONCE", 1_000)
    texts = [str(i) * 300 for i in range(10)]
    found = read_rows((texts, ["x"] * 10))
    # 300 bytes, an offset of 4 and a position of 8 each; the ends of offsets come on top.
    parts = [len(part) for part in found.texts()]
    assert max(parts) == 3 and sum(parts) == 10
    assert [text for part in found.texts() for text in part] == texts
    chosen = found.select(np.array([7, 2, 2]))
    assert [text for part in chosen.texts() for text in part] == [texts[7], texts[2], texts[2]]


BOMB = """
import resource, sys
from tfclf.data import read_rows
from tfclf.errors import DataError
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
try:
    read_rows(sys.argv[1])
except DataError as error:
    print(peak() - before, error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in kilobytes on Linux")
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_gigabyte_in_a_file_of_a_megabyte(tmp_path, name):
    """64 times 16 MiB of zeros: gzip joins what stands one behind the other."""
    path = tmp_path / f"{name}.gz"
    member = gzip.compress(bytes(GIB // 64))
    head = gzip.compress(b"text,label\n") if name == "a.csv" else b""
    path.write_bytes(head + member * 64)
    assert path.stat().st_size < 1.2 * 2**20
    done = subprocess.run(
        [sys.executable, "-c", BOMB, str(path)], capture_output=True, text=True, check=True
    )
    grown, said = done.stdout.split(" ", 1)
    assert "a row of more than 16,777,216 bytes" in said
    assert int(grown) < GIB // 8
