"""A search -> its trials, one after the other, each told to the study."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from tfclf.errors import ArgumentError, CollapsedError, TfclfError
from tfclf.training import ProgressDisplay, duration
from tfclf.tuning.dimensions import in_words
from tfclf.tuning.report_to_trial import ReportToTrial, report_once
from tfclf.tuning.search import Search
from tfclf.tuning.study_folder import BASELINE, StudyFolder
from tfclf.tuning.try_out import output_of, try_out

logger = logging.getLogger("tfclf")


def run_trials(
    folder: StudyFolder, search: Search, number: int, display: ProgressDisplay | None
) -> None:
    """Runs trials until so many are over.

    Args:
        folder: The study.
        search: What is tried.
        number: How many.
        display: Shows the progress of each training.

    Raises:
        ArgumentError: The recipe as it was given cannot be trained.
    """
    study, spent = folder.study, []
    for trial in folder.trials(number):
        begun = time.monotonic()
        point = {name: one.draw(trial, name) for name, one in search.space.items()}
        logger.info("Trial %s of %s: %s.", trial.number + 1, number, in_words(point, digits=3))
        state, value, why = _run_trial(trial, search, point, folder.folder, display)
        if why:
            trial.set_user_attr("why", why)
        study.tell(trial, value, state)
        if state is optuna.trial.TrialState.FAIL and trial.user_attrs.get(BASELINE):
            raise ArgumentError(f"the recipe as it was given cannot be trained: {why}")
        spent.append(time.monotonic() - begun)
        _say(study, trial.number, value, why, spent, number)


def _run_trial(
    trial: optuna.Trial,
    search: Search,
    point: Mapping[str, Any],
    folder: Path,
    display: ProgressDisplay | None,
) -> tuple[optuna.trial.TrialState, float | None, str]:
    """Trains on each fold; returns how it ended, the mean figure, and why it ended early."""
    states, figures = optuna.trial.TrialState, []
    try:
        recipe = search.recipe(point)
        if recipe.on_collapse == "rescue" and not trial.user_attrs.get(BASELINE):
            recipe = dataclasses.replace(recipe, on_collapse="stop")  # another recipe is at hand
        for number, splits in enumerate(search.folds):
            job = dataclasses.replace(
                search.job, recipe=recipe, output=output_of(folder, f"{trial.number}-{number}")
            )
            figures.append(
                try_out(
                    job,
                    splits,
                    hearing=_hearing(trial) if len(search.folds) == 1 else lambda monitor: (),
                    display=display,
                    gives_up=(optuna.TrialPruned,),
                )
            )
            if len(search.folds) > 1:
                report_once(trial, float(np.mean(figures)), number)
            if number + 1 < len(search.folds) and trial.should_prune():
                return states.PRUNED, None, f"behind the median after {number + 1} folds"
    except optuna.TrialPruned as pruned:
        return states.PRUNED, None, f"behind the median ({pruned})"
    except CollapsedError as error:
        return states.PRUNED, None, error.what
    except TfclfError as error:  # settings that contradict each other, or no memory
        return states.FAIL, None, error.what
    return states.COMPLETE, float(np.mean(figures)), ""


def _hearing(trial: optuna.Trial) -> Callable[[str], Sequence[Any]]:
    return lambda monitor: [ReportToTrial(trial, monitor)]


def _say(
    study: optuna.Study,
    number: int,
    value: float | None,
    why: str,
    spent: Sequence[float],
    trials: int,
) -> None:
    """Says how a trial ended, the best one so far, and how long the others may take."""
    done = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    best = max(done, key=lambda trial: trial.value, default=None)
    left = trials - number - 1
    logger.info(
        "Trial %s: %s in %s%s%s.",
        number + 1,
        f"{value:.4f}" if value is not None else why,
        duration(spent[-1]),
        f"; best {best.value:.4f} (trial {best.number + 1})" if best else "",
        f"; about {duration(left * float(np.mean(spent)))} left" if left > 0 else "",
    )
