"""Labels of all rows -> those of a batch, in the form of each task."""

import numpy as np
import pytest

from tfclf.data import SUBWORDS, LabelMap, read_rows, row_labels
from tfclf.data.framing import NO_WORD
from tfclf.data.row_labels import FORMS, LabelIds, RowLabels, as_row_labels
from tfclf.errors import ArgumentError
from tfclf.tasks import IGNORED, TASKS, Head

NAN = float("nan")
ROWS = np.array([3, 0, 0, 2])


def labels_of(labels, task, names=None, **settings):
    """Labels of rows as batches have them; None is a row without any."""
    head, other = Head("h", task), Head("o", "single-label", "other")
    inputs = ["text"] * len(labels)
    if task == "token":
        inputs = [["w"] * (len(tags) if tags else 2) for tags in labels]
    columns = (inputs, labels, ["x"] * len(labels))
    target = read_rows(columns, heads=(head, other)).targets["h"]
    known = LabelMap.from_names(target.names if names is None else names)
    return row_labels(target, known, **settings)


def words_of(*pieces):
    return np.array(pieces, "int32")


def test_every_task_has_a_form():
    assert set(FORMS) == set(TASKS)


def test_single_labels():
    labels = labels_of(["b", None, "c", "a"], "single-label")
    batch = labels.batch(ROWS)
    assert batch.tolist() == [0, 1, 1, 2]  # ids of a, b, b and c
    assert (batch.dtype, labels.dtype, labels.shape) == ("int32", "int32", ())
    assert labels.batch(np.array([1])).tolist() == [IGNORED] == [-100] == [labels.missing]


def test_unknown_single_labels():
    labels = labels_of(["b", None, "c", "a"], "single-label", names=["c", "b"])
    assert labels.ids.tolist() == [0, -100, 1, -1]


