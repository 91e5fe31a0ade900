"""Columns beside text and label."""

import datasets
import pandas as pd
import pytest

from tfclf.data import Columns, read_rows
from tfclf.errors import ArgumentError, DataError
from tfclf.imbalance.extra_columns import extra_columns

TABLE = {"text": ["a", "b", "c"], "label": ["x", "y", "x"], "model": ["m1", None, "m2"]}


def csv_file(folder):
    pd.DataFrame(TABLE).to_csv(folder / "rows.csv", index=False)
    return folder / "rows.csv"


def json_file(folder):
    pd.DataFrame(TABLE).to_json(folder / "rows.jsonl", orient="records", lines=True)
    return folder / "rows.jsonl"


def parquet_file(folder):
    pd.DataFrame(TABLE).to_parquet(folder / "rows.parquet")
    return folder / "rows.parquet"


SOURCES = [
    csv_file,
    json_file,
    parquet_file,
    lambda folder: pd.DataFrame(TABLE),
    lambda folder: datasets.Dataset.from_dict(TABLE),
]


@pytest.mark.parametrize("make", SOURCES)
def test_every_source(make, tmp_path):
    source = make(tmp_path)
    found = extra_columns(source, ["model", "prompt"], Columns())
    assert [value or None for value in found["model"]] == TABLE["model"]
    assert found["prompt"] is None
    assert len(found["model"]) == len(read_rows(source))


def test_as_many_values_as_rows_even_of_empty_texts(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('text,label,by\n,x,m\n\n"two\nlines",y,n\n')
    assert extra_columns(path, ["by"], Columns()) == {"by": ["m", "n"]}
    assert [read_rows(path).where(row) for row in (0, 1)] == [f"{path}, line {n}" for n in (2, 4)]


def test_bad_sources(tmp_path):
    with pytest.raises(ArgumentError, match="cannot be read from standard input"):
        extra_columns("-", ["by"], Columns())
    path = tmp_path / "rows.csv"
    path.write_text("text,by,by\na,m,m\n")
    with pytest.raises(DataError, match="2 columns are named 'by'"):
        extra_columns(path, ["by"], Columns())
