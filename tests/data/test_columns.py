"""Which columns a job reads, and what is told of those that are not there."""

import pytest

from tfclf.data.columns import ONLY_HEAD, Columns, check_columns, layout
from tfclf.errors import ArgumentError, DataError
from tfclf.tasks import TASKS, Head

HEADS = (Head("intent", "single-label"), Head("stars", "regression", "score"))


@pytest.mark.parametrize(
    "task, expected",
    [
        (None, ("text",)),
        ("single-label", ("text", "label")),
        ("multi-label", ("text", "labels")),
        ("regression", ("text", "label")),
        ("token", ("tokens", "tags")),
    ],
)
def test_columns_of_each_task(task, expected):
    wanted = layout(Columns(), task)
    assert wanted.needed == expected
    assert wanted.words == (task == "token")
    assert [head.name for head in wanted.heads] == [ONLY_HEAD] * (task is not None)
    assert wanted.optional == ()


def test_every_task_has_a_layout():
    for task in TASKS.values():
        assert layout(Columns(), task.name).needed[-1] == task.label_column


def test_declared_columns():
    columns = Columns("title", "class", False, "body", separator=";")
    wanted = layout(columns, "multi-label")
    assert wanted.needed == ("title", "body", "class")
    assert wanted.inputs == (("text", "title"), ("text_pair", "body"))
    assert (wanted.quotes, wanted.separator) == (False, ";")
    assert layout(columns, None).needed == ("title", "body")
    wanted = layout(Columns(tokens="words", label="pos"), "token")
    assert (wanted.inputs, wanted.needed) == ((("words", "words"),), ("words", "pos"))


def test_words_are_read_instead_of_a_text_where_they_are_declared():
    for task, expected in (("single-label", ("words", "label")), (None, ("words",))):
        wanted = layout(Columns(tokens="words"), task)
        assert wanted.needed == expected
        assert wanted.words


def test_several_heads():
    wanted = layout(Columns(label="not read"), None, HEADS)
    assert wanted.needed == ("text", "label", "score")
    assert wanted.optional == ("label", "score")
    wanted = layout(Columns(), "single-label", (*HEADS, Head("entities", "token")))
    assert wanted.needed == ("tokens", "label", "score", "tags")
    assert wanted.optional == ("label", "score", "tags")


def test_the_label_of_a_lone_head_is_needed():
    assert layout(Columns(), None, HEADS[1:]).optional == ()


def test_heads_are_checked():
    with pytest.raises(ArgumentError, match="two heads have the label column 'label'"):
        layout(Columns(), None, (Head("a", "single-label"), Head("b", "regression")))
    with pytest.raises(ArgumentError, match="unknown task 'sentiment'"):
        layout(Columns(), "sentiment")


def test_words_have_no_pairs():
    for columns, task in (
        (Columns(text_pair="b"), "token"),
        (Columns(text_pair="b", tokens="words"), "regression"),
    ):
        with pytest.raises(ArgumentError, match="words have no pairs.*--text-pair or --tokens"):
            layout(columns, task)


def test_a_pair_of_one_column():
    with pytest.raises(ArgumentError, match="text and text pair are one column, 'a'.*--text-pair"):
        Columns("a", text_pair="a")


@pytest.mark.parametrize("separator", ["", " ", "\t", "\n"])
def test_separators_that_separate_nothing(separator):
    with pytest.raises(ArgumentError, match="the separator of labels is"):
        Columns(separator=separator)


@pytest.mark.parametrize("separator", [";", ", ", "||", "\t;"])
def test_separators(separator):
    assert layout(Columns(separator=separator), "multi-label").separator == separator


def test_every_column_is_declared_by_its_option():
    wanted = layout(Columns("a", "c", text_pair="b"), "regression")
    assert [wanted.flag(column) for column in "abc"] == ["--text", "--text-pair", "--label"]
    wanted = layout(Columns(tokens="w", text="t"), None, (*HEADS, Head("entities", "token")))
    assert [wanted.flag(column) for column in ("w", "label", "score", "tags")] == [
        "--tokens", "--head", "--head", "--head"
    ]  # fmt: skip
    assert layout(Columns(), None, HEADS[:1]).flag("label") == "--label"


def test_columns_that_are_not_there():
    wanted = layout(Columns("a", text_pair="b"), "single-label")
    check_columns(["b", "x", "label", "a", "x"], wanted, "f")
    for present, missing, flag in (
        (["b", "label"], "a", "--text"),
        (["a", "label"], "b", "--text-pair"),
        (["a", "b"], "label", "--label"),
    ):
        with pytest.raises(DataError) as caught:
            check_columns(present, wanted, "f.csv, line 1")
        told = ", ".join(map(repr, present))
        assert str(caught.value) == (
            f"f.csv, line 1: no column {missing!r}, only {told}. Declare yours: {flag} COLUMN."
        )


def test_labels_may_be_absent_where_there_are_several_heads():
    wanted = layout(Columns(), None, HEADS)
    for present in (["text", "label"], ["text", "score"], ["text"]):
        check_columns(present, wanted, "f")
    with pytest.raises(DataError, match="f: no column 'text', only 'label', 'score'"):
        check_columns(["label", "score"], wanted, "f")
    with pytest.raises(DataError, match="f: 2 columns are named 'score'"):
        check_columns(["text", "score", "score"], wanted, "f")
