"""The table of tasks, and heads as they are declared."""

import dataclasses
import inspect
import re

import pytest

from tfclf.errors import ArgumentError
from tfclf.tasks import IGNORED, TASKS, Head, check_heads, find_task, read_head


def test_every_task_is_found_by_its_name():
    assert list(TASKS) == ["single-label", "multi-label", "regression", "token"]
    for name, task in TASKS.items():
        assert find_task(name) is task
        assert task.name == name
        assert task.losses and len(set(task.losses)) == len(task.losses)
        for field in ("label_column", "label", "monitor"):
            assert getattr(task, field)


def test_problem_types_are_those_of_transformers():
    """The names that its BertForSequenceClassification compares config.problem_type with."""
    pytest.importorskip("torch")
    from transformers import BertForSequenceClassification

    source = inspect.getsource(BertForSequenceClassification.forward)
    named = set(re.findall(r'problem_type == "(\w+)"', source))
    assert {task.problem_type for task in TASKS.values()} == named | {None}
    assert find_task("token").problem_type is None


def test_labels_to_ignore_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    assert torch.nn.CrossEntropyLoss().ignore_index == IGNORED


def test_unknown_task():
    expected = "unknown task 'ner', expected one of single-label, multi-label, regression, token"
    with pytest.raises(ArgumentError, match=expected):
        find_task("ner")
    with pytest.raises(ArgumentError, match=expected):
        Head("entities", "ner")


def test_a_head_takes_the_column_of_its_task():
    columns = [Head("h", name).label_column for name in TASKS]
    assert columns == ["label", "labels", "label", "tags"]
    assert Head("h", "regression", "score").label_column == "score"
    assert Head("h", "regression").weight == 1


@pytest.mark.parametrize("name", ["a", "A", "intent_2", "x" * 50])
def test_names_of_heads(name):
    assert Head(name, "token").name == name


@pytest.mark.parametrize("name", ["", "2nd", "_a", "a-b", "a b", "a/b", "é", "a.b", "a\n"])
def test_names_that_no_head_has(name):
    with pytest.raises(ArgumentError, match="the name of a head is .*letters, digits"):
        Head(name, "token")


@pytest.mark.parametrize("weight", [0, -1.0, float("inf"), float("nan")])
def test_weights_that_no_head_has(weight):
    with pytest.raises(ArgumentError, match="the weight of h is .*, expected above 0"):
        Head("h", "token", weight=weight)


def test_a_head_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Head("h", "token").weight = 2.0


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a=token", Head("a", "token")),
        ("a=token:ner", Head("a", "token", "ner")),
        ("a=token*2", Head("a", "token", None, 2.0)),
        ("a=token:ner*2.5e-1", Head("a", "token", "ner", 0.25)),
        ("a=regression:how many stars", Head("a", "regression", "how many stars")),
        ("a=regression:x:y*3", Head("a", "regression", "x:y", 3.0)),
        ("a=regression:2*x", Head("a", "regression", "2*x")),
        ("a=regression:2*3*4", Head("a", "regression", "2*3", 4.0)),
        ("a=regression:=", Head("a", "regression", "=")),
    ],
)
def test_read_head(text, expected):
    assert read_head(text) == expected


@pytest.mark.parametrize("text", ["", "a", "a=", "=token", "a=token:", "a=token*", "a=token*x",
                                  "a=token*1e", "a=token*1-1"])  # fmt: skip
def test_what_is_no_head(text):
    with pytest.raises(ArgumentError) as caught:
        read_head(text)
    assert repr(text) in str(caught.value)
    assert "NAME=TASK[:COLUMN][*WEIGHT]" in str(caught.value)


def test_what_a_head_refuses_is_told_where_it_is_read():
    for text, expected in (
        ("a=ner", "unknown task 'ner'"),
        ("2=token", "the name of a head is '2'"),
        ("a=token*0", "the weight of a is 0.0"),
        ("a=token*1e999", "the weight of a is inf"),
    ):
        with pytest.raises(ArgumentError, match=expected):
            read_head(text)


def test_heads_beside_each_other():
    check_heads([])
    check_heads([Head("a", "token"), Head("b", "single-label"), Head("c", "multi-label")])
    check_heads([Head("a", "token"), Head("b", "token", "pos")])
    with pytest.raises(ArgumentError, match="two heads have the name 'b'"):
        check_heads([Head("a", "token"), Head("b", "regression"), Head("b", "multi-label")])
    with pytest.raises(ArgumentError, match="two heads have the label column 'label'"):
        check_heads([Head("a", "single-label"), Head("b", "token"), Head("c", "regression")])
