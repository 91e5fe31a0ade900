"""Any source -> rows: the same ones from each, on disk but not in sight, checked one by one."""

import csv
import io
import json
import sys
import tempfile

import datasets
import numpy as np
import pandas as pd
import pytest

from tfclf.data import Columns, read_rows
from tfclf.errors import DataError

TEXTS = ["Where is it?", "It broke, again.", "", "Où est-elle ? 😀", "It broke, again."]
LABELS = ["question", "bug", "question", "rare", "bug"]
COUNTS = {"question": 2, "bug": 2, "rare": 1}


def class_labels(texts, ids, names):
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=names)}
    )
    return datasets.Dataset.from_dict({"text": texts, "label": ids}, features=features)


def csv_file(folder, texts, labels, name="rows.csv"):
    with open(folder / name, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *zip(texts, labels, strict=True)])
    return folder / name


def json_file(folder, texts, labels, name="rows.jsonl"):
    pairs = zip(texts, labels, strict=True)
    lines = [json.dumps({"text": text, "label": label}) for text, label in pairs]
    (folder / name).write_text("\n".join(lines))
    return folder / name


def parquet_file(folder, texts, labels, name="rows.parquet"):
    pd.DataFrame({"text": texts, "label": labels}).to_parquet(folder / name)
    return folder / name


def in_dataset(folder, texts, labels):
    return datasets.Dataset.from_dict({"label": labels, "text": texts})


def in_class_labels(folder, texts, labels):
    names = ["rare", "unused", "question", "bug"]
    return class_labels(texts, [names.index(label) for label in labels], names)


def in_frame(folder, texts, labels):
    return pd.DataFrame(
        {"id": 7, "text": texts, "label": labels}, index=range(90, 90 - len(texts), -1)
    )


def in_categories(folder, texts, labels):
    return in_frame(folder, texts, labels).astype({"text": "string", "label": "category"})


SOURCES = {
    "csv": csv_file,
    "str": lambda *rows: str(csv_file(*rows)),
    "jsonl": json_file,
    "parquet": parquet_file,
    "dataset": in_dataset,
    "class labels": in_class_labels,
    "frame": in_frame,
    "categories": in_categories,
    "lists": lambda folder, *rows: rows,
    "arrays": lambda folder, *rows: tuple(map(np.array, rows)),
    "series": lambda folder, *rows: tuple(map(pd.Series, rows)),
}
FIRST = {"csv": 2, "str": 2, "jsonl": 1, "parquet": 1}  # position of the first row, else 0


def all_texts(rows, size=3):
    return [text for part in rows.texts(size) for text in part]


def labels_of(rows):
    """The label of each row, where each has one."""
    return [label for (label,) in rows.target.values()]


def content(rows):
    return list(zip(all_texts(rows), labels_of(rows), strict=True))


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder of temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("source", SOURCES)
def test_same_rows_from_every_source(tmp_path, source):
    rows = read_rows(SOURCES[source](tmp_path, TEXTS, LABELS))
    assert content(rows) == list(zip(TEXTS, LABELS, strict=True))
    assert len(rows) == 5
    assert rows.labelled
    assert rows.label_counts == COUNTS
    assert rows.target.names == ("question", "bug", "rare")  # by first occurrence
    assert rows.target.flat.tolist() == [0, 1, 0, 2, 1]
    assert (rows.num_empty, rows.num_dropped) == (1, 0)
    first = FIRST.get(source, 0)
    assert rows.dataset["position"][:] == list(range(first, first + 5))


@pytest.mark.parametrize("source", SOURCES)
def test_texts_without_labels(tmp_path, source):
    made = SOURCES[source](tmp_path, TEXTS, LABELS)
    rows = read_rows(list(made[0]) if isinstance(made, tuple) else made, task=None)
    assert all_texts(rows) == TEXTS
    assert not rows.labelled
    assert rows.targets == {}
    with pytest.raises(DataError, match="expected rows with one head, got none"):
        _ = rows.label_counts


def test_two_texts_are_no_pair_of_texts_and_labels():
    assert all_texts(read_rows(("one", "two"), task=None)) == ["one", "two"]


