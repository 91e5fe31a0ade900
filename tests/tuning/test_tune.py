"""Studies on a tiny encoder: what they find, how they go on, and what they refuse."""

import dataclasses
import json
import logging

import numpy as np
import pytest

import tfclf
from tests.runs.test_imbalance import skewed
from tests.tuning.played import play, played
from tfclf import Job, Recipe
from tfclf.errors import ArgumentError, CollapsedError, RunError, TfclfError
from tfclf.runs.recipe_file import read_recipe

optuna = pytest.importorskip("optuna")

from tfclf.tuning import Confirmation, Range, Values, run_trials  # noqa: E402
from tfclf.tuning.tuned import _verdict  # noqa: E402

SEARCH = {"learning_rate": Range(1e-5, 3e-1, log=True), "batch_size": Values((8, 16))}
RECIPE = Recipe(epochs=2, learning_rate=1e-5, max_length=19)
FIXED = {field.name for field in dataclasses.fields(Recipe)}
TRY_OUT = run_trials.try_out


class Killed(BaseException):
    """What ends a process at once."""


@pytest.fixture(autouse=True, scope="module")
def no_training():
    """Studies are about trainings, of which one is real and the others are played."""
    with pytest.MonkeyPatch.context() as patch:
        play(patch)
        yield


def job_of(folder, encoder, **settings):
    return Job(skewed((70, 30, 9)), folder, model=encoder, recipe=RECIPE, **settings)


def study(folder, encoder, trials=5, **settings):
    given = {"confirmations": 0, "search": SEARCH, "fixed": FIXED} | settings
    return tfclf.tune(job_of(folder, encoder), trials=trials, **given)


@pytest.fixture(scope="module")
def tuned(tiny_encoder, tmp_path_factory, no_training):
    return study(tmp_path_factory.mktemp("studies") / "study", tiny_encoder)


def test_the_first_trial_is_the_recipe_as_it_is(tuned):
    assert tuned.baseline is not None and tuned.trials[0] == tuned.baseline
    # The batch of 32 is not among those that are searched: the first of them stands for it.
    assert tuned.baseline.settings == {"learning_rate": 1e-5, "batch_size": 8}
    assert [trial.number for trial in tuned.trials] == [1, 2, 3, 4, 5]


def test_the_best_is_the_best(tuned):
    scores = [trial.score for trial in tuned.trials if trial.score is not None]
    assert tuned.best.score == max(scores) > tuned.baseline.score
    assert tuned.better and "not confirmed" in tuned.verdict
    chosen = dataclasses.replace(RECIPE, **tuned.best.settings)
    assert tuned.recipe == chosen == read_recipe(tuned.folder)


def test_the_search_finds_what_is_good(tiny_encoder, tmp_path):
    tuned = study(tmp_path / "study", tiny_encoder, trials=15)
    assert tuned.best.score > 0.9  # at most a rate 1.4 times away from the best, in 4.5 magnitudes
    assert next(iter(tuned.importances)) == "learning_rate"


@pytest.mark.slow
def test_a_score_is_that_of_the_run_with_the_recipe(tiny_encoder, tmp_path, monkeypatch):
    """What a trial is told is what ``tfclf train --recipe`` reaches on the same rows."""
    monkeypatch.setattr(run_trials, "try_out", TRY_OUT)
    tuned = study(tmp_path / "study", tiny_encoder, trials=2)
    assert not (tmp_path / "study" / "trials").exists()
    for trial in tuned.trials:
        recipe = dataclasses.replace(RECIPE, **trial.settings)
        run = tmp_path / f"run-{trial.number}"
        job = dataclasses.replace(job_of(run, tiny_encoder), recipe=recipe)
        assert tfclf.train(job).metrics["validation"]["macro_f1"] == trial.score


def test_what_is_written(tuned):
    assert {path.name for path in tuned.folder.iterdir()} == {
        "study.db", "tuning.json", "tuning.png",
    }  # fmt: skip
    facts = json.loads((tuned.folder / "tuning.json").read_text())
    assert facts["verdict"] == tuned.verdict
    read = optuna.load_study(study_name="tfclf", storage=f"sqlite:///{tuned.folder / 'study.db'}")
    assert read.best_value == tuned.best.score
    read._storage.remove_session()
    read._storage._backend.engine.dispose()


