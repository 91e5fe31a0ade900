"""Labels that are spelt oddly: each oddity is planted and named, plain labels are left alone."""

import pytest

from tfclf.data import read_rows
from tfclf.diagnosis.case import Case
from tfclf.diagnosis.symptoms import (
    labels_look_like_lists,
    labels_look_missing,
    labels_spelt_alike,
)


def case_of(labels, task="single-label"):
    texts = [f"text {i}" for i in range(len(labels))]
    return Case(task=task, rows={"training": read_rows((texts, labels), task=task)})


@pytest.mark.parametrize(
    "first, second",
    [
        ("spam", "Spam"), ("rare label", "rare  label"), ("spam", "spam\u200b"), ("1", "1.0"),
        ("1", "01"), ("1", "true"), ("0", "False"), ("caf\u00e9", "cafe\u0301"), ("a", "\uff41"),
        ("soft", "so\u00adft"),
    ],
)  # fmt: skip
def test_one_label_in_two_spellings(first, second):
    finding = labels_spelt_alike.look(case_of([first, second, first, "other"]))
    assert (finding.name, finding.severity) == ("labels-spelt-alike", "warning")
    assert f"{first!r} (2) and {second!r} (1)" in finding.evidence


@pytest.mark.parametrize("labels", ["a b", "1 2", "1 10", "v1.0 v1", "1 -1"])
def test_labels_that_differ(labels):
    assert labels_spelt_alike.look(case_of(labels.split())) is None


@pytest.mark.parametrize("label", ["None", "NA", "n/a", "null", "<NA>", "?"])
def test_a_label_that_reads_as_missing(label):
    finding = labels_look_missing.look(case_of(["ham", "spam", label, "ham"]))
    assert f"{label!r} (1)" in finding.evidence
    assert labels_look_missing.look(case_of(["ham", "not available"])) is None


@pytest.mark.parametrize("sign", ";,|")
def test_lists_with_another_separator(sign):
    finding = labels_look_like_lists.look(case_of(["x", f"x{sign}y", "x"]))
    assert f"'x{sign}y'" in finding.evidence
    assert f"--separator '{sign}'" in finding.remedy


def test_labels_that_hold_a_separator_are_left_alone():
    assert labels_look_like_lists.look(case_of(["food, drinks", "toys", "news"])) is None
    lists = [["x", "y"], ["x"]]
    assert labels_look_like_lists.look(case_of(lists, "multi-label")) is None
