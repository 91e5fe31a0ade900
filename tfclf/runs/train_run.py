"""The whole job: rows in, a run directory out."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras

from tfclf.data import Batches
from tfclf.errors import RunError
from tfclf.runs.classifier import Classifier
from tfclf.runs.decide import decide
from tfclf.runs.job import Job
from tfclf.runs.loggers import LOGGERS
from tfclf.runs.prepare import Prepared, prepare
from tfclf.runs.run_directory import is_finished, new_run
from tfclf.runs.training_batches import smote_batches, training_batches
from tfclf.runs.write_run import write_run
from tfclf.training import ProgressDisplay, TrainingFigures, fit_model, log_prior, start_heads
from tfclf.training.recipe_checks import SMOTE

logger = logging.getLogger("tfclf")


def train(job: Job, *, display: ProgressDisplay | None = None) -> Classifier:
    """Trains a classifier and writes its run directory.

    The same arguments again find the finished run and do nothing. Every check of rows, tokenizer
    and checkpoint comes before the first step, and nothing is left behind by a failure.

    Args:
        job: What to do.
        display: Shows the progress; None shows none.

    Returns:
        The classifier, as ``tfclf.load`` gives it.

    Raises:
        TfclfError: The rows, the checkpoint or the output cannot be used.
    """
    output = Path(job.output)
    if is_finished(output, job.to_dict()):
        logger.info("%s is finished: the same arguments made it.", output)
        return Classifier.load(output)
    keras.utils.set_random_seed(job.recipe.seed)
    return train_prepared(job, prepare(job), display=display)


def train_prepared(
    job: Job, prepared: Prepared, *, display: ProgressDisplay | None = None
) -> Classifier:
    """Trains what ``prepare`` gave and writes the run directory."""
    with new_run(Path(job.output)) as folder:
        start(prepared)
        history, figures = _fit(job, prepared, folder, display)
        decisions = decide(prepared)
        try:
            prepared.classifier.metrics = write_run(
                job, prepared, history, figures, decisions, folder
            )
        except OSError as error:
            raise RunError(f"cannot be written ({error.strerror})", where=str(job.output)) from None
    return prepared.classifier


def start(prepared: Prepared) -> None:
    """Starts new heads at a linear probe, where the recipe has it so."""
    recipe = prepared.recipe
    if recipe.head_start == "random" or recipe.reinit_layers:
        return
    begun = time.perf_counter()
    priors = {
        plan.head.name: log_prior(plan, recipe, prepared.drawn(plan))
        for plan in prepared.plans
        if plan.head.task == "single-label"
    }
    training = prepared.encoded["training"]
    started = start_heads(prepared.classifier.model, training, prepared.plans, priors, recipe.seed)
    if started:
        logger.info(
            "The new head starts at a linear probe of the encoder (%.0f s).",
            time.perf_counter() - begun,
        )


def _fit(
    job: Job, prepared: Prepared, folder: Path, display: ProgressDisplay | None
) -> tuple[dict[str, list[float]], TrainingFigures]:
    """Trains the prepared model."""
    recipe = prepared.recipe
    validation = prepared.encoded.get("validation")
    callbacks: list[Any] = [display] if display else []
    if job.log_to is not None:
        callbacks += LOGGERS[job.log_to](folder)
    on_features = recipe.sampling == SMOTE
    if on_features:
        batches = smote_batches(prepared)
    else:
        held_out = Batches(validation, recipe.batch_size) if validation else None
        batches = training_batches(prepared), held_out
    with _closing(display):
        return fit_model(
            prepared.classifier.model,
            *batches,
            recipe,
            prepared.plans,
            callbacks=callbacks,
            on_features=on_features,
        )


@contextmanager
def _closing(display: ProgressDisplay | None) -> Iterator[None]:
    try:
        yield
    finally:
        if display is not None:
            display.close()