def test_plain_text(tmp_path):
    (tmp_path / "rows.txt").write_text("one\n\nthree\n")
    rows = read_rows(tmp_path / "rows.txt", task=None)
    assert all_texts(rows) == ["one", "", "three"]
    assert rows.where(2) == f"{tmp_path / 'rows.txt'}, line 3"


@pytest.mark.parametrize("kind", [".csv", ".jsonl", None])
def test_standard_input(tmp_path, monkeypatch, kind):
    path = (csv_file if kind == ".csv" else json_file)(tmp_path, TEXTS, LABELS)
    buffer = io.BufferedReader(io.BytesIO(path.read_bytes()))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(buffer))
    rows = read_rows("-", standard_input_format=kind)
    assert content(rows) == list(zip(TEXTS, LABELS, strict=True))
    assert rows.where(1) == f"standard input, line {3 if kind == '.csv' else 2}"


def test_declared_columns():
    frame = pd.DataFrame({"text": ["x", "y"], "words": ["a", "b"], "class": [1, 0]})
    rows = read_rows(frame, columns=Columns("words", "class"))
    assert content(rows) == [("a", "1"), ("b", "0")]


def test_order_of_declared_labels():
    dataset = class_labels(["a", "b"], [2, 0], ["z", "unused", "a"])
    rows = read_rows(dataset)
    assert rows.target.declared == ("z", "unused", "a")
    assert labels_of(rows) == ["a", "z"]
    assert read_rows((["a"], ["x"])).target.declared is None


def test_shuffled_dataset():
    dataset = datasets.Dataset.from_dict({"text": list("abcdefg"), "label": range(7)})
    order = [3, 0, 6, 1, 5, 2, 4]
    rows = read_rows(dataset.select(order).with_format("numpy"))
    assert content(rows) == [("abcdefg"[i], str(i)) for i in order]


@pytest.mark.parametrize("count", [9_999, 10_000, 10_001, 25_000])
def test_more_rows_than_are_written_at_once(count):
    texts = [f"text {i}" for i in range(count)]
    rows = read_rows((texts, [i % 7 for i in range(count)]))
    assert len(rows) == len(rows.fingerprints) == len(rows.target) == count
    assert all_texts(rows, 10_000) == texts
    assert labels_of(rows) == [str(i % 7) for i in range(count)]
    assert rows.where(count - 1) == f"(text, label), index {count - 1}"


def test_many_rows_of_every_kind_of_file(tmp_path):
    texts = [f"text {i}" for i in range(12_345)]
    labels = [f"label {i % 11}" for i in range(12_345)]
    for write, last in ((csv_file, 12_346), (json_file, 12_345), (parquet_file, 12_345)):
        rows = read_rows(write(tmp_path, texts, labels))
        assert content(rows) == list(zip(texts, labels, strict=True))
        assert rows.dataset[12_344]["position"] == last


@pytest.mark.parametrize("source", SOURCES)
def test_no_rows(tmp_path, source):
    with pytest.raises(DataError, match=r": no rows\. Check the file"):
        read_rows(SOURCES[source](tmp_path, [], []))


def test_empty_texts():
    texts, labels = ["a", "", " \t\n", "b", None, "\u3000"], ["x", "y", "x", "y", "z", "x"]
    kept = read_rows((texts, labels))
    assert all_texts(kept) == ["a", "", " \t\n", "b", "", "\u3000"]
    assert (len(kept), kept.num_empty, kept.num_dropped) == (6, 4, 0)
    dropped = read_rows((texts, labels), empty_text="drop")
    assert content(dropped) == [("a", "x"), ("b", "y")]
    assert (len(dropped), dropped.num_empty, dropped.num_dropped) == (2, 4, 4)
    assert dropped.target.names == ("x", "y")  # z has no row left
    assert dropped.where(1) == "(text, label), index 3"


def test_nothing_but_empty_texts():
    with pytest.raises(DataError, match="no rows but 3 without text"):
        read_rows((["", " ", None], ["x", "y", "z"]), empty_text="drop")
    assert len(read_rows((["", " ", None], ["x", "y", "z"]))) == 3


def test_unknown_treatment_of_empty_texts():
    with pytest.raises(ValueError, match="empty_text is 'skip', expected one of keep, drop"):
        read_rows((["a"], ["x"]), empty_text="skip")


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_missing_text_of_a_frame_is_empty(missing):
    rows = read_rows(pd.DataFrame({"text": ["a", missing, "b"], "label": ["x", "y", "x"]}))
    assert all_texts(rows) == ["a", "", "b"]
    assert rows.num_empty == 1


