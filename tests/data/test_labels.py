"""Label names <-> ids."""

import datasets
import numpy as np
import pytest

from tfclf.data import UNSEEN, LabelMap, read_rows
from tfclf.errors import DataError


def rows_of(labels):
    return read_rows(([f"text {i}" for i in range(len(labels))], labels))


def test_order_does_not_depend_on_the_rows():
    generator = np.random.default_rng(1)
    labels = ["b", "a", "C", "é", "a b", "z", "10", "9"] * 3
    for _ in range(20):
        shuffled = generator.permutation(labels).tolist()
        names = LabelMap.from_rows(rows_of(shuffled)).names
        assert names == ("10", "9", "C", "a", "a b", "b", "z", "é")  # by code point


def test_whole_numbers_are_ordered_by_value():
    labels = [10, 9, -2, 0, 100, -10]
    assert LabelMap.from_rows(rows_of(labels)).names == ("-10", "-2", "0", "9", "10", "100")
    assert LabelMap.from_names(["10", "9", "x"]).names == ("10", "9", "x")
    assert LabelMap.from_names(["10", "9", "-"]).names == ("-", "10", "9")
    assert LabelMap.from_names(["1", "²", "٣"]).names == ("1", "²", "٣")  # digits, no numbers
    assert LabelMap.from_names(["--1", "1"]).names == ("--1", "1")


def test_equal_numbers_in_other_spellings_have_one_order():
    """A set has another order in each process; ties must not keep it."""
    names = [spelling for i in range(40) for spelling in (f"{i:03}", f"{i:04}", f"{i:02}")]
    expected = tuple(sorted(set(names), key=lambda name: (int(name), name)))
    assert LabelMap.from_names(names).names == expected


def test_truth_values():
    assert LabelMap.from_rows(rows_of([True, False, True])).names == ("False", "True")


def test_declared_order_is_kept():
    names = ["zebra", "ant", "unused", "bee"]
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=names)}
    )
    table = {"text": ["a", "b", "c"], "label": [3, 0, 1]}
    rows = read_rows(datasets.Dataset.from_dict(table, features=features))
    labels = LabelMap.from_rows(rows)
    assert labels.names == tuple(names)
    assert labels.ids(rows).tolist() == [3, 0, 1]


@pytest.mark.parametrize("labels", [["x"], ["x"] * 5])
def test_one_label(labels):
    with pytest.raises(DataError, match="expected at least two labels, got only 'x'.*check the"):
        LabelMap.from_rows(rows_of(labels))


def test_ids_of_rows():
    generator = np.random.default_rng(2)
    values = generator.integers(0, 13, 200)
    rows = rows_of(values.tolist())
    labels = LabelMap.from_rows(rows)
    ids = labels.ids(rows)
    assert ids.dtype == np.int32
    assert [int(labels.names[i]) for i in ids] == values.tolist()


def test_unseen_labels():
    labels = LabelMap.from_rows(rows_of(["b", "a"]))
    rows = rows_of(["a", "new", "b", "newer", "new", "a"])
    assert UNSEEN == -1
    assert labels.ids(rows).tolist() == [0, -1, 1, -1, -1, 0]
    assert labels.unseen(rows) == {"new": 2, "newer": 1}
    assert labels.unseen(rows.select(np.array([0, 3]))) == {"newer": 1}
    assert not labels.unseen(rows_of(["a", "b", "a"]))


def test_id2label():
    labels = LabelMap(("c", "a", "b"))
    assert labels.id2label == {0: "c", 1: "a", 2: "b"}
    assert len(labels) == 3