def test_a_finished_study_is_not_run_again(tuned, tiny_encoder, monkeypatch):
    monkeypatch.setattr(run_trials, "try_out", None)
    assert study(tuned.folder, tiny_encoder).to_dict() == tuned.to_dict()


@pytest.mark.parametrize("killed_in", [1, 3])
def test_killed_and_gone_on_with_it_ends_the_same(
    killed_in, tuned, tiny_encoder, tmp_path, monkeypatch
):
    begun = []

    def dying(*arguments, **settings):
        begun.append(arguments)
        if len(begun) == killed_in:
            raise Killed
        return played(*arguments, **settings)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(run_trials, "try_out", dying)
        study(tmp_path / "study", tiny_encoder)
    assert not (tmp_path / "study" / "tuning.json").exists()
    again = study(tmp_path / "study", tiny_encoder)
    assert again.to_dict() == tuned.to_dict()


def test_more_trials_go_on_from_those_there_are(tuned, tiny_encoder, tmp_path):
    study(tmp_path / "study", tiny_encoder, trials=3)
    assert study(tmp_path / "study", tiny_encoder).to_dict() == tuned.to_dict()


def test_another_study_is_refused(tuned, tiny_encoder):
    with pytest.raises(RunError, match=r"made of something else \(folds"):
        study(tuned.folder, tiny_encoder, folds=3)
    with pytest.raises(RunError, match='batch_size: "8, 16" there, "8, 32" asked for'):
        study(tuned.folder, tiny_encoder, search=SEARCH | {"batch_size": Values((8, 32))})


def test_a_trial_that_is_behind_is_ended(tiny_encoder, tmp_path, monkeypatch):
    """A pruner that ends everything but the first trial ends everything but the first trial."""
    monkeypatch.setattr(optuna.Trial, "should_prune", lambda trial: trial.number > 0)
    tuned = study(tmp_path / "study", tiny_encoder, trials=3)
    assert [trial.state for trial in tuned.trials] == ["complete", "pruned", "pruned"]
    assert all("behind the median (val_macro_f1" in trial.why for trial in tuned.trials[1:])
    assert not tuned.better and tuned.recipe == dataclasses.replace(RECIPE, batch_size=8)


def test_a_collapse_ends_a_trial(tiny_encoder, tmp_path, monkeypatch):
    def collapsing(job, splits, **settings):
        if job.recipe.learning_rate > 1:
            assert job.recipe.on_collapse == "stop"  # not rescued: other recipes are at hand
            raise CollapsedError("the training collapsed at step 7")
        return played(job, splits, **settings)

    monkeypatch.setattr(run_trials, "try_out", collapsing)
    search = {"learning_rate": Values((1e-3, 1e30))}
    recipe = dataclasses.replace(RECIPE, learning_rate=1e-3)
    job = dataclasses.replace(job_of(tmp_path / "study", tiny_encoder), recipe=recipe)
    tuned = tfclf.tune(job, trials=4, confirmations=0, search=search, fixed=FIXED)
    by_rate = {trial.settings["learning_rate"]: trial for trial in tuned.trials}
    assert by_rate[1e30].state == "pruned" and "collapsed at" in by_rate[1e30].why
    assert by_rate[1e-3].state == "complete"


def test_settings_that_contradict_each_other_fail_alone(tiny_encoder, tmp_path):
    """Token noise changes repeated rows, of which there are none without sampling."""
    search = {"sampling": Values(("none", "repeat-factors")), "token_noise": Values((0.0, 0.1))}
    tuned = study(tmp_path / "study", tiny_encoder, trials=6, search=search)
    failed = [trial for trial in tuned.trials if trial.state == "fail"]
    impossible = {"sampling": "none", "token_noise": 0.1}
    assert failed and all(trial.settings == impossible for trial in failed)
    assert all("no row is repeated" in trial.why for trial in failed)


