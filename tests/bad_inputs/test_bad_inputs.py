"""Each bad input of the table is refused in words, and leaves everything as it was."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import tfclf
from tests.bad_inputs.run_command import FRAME, INSIDE, outcome_of, tree, words
from tests.bad_inputs.table import BAD_INPUTS, EVERY
from tests.bad_inputs.world import enter, make_world
from tests.conftest import BACKEND

BAD_STATUS = (1, 2)
IN_A_PROCESS = 97  # every so many-th also in a process of its own


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("world"))


def told_apart(cases):
    return [pytest.param(case, id=case.name, marks=marks_of(case)) for case in cases]


def marks_of(case):
    """Marks those that take seconds: where Keras runs on JAX each export starts TensorFlow."""
    another = case.verb == "export" and BACKEND != "tensorflow"
    return [pytest.mark.slow] if case.is_slow or another else []


def test_they_are_many_and_all_different():
    """At least 300 over all verbs; none twice under two names."""
    assert len(EVERY) >= 300
    assert set(Counter(case.verb for case in EVERY)) >= {
        "train", "evaluate", "predict", "export", "doctor", "augment", "sample", "demo",
        "tune", "lr-find",
    }  # fmt: skip
    assert len({case.name for case in EVERY}) == len(EVERY)
    assert all(case.place and case.remedy for case in EVERY)
    assert sum(map(len, BAD_INPUTS.values())) == len(EVERY)


@pytest.mark.parametrize("case", told_apart(EVERY))
def test_a_bad_input_is_refused(case, world, tmp_path):
    outcome = outcome_of(case, world, tmp_path)
    assert outcome.status in BAD_STATUS, outcome.said
    assert not outcome.shows_its_inside, outcome.said
    assert outcome.left == ()
    assert outcome.names(case.place), outcome.said
    assert outcome.names(case.remedy), outcome.said


@pytest.mark.slow
@pytest.mark.parametrize("case", told_apart(EVERY[::IN_A_PROCESS]))
def test_the_same_in_a_process_of_its_own(case, world, tmp_path):
    """Streams, logs and the end of the process are the command line's own there."""
    if any("\0" in word for word in words(case)):
        pytest.skip("no process can be given this argument")
    enter(world, tmp_path)
    case.write(tmp_path)
    before = tree(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "tfclf", *words(case)],
        cwd=tmp_path, input=case.stdin, capture_output=True, check=False, timeout=300,
        env=os.environ | {"PYTHONPATH": str(Path(tfclf.__file__).parents[1])},
    )  # fmt: skip
    said = FRAME.sub(" ", (done.stdout + done.stderr).decode())
    assert done.returncode in BAD_STATUS, said
    assert not INSIDE.search(said), said
    assert tree(tmp_path) == before
    assert any(part in said for part in case.place.split("|")), said
    assert any(part in said for part in case.remedy.split("|")), said
