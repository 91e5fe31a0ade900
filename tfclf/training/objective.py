"""Heads and recipe -> losses, metrics, and the figure that early stopping watches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tfclf.data import ONLY_HEAD, UNSEEN, LabelMap
from tfclf.imbalance import class_weights
from tfclf.losses import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
    SparseCategoricalFocalCrossentropy,
)
from tfclf.metrics import EntityF1, MacroF1, MultiLabelF1, R2Score
from tfclf.tasks import IGNORED, Head, Task, find_task
from tfclf.training.recipe import AUTO, Recipe

LEFT_OUT = (UNSEEN, IGNORED)  # label ids that have no loss
MEAN_SCORE = "score"  # the mean of the heads' figures, in the logs


@dataclass(frozen=True)
class HeadPlan:
    """What training has to know of a head.

    Attributes:
        head: The head.
        labels: Its labels; none where they are numbers.
        counts: Training labels of each class, shape (classes,).
        scheme: Scheme of its tags; None for other labels.
        num_unseen: Number of labels that validation has and training has not.
    """

    head: Head
    labels: LabelMap
    counts: np.ndarray
    scheme: str | None = None
    num_unseen: int = 0

    @property
    def task(self) -> Task:
        """Its task."""
        return find_task(self.head.task)

    @property
    def monitor(self) -> str:
        """The figure that early stopping watches."""
        return "macro_f1" if self.scheme == "none" else self.task.monitor

    def weights(self, recipe: Recipe) -> list[float] | None:
        """Returns class weights; a class without a row is counted as one row."""
        if recipe.class_weights in ("none", AUTO):
            return None
        return class_weights(np.maximum(self.counts, 1), recipe.class_weights).tolist()


LossMaker = Callable[[Recipe, list[float] | None], keras.losses.Loss]

LOSSES: dict[str, LossMaker] = {
    "cross-entropy": lambda recipe, weights: SparseCategoricalCrossentropy(
        class_weights=weights, ignore_class=LEFT_OUT
    ),
    "focal": lambda recipe, weights: SparseCategoricalFocalCrossentropy(
        gamma=recipe.gamma, class_weights=weights, ignore_class=LEFT_OUT
    ),
    "binary-cross-entropy": lambda recipe, weights: BinaryCrossentropy(
        class_weights=weights, ignore_class=IGNORED
    ),
    "binary-focal": lambda recipe, weights: BinaryFocalCrossentropy(
        gamma=recipe.gamma, class_weights=weights, ignore_class=IGNORED
    ),
    "mean-squared-error": lambda recipe, weights: MeanSquaredError(),
}


def _tag_metric(plan: HeadPlan) -> keras.metrics.Metric:
    if plan.scheme == "none":
        return _label_metric(plan)
    return EntityF1(plan.labels.names, ignore_class=IGNORED)


def _label_metric(plan: HeadPlan) -> keras.metrics.Metric:
    return MacroF1(len(plan.labels), ignore_class=IGNORED, num_unseen=plan.num_unseen)


METRICS: dict[str, Callable[[HeadPlan], keras.metrics.Metric]] = {
    "single-label": _label_metric,
    "multi-label": lambda plan: MultiLabelF1(len(plan.labels), num_unseen=plan.num_unseen),
    "regression": lambda plan: R2Score(),
    "token": _tag_metric,
}


@dataclass(frozen=True)
class Objective:
    """What a model is compiled with.

    Attributes:
        loss: The loss, or one for each head by its name.
        loss_weights: Weight of each head's loss; None where there is one head.
        metrics: The metrics, in the same form.
        monitor: Name in the logs of the figure that early stopping watches; more is better.
        parts: Names in the logs of the figures that ``monitor`` is the mean of.
    """

    loss: Any
    loss_weights: dict[str, float] | None
    metrics: Any
    monitor: str
    parts: tuple[str, ...]


def objective(plans: Sequence[HeadPlan], recipe: Recipe) -> Objective:
    """Returns what to compile a model with.

    Args:
        plans: The heads.
        recipe: A recipe without ``auto``, but for the loss of several heads: each has its own.
    """
    losses, metrics = {}, {}
    for plan in plans:
        name = plan.task.losses[0] if recipe.loss == AUTO else recipe.loss
        losses[plan.head.name] = LOSSES[name](recipe, plan.weights(recipe))
        metrics[plan.head.name] = [METRICS[plan.head.task](plan)]
    if [plan.head.name for plan in plans] == [ONLY_HEAD]:
        monitor = plans[0].monitor
        return Objective(losses[ONLY_HEAD], None, metrics[ONLY_HEAD], monitor, (monitor,))
    return Objective(
        losses,
        {plan.head.name: plan.head.weight for plan in plans},
        metrics,
        MEAN_SCORE,
        tuple(f"{plan.head.name}_{plan.monitor}" for plan in plans),
    )
