"""What a study has found, and what it writes down of it."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from tfclf.models import write_json
from tfclf.runs.recipe_file import RECIPE, TUNED
from tfclf.training import Recipe
from tfclf.tuning.confirm import Confirmation
from tfclf.tuning.draw_study import draw_study
from tfclf.versions import versions

logger = logging.getLogger("tfclf")

PICTURE = "tuning.png"
LEAST_TRIALS = 5  # below which a forest tells nothing of what mattered


@dataclass(frozen=True)
class Trial:
    """One trial.

    Attributes:
        number: Its number, counted from 1.
        state: ``"complete"``, ``"pruned"`` or ``"fail"``.
        score: The figure, of all folds; None where it did not come to its end.
        settings: What was searched, as it was drawn.
        why: Why it ended early; empty where it did not.
    """

    number: int
    state: str
    score: float | None
    settings: Mapping[str, Any]
    why: str


@dataclass(frozen=True)
class Tuned:
    """What a study has found.

    Attributes:
        folder: The folder of the study.
        recipe: The recipe that is recommended.
        better: Whether it is another one than that which was given.
        verdict: That in a sentence, with the figures.
        trials: All trials, in their order.
        baseline: The trial of the recipe as it was given.
        best: The trial with the best figure.
        confirmed: The two on other draws.
        importances: The share of the figures' variance that each setting explains, greatest first.
    """

    folder: Path
    recipe: Recipe
    better: bool
    verdict: str
    trials: tuple[Trial, ...]
    baseline: Trial
    best: Trial
    confirmed: Confirmation
    importances: Mapping[str, float]

    @classmethod
    def of(
        cls,
        study: optuna.Study,
        baseline: optuna.trial.FrozenTrial,
        best: optuna.trial.FrozenTrial,
        confirmed: Confirmation,
        recipe_of: Callable[[Mapping[str, Any]], Recipe],
        folder: Path,
    ) -> Tuned:
        """Reads the trials of a study.

        Args:
            study: The study.
            baseline: The trial of the recipe as it was given.
            best: The best one.
            confirmed: The two on other draws.
            recipe_of: Returns the recipe of what was searched.
            folder: The folder of the study.
        """
        better = best.number != baseline.number and confirmed.holds
        trials = tuple(_trial(one) for one in study.get_trials() if one.state.is_finished())
        return cls(
            folder,
            recipe_of((best if better else baseline).params),
            better,
            _verdict(_trial(baseline), _trial(best), confirmed, better),
            trials,
            _trial(baseline),
            _trial(best),
            confirmed,
            importances(study),
        )

    def to_dict(self) -> dict[str, Any]:
        """Returns everything as JSON."""
        return {
            "verdict": self.verdict,
            "better": self.better,
            RECIPE: self.recipe.to_dict(),
            "baseline": dataclasses.asdict(self.baseline),
            "best": dataclasses.asdict(self.best),
            "confirmed": {
                "baseline": self.confirmed.baseline,
                "best": self.confirmed.best,
                "difference": _number(self.confirmed.difference),
                "standard_error": _number(self.confirmed.error),
            },
            "importances": dict(self.importances),
            "trials": [dataclasses.asdict(trial) for trial in self.trials],
        }


def write_tuned(tuned: Tuned, study: optuna.Study, facts: Mapping[str, Any]) -> None:
    """Writes ``tuning.json`` and the picture.

    Args:
        tuned: What was found.
        study: The study.
        facts: What else belongs into the file.
    """
    write_json(tuned.folder / TUNED, {**tuned.to_dict(), **facts, "versions": versions()})
    draw_study(tuned.trials, tuned.importances, tuned.folder / PICTURE)


def importances(study: optuna.Study) -> dict[str, float]:
    """Returns what each setting explains of the variance of the figures, greatest first.

    By functional analysis of variance over a random forest (Hutter et al. 2014); empty where there
    are too few trials for one, or all are alike.
    """
    done = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    if len(done) < LEAST_TRIALS or len({trial.value for trial in done}) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    try:
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    except (RuntimeError, ValueError) as error:
        logger.info("What mattered cannot be told: %s", error)
        return {}
    return {name: float(share) for name, share in found.items()}


def _trial(one: optuna.trial.FrozenTrial) -> Trial:
    complete = one.state is optuna.trial.TrialState.COMPLETE
    return Trial(
        one.number + 1,
        one.state.name.lower(),
        one.value if complete else None,
        dict(one.params),
        str(one.user_attrs.get("why", "")),
    )


def _verdict(baseline: Trial, best: Trial, confirmed: Confirmation, better: bool) -> str:
    """Says in a sentence whether the search was worth it."""
    if best.number == baseline.number:
        return f"No trial was better than the recipe as it was given ({_told(baseline)}): keep it"
    ahead = (
        f"Trial {best.number} reached {_told(best)}, the recipe as it was given {_told(baseline)}"
    )
    if not confirmed.best:
        return f"{ahead}; not confirmed on other rows"
    told = (
        f"{ahead}; on {len(confirmed.best)} other draws of the validation rows it reached "
        f"{np.mean(confirmed.best):.4f}, and the recipe {np.mean(confirmed.baseline):.4f} "
        f"(difference {confirmed.difference:+.4f}"
    )
    told += ")" if np.isnan(confirmed.error) else f", standard error {confirmed.error:.4f})"
    return f"{told}: {'take it' if better else 'chance may have done that, keep the recipe'}"


def _told(trial: Trial) -> str:
    return trial.why or "nothing" if trial.score is None else f"{trial.score:.4f}"


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