def test_nan_is_a_text_in_a_file_of_texts(tmp_path):
    assert all_texts(read_rows(csv_file(tmp_path, ["nan", "NaN"], ["x", "y"]))) == ["nan", "NaN"]


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, "", "  "])
def test_missing_label_of_a_frame(missing):
    frame = pd.DataFrame({"text": list("abcd"), "label": ["x", "y", missing, "x"]}, index=[7] * 4)
    with pytest.raises(
        DataError, match="DataFrame, index 2: the label is missing .*delete the row"
    ):
        read_rows(frame)


def test_whole_numbers_that_missing_ones_made_fractions():
    """Pandas turns a column of whole numbers with a gap into fractions."""
    frame = pd.DataFrame({"text": list("abc"), "label": [3, None, 0]})
    with pytest.raises(DataError, match="index 1: the label is missing"):
        read_rows(frame)
    assert labels_of(read_rows(frame.dropna())) == ["3", "0"]


@pytest.mark.parametrize("label", ["", "  ", "nan", "NaN", " nan "])
@pytest.mark.parametrize("name", ["rows.csv", "ROWS.CSV"])
def test_missing_label_of_a_table(tmp_path, name, label):
    path = csv_file(tmp_path, ["a\nb", "c", "d"], ["x", label, "y"], name)
    with pytest.raises(DataError, match="the label is missing") as caught:
        read_rows(path)
    assert caught.value.where == f"{path}, line 4"  # "a\nb" stands on lines 2 and 3
    assert caught.value.remedy == "Fill it in or delete the row."


def test_missing_label_on_standard_input(monkeypatch):
    file = io.BufferedReader(io.BytesIO(b"text,label\na,x\nb,nan\n"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
    with pytest.raises(DataError, match="standard input, line 3: the label is missing"):
        read_rows("-", standard_input_format=".csv")


@pytest.mark.parametrize("label", ["null", "NaN", '""'])
def test_missing_label_of_json(tmp_path, label):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text":"a","label":"x"}\n{"text":"b","label":' + label + "}\n")
    with pytest.raises(DataError, match="line 2: the label is missing"):
        read_rows(path)


def test_nan_is_a_label_where_values_have_types(tmp_path):
    assert labels_of(read_rows(json_file(tmp_path, ["a", "b"], ["nan", "x"]))) == ["nan", "x"]


def test_missing_label_of_a_dataset():
    dataset = class_labels(["a", "b", "c"], [0, 1, -1], ["x", "y"])
    with pytest.raises(DataError, match=r"Dataset, index 2: the label is missing \(-1\)"):
        read_rows(dataset)
    with pytest.raises(DataError, match="Dataset, index 1: the label is missing"):
        read_rows(class_labels(["a", "b"], [0, None], ["x", "y"]))


def test_kinds_of_labels(tmp_path):
    kinds = {"1": 1, "0": 0, "-2": -2, "7": 7.0, "True": True, "False": False, "x y": " x y "}
    labels = list(kinds.values())
    texts = [f"text {i}" for i in range(len(labels))]
    assert labels_of(read_rows((texts, labels))) == list(kinds)
    assert labels_of(read_rows(json_file(tmp_path, texts, labels))) == list(kinds)
    assert labels_of(read_rows((texts, np.arange(7)))) == list("0123456")
    assert labels_of(read_rows((["a", "b"], np.array([True, False])))) == ["True", "False"]


@pytest.mark.parametrize(
    "label, kind",
    [(["x", "y"], r"a list: \['x', 'y'\]"), (0.5, "the fraction 0.5"), ({}, "a dict: {}")],
)
def test_labels_of_other_tasks(tmp_path, label, kind):
    path = json_file(tmp_path, ["a", "b", "c"], ["x", "y", label])
    with pytest.raises(DataError, match=f"line 3: expected one label, got {kind}. A label is a"):
        read_rows(path)
    with pytest.raises(DataError, match="index 2: expected one label"):
        read_rows((["a", "b", "c"], ["x", "y", label]))


@pytest.mark.parametrize(
    "text, kind", [(12, "int 12"), (1.5, "float 1.5"), (["a"], r"list \['a'\]"), (b"a", "bytes")]
)
def test_text_that_is_none(text, kind):
    with pytest.raises(DataError, match=f"column 'text': .* got {kind}.*--text COLUMN") as caught:
        read_rows((["a", text], ["x", "y"]))
    assert caught.value.where == "(text, label), index 1"


def test_number_as_text_of_a_file(tmp_path):
    path = json_file(tmp_path, ["a", 3], ["x", "y"])
    with pytest.raises(DataError, match="column 'text': expected a text, got int 3") as caught:
        read_rows(path)
    assert caught.value.where == f"{path}, line 2"
    path = parquet_file(tmp_path, [4, 5], ["x", "y"])
    with pytest.raises(DataError, match="got int 4") as caught:
        read_rows(path)
    assert caught.value.where == f"{path}, row 1"


def test_lone_surrogates(tmp_path):
    """JSON can spell half a character; a whole pair is one."""
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"text":"a \\ud800 b","label":"\\udfff"}\n{"text":"\\ud83d\\ude00","label":"x"}\n'
    )
    rows = read_rows(path)
    assert content(rows) == [("a ? b", "?"), ("😀", "x")]
    json.dumps(rows.label_counts, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "source, problem",
    [
        (["a", "b"], "cannot read rows from list"),
        (pd.Series(["a"]), "cannot read rows from Series"),
        (datasets.DatasetDict(), "cannot read rows from DatasetDict"),
        (None, "cannot read rows from NoneType"),
    ],
)
def test_other_sources(source, problem):
    with pytest.raises(DataError, match=f"{problem}. Give a path, a datasets.Dataset"):
        read_rows(source)


