"""A training that is interrupted and gone on with ends as one that ran through, bit for bit."""

import dataclasses
import json
import logging
import signal
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import tfclf
from tests.conftest import randomised, write_tokenizer
from tests.runs.test_imbalance import several, skewed
from tfclf import Job, Recipe
from tfclf.errors import RunError
from tfclf.models import TFBertModel
from tfclf.training.resuming import Interrupted, Snapshot

BASE = {"epochs": 3, "learning_rate": 1e-3, "batch_size": 16, "max_length": 19}
COLLAPSES = {"epochs": 8, "learning_rate": 30.0, "warmup": 0.0, "head_start": "random"}


class Killed(BaseException):
    """What ends a process at once, in the place of a signal that nobody can put off."""


@pytest.fixture(scope="module")
def dropping(tmp_path_factory, tiny_config):
    """An encoder with dropout: what is dropped has to go on as well."""
    folder = tmp_path_factory.mktemp("dropping")
    rates = {"hidden_dropout_prob": 0.2, "attention_probs_dropout_prob": 0.1}
    config = tiny_config.replace(num_hidden_layers=1, **rates)
    randomised(TFBertModel(config), scale=0.3).save_pretrained(folder)
    write_tokenizer(folder)
    return folder


def job_of(folder, model, source=None, recipe=None, **settings):
    recipe = Recipe(**(BASE | (recipe or {})))
    source = skewed((70, 30, 9)) if source is None else source
    return Job(source, folder, model=model, recipe=recipe, save_every=0, **settings)


def weights(run: Path):
    return load_file(run / "model.safetensors")


def history(run: Path):
    return json.loads((run / "history.json").read_text())


def assert_same(one: Path, other: Path) -> None:
    ours, theirs = weights(one), weights(other)
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        np.testing.assert_array_equal(values, theirs[name], err_msg=name)
    np.testing.assert_equal(history(one), history(other))


def kill_after(monkeypatch, savings: int) -> None:
    """Ends the training when it has been saved so often."""
    written, write = [], Snapshot.write

    def counted(self, path):
        write(self, path)
        written.append(path)
        if len(written) == savings:
            raise Killed

    monkeypatch.setattr(Snapshot, "write", counted)


def interrupted(job, monkeypatch, savings: int):
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_after(patch, savings)
        tfclf.train(job)
    assert not Path(job.output).exists()


@pytest.fixture(scope="module")
def through(dropping, tmp_path_factory):
    """A training that runs through."""
    job = job_of(tmp_path_factory.mktemp("through") / "run", dropping)
    tfclf.train(job)
    return job


def test_the_same_seed_gives_the_same_bits(through, tmp_path):
    again = dataclasses.replace(through, output=tmp_path / "run", save_every=60)
    tfclf.train(again)
    assert_same(through.output, again.output)


# 98 rows in 7 batches of 16: the first step, the last of an epoch, and in the third.
@pytest.mark.parametrize("savings", [1, 7, 17])
def test_to_the_bit(through, tmp_path, monkeypatch, savings):
    again = dataclasses.replace(through, output=tmp_path / "run")
    interrupted(again, monkeypatch, savings)
    classifier = tfclf.train(again)
    assert classifier.metrics["training"]["resumed_from_step"] == savings
    assert_same(through.output, again.output)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


RECIPES = {
    "accumulation": {"gradient_accumulation_steps": 3},
    "rates": {"layer_decay": 0.7, "head_learning_rate": 3e-2},
    "thaw": {"freeze": "encoder", "thaw_epoch": 2},
    "mixup": {"mixup": 0.3},
    "noise": {"sampling": "oversample", "token_noise": 0.3},
    "smote": {"sampling": "smote", "freeze": "encoder"},
    "reweighting": {"loss": "ldam", "class_weights": "inverse", "reweight_epoch": 2},
    "tokens": {"batch_tokens": 60},
    "several at once": {"steps_per_execution": 2},
    "compiled": {"jit": "on"},
    "bfloat16": {"precision": "bfloat16"},
    "float16": {"precision": "float16"},
    "no validation": {"on_collapse": "ignore", "decisions": "none"},
    "rescued": COLLAPSES,
}


# Those that keep a state of their own; the others are run by make test-exhaustive.
SAVED = ("thaw", "mixup", "several at once", "float16", "rescued")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [n if n in SAVED else pytest.param(n, marks=pytest.mark.exhaustive) for n in RECIPES],
)
def test_every_recipe(dropping, tmp_path, monkeypatch, name):
    shares = {"validation_share": 0} if name == "no validation" else {}
    savings = 4 if name == "several at once" else 9  # in the second epoch
    through = job_of(tmp_path / "through", dropping, recipe=RECIPES[name], **shares)
    tfclf.train(through)
    again = dataclasses.replace(through, output=tmp_path / "again")
    interrupted(again, monkeypatch, savings)
    interrupted(again, monkeypatch, 2)  # and a second time
    classifier = tfclf.train(again)
    assert classifier.metrics["training"]["resumed_from_step"] > 0
    assert_same(through.output, again.output)
    if name == "rescued":
        assert any(event["repaired"] for event in classifier.metrics["training"]["rescues"])


