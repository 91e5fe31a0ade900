"""The best trial beside the first, on other draws of the rows: is it better, or was it lucky?"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tfclf.runs.job import Job
from tfclf.runs.prepare import read_splits
from tfclf.training import ProgressDisplay, Recipe
from tfclf.tuning.try_out import output_of, try_out

if TYPE_CHECKING:
    from tfclf.tuning.study_folder import StudyFolder

logger = logging.getLogger("tfclf")


@dataclass(frozen=True)
class Confirmation:
    """Two recipes on the same draws.

    Attributes:
        baseline: The figure of the first recipe on each draw.
        best: That of the best trial, on the same draws.
        difference: Mean of the differences, positive where the best trial is ahead.
        error: Standard error of that mean; NaN for a single draw.

    Example:
    >>> Confirmation.of({"1": 0.90, "2": 0.80}, {"1": 0.93, "2": 0.82}).holds
    True
    >>> Confirmation.of({"1": 0.90, "2": 0.80}, {"1": 0.96, "2": 0.79}).holds
    False
    """

    baseline: tuple[float, ...]
    best: tuple[float, ...]
    difference: float
    error: float

    @classmethod
    def of(cls, baseline: Mapping[str, float], best: Mapping[str, float]) -> Confirmation:
        """Compares figures by the name of their draw."""
        pairs = np.array([(baseline[name], best[name]) for name in baseline]).reshape(-1, 2)
        differences = pairs[:, 1] - pairs[:, 0]
        several = len(pairs) > 1
        error = float(differences.std(ddof=1) / len(pairs) ** 0.5) if several else float("nan")
        mean = float(differences.mean()) if len(pairs) else float("nan")
        return cls(tuple(pairs[:, 0].tolist()), tuple(pairs[:, 1].tolist()), mean, error)

    @property
    def holds(self) -> bool:
        """Whether the best trial is ahead by more than the standard error, or nobody looked."""
        if not self.best:
            return True
        return self.difference > (0.0 if np.isnan(self.error) else self.error)


def confirm(
    folder: StudyFolder,
    job: Job,
    recipes: Mapping[str, Recipe],
    number: int,
    display: ProgressDisplay | None,
) -> Confirmation:
    """Trains two recipes on the same new draws, and keeps each figure in the study.

    Args:
        folder: The study.
        job: What is done, but for the recipe.
        recipes: The first recipe and the best one, by the names that their figures are kept under.
        number: How many draws.
        display: Shows the progress.
    """
    found: list[dict[str, float]] = [{} for _ in recipes]
    seeds: Sequence[int] = [job.recipe.seed + 1 + i for i in range(number)]
    for seed in seeds:
        drawn = dataclasses.replace(job.recipe, seed=seed)
        splits = read_splits(dataclasses.replace(job, recipe=drawn, test=None))
        for figures, (name, recipe) in zip(found, recipes.items(), strict=True):
            key = f"{name}, seed {seed}"
            if key not in folder.scores():
                logger.info("Again, on another draw of the validation rows: %s.", key)
                seeded = dataclasses.replace(
                    job,
                    recipe=dataclasses.replace(recipe, seed=seed),
                    output=output_of(folder.folder, key.replace(", ", "-").replace(" ", "-")),
                )
                folder.keep_score(key, try_out(seeded, splits, display=display))
            figures[str(seed)] = folder.scores()[key]
    return Confirmation.of(*found)
