"""Label values -> names."""

import decimal

import numpy as np
import pandas as pd
import pytest

from tfclf.data.label_values import LabelReader, is_missing, without_surrogates
from tfclf.errors import DataError


@pytest.mark.parametrize(
    "value, name",
    [
        ("spam", "spam"),
        (" spam\n", "spam"),
        ("two words", "two words"),
        ("01", "01"),
        ("nan", "nan"),
        ("None", "None"),
        (0, "0"),
        (-1, "-1"),
        (2.0, "2"),
        (1e15, "1000000000000000"),
        (True, "True"),
        (np.int8(-3), "-3"),
        (np.uint64(2**63), "9223372036854775808"),
        (np.float32(4), "4"),
        (np.bool_(False), "False"),
        (np.str_(" a "), "a"),
        ("\ud800", "?"),
    ],
)
def test_names(value, name):
    assert LabelReader().name(value) == name


@pytest.mark.parametrize("value", [None, float("nan"), np.float16("nan"), pd.NA, pd.NaT, "", " \t"])
def test_missing(value):
    with pytest.raises(DataError, match="the label is missing"):
        LabelReader().name(value)


@pytest.mark.parametrize("value", ["nan", "NaN", " NAN "])
def test_nan_in_a_source_of_texts(value):
    with pytest.raises(DataError, match="the label is missing"):
        LabelReader(textual=True).name(value)
    assert LabelReader(textual=True).name("nano") == "nano"


@pytest.mark.parametrize(
    "value, kind",
    [
        (0.5, "the fraction 0.5"),
        (float("inf"), "the fraction inf"),
        (np.float64(-1.5), "the fraction -1.5"),
        ([1], r"a list: \[1\]"),
        (("x",), "a tuple"),
        (b"x", "a bytes"),
        (decimal.Decimal(1), "a Decimal"),
        (np.array([1, 2]), "a ndarray"),
        (["a long label"] * 50, r"a list: \['a long"),
    ],
)
def test_no_single_label(value, kind):
    with pytest.raises(DataError, match=f"expected one label, got {kind}") as caught:
        LabelReader().name(value)
    assert len(caught.value.what) < 120
    for said in ("A label is a string", "--task multi-label", "--task regression"):
        assert said in caught.value.remedy


def test_declared_names():
    reader = LabelReader(("b", "a", "c"))
    assert [reader.name(value) for value in (2, 0, np.int64(1))] == ["c", "b", "a"]
    with pytest.raises(DataError, match=r"missing \(-1\)"):
        reader.name(-1)
    for value in (3, -2):
        with pytest.raises(DataError, match=f"label id {value} is not among the 3 declared ones"):
            reader.name(value)


def test_codes_number_first_occurrences():
    reader = LabelReader()
    values = ["b", "a", " b", 1, "1", "a ", 1.0, True, "True"]
    codes = [reader.code(value) for value in values]
    assert codes == [0, 1, 0, 2, 2, 1, 2, 3, 3]
    assert list(reader.codes) == ["b", "a", "1", "True"]


def test_remedy():
    """The place is the business of who reads the rows: tests/data/test_label_readers.py."""
    with pytest.raises(DataError) as caught:
        LabelReader().code(None)
    assert str(caught.value) == ("the label is missing (got None). Fill it in or delete the row.")


def test_is_missing():
    nan = float("nan")
    missing = [None, nan, np.float64(nan), np.float32(nan), np.float16(nan), pd.NA, pd.NaT]
    assert all(map(is_missing, missing))
    assert not any(map(is_missing, ["", "nan", 0, 0.0, np.float32(0), False, [], "NA"]))


def test_without_surrogates():
    assert without_surrogates("a\ud800b\udfffc") == "a?b?c"
    for text in ("", "plain", "é 中 😀"):
        assert without_surrogates(text) == text