def test_folds_are_the_mean_of_their_figures(tiny_encoder, tmp_path, monkeypatch):
    told = []

    def listening(job, splits, **settings):
        told.append((job.recipe, splits, played(job, splits, **settings)))
        return told[-1][2]

    monkeypatch.setattr(run_trials, "try_out", listening)
    tuned = study(tmp_path / "study", tiny_encoder, trials=2, folds=3)
    for trial, three in zip(tuned.trials, (told[:3], told[3:]), strict=True):
        assert trial.score == pytest.approx(np.mean([score for *_, score in three]))
    held_out = [splits["validation"] for _, splits, _ in told[:3]]
    assert sum(map(len, held_out)) == 109  # every row once


def test_the_best_and_the_first_are_compared_on_other_draws(tiny_encoder, tmp_path, caplog):
    with caplog.at_level(logging.INFO, logger="tfclf"):
        tuned = study(tmp_path / "study", tiny_encoder, trials=3, confirmations=2)
    assert len(tuned.confirmed.baseline) == len(tuned.confirmed.best) == 2
    assert tuned.better == tuned.confirmed.holds
    again = [line for line in caplog.messages if line.startswith("Again, on another draw")]
    assert len(again) == 4
    assert study(tmp_path / "study", tiny_encoder, trials=3, confirmations=2) == tuned


def test_chance_is_not_taken_for_better(tuned):
    lucky = Confirmation.of({"1": 0.9, "2": 0.8}, {"1": 0.95, "2": 0.77})
    # Differences 0.05 and -0.03: mean 0.01, standard error 0.08 / sqrt(2) / sqrt(2) = 0.04.
    assert lucky.difference == pytest.approx(0.01) and lucky.error == pytest.approx(0.04)
    assert not lucky.holds
    said = _verdict(tuned.baseline, tuned.best, lucky, False)
    assert said.endswith("chance may have done that, keep the recipe")
    assert Confirmation.of({"1": 0.9}, {"1": 0.91}).holds
    assert not Confirmation.of({"1": 0.9}, {"1": 0.89}).holds


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"trials": 0}, "trials is 0, expected a whole number >= 1"),
        ({"confirmations": -1}, "confirmations is -1"),
        ({"folds": 1}, "folds is 1, expected a whole number >= 2"),
        ({"folds": 500}, "rows are too few for 500 folds"),
        ({"search": {"epoch": Values((1,))}}, "no setting 'epoch'"),
        ({"search": {}, "fixed": FIXED}, "nothing is searched"),
    ],
)
def test_what_cannot_be_studied_is_told_and_leaves_nothing(settings, said, tiny_encoder, tmp_path):
    with pytest.raises(ArgumentError, match=said):
        study(tmp_path / "study", tiny_encoder, **settings)
    assert not (tmp_path / "study").exists()


def test_rows_are_needed_to_compare_on(tiny_encoder, tmp_path):
    job = job_of(tmp_path / "study", tiny_encoder, validation_share=0.0)
    with pytest.raises(ArgumentError, match="compared on validation rows"):
        tfclf.tune(job)
    given = dataclasses.replace(job, validation=skewed((9, 9, 9)), validation_share=0.1)
    with pytest.raises(ArgumentError, match="folds are of the training rows"):
        tfclf.tune(given, folds=3)


def test_a_folder_of_something_else_is_refused(tiny_encoder, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="the folder is not empty, and holds no study"):
        study(tmp_path, tiny_encoder)
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "study.db").write_text("no database at all, but text" * 99)
    with pytest.raises(RunError, match=r"study\.db cannot be read"):
        study(tmp_path / "study", tiny_encoder)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_recipe_is_read_of_a_study_or_a_run_and_of_nothing_else(tmp_path):
    with pytest.raises(TfclfError, match=r"expected tuning\.json .* got neither"):
        read_recipe(tmp_path)
    (tmp_path / "tuning.json").write_text('{"recipe": {"epochs": -1}}')
    with pytest.raises(TfclfError, match=r"tuning\.json: epochs is -1"):
        read_recipe(tmp_path)
