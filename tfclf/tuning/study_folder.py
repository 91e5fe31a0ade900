"""The folder of a study: its trials in SQLite, written by one process, gone on with by another."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import optuna

from tfclf.errors import RunError
from tfclf.runs.alone import opened_alone, told
from tfclf.runs.run_directory import differences
from tfclf.tuning.try_out import TRIALS

STUDY, LOCK, NAME = "study.db", "lock", "tfclf"
MADE_OF, SCORES = "made_of", "scores"
BASELINE = "baseline"  # an attribute of the trial that has the recipe as it was given
RESTART = "Give what it was begun with, or choose another --output."
STARTUP_TRIALS = 5  # drawn at random before the search learns from them
OVER = (
    optuna.trial.TrialState.COMPLETE,
    optuna.trial.TrialState.PRUNED,
    optuna.trial.TrialState.FAIL,
)


class StudyFolder:
    """A folder with the trials of one study, which ends the same however often it is interrupted.

    Trials are drawn by a tree-structured Parzen estimator over all settings together (Bergstra et
    al. 2011; Falkner et al. 2018), seeded by the number of the trial: what is drawn depends on the
    trials before it alone. One that was running when the process was killed runs again.

    Use it as a context. ``optuna.load_study(storage="sqlite:///FOLDER/study.db")`` reads it.

    Args:
        folder: The folder; it is made where it does not exist.
        seed: Seed of the draws.

    Attributes:
        folder: The folder.
        study: The study of Optuna.

    Raises:
        RunError: Another process writes it, it cannot be written, or is damaged.
    """

    study: optuna.Study
    _storage: optuna.storages.RDBStorage

    def __init__(self, folder: str | os.PathLike[str], seed: int = 0):
        self.folder, self._seed = Path(folder), seed

    def __enter__(self) -> Self:
        if self.folder.is_dir() and any(self.folder.iterdir()) and not self._file.is_file():
            raise RunError(
                "the folder is not empty, and holds no study",
                where=str(self.folder),
                remedy="Choose another --output.",
            )
        with told(str(self.folder)):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = opened_alone(self.folder / LOCK)
        try:
            self.study = self._opened()
        except BaseException:
            self._let_go()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._storage.remove_session()
        self._storage.engine.dispose()
        with told(str(self.folder)):
            if not self._running() and (self.folder / TRIALS).is_dir():
                shutil.rmtree(self.folder / TRIALS)
        self._let_go()

    def _let_go(self) -> None:
        """Lets others write."""
        with told(str(self.folder)):
            (self.folder / LOCK).unlink()
        os.close(self._lock)

    @property
    def _file(self) -> Path:
        return self.folder / STUDY

    def _opened(self) -> optuna.Study:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            self._storage = optuna.storages.RDBStorage(f"sqlite:///{self._file}")
            return optuna.create_study(
                storage=self._storage,
                study_name=NAME,
                direction="maximize",
                pruner=optuna.pruners.MedianPruner(
                    n_startup_trials=STARTUP_TRIALS, n_warmup_steps=1
                ),
                load_if_exists=True,
            )
        except (SQLAlchemyError, RuntimeError) as error:
            cause = getattr(error, "orig", None) or error
            raise RunError(
                f"{STUDY} cannot be read ({str(cause).splitlines()[0]})",
                where=str(self.folder),
                remedy="Choose another --output, or remove the folder.",
            ) from None

    def check(self, made_of: Mapping[str, Any]) -> None:
        """Raises where the study was begun with something else.

        Args:
            made_of: What it is a function of: nested JSON.

        Raises:
            RunError: Something differs; the message says what.
        """
        asked = json.loads(json.dumps(made_of))
        begun = self.study.user_attrs.get(MADE_OF)
        if begun is None:
            self.study.set_user_attr(MADE_OF, asked)
            return
        differing = differences(begun, asked)
        if differing:
            raise RunError(
                f"a study stands there, made of something else ({'; '.join(differing)})",
                where=str(self.folder),
                remedy=RESTART,
            )

    def begin_with(self, point: Mapping[str, Any]) -> None:
        """Has the first trial be a point of the space, once."""
        if not self.study.trials:
            self.study.enqueue_trial(dict(point), user_attrs={BASELINE: True})

    def trials(self, number: int) -> Iterator[optuna.Trial]:
        """Yields trials to run until so many are over; whoever takes one tells the study of it."""
        for trial in self._running():
            self._seed_draws(trial.number)
            yield optuna.Trial(self.study, trial._trial_id)
        while len(self.study.get_trials(deepcopy=False, states=OVER)) < number:
            self._seed_draws(self._next_number())
            yield self.study.ask()

    def _next_number(self) -> int:
        waiting = self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.WAITING,))
        return waiting[0].number if waiting else len(self.study.trials)

    def _seed_draws(self, number: int) -> None:
        self.study.sampler = optuna.samplers.TPESampler(
            n_startup_trials=STARTUP_TRIALS, multivariate=True, seed=self._seed + number
        )

    def _running(self) -> list[optuna.trial.FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,))

    def scores(self) -> dict[str, float]:
        """Returns what was measured besides the trials, by its name."""
        return dict(self.study.user_attrs.get(SCORES, {}))

    def keep_score(self, name: str, score: float) -> None:
        """Writes a score down that is none of a trial."""
        self.study.set_user_attr(SCORES, self.scores() | {name: score})


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Keeps what Optuna says of each trial away: we say it, with its price and what is left."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        try:
            yield
        finally:
            optuna.logging.set_verbosity(level)
