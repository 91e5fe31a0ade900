"""The losses of a recipe by their names, and how each sees the shares of the labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

from tfclf.data import UNSEEN
from tfclf.imbalance import class_weights
from tfclf.losses import (
    AsymmetricLoss,
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    LDAMLoss,
    LogitAdjustedCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
    SparseCategoricalFocalCrossentropy,
)
from tfclf.tasks import IGNORED
from tfclf.training.head_plan import HeadPlan
from tfclf.training.recipe import Recipe
from tfclf.training.recipe_checks import AUTO

LEFT_OUT = (UNSEEN, IGNORED)  # label ids that have no loss

Weights = list[float] | None


@dataclass(frozen=True)
class LossRow:
    """A loss that a recipe can name.

    Attributes:
        make: From the recipe, the class weights and the counts to the loss.
        adjusts: Share of the logarithm of the prior that it takes out of the logits.
    """

    make: Callable[[Recipe, Weights, np.ndarray], keras.losses.Loss]
    adjusts: Callable[[Recipe], float] = lambda recipe: 0.0


def _effective(counts: np.ndarray, weights: Weights) -> Weights:
    """Returns the weights that were asked for, or those by the effective number of rows."""
    return weights or class_weights(counts, "effective").tolist()


LOSSES: dict[str, LossRow] = {
    "cross-entropy": LossRow(
        lambda recipe, weights, counts: SparseCategoricalCrossentropy(
            class_weights=weights,
            ignore_class=LEFT_OUT,
            label_smoothing=recipe.label_smoothing,
        )
    ),
    "focal": LossRow(
        lambda recipe, weights, counts: SparseCategoricalFocalCrossentropy(
            gamma=recipe.gamma,
            class_weights=weights,
            ignore_class=LEFT_OUT,
            label_smoothing=recipe.label_smoothing,
        )
    ),
    "class-balanced-focal": LossRow(
        lambda recipe, weights, counts: SparseCategoricalFocalCrossentropy(
            gamma=recipe.gamma,
            class_weights=_effective(counts, weights),
            ignore_class=LEFT_OUT,
            label_smoothing=recipe.label_smoothing,
        )
    ),
    "logit-adjusted": LossRow(
        lambda recipe, weights, counts: LogitAdjustedCrossentropy(
            counts,
            tau=recipe.tau,
            class_weights=weights,
            ignore_class=LEFT_OUT,
            label_smoothing=recipe.label_smoothing,
        ),
        adjusts=lambda recipe: recipe.tau,
    ),
    "ldam": LossRow(
        lambda recipe, weights, counts: LDAMLoss(
            counts, class_weights=weights, ignore_class=LEFT_OUT
        )
    ),
    "binary-cross-entropy": LossRow(
        lambda recipe, weights, counts: BinaryCrossentropy(
            class_weights=weights,
            ignore_class=IGNORED,
            label_smoothing=recipe.label_smoothing,
        )
    ),
    "binary-focal": LossRow(
        lambda recipe, weights, counts: BinaryFocalCrossentropy(
            gamma=recipe.gamma,
            class_weights=weights,
            ignore_class=IGNORED,
            label_smoothing=recipe.label_smoothing,
        )
    ),
    "class-balanced-binary-focal": LossRow(
        lambda recipe, weights, counts: BinaryFocalCrossentropy(
            gamma=recipe.gamma,
            class_weights=_effective(counts, weights),
            ignore_class=IGNORED,
            label_smoothing=recipe.label_smoothing,
        )
    ),
    "asymmetric": LossRow(
        lambda recipe, weights, counts: AsymmetricLoss(class_weights=weights, ignore_class=IGNORED)
    ),
    "mean-squared-error": LossRow(lambda recipe, weights, counts: MeanSquaredError()),
}


def loss_name(plan: HeadPlan, recipe: Recipe) -> str:
    """Returns the name of a head's loss; of several heads each has the first of its task."""
    return plan.task.losses[0] if recipe.loss == AUTO else recipe.loss


def make_loss(plan: HeadPlan, recipe: Recipe) -> keras.losses.Loss:
    """Returns the loss of a head, its weights left out where they count from a later epoch on."""
    weights = None if recipe.reweight_epoch else plan.weights(recipe)
    return LOSSES[loss_name(plan, recipe)].make(recipe, weights, plan.some_counts)


def log_prior(plan: HeadPlan, recipe: Recipe, drawn: np.ndarray) -> np.ndarray:
    """Returns the logarithm of each label's share as the loss of a head of one label sees it.

    Where a head starts from logits for equally frequent labels, its first loss is least with this
    added: what sampling and class weights make of the counts, less what the loss adds itself.

    Args:
        plan: The head.
        recipe: The recipe.
        drawn: Rows of each class that an epoch reads, shape (classes,).

    Returns:
        Shape (classes,), of mean 0.
    """
    seen = np.log(np.maximum(drawn, 1))
    weights = None if recipe.reweight_epoch else plan.weights(recipe)
    if weights is not None:
        seen = seen + np.log(weights)
    adjusted = LOSSES[loss_name(plan, recipe)].adjusts(recipe) * np.log(plan.some_counts)
    return (seen - adjusted) - (seen - adjusted).mean()
