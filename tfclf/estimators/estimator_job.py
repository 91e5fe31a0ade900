"""Parameters of an estimator, texts and labels -> the job that ``tfclf train`` would do."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from tfclf.data import Columns, LabelMap, LongText, TextRules
from tfclf.errors import ArgumentError
from tfclf.estimators.given_labels import Classes, GivenLabels
from tfclf.estimators.given_texts import GivenTexts
from tfclf.models import resolve
from tfclf.runs import Job
from tfclf.runs.model_of_task import labels_of_head
from tfclf.tasks import find_task
from tfclf.training import Recipe

FIELDS = {field.name for field in dataclasses.fields(Recipe)}
LARGEST_SEED = 2**31 - 1


def estimator_job(
    values: Mapping[str, Any],
    texts: GivenTexts,
    labels: GivenLabels,
    weights: list[float] | None,
    output: Path,
) -> Job:
    """Returns what to train.

    Args:
        values: Parameters of a ``TextClassifier`` by their names.
        texts: The texts.
        labels: The labels.
        weights: What each row counts for; None counts all alike.
        output: Run directory to make.

    Raises:
        ArgumentError: A parameter is unknown, out of range or contradicts another, or there are
            too few classes.
    """
    values = {name: _plain(value) for name, value in values.items()}
    _check_classes(labels.classes, values["task"])
    settings = dict(values["settings"] or {})
    _check_settings(settings, values)
    own = {name: value for name, value in values.items() if name in FIELDS}
    own["class_weights"] = _class_weights(values, labels.classes)
    recipe = Recipe(**own, **settings, seed=_seed(values["random_state"]))
    weighted = weights is not None
    return Job(
        (*texts.columns, labels.names, *([weights] if weighted else [])),
        output,
        columns=Columns(
            text_pair="text_pair" if texts.pairs else None, weight="weight" if weighted else None
        ),
        rules=values["rules"] or TextRules(),
        long_text=values["long_text"] or LongText(),
        recipe=recipe,
        **{
            name: values[name]
            for name in ("task", "model", "validation_share", "new_head", "devices")
        },
    )


@contextmanager
def own_random_numbers() -> Iterator[None]:
    """Leaves the random numbers of Python and NumPy as they were: a training seeds them anew."""
    before = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


def _plain(value: Any) -> Any:
    """Returns a number of NumPy, such as a grid of ``np.arange`` has, as Python's own."""
    return value.item() if isinstance(value, np.generic) else value


def _check_classes(classes: Classes, task: str) -> None:
    if task == "single-label" and len(classes.values) < 2:
        only = "".join(f", {value!r}" for value in classes.values.tolist())
        raise ArgumentError(
            f"y: expected at least two classes, got {len(classes.values)} class{only}",
            remedy="There is nothing to tell apart.",
        )


def _check_settings(settings: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    others = sorted(FIELDS - values.keys() - {"seed"})
    for name in settings:
        if name == "seed":
            raise ArgumentError("settings: the seed is random_state", remedy="Pass random_state.")
        if name in values:
            raise ArgumentError(f"settings: {name} is an argument of its own")
        if name not in others:
            raise ArgumentError(f"settings: unknown {name!r}, expected {', '.join(others)}")


def _class_weights(values: Mapping[str, Any], classes: Classes) -> Any:
    """Returns class weights as a recipe has them; those of a dict in the order of the head."""
    given = values["class_weights"]
    if isinstance(given, str):
        return given
    if not isinstance(given, Mapping):
        raise ArgumentError(
            f"class_weights is {given!r:.60}, expected a name or a dict of a number for each class",
            remedy="Pass dict(zip(classes, weights)).",
        )
    by_name = dict(zip(classes.values.tolist(), classes.names, strict=True))
    if set(given) != set(by_name):
        raise ArgumentError(
            f"class_weights has {_listed(given)}, expected a number for each of {_listed(by_name)}"
        )
    weights = {by_name[value]: _plain(weight) for value, weight in given.items()}
    labels = LabelMap.from_names(classes.names)
    if not values["new_head"]:  # a checkpoint's head has its own order
        labels = labels_of_head(resolve(values["model"]), find_task(values["task"]), labels)
    return tuple(weights[name] for name in labels.names)


def _listed(values: Any) -> str:
    return ", ".join(map(repr, values))


def _seed(random_state: Any) -> int:
    """Returns the seed of a training: a whole number as it is, else a number that is drawn."""
    if isinstance(random_state, int) and not isinstance(random_state, bool):
        return random_state
    try:
        return int(check_random_state(random_state).randint(LARGEST_SEED))
    except ValueError as error:
        raise ArgumentError(f"random_state: {error}") from None
