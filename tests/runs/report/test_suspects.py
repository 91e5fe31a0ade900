"""Labels that are planted wrong are named, and what stands there where nobody looks."""

import importlib.util
import sys

import numpy as np
import pytest

from tfclf.runs.report import suspects
from tfclf.runs.report.facts import Example
from tfclf.runs.report.suspects import suspected_labels, suspected_lists


def example(item):
    return Example(str(item), "", "", "", None, "", "", 0.0)


def sure(true, labels=3):
    """Probabilities of a good model, which gives 0.8 to the true label."""
    probabilities = np.full((len(true), labels), 0.2 / (labels - 1))
    probabilities[np.arange(len(true)), true] = 0.8
    return probabilities


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr(suspects, "find_spec", lambda name: importlib.util.find_spec("json"))


def test_a_planted_label_is_named():
    pytest.importorskip("cleanlab")
    true = np.arange(90) % 3
    probabilities = sure(true)
    assert suspected_labels(true, probabilities, example).number == 0
    given = true.copy()
    given[[7, 40]] = (given[[7, 40]] + 1) % 3
    given[3] = 3  # a label that the model does not have is left out, and places stay right
    found = suspected_labels(given, probabilities, example)
    assert {one.place for one in found.examples} == {"7", "40"} and found.number == 2


def test_a_planted_list_is_named():
    pytest.importorskip("cleanlab")
    generator = np.random.default_rng(1)
    true = generator.random((120, 3)) < 0.4
    probabilities = np.where(true, 0.95, 0.05) + generator.uniform(-0.04, 0.04, (120, 3))
    given = true.copy()
    given[11] = ~given[11]
    found = suspected_lists(given, probabilities, example)
    assert [one.place for one in found.examples] == ["11"]


def test_of_very_many_some_are_looked_at(monkeypatch):
    pytest.importorskip("cleanlab")
    monkeypatch.setattr(suspects, "MOST", 50)
    true = np.arange(99) % 3
    given = true.copy()
    given[[0, 98]] = 1  # the ends are always among them
    found = suspected_labels(given, sure(true), example)
    assert {one.place for one in found.examples} == {"0", "98"}
    assert found.note == "Looked at 50 of them, spread evenly."


def test_labels_that_no_row_has():
    pytest.importorskip("cleanlab")
    true = np.zeros(40, int)
    true[:15] = 2
    assert suspected_labels(true, sure(true, 4), example).number == 0


def test_without_cleanlab_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(suspects, "find_spec", lambda name: None)
    found = suspected_labels(np.zeros(20, int), sure(np.zeros(20, int)), example)
    assert found.number is None and "pip install 'tfclf[report]'" in found.note


def test_few_rows(installed):
    found = suspected_labels(np.zeros(4, int), sure(np.zeros(4, int)), example)
    assert found.number is None and "4 rows are too few" in found.note


def test_a_guest_that_fails_costs_no_run(installed, monkeypatch, caplog):
    for name in ("cleanlab", "cleanlab.filter"):
        monkeypatch.setitem(sys.modules, name, None)
    found = suspected_labels(np.zeros(20, int), sure(np.zeros(20, int)), example)
    assert found.number is None and "could not look" in found.note and "cleanlab" in caplog.text