def test_texts_and_labels_of_other_lengths():
    with pytest.raises(DataError, match="as many of each, got 3 of 'text', 2 of 'label'"):
        read_rows((["a", "b", "c"], ["x", "y"]))


def test_missing_columns():
    expected = r"no column 'label', only 'text', 'class'. Declare yours: --label COLUMN"
    frame = pd.DataFrame({"text": ["a"], "class": ["x"]})
    with pytest.raises(DataError, match=f"DataFrame: {expected}"):
        read_rows(frame)
    with pytest.raises(DataError, match=f"Dataset: {expected}"):
        read_rows(datasets.Dataset.from_pandas(frame))
    with pytest.raises(DataError, match="no column '1', only 0, 1"):
        read_rows(pd.DataFrame([["a", "x"]]), columns=Columns("1", "0"))


def test_column_of_a_frame_twice():
    frame = pd.DataFrame([["a", "b", "x"]], columns=["text", "text", "label"])
    with pytest.raises(DataError, match="DataFrame: 2 columns are named 'text'"):
        read_rows(frame)


def test_nothing_stays_on_disk(temporary, tmp_path):
    rows = read_rows((TEXTS, LABELS))
    assert list(temporary.iterdir()) == []
    assert all_texts(rows) == TEXTS
    with pytest.raises(DataError):
        read_rows((["a", "b"], ["x", None]))
    read_rows(parquet_file(tmp_path, TEXTS, LABELS))
    assert list(temporary.iterdir()) == []


def test_select():
    rows = read_rows((TEXTS, LABELS))
    some = rows.select(np.array([4, 0, 3]))
    assert content(some) == [(TEXTS[4], "bug"), (TEXTS[0], "question"), (TEXTS[3], "rare")]
    assert some.label_counts == {"question": 1, "bug": 1, "rare": 1}
    assert some.fingerprints.tolist() == rows.fingerprints[[4, 0, 3]].tolist()
    assert some.where(0) == "(text, label), index 4"
    assert len(read_rows(TEXTS, task=None).select(np.array([1, 2]))) == 2


def test_fingerprints_are_equal_where_texts_are():
    generator = np.random.default_rng(6)
    texts = ["".join(generator.choice(list("ab é\n"), 4)) for _ in range(2_000)]
    rows = read_rows(texts, task=None)
    assert rows.fingerprints.dtype == np.uint64
    pairs = set(zip(texts, rows.fingerprints.tolist(), strict=True))
    assert len(pairs) == len(set(texts)) == len(np.unique(rows.fingerprints))
