"""A recipe and rows -> how good a training is, without a run directory."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfclf.data import ONLY_HEAD, Rows
from tfclf.errors import CollapsedError
from tfclf.runs.decide import decide
from tfclf.runs.job import Job
from tfclf.runs.prepare import Prepared, prepare
from tfclf.runs.train_run import start
from tfclf.runs.unfinished import Unfinished
from tfclf.runs.watched_fit import watched_fit
from tfclf.training import ProgressDisplay, objective

logger = logging.getLogger("tfclf")

TRIALS = "trials"  # where trainings keep their state as they run
Hearing = Callable[[str], Sequence[keras.callbacks.Callback]]


def try_out(
    job: Job,
    splits: Mapping[str, Rows],
    *,
    hearing: Hearing = lambda monitor: (),
    display: ProgressDisplay | None = None,
    gives_up: tuple[type[Exception], ...] = (),
) -> float:
    """Trains as ``tfclf.train`` does, and judges the validation rows.

    An interrupted one goes on where it was, when it is called again; nothing is left behind when it
    is over.

    Args:
        job: What to do; beside its ``output`` the state is kept as it runs.
        splits: Training and validation rows.
        hearing: Returns callbacks for the key of the figure that is watched.
        display: Shows the progress; None shows none.
        gives_up: Errors after which nobody goes on.

    Returns:
        The figure that early stopping watches, as the finished classifier decides: macro-F1,
        entity F1, R2, or the mean of several heads.
    """
    keras.utils.set_random_seed(job.recipe.seed)
    with _few_words(), Unfinished(job.output) as unfinished:
        unfinished.check({"arguments": job.to_dict()})
        try:
            prepared = prepare(job, splits)
            watched = watched_fit(
                job,
                prepared,
                unfinished,
                display,
                started=start(prepared),
                callbacks=hearing(f"val_{objective(prepared.plans, prepared.recipe).monitor}"),
            )
        except (CollapsedError, *gives_up):
            unfinished.discard()
            raise
        decide(watched.prepared)
        score = _score(watched.prepared)
        unfinished.discard()
    del prepared, watched
    gc.collect()  # models are in cycles
    return score


@contextmanager
def _few_words() -> Iterator[None]:
    """Leaves out what is said of a training that goes well: it is the same of each trial."""
    level = logger.level
    logger.setLevel(max(logger.getEffectiveLevel(), logging.WARNING))
    try:
        yield
    finally:
        logger.setLevel(level)


def output_of(folder: Path, name: str) -> Path:
    """Returns where a training of a study keeps its state."""
    return folder / TRIALS / name


def _score(prepared: Prepared) -> float:
    """Returns the mean of the heads' watched figures on the validation rows."""
    classifier = prepared.classifier
    rows = prepared.rows["validation"]
    scores: Mapping[str, Any] = classifier.scores(
        rows, classifier.logits(prepared.encoded["validation"])
    )
    of_heads = scores.get("tasks", {ONLY_HEAD: scores})
    figures = [
        of_heads[plan.head.name][plan.monitor]
        for plan in prepared.plans
        if plan.head.name in of_heads
    ]
    return float(np.mean(figures))
