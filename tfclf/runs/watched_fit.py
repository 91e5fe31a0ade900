"""The training of a run, watched for collapse, and repaired where it collapses."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras

from tfclf.diagnosis import GRAVE, Collapse, CollapseMonitor
from tfclf.diagnosis.rate_limits import higher_rate_of, lower_rate_of
from tfclf.errors import CollapsedError
from tfclf.runs.attempt import Attempt, Attempts
from tfclf.runs.job import Job
from tfclf.runs.loggers import loggers_of
from tfclf.runs.out_of_memory import explain_memory
from tfclf.runs.prepare import Prepared, sampler_of
from tfclf.runs.training_batches import smote_batches, training_batches, validation_batches
from tfclf.runs.unfinished import Unfinished
from tfclf.training import (
    ProgressDisplay,
    Recipe,
    TrainingFigures,
    doubt,
    fit_model,
    objective,
    rate_of_width,
)
from tfclf.training.devices import ONE_DEVICE, Devices, SharedBatches, spread
from tfclf.training.recipe_checks import AUTO, NONE, SMOTE
from tfclf.training.resuming import Saving

logger = logging.getLogger("tfclf")

MOST_RESCUES = 2
LEAST_WARMUP = 0.1  # of the steps
MOST_CLIP = 1.0
ACTIONS = {"rescue": "stop", "stop": "stop", "warn": "warn"}  # of the monitor


@dataclass(frozen=True)
class Watched:
    """A training and what was seen of it.

    Attributes:
        prepared: Rows and model, with the recipe that it was trained with in the end.
        history: Figures of each epoch.
        figures: What the last fit cost.
        events: What was seen, of all fits; the remedy says what was done.
        devices: How many devices trained together.
    """

    prepared: Prepared
    history: dict[str, list[float]]
    figures: TrainingFigures
    events: tuple[Collapse, ...]
    devices: int = 1


def watched_fit(
    job: Job,
    prepared: Prepared,
    unfinished: Unfinished | None,
    display: ProgressDisplay | None,
    *,
    started: bool,
    devices: Devices = ONE_DEVICE,
    saves: bool = True,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Watched:
    """Trains a prepared model; where it collapses, begins again with what its cause asks for.

    Args:
        job: What to do.
        prepared: Rows and model, at the start.
        unfinished: Where loggers write, and what the training goes on from; None has neither.
        display: Shows the progress.
        started: Whether heads start at a probe, so that the start is worth keeping.
        devices: What to train on; a head on frozen vectors trains on one of them.
        saves: Whether it is saved as it runs.
        callbacks: More callbacks, which hear each attempt.

    Raises:
        CollapsedError: The training collapsed, and the recipe says to stop then.
        RunError: A batch does not fit into memory.
    """
    model, on_collapse = prepared.classifier.model, prepared.recipe.on_collapse
    action = ACTIONS.get(on_collapse)
    start = model.get_weights() if on_collapse == "rescue" else None
    if prepared.recipe.sampling == SMOTE:
        devices = ONE_DEVICE
    attempts = Attempts(unfinished if saves else None, job.save_every)
    first = attempts.first(prepared.recipe, action)
    events, action = list(first.events), first.action
    prepared, resumed = _with_recipe(prepared, first.recipe), 0
    while True:
        repaired = sum(event.repaired for event in events)
        history, figures, seen = _fit(
            job,
            prepared,
            [*loggers_of(job.log_to, unfinished and unfinished.whole, repaired), *callbacks],
            display,
            action,
            started=started,
            devices=devices,
            saving=attempts.saving(Attempt(prepared.recipe, action, tuple(events))),
        )
        resumed = figures.resumed_from_step or resumed
        grave = next((event for event in seen if event.kind in GRAVE), None)
        if grave is not None and on_collapse == "stop":
            attempts.give_up()
            raise CollapsedError(f"the training collapsed at {grave}", remedy=_advice(grave))
        if grave is None and action and figures.score_at_start is not None:
            grave = _worse_than_the_start(prepared, history, figures)
            if grave is not None:
                logger.warning("Collapse at %s.", grave)
                seen.append(grave)
        if grave is None or start is None or action == "warn":
            figures = dataclasses.replace(figures, resumed_from_step=resumed)
            return Watched(prepared, history, figures, (*events, *seen), devices.number)
        number = repaired + 1
        change = _changed(prepared.recipe, grave, prepared) if number <= MOST_RESCUES else None
        model.set_weights(start)
        said = "" if change is None else _said(prepared.recipe, change)
        events += [_with_remedy(event, said if event is grave else "") for event in seen]
        if change is None:  # what cannot be repaired is trained to its end all the same
            action = "warn"
            continue
        logger.warning("Rescue %s of %s: from the start again, %s.", number, MOST_RESCUES, said)
        prepared = _with_recipe(prepared, change)


def _with_recipe(prepared: Prepared, recipe: Recipe) -> Prepared:
    """Returns the same rows and model, to be trained with a recipe."""
    if recipe == prepared.recipe:
        return prepared
    sampler = sampler_of(prepared.encoded["training"], recipe)
    return dataclasses.replace(prepared, recipe=recipe, sampler=sampler)


def _with_remedy(event: Collapse, said: str) -> Collapse:
    return dataclasses.replace(event, remedy=said, repaired=bool(said))


def _worse_than_the_start(
    prepared: Prepared, history: dict[str, list[float]], figures: TrainingFigures
) -> Collapse | None:
    """Returns what is seen where every epoch is worse than the start, beyond chance."""
    monitor = f"val_{objective(prepared.plans, prepared.recipe).monitor}"
    start, best = figures.score_at_start or 0.0, max(history[monitor])
    if best >= start - doubt(prepared.plans):
        return None
    seen = (
        "every epoch is worse than the linear probe that the head starts at "
        f"(validation: {start:.3f} at the start, at best {best:.3f} after it)"
    )
    return Collapse(figures.steps, "lost", seen, ("learning-rate-too-high",))


def _advice(event: Collapse) -> str:
    causes = ", ".join(event.causes) or "none is known"
    return f"Causes that fit: {causes}. tfclf doctor FILE --model FOLDER says more of each."


def _gentler(recipe: Recipe, safe: float) -> dict[str, Any]:
    rate = lower_rate_of(float(recipe.learning_rate), safe)
    share = rate / float(recipe.learning_rate)
    head = None if recipe.head_learning_rate is None else recipe.head_learning_rate * share
    return {
        "learning_rate": rate,
        "head_learning_rate": head,
        "warmup": max(recipe.warmup, LEAST_WARMUP),
        "clip_norm": min(recipe.clip_norm, MOST_CLIP),
    }


def _faster(recipe: Recipe, safe: float) -> dict[str, Any]:
    rate = higher_rate_of(float(recipe.learning_rate), safe)
    return {"learning_rate": rate} if rate > float(recipe.learning_rate) else {}


def _balanced(recipe: Recipe, safe: float) -> dict[str, Any]:
    if recipe.sampling != NONE:
        return {}
    if recipe.class_weights == NONE:
        return {"class_weights": "inverse"}
    return {"class_weights": NONE, "sampling": "balanced", "reweight_epoch": None}


REMEDIES: dict[str, Callable[[Recipe, float], dict[str, Any]]] = {
    "learning-rate-too-high": _gentler,
    "not-finite": _gentler,
    "learning-rate-too-low": _faster,
    "class-imbalance": _balanced,
}


def _changed(recipe: Recipe, event: Collapse, prepared: Prepared) -> Recipe | None:
    """Returns the recipe with the remedy of the likeliest cause; None where there is none."""
    safe = rate_of_width(prepared.classifier.model.config.hidden_size)
    for cause in event.causes:
        changes = REMEDIES[cause](recipe, safe) if cause in REMEDIES else {}
        if changes.get("sampling") == "balanced" and prepared.classifier.task != "single-label":
            continue
        changed = dataclasses.replace(recipe, **changes)
        if changed != recipe:
            return changed
    return None


def _said(before: Recipe, after: Recipe) -> str:
    """Returns what differs between two recipes, such as ``learning rate 1e-04 (was 2e-03)``."""
    pairs = [(name, was, vars(after)[name]) for name, was in vars(before).items()]
    return ", ".join(
        f"{name.replace('_', ' ')} {_short(now)} (was {_short(was)})"
        for name, was, now in pairs
        if was != now
    )


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _fit(
    job: Job,
    prepared: Prepared,
    more: Sequence[keras.callbacks.Callback],
    display: ProgressDisplay | None,
    action: str | None,
    *,
    started: bool,
    devices: Devices,
    saving: Saving | None,
) -> tuple[dict[str, list[float]], TrainingFigures, list[Collapse]]:
    """Trains the prepared model once, and returns what was seen as well."""
    callbacks: list[Any] = [*([display] if display else []), *more]
    train, validation = _batches(job, prepared, devices)
    with (
        _closing(display),
        explain_memory(train, prepared.recipe, devices.number),
        spread(prepared.classifier.model, devices) as model,
    ):
        # Its metrics live where the model does.
        monitors = [CollapseMonitor(action)] if action else []
        history, figures = fit_model(
            model,
            train,
            validation,
            prepared.recipe,
            prepared.plans,
            callbacks=[*monitors, *callbacks],
            on_features=prepared.recipe.sampling == SMOTE,
            keep_start=started,
            saving=saving,
        )
    return history, figures, [event for monitor in monitors for event in monitor.events]


def _batches(job: Job, prepared: Prepared, devices: Devices) -> tuple[Any, Any]:
    """Returns the batches of training and of validation, divided where several devices read."""
    if prepared.recipe.sampling == SMOTE:
        return smote_batches(prepared)
    # Where a number of devices is asked for, one trains on the same batches as several.
    filled = job.devices != AUTO or devices.number > 1
    train = training_batches(prepared, static_shapes=filled)
    validation = validation_batches(prepared, static_shapes=filled)
    if devices.number == 1:
        return train, validation
    return SharedBatches(train, devices), validation and SharedBatches(validation, devices)


@contextmanager
def _closing(display: ProgressDisplay | None) -> Iterator[None]:
    try:
        yield
    finally:
        if display is not None:
            display.close()
