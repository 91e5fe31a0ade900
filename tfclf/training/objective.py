"""Heads and recipe -> losses, metrics, and the figure that early stopping watches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from tfclf.data import ONLY_HEAD
from tfclf.metrics import EntityF1, MacroF1, MultiLabelF1, R2Score
from tfclf.tasks import IGNORED
from tfclf.training.head_plan import HeadPlan
from tfclf.training.loss_table import make_loss
from tfclf.training.recipe import Recipe

MEAN_SCORE = "score"  # the mean of the heads' figures, in the logs


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
        losses[plan.head.name] = make_loss(plan, recipe)
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