def test_lists_of_labels():
    labels = labels_of([["b", "a"], None, [], ["c"]], "multi-label")
    batch = labels.batch(np.arange(4))
    assert batch.tolist() == [[1, 1, 0], [-100] * 3, [0, 0, 0], [0, 0, 1]]
    assert (batch.dtype, labels.dtype, labels.shape) == ("float32", "float32", (3,))
    assert labels.batch(ROWS).tolist() == [[0, 0, 1], [1, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert labels.batch(ROWS[:0]).shape == (0, 3)


def test_unknown_labels_of_lists():
    labels = labels_of([["b", "a"], ["c"]], "multi-label", names=["b", "d"])
    assert labels.batch(np.arange(2)).tolist() == [[1, 0], [0, 0]]


def test_lists_against_scikit_learn():
    from sklearn.preprocessing import MultiLabelBinarizer

    generator = np.random.default_rng(7)
    names = np.array([*"gcafbed"])
    lists = [generator.permutation(names)[:n].tolist() for n in generator.integers(0, 8, 50)]
    expected = MultiLabelBinarizer(classes=sorted(names)).fit_transform(lists)
    rows = generator.integers(0, 50, 23)
    labels = labels_of(lists, "multi-label", names=names)
    np.testing.assert_array_equal(labels.batch(rows), expected[rows])


def test_numbers():
    labels = labels_of([0.1, None, -3, 2.5], "regression")
    batch = labels.batch(np.arange(4))
    expected = np.array([[0.1], [NAN], [-3], [2.5]], "float32")
    np.testing.assert_array_equal(batch, expected)
    assert (batch.dtype, labels.dtype, labels.shape) == ("float32", "float32", (1,))
    assert labels.batch(ROWS).tolist() == expected[ROWS].tolist()
    assert np.isnan(labels.missing)


def test_the_greatest_numbers_stay_finite():
    labels = labels_of([3.4e38, -3.4028234e38, 1e-46], "regression")
    assert np.isfinite(labels.batch(np.arange(3))).all()


# Rows of three, none, two and four words; ids: B-x 0, I-x 1, O 2.
TAGS = [["B-x", "I-x", "O"], None, ["O", "B-x"], ["O", "B-x", "I-x", "I-x"]]


def test_tags_stand_on_the_first_subwords():
    labels = labels_of(TAGS, "token")
    words = words_of(
        [NO_WORD, 0, 1, -3, 2, NO_WORD, NO_WORD],  # a word of two subwords, and padding
        [NO_WORD, 0, -2, -2, 1, -3, NO_WORD],
        [NO_WORD, NO_WORD, 2, 3, -5, NO_WORD, NO_WORD],  # other words are another window's
    )
    batch = labels.batch_of_words(np.array([0, 2, 3]), words)
    none = IGNORED
    assert batch.tolist() == [
        [none, 0, 1, none, 2, none, none],
        [none, 2, none, none, 0, none, none],
        [none, none, 1, 1, none, none, none],
    ]
    assert (batch.dtype, labels.dtype, labels.shape) == ("int32", "int32", (None,))


def test_tags_on_all_subwords():
    """B- is I- behind the first subword, since a word begins an entity once."""
    labels = labels_of(TAGS, "token", subwords="all")
    words = words_of([NO_WORD, 0, -2, -2, 1, -3, 2, -4, NO_WORD])
    assert labels.batch_of_words(np.array([3]), words).tolist() == [
        [IGNORED, 2, 2, 2, 0, 1, 1, 1, IGNORED]
    ]


def test_further_subwords_of_a_type_that_never_goes_on():
    labels = labels_of([["O", "B-x"]], "token", subwords="all")  # ids: B-x 0, O 1
    words = words_of([0, -2, 1, -3])
    assert labels.batch_of_words(np.array([0]), words).tolist() == [[1, 1, 0, IGNORED]]


def test_further_subwords_where_tags_have_no_scheme():
    labels = labels_of([["NOUN", "B-"]], "token", subwords="all")  # ids: B- 0, NOUN 1
    words = words_of([0, -2, 1, -3, -3])
    assert labels.batch_of_words(np.array([0]), words).tolist() == [[1, 1, 0, 0, 0]]


@pytest.mark.parametrize("subwords", SUBWORDS)
def test_rows_without_tags(subwords):
    labels = labels_of(TAGS, "token", subwords=subwords)
    words = words_of([NO_WORD, 0, -2, 1, NO_WORD], [NO_WORD, 0, 1, -3, NO_WORD])
    batch = labels.batch_of_words(np.array([1, 2]), words)
    assert batch[0].tolist() == [IGNORED] * 5
    assert batch[1].tolist()[1:3] == [2, 0]


@pytest.mark.parametrize("subwords", SUBWORDS)
def test_unknown_tags(subwords):
    labels = labels_of(TAGS, "token", names=["O", "I-x"], subwords=subwords)
    batch = labels.batch_of_words(np.array([0]), words_of([0, -2, 1, 2, -4]))
    further = {"first": [IGNORED] * 2, "all": [-1, 1]}[subwords]
    assert batch.tolist() == [[-1, further[0], 0, 1, further[1]]]


def test_no_tags_at_all():
    labels = labels_of([None, None], "token", names=["O", "B-x"], subwords="all")
    assert labels.batch_of_words(np.array([1]), words_of([0, -2, 1])).tolist() == [[IGNORED] * 3]


@pytest.mark.parametrize("subwords", ["last", "", None])
def test_unknown_subwords(subwords):
    with pytest.raises(ArgumentError, match="subwords is .*, expected one of first, all"):
        labels_of(TAGS, "token", subwords=subwords)


def test_labels_in_any_form():
    assert as_row_labels(None) is None
    labels = LabelIds(np.array([1, 0], "int32"))
    assert as_row_labels(labels) is labels
    heads = {"a": labels}
    assert as_row_labels(heads) is heads
    for ids in ([2, 0, 1], np.array([2, 0, 1])):
        made = as_row_labels(ids)
        assert made.batch(np.array([2, 0])).tolist() == [1, 2]
        assert made.ids.dtype == "int32"


def test_the_base_is_no_form():
    with pytest.raises(NotImplementedError):
        RowLabels().batch(np.arange(2))
