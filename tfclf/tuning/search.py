"""A job -> what all trials of a study have in common: rows, space, and where it begins."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfclf.data import LabelMap, Rows, fold_rows
from tfclf.errors import ArgumentError
from tfclf.models import check_config, resolve
from tfclf.runs.fingerprint import sources_of
from tfclf.runs.job import Job
from tfclf.runs.prepare import plan_of_head, read_splits
from tfclf.training import Recipe, settle
from tfclf.tuning.dimensions import Dimension
from tfclf.tuning.search_space import not_as_by_default, search_space

logger = logging.getLogger("tfclf")


@dataclass(frozen=True)
class Search:
    """What all trials of a study have in common.

    Attributes:
        job: What is done, but for the recipe.
        space: What is searched.
        start: The recipe that it begins with.
        folds: Training and validation rows, of each fold.
        made_of: What the trials are a function of: nested JSON.
    """

    job: Job
    space: Mapping[str, Dimension]
    start: Recipe
    folds: Sequence[Mapping[str, Rows]]
    made_of: Mapping[str, Any]

    def recipe(self, point: Mapping[str, Any]) -> Recipe:
        """Returns the recipe of a point of the space."""
        return dataclasses.replace(self.job.recipe, **point)


def prepare_search(
    job: Job,
    folds: int | None,
    search: Mapping[str, Dimension] | None,
    fixed: Collection[str] | None,
) -> Search:
    """Reads the rows, and settles where the search begins and what it covers.

    Args:
        job: What to do.
        folds: Folds of the training rows; None takes the validation rows of the job.
        search: What is searched otherwise, or besides.
        fixed: Settings that are not; None: those that the recipe sets.

    Raises:
        TfclfError: Rows, checkpoint or recipe cannot be used, or nothing is left to search.
    """
    untested = dataclasses.replace(job, test=None)
    if folds is None:
        dealt = [read_splits(untested)]
    else:
        every = read_splits(dataclasses.replace(untested, validation_share=0.0))["training"]
        dealt = [_splits(every, *one) for one in fold_rows(every, folds, job.recipe.seed)]
    splits = dealt[0]
    config = check_config(resolve(job.model))
    head = job.all_heads[0]
    plan = plan_of_head(head.name, LabelMap.from_rows(splits["training"], head.name), splits)
    task = None if job.heads else job.task
    start, _ = settle(
        job.recipe,
        None if job.heads else plan.counts,
        config.hidden_size,
        task=task,
        num_rows=len(splits["training"]),
        validated=True,
    )
    space = search_space(
        task,
        start,
        plan.counts if not job.heads else None,
        config.num_hidden_layers,
        search=search,
        fixed=not_as_by_default(job.recipe) if fixed is None else fixed,
    )
    if not space:
        raise ArgumentError(
            "nothing is searched: every setting is given", remedy="Leave some of them out."
        )
    logger.info(
        "Searched:\n%s",
        "\n".join(f"  {name.replace('_', ' ')}: {one}" for name, one in space.items()),
    )
    return Search(job, space, start, dealt, _made_of(job, space, folds))


def _splits(rows: Rows, training: np.ndarray, validation: np.ndarray) -> dict[str, Rows]:
    return {"training": rows.select(training), "validation": rows.select(validation)}


def _made_of(job: Job, space: Mapping[str, Dimension], folds: int | None) -> dict[str, Any]:
    """Returns what the trials are a function of."""
    return {
        "arguments": job.to_dict(),
        "rows": {name: dict(one) for name, one in sources_of(job).items()},
        "search": {name: str(one) for name, one in space.items()},
        "folds": folds,
    }
