"""Values of a label column: what is read is what was written, or is refused in words."""

import json

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.properties.texts import ANY_LABEL, ANY_TEXT
from tfclf.data.label_readers import READERS, TargetReader
from tfclf.data.label_values import LabelReader
from tfclf.errors import DataError
from tfclf.tasks import Head

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=5,
)


def read(task, *values, words=None, textual=False):
    reader = TargetReader(Head("head", task), textual=textual)
    for value in values:
        reader.add(value, words, lambda: "here")
    return reader.target()


@given(labels=st.lists(ANY_LABEL, min_size=1))
def test_labels_keep_their_names(labels):
    reader = LabelReader()
    codes = [reader.code(label) for label in labels]
    assert [list(reader.codes)[code] for code in codes] == labels
    assert [reader.name(name) for name in reader.codes] == list(reader.codes)


@given(labels=st.lists(ANY_LABEL, unique=True, max_size=5))
def test_lists_spelt_as_json(labels):
    spelt = json.dumps(labels)
    assert read("multi-label", spelt, textual=True).values() == read("multi-label", labels).values()


@given(labels=st.lists(ANY_LABEL.filter(lambda label: "|" not in label), unique=True, min_size=1))
def test_lists_spelt_with_a_separator(labels):
    spelt = "|".join(labels)
    assume(not spelt.startswith("["))  # a list in JSON
    assert read("multi-label", spelt, textual=True).values() == [tuple(labels)] or read(
        "multi-label", spelt, textual=True
    ).values() == [labels]


@given(number=st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_numbers_spelt_out(number):
    assert read("regression", repr(number)).flat.tolist() == [number]
    assert read("regression", np.float32(number)).flat.tolist() == [number]


@given(task=st.sampled_from(sorted(READERS)), value=JSON, textual=st.booleans())
def test_any_value_is_read_or_refused(task, value, textual):
    try:
        target = read(task, value, words=["a"], textual=textual)
    except DataError as error:
        assert error.where == "here" and error.remedy
    else:
        assert len(target) == 1
