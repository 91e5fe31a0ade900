"""Texts and labels in every form that users of scikit-learn hold."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.exceptions import DataConversionWarning

from tfclf.errors import ArgumentError, DataError
from tfclf.estimators.given_labels import GivenLabels
from tfclf.estimators.given_texts import GivenTexts

TEXTS, SECOND = ["so", "it is", ""], ["a", "b", "c"]


def pandas():
    return pytest.importorskip("pandas")


def polars():
    return pytest.importorskip("polars")


def datasets():
    return pytest.importorskip("datasets")


FORMS = {
    "list": lambda: TEXTS,
    "tuple": lambda: tuple(TEXTS),
    "strings of NumPy": lambda: [np.str_(text) for text in TEXTS],
    "array": lambda: np.array(TEXTS),
    "objects": lambda: np.array(TEXTS, object),
    "column": lambda: np.array(TEXTS, object)[:, None],
    "pandas series": lambda: pandas().Series(TEXTS, index=[7, 8, 9]),
    "pandas categories": lambda: pandas().Series(TEXTS, dtype="category"),
    "pandas index": lambda: pandas().Index(TEXTS),
    "pandas frame": lambda: pandas().DataFrame({"t": TEXTS}),
    "pandas with Arrow": lambda: pandas().Series(TEXTS, dtype="string[pyarrow]"),
    "polars series": lambda: polars().Series(TEXTS),
    "polars frame": lambda: polars().DataFrame({"t": TEXTS}),
    "polars categories": lambda: polars().Series(TEXTS, dtype=polars().Categorical),
    "Arrow array": lambda: pa.array(TEXTS),
    "Arrow chunks": lambda: pa.chunked_array([TEXTS[:1], TEXTS[1:]]),
    "Arrow table": lambda: pa.table({"t": TEXTS}),
    "dataset": lambda: datasets().Dataset.from_dict({"t": TEXTS}),
    "column of a dataset": lambda: datasets().Dataset.from_dict({"t": TEXTS})["t"],
}


@pytest.mark.parametrize("form", FORMS)
def test_texts(form):
    assert GivenTexts.read(FORMS[form]()).columns == (TEXTS,)


PAIRS = {
    "tuples": lambda: list(zip(TEXTS, SECOND, strict=True)),
    "lists": lambda: [list(pair) for pair in zip(TEXTS, SECOND, strict=True)],
    "array": lambda: np.array([TEXTS, SECOND], object).T,
    "pandas": lambda: pandas().DataFrame({"a": TEXTS, "b": SECOND}),
    "two columns of one name": lambda: pandas().DataFrame(
        np.array([TEXTS, SECOND], object).T, columns=["a", "a"]
    ),
    "polars": lambda: polars().DataFrame({"a": TEXTS, "b": SECOND}),
    "Arrow": lambda: pa.table({"a": TEXTS, "b": SECOND}),
}


@pytest.mark.parametrize("form", PAIRS)
def test_pairs(form):
    given = GivenTexts.read(PAIRS[form]())
    assert given.pairs and given.columns == (TEXTS, SECOND)


def test_texts_that_are_none():
    for missing in (None, float("nan"), pandas().NA, pandas().NaT):
        with pytest.raises(DataError, match="X, index 1: the text is missing .*Drop the row"):
            GivenTexts.read(["a", missing])
    with pytest.raises(DataError, match="X, index 1: the text is missing"):
        GivenTexts.read(pa.array(["a", None]))
    with pytest.raises(DataError, match="X, index 0: expected a text, got bytes b'a'. Decode it"):
        GivenTexts.read([b"a"])
    with pytest.raises(ArgumentError, match="got 3 .a, b, c.*Select them"):
        GivenTexts.read(pa.table({"a": TEXTS, "b": TEXTS, "c": TEXTS}))
    with pytest.raises(ArgumentError, match="cannot be read from a list_iterator, pass a list"):
        GivenTexts.read(iter(TEXTS))
    with pytest.raises(ArgumentError, match="frame.collect"):
        GivenTexts.read(polars().DataFrame({"t": TEXTS}).lazy())


# Labels, their classes, their names and the type of an answer.
LABELS = {
    "strings": (lambda: ["b", "a", "b"], ["a", "b"], ("a", "b"), "U"),
    "numbers": (lambda: [10, 9, 10], [9, 10], ("9", "10"), "i"),
    "small numbers": (lambda: np.array([1, 0, 1], "int8"), [0, 1], ("0", "1"), "i"),
    "truth values": (lambda: [True, False, True], [False, True], ("False", "True"), "b"),
    "an array of them": (lambda: np.array([True, False, True]), [False, True],
                         ("False", "True"), "b"),
    "whole floats": (lambda: [2.0, -1.0, 2.0], [-1, 2], ("-1", "2"), "f"),
    "objects": (lambda: np.array(["b", "a", "b"], object), ["a", "b"], ("a", "b"), "O"),
    "numbers of NumPy": (lambda: [np.int64(3), np.int64(1), 3], [1, 3], ("1", "3"), "i"),
    "pandas": (lambda: pandas().Series(["b", "a", "b"]), ["a", "b"], ("a", "b"), "U"),
    "pandas categories": (lambda: pandas().Series(["b", "a", "b"], dtype="category"), ["a", "b"],
                          ("a", "b"), "U"),
    "pandas Int64": (lambda: pandas().Series([5, 4, 5], dtype="Int64"), [4, 5], ("4", "5"), "i"),
    "polars": (lambda: polars().Series([5, 4, 5]), [4, 5], ("4", "5"), "i"),
    "Arrow": (lambda: pa.array(["b", "a", "b"]), ["a", "b"], ("a", "b"), "U"),
}  # fmt: skip


@pytest.mark.parametrize("form", LABELS)
def test_labels_come_back_as_they_were(form):
    make, classes, names, kind = LABELS[form]
    given = make()
    read = GivenLabels.read(given, "single-label")
    assert read.classes.values.tolist() == classes and read.classes.names == names
    back = read.classes.given(read.names)
    given = given.to_pylist() if isinstance(given, pa.Array) else list(given)
    assert back.tolist() == given and back.dtype.kind == kind


def test_space_around_a_label_is_not_its_name():
    read = GivenLabels.read(["x ", " y"], "single-label")
    assert read.names == ["x", "y"]
    assert read.classes.given(["x", "y"]).tolist() == ["x ", " y"]


def test_a_column_of_labels_is_warned_of_as_scikit_learn_does():
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        read = GivenLabels.read(np.array([["a"], ["b"]]), "single-label")
    assert read.names == ["a", "b"]


LISTS = {
    "lists": lambda: [["b", "a"], [], ["a"]],
    "tuples and sets": lambda: [("b", "a"), set(), {"a"}],
    "series": lambda: pandas().Series([["b", "a"], [], ["a"]]),
    "polars": lambda: polars().Series([["b", "a"], [], ["a"]]),
    "Arrow": lambda: pa.array([["b", "a"], [], ["a"]]),
    "one column": lambda: pa.table({"labels": [["b", "a"], [], ["a"]]}),
}


@pytest.mark.parametrize("form", LISTS)
def test_lists_of_labels(form):
    read = GivenLabels.read(LISTS[form](), "multi-label")
    assert read.names == [["b", "a"], [], ["a"]] and not read.classes.indicator
    assert read.classes.given_lists([["a", "b"], [], ["a"]]) == [["a", "b"], [], ["a"]]


HOT = np.array([[1, 1], [0, 0], [1, 0]])
INDICATORS = {
    "numbers": (lambda: HOT, [0, 1]),
    "truth values": (lambda: HOT.astype(bool), [0, 1]),
    "sparse": (lambda: sparse.csr_array(HOT), [0, 1]),
    "pandas": (lambda: pandas().DataFrame(HOT, columns=["x", "y"]), ["x", "y"]),
    "polars": (lambda: polars().DataFrame(HOT, schema=["x", "y"]), ["x", "y"]),
}


@pytest.mark.parametrize("form", INDICATORS)
def test_zeros_and_ones(form):
    make, classes = INDICATORS[form]
    read = GivenLabels.read(make(), "multi-label")
    assert read.classes.values.tolist() == classes
    np.testing.assert_array_equal(read.classes.given_lists(read.names), HOT)


def test_labels_that_are_none():
    for task, values, message in (
        ("single-label", ["a", float("nan")], "y, index 1: the label is missing"),
        ("single-label", HOT, "y: expected one column of labels, got 2. Lists of labels are an"),
        ("multi-label", ["a", "b"], "y, index 0: expected a list of labels, got a str: 'a'"),
        ("multi-label", [["a"], ["b", None]], "y, index 1: the label is missing"),
        ("multi-label", HOT * 2, "y, index 0: expected 0 or 1"),
        ("multi-label", [["a", 1]], "labels of one type, got numbers and strings"),
    ):
        with pytest.raises((ArgumentError, DataError), match=message):
            GivenLabels.read(values, task)
