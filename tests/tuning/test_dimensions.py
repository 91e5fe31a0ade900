"""What a setting may be in a study, as it is typed."""

import numpy as np
import pytest

from tfclf import Recipe
from tfclf.errors import ArgumentError
from tfclf.tuning import Range, Values, read_dimension
from tfclf.tuning.search_space import begin_with, not_as_by_default, search_space


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("epochs=2..7", ("epochs", Range(2, 7, whole=True))),
        ("warmup=0..0.3", ("warmup", Range(0, 0.3))),
        ("head_learning_rate=1e-4..1e-2", ("head_learning_rate", Range(1e-4, 1e-2, log=True))),
        ("batch-size=16,64,16", ("batch_size", Values((16, 64)))),
        ("sampling=none,sqrt,smote", ("sampling", Values(("none", "sqrt", "smote")))),
        ("patience=none,2", ("patience", Values((None, 2)))),
        ("gradient-checkpointing=true,false", ("gradient_checkpointing", Values((True, False)))),
        ("thaw-epoch=2,3", ("thaw_epoch", Values((2, 3)))),
    ],
)
def test_what_is_typed_is_read(text, expected):
    assert read_dimension(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epochs", "expected NAME=LOW..HIGH or NAME=VALUE,VALUE, got 'epochs'"),
        ("epochs=", "expected NAME=LOW..HIGH"),
        ("epoch=2..3", "no setting 'epoch'"),
        ("seed=1..3", "no setting 'seed'"),
        ("epochs=5..2", "epochs between 5 and 2, expected the smaller one first"),
        ("epochs=0..2", "epochs is 0"),
        ("epochs=1.5..3", "epochs is 1.5"),
        ("loss=focal..ldam", "loss from 'focal' to 'ldam', expected two numbers"),
        ("loss=focal,hinge", "loss is 'hinge', expected one of"),
        ("weight_decay=0..0.1", "weight_decay from 0, expected more than 0"),
        ("warmup=0.5,1", "warmup is 1"),
        ("freeze=none,all", "freeze is 'all'"),
    ],
)
def test_what_cannot_be_searched_is_told(text, said):
    with pytest.raises(ArgumentError, match="^search: ") as raised:
        read_dimension(text)
    assert said in str(raised.value)


START = Recipe(epochs=3, learning_rate=1e-4, loss="cross-entropy")
SKEWED, EVEN = np.array([90, 10]), np.array([9, 8])


def test_balance_is_searched_where_labels_are_rare():
    assert {"class_weights", "sampling"} <= search_space("single-label", START, SKEWED, 6).keys()
    even = search_space("single-label", START, EVEN, 6)
    assert not {"class_weights", "sampling"} & even.keys()
    several = search_space("multi-label", START, SKEWED, 6)
    assert several["sampling"] == Values(("none", "repeat-factors"))


def test_numbers_have_no_losses_to_choose_from():
    assert "loss" not in search_space("regression", START, None, 6)
    assert "loss" not in search_space(None, START, None, 6)


def test_what_is_fixed_is_not_searched_and_what_is_asked_for_is():
    asked = {"mixup": Values((0.0, 0.2)), "epochs": Range(7, 9, whole=True)}
    space = search_space("single-label", START, EVEN, 6, search=asked, fixed={"freeze", "epochs"})
    assert "freeze" not in space
    assert space["mixup"] == asked["mixup"] and space["epochs"] == asked["epochs"]


@pytest.mark.parametrize("task", ["single-label", "multi-label", "token", "regression"])
def test_every_value_is_one_that_a_recipe_takes(task):
    space = search_space(task, Recipe(epochs=1, learning_rate=2e-5), SKEWED, 12)
    for name, one in space.items():
        for value in one.values if isinstance(one, Values) else (one.low, one.high):
            assert getattr(Recipe(**{name: value}), name) == value


def test_a_study_begins_with_the_recipe_or_next_to_it():
    space = search_space("single-label", START, EVEN, 6)
    begun = begin_with(space, START)
    assert {name: getattr(START, name) for name in begun} == begun
    narrow = {"epochs": Range(5, 8, whole=True), "batch_size": Values((64, 128))}
    assert begin_with(narrow, START) == {"epochs": 5, "batch_size": 64}


def test_what_somebody_has_set():
    assert not_as_by_default(Recipe()) == set()
    assert not_as_by_default(Recipe(epochs=3, mixup=0.2)) == {"epochs", "mixup"}
