"""Any text for any option: an answer or an error in words, never a traceback."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bad_inputs.run_command import INSIDE, command, run
from tests.bad_inputs.world import enter, make_world
from tests.properties.texts import ANY_TEXT

# A command that works, by its verb; options are put behind it.
COMMANDS = {
    "train": "train good.csv --output out --model encoder --max-length 19",
    "evaluate": "evaluate run good.csv",
    "predict": "predict run good.csv",
    "doctor": "doctor good.csv",
    "augment": "augment good.csv --candidates made.csv --output review.csv",
    "sample": "sample tickets --output made-of.csv",
}
WRITES = ("--output",)  # anywhere that a text names


def options():
    """Every option that takes a value, with its verb."""
    return [
        (verb, option)
        for verb in COMMANDS
        for parameter in command().commands[verb].params
        for option in parameter.opts
        if option.startswith("--") and not parameter.is_flag and option not in WRITES
    ]


TRICKY = ["", " ", "-", "--", "nan", "inf", "-0", "1e999", "0x10", "1_0", "\u0663", "auto", "none",
          "a=b",
          "a=b,c=d", "1,2", ",", "=", "a\0b", "..", "/", "~", "a" * 300]  # fmt: skip
VALUES = (
    ANY_TEXT | st.sampled_from(TRICKY) | st.integers().map(str) | st.floats().map(str)
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("arguments")
    enter(make_world(tmp_path_factory.mktemp("world")), folder)
    (folder / "tmp").mkdir()
    return folder


def stop(*_, **__):
    """Stands for the training: all that is asked for could be done."""
    raise SystemExit(0)


@given(option=st.sampled_from(options()), value=VALUES)
def test_any_value(folder, option, value):
    verb, name = option
    for made in ("review.csv", "made-of.csv"):
        (folder / made).unlink(missing_ok=True)
    with patch("tfclf.runs.train_run.train_prepared", stop):
        status, said = run([*COMMANDS[verb].split(), name, value], folder)
    assert status in (0, 1, 2), said
    assert not INSIDE.search(said), said