TASKS = {
    "multi-label": lambda: (several(), {"task": "multi-label"}),
    "regression": lambda: (
        (skewed()[0], [float(len(text)) for text in skewed()[0]]), {"task": "regression"},
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS)
def test_every_task(dropping, tmp_path, monkeypatch, name):
    source, settings = TASKS[name]()
    through = job_of(tmp_path / "through", dropping, source, **settings)
    tfclf.train(through)
    again = dataclasses.replace(through, output=tmp_path / "again")
    interrupted(again, monkeypatch, 9)
    tfclf.train(again)
    assert_same(through.output, again.output)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_save_first(through, tmp_path, monkeypatch, caplog, number):
    """In the middle of a long interval, and then in the middle of validation."""
    again = dataclasses.replace(through, output=tmp_path / "again", save_every=1e6)
    for place in ("on_train_batch_end", "on_test_batch_end"):
        signal_at(monkeypatch, place, number)
        with pytest.raises(Interrupted) as ended, caplog.at_level(logging.INFO, "tfclf"):
            tfclf.train(again)
        assert ended.value.number == number
        monkeypatch.undo()
    assert "the same command goes on there" in caplog.text
    tfclf.train(again)
    assert_same(through.output, again.output)


def signal_at(monkeypatch, place: str, number: int) -> None:
    """Sends the process a signal before the second time that the backup is called there."""
    from tfclf.training.resuming import Backup

    called, method = [], getattr(Backup, place)

    def call(self, *arguments, **named):
        called.append(place)
        if len(called) == 2:
            signal.raise_signal(number)
        method(self, *arguments, **named)

    monkeypatch.setattr(Backup, place, call)


def test_other_arguments_are_refused(dropping, tmp_path, monkeypatch):
    job = job_of(tmp_path / "run", dropping)
    interrupted(job, monkeypatch, 2)
    faster = dataclasses.replace(job, recipe=dataclasses.replace(job.recipe, learning_rate=2e-2))
    with pytest.raises(RunError, match=r"recipe.learning_rate: 0.001 there, 0.02 asked for"):
        tfclf.train(faster)
    state = (tmp_path / "run.partial" / "state.safetensors").read_bytes()
    other_rows = dataclasses.replace(job, train=skewed((70, 30, 9), seed=1))
    with pytest.raises(RunError, match=r"made from.training (rows|texts)"):
        tfclf.train(other_rows)
    assert (tmp_path / "run.partial" / "state.safetensors").read_bytes() == state
    tfclf.train(dataclasses.replace(faster, restart=True))
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_damaged_state_is_told(dropping, tmp_path, monkeypatch):
    job = job_of(tmp_path / "run", dropping)
    interrupted(job, monkeypatch, 2)
    path = tmp_path / "run.partial" / "state.safetensors"
    whole = bytearray(path.read_bytes())
    for place in (100, len(whole) // 2, len(whole) - 3):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(RunError, match=r"(damaged|made of something else)"):
            tfclf.train(job)
    path.write_bytes(whole[:-1])
    with pytest.raises(RunError, match=r"damaged .*Begin again: --restart"):
        tfclf.train(job)


def test_a_collapse_that_stops_the_training_leaves_nothing(dropping, tmp_path):
    job = job_of(tmp_path / "run", dropping, recipe=COLLAPSES | {"on_collapse": "stop"})
    with pytest.raises(RunError, match="the training collapsed"):
        tfclf.train(job)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_last_state(dropping, tmp_path, monkeypatch):
    job = job_of(tmp_path / "run", dropping)
    interrupted(job, monkeypatch, 2)
    state = (tmp_path / "run.partial" / "state.safetensors").read_bytes()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("tfclf.training.resuming.snapshot.save_file", full)
        with pytest.raises(RunError, match=r"No space left on device.*the same command goes on"):
            tfclf.train(job)
    assert (tmp_path / "run.partial" / "state.safetensors").read_bytes() == state
    left = {path.name for path in (tmp_path / "run.partial").iterdir()}
    assert left == {"lock", "run", "state.safetensors"}


def test_one_training_at_a_time(dropping, tmp_path):
    from tfclf.runs.unfinished import Unfinished

    with Unfinished(tmp_path / "run"):
        with pytest.raises(RunError, match="another process writes it"):
            tfclf.train(job_of(tmp_path / "run", dropping))
    assert list(tmp_path.iterdir()) == []
