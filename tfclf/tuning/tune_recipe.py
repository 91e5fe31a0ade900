"""Rows and a recipe -> trials, the best of them, and whether it is really better."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import optuna

from tfclf.errors import ArgumentError
from tfclf.runs.job import Job
from tfclf.training import ProgressDisplay
from tfclf.tuning.confirm import Confirmation, confirm
from tfclf.tuning.dimensions import Dimension, check_dimension
from tfclf.tuning.run_trials import run_trials
from tfclf.tuning.search import prepare_search
from tfclf.tuning.search_space import begin_with
from tfclf.tuning.study_folder import StudyFolder, quiet_optuna
from tfclf.tuning.tuned import Tuned, write_tuned

TRIALS, CONFIRMED = 20, 2


def tune(
    job: Job,
    *,
    trials: int = TRIALS,
    folds: int | None = None,
    confirmations: int = CONFIRMED,
    search: Mapping[str, Dimension] | None = None,
    fixed: Collection[str] | None = None,
    display: ProgressDisplay | None = None,
) -> Tuned:
    """Searches for a better recipe, and says whether it has found one.

    The first trial is the recipe of the job as it is, so that every other one is measured beside
    it. The best of many trials is in part the luckiest: it and the first are trained again, each on
    other draws of the validation rows and with other seeds, and it is recommended where it is still
    ahead in the mean by more than the standard error of that mean. Trials that are behind the
    median of the others after an epoch, or after a fold, are ended there.

    Everything stands in the job's ``output``: ``study.db`` for Optuna, ``tuning.json`` and
    ``tuning.png``. The same call goes on where it was interrupted; with more trials it goes on from
    those that there are. ``tfclf train --recipe FOLDER`` takes the recipe that is recommended.

    Args:
        job: What to do; its ``output`` is the folder of the study. What its recipe sets stays as it
            is, and what it leaves to the defaults is searched.
        trials: How many, the first one counted.
        folds: Folds of the training rows of which a trial trains on all but one, one after the
            other; None holds one share of the rows out, or takes the job's validation rows.
        confirmations: How often the best trial and the first are trained again; 0 believes the
            trials.
        search: What is searched, by fields of ``Recipe``, instead of what is by default.
        fixed: Fields that are not searched; None: those that the recipe sets.
        display: Shows the progress of each training; None shows none.

    Raises:
        TfclfError: Rows, checkpoint or arguments cannot be used, or the study is one of something
            else.
        Interrupted: SIGINT or SIGTERM came; the study goes on with the same call.
    """
    _check(job, trials, folds, confirmations, search)
    found = prepare_search(job, folds, search, fixed)
    with quiet_optuna(), StudyFolder(job.output, job.recipe.seed) as folder:
        folder.check(found.made_of)
        folder.begin_with(begin_with(found.space, found.start))
        run_trials(folder, found, trials, display)
        baseline, best = _first_and_best(folder)
        confirmed = Confirmation.of({}, {})
        if best.number != baseline.number and confirmations:
            recipes = {
                "recipe as given": found.recipe(baseline.params),
                f"trial {best.number + 1}": found.recipe(best.params),
            }
            confirmed = confirm(folder, job, recipes, confirmations, display)
        tuned = Tuned.of(folder.study, baseline, best, confirmed, found.recipe, folder.folder)
        write_tuned(tuned, folder.study, {"arguments": job.to_dict(), "folds": folds})
    return tuned


def _check(
    job: Job,
    trials: int,
    folds: int | None,
    confirmations: int,
    search: Mapping[str, Dimension] | None,
) -> None:
    for name, value, least in (("trials", trials, 1), ("confirmations", confirmations, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ArgumentError(f"{name} is {value!r}, expected a whole number >= {least}")
    if folds is not None and job.validation is not None:
        raise ArgumentError(
            "folds are of the training rows, and there are validation rows",
            remedy="Leave --folds or --validation out.",
        )
    if folds is None and job.validation is None and not job.validation_share:
        raise ArgumentError(
            "trials are compared on validation rows, and none are held out",
            remedy="Give --validation FILE, a --validation-share above 0, or --folds.",
        )
    for name, dimension in (search or {}).items():
        check_dimension(name, dimension)


def _first_and_best(
    folder: StudyFolder,
) -> tuple[optuna.trial.FrozenTrial, optuna.trial.FrozenTrial]:
    """Returns the trial of the recipe as it was given, and the best of all."""
    trials = folder.study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))
    if not trials:
        raise ArgumentError(
            "no trial ended well",
            where=str(folder.folder),
            remedy="The log says why each ended; search other values with --search.",
        )
    every = folder.study.get_trials()
    return every[0], max(trials, key=lambda trial: (trial.value, -trial.number))
