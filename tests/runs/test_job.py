"""Arguments through JSON and back."""

import dataclasses
import json

import pytest

from tfclf import Columns, Head, Job, LongText, Recipe, TextRules
from tfclf.data import TagRules
from tfclf.errors import ArgumentError

HEADS = (Head("mood", "single-label", "mood"), Head("slots", "token"))
JOBS = {
    "defaults": Job("rows.csv", "run"),
    "everything else": Job(
        "rows.csv", "run", validation="validation.csv", validation_share=0.2, test="test.csv",
        task="token", columns=Columns("a", "b", False, None, "d", "/"),
        tag_rules=TagRules(scheme="iobes"), decoding="viterbi", model="some/model",
        recipe=Recipe(
            seed=3, class_weights=(1.0, 2.0), deployment_prior=(("x", 0.1), ("y", 0.9)),
            precision="bfloat16", batch_tokens=4096, gradient_accumulation_steps=2,
            gradient_checkpointing=True, jit="on", steps_per_execution=4,
        ),
        rules=TextRules("NFC", True, (("a", "b"), ("c", "")), True),
        long_text=LongText("windows", 7, "max", 3), empty_text="drop", new_head=True,
        devices=2,
    ),
    "several heads": Job("rows.csv", "run", heads=HEADS),
}  # fmt: skip


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_there_and_back(job):
    assert Job.from_dict(json.loads(json.dumps(job.to_dict())), output="run") == job


def test_everything_is_written_down():
    """Another field of a job has to come back too: only these are not among its arguments."""
    not_of_the_run = {"output", "log_to", "rules", "save_every", "restart"}
    fields = {field.name for field in dataclasses.fields(Job)} - not_of_the_run
    assert Job("rows.csv", "run").to_dict().keys() == fields | {"text_rules"}


def test_arguments_of_earlier_versions():
    """What they do not have is as it was then."""
    values = Job("rows.csv", "run").to_dict()
    del values["devices"]
    for name in ("precision", "batch_tokens", "gradient_accumulation_steps", "jit",
                 "gradient_checkpointing", "steps_per_execution"):  # fmt: skip
        del values["recipe"][name]
    job = Job.from_dict(values)
    assert (job.devices, job.recipe) == ("auto", Recipe())
    assert job.recipe.precision == "float32" and job.recipe.gradient_accumulation_steps == 1


@pytest.mark.parametrize("devices", [0, -1, 1.5, True, "all", None])
def test_a_number_of_devices(devices):
    with pytest.raises(ArgumentError, match="devices is .*, expected auto or a whole number >= 1"):
        Job("rows.csv", "run", devices=devices)


def test_files_come_back_by_their_paths(tmp_path, monkeypatch):
    (tmp_path / "rows.csv").touch()
    (tmp_path / "review.jsonl").write_text("{}")
    monkeypatch.chdir(tmp_path)
    values = Job("rows.csv", "run", augmented="review.jsonl").to_dict()
    job = Job.from_dict(values)
    assert (job.train, job.output) == (str(tmp_path / "rows.csv"), "")
    assert job.augmented == str(tmp_path / "review.jsonl")
    assert job.to_dict() == values
    assert Job.from_dict(Job(["text"], "run").to_dict()).train == "<list>"


def test_arguments_that_do_not_fit():
    values = Job("rows.csv", "run").to_dict()
    with pytest.raises(ArgumentError, match="unknown text rules"):
        Job.from_dict(values | {"text_rules": {"rot13": True}})
    with pytest.raises(TypeError, match="'colour'"):
        Job.from_dict(values | {"colour": 1})
