"""Processes that train together: what one says to the others, here without any."""

import numpy as np
import pytest

from tfclf.data import EncodedRows
from tfclf.errors import DataError, RunError
from tfclf.training.devices import Processes, check_agreement, join, rows_facts


class Told(Processes):
    """Three processes of which the others have said something already."""

    def __init__(self, *others):
        super().__init__(3)
        self.others = others

    def gather(self, text):
        return [text, *self.others]


def encoded(tokens, labels):
    offsets = np.arange(len(labels) + 1)
    return EncodedRows(np.array(tokens, "int32"), offsets, labels, 0, 4, 0, 0, 0)


def test_alone_nobody_is_asked():
    alone = join()
    assert alone.is_first and alone.number == 1
    assert alone.gather("é") == ["é"]
    assert alone.all_do(lambda: 7) == 7
    check_agreement(alone, {"rows": "7"})
    alone.leave()


def test_a_failure_of_another_process_ends_this_one():
    with pytest.raises(RunError, match="process 2 of 3: rows.csv: cannot be read"):
        Told("", "rows.csv: cannot be read").all_do(lambda: 7)


def test_a_failure_of_its_own_is_raised_as_it_is():
    def fails():
        raise DataError("cannot be read", where="rows.csv")

    with pytest.raises(DataError, match="^rows.csv: cannot be read"):
        Told("", "").all_do(fails)


def test_who_has_what():
    others = '{"training rows": "8", "seed": "0"}', '{"training rows": "7"}'
    check_agreement(Told(others[0], others[0]), {"training rows": "8", "seed": "0"})
    with pytest.raises(RunError) as raised:
        check_agreement(Told(*others), {"training rows": "8", "seed": "1"})
    said = "training rows: 8 (processes 0, 1), 7 (process 2); "
    said += "seed: 1 (process 0), 0 (process 1), none (process 2)"
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "tokens, labels, differing",
    [
        pytest.param([4, 5, 6], [0, 1, 1], set(), id="the same"),
        pytest.param([4, 6, 5], [0, 1, 1], {"test texts"}, id="another text"),
        pytest.param([4, 5, 6], [1, 0, 1], {"test labels"}, id="other labels"),
        pytest.param([4, 5], [0, 1], {"test rows", "test texts", "test labels"}, id="fewer"),
    ],
)
def test_what_rows_are_known_by(tokens, labels, differing):
    known = rows_facts("test", encoded([4, 5, 6], np.array([0, 1, 1], "int32")))
    other = rows_facts("test", encoded(tokens, np.array(labels, "int32")))
    assert {name for name in known if known[name] != other[name]} == differing
