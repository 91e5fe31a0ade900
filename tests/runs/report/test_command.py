"""Arguments through the command, a shell and the command line, and back."""

import shlex

import pytest

import tfclf.runs
from tfclf import Columns, Head, Job, LongText, Recipe, TextRules
from tfclf.cli import app as module
from tfclf.cli.app import app
from tfclf.data import TagRules
from tfclf.runs.report.command import ONLY_IN_PYTHON, OPTIONS, command_of

JOBS = {
    "defaults": Job("rows.csv", "run", model="org/base"),
    "signs that a shell reads": Job(
        "$(rm -rf x).csv", "my run; ls", columns=Columns("a b", "it's", separator=";"), model="o/b",
        rules=TextRules("NFC", True, (("a b", "c'd"), ('"', "")), True),
    ),
    "everything else": Job(
        "rows.csv", "run", validation="validation.csv", validation_share=0.2, test="test.csv",
        task="token", columns=Columns("a", "b", False, None, "d", "/"),
        tag_rules=TagRules("iobes", "refuse", "bio"), decoding="viterbi", model="some/model",
        long_text=LongText("windows", 7, "max", 3), empty_text="drop", new_head=True, devices=2,
    ),
    "a recipe": Job(
        "rows.csv", "run", model="org/base",
        recipe=Recipe(
            epochs=3, learning_rate=3e-5, seed=3, class_weights=(1.0, 2.5), loss="focal",
            deployment_prior=(("x", 0.1), ("y", 0.9)), freeze=2, head_learning_rate=1e-3,
            head_hidden_size=7, sampling="none", gradient_checkpointing=True, steps_per_execution=4,
        ),
    ),
    "several heads": Job(
        "rows.csv", "run", model="org/base",
        heads=(Head("mood", "single-label", "mood", 0.5), Head("slots", "token")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_there_and_back(job, monkeypatch):
    class Asked(Exception):
        pass

    def train(asked, **_):
        raise Asked(asked)

    monkeypatch.setattr(tfclf.runs, "train", train)
    monkeypatch.setattr(module, "prepare_process", lambda: None)
    program, *words = shlex.split(command_of(job.to_dict(), str(job.output)).line)
    assert program == "tfclf"
    with pytest.raises(Asked) as caught:
        app(words, standalone_mode=False)
    (asked,) = caught.value.args
    assert asked.to_dict() == job.to_dict() and asked.output == job.output


def test_what_the_command_line_has_no_option_for_is_told():
    job = Job("rows.csv", "run", model="org/base", recipe=Recipe(warmup=0.25))
    told = command_of(job.to_dict(), "run")
    assert "warmup" not in told.line
    assert any("Recipe(warmup=0.25)" in note for note in told.notes)
    told = command_of(Job((["a"], ["b"]), "run", model="org/base").to_dict(), "run")
    assert any("in memory" in note for note in told.notes)


def test_folders_are_left_out():
    job = Job("/home/me/rows.csv", "run", test="C:\\data\\test.csv", model="/home/me/base/")
    line = command_of(job.to_dict(), "run").line
    assert line == "tfclf train rows.csv --output run --test test.csv --model base"


def test_every_argument_has_an_option():
    """Also one that comes later: its name is an option, or stands in the table."""
    import typer

    parameters = typer.main.get_command(app).commands["train"].params
    known = {option for one in parameters for option in one.opts}
    assert set(OPTIONS.values()) <= known
    for name in Recipe().to_dict():
        argument = f"recipe.{name}"
        option = OPTIONS.get(argument, f"--{name.replace('_', '-')}")
        assert option in known or argument in ONLY_IN_PYTHON, name
