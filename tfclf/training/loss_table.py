"""The losses of a recipe by their names, and how each sees the shares of the labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

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
        weighting: Strategy of the class weights that it has where none are asked for.
    """

    make: Callable[[Recipe, Weights, np.ndarray], keras.losses.Loss]
    adjusts: Callable[[Recipe], float] = lambda recipe: 0.0
    weighting: str | None = None


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
    "asymmetric": LossRow(
        lambda recipe, weights, counts: AsymmetricLoss(class_weights=weights, ignore_class=IGNORED)
    ),
    "mean-squared-error": LossRow(lambda recipe, weights, counts: MeanSquaredError()),
}

# Cui et al. 2019, section 4.3: focal loss weighted by the effective number of rows.
LOSSES |= {
    f"class-balanced-{name}": replace(LOSSES[name], weighting="effective")
    for name in ("focal", "binary-focal")
}


def loss_name(plan: HeadPlan, recipe: Recipe) -> str:
    """Returns the name of a head's loss; of several heads each has the first of its task."""
    return plan.task.losses[0] if recipe.loss == AUTO else recipe.loss


def make_loss(plan: HeadPlan, recipe: Recipe) -> keras.losses.Loss:
    """Returns the loss of a head."""
    row = LOSSES[loss_name(plan, recipe)]
    return row.make(recipe, _first_weights(plan, recipe), plan.some_counts)


def _first_weights(plan: HeadPlan, recipe: Recipe) -> Weights:
    """Returns the class weights of the first epoch; none where they count from a later one on."""
    if recipe.reweight_epoch:
        return None
    weights, own = plan.weights(recipe), LOSSES[loss_name(plan, recipe)].weighting
    return class_weights(plan.some_counts, own).tolist() if own and not weights else weights


def log_prior(plan: HeadPlan, recipe: Recipe, drawn: np.ndarray) -> np.ndarray:
    """Returns the logarithm of each label's share as the loss of a head of one label sees it.

    Where a head starts from logits for equally frequent labels, its first loss is least with this
    added: what sampling and class weights make of the counts, less what the loss adds itself.

    Args:
        plan: The head.
        recipe: The recipe.
        drawn: Rows of each class that an epoch reads, as often as they count, shape (classes,).

    Returns:
        Shape (classes,), of mean 0.
    """
    seen = np.log(np.where(drawn > 0, drawn, 1))
    weights = _first_weights(plan, recipe)
    if weights is not None:
        seen = seen + np.log(weights)
    adjusted = LOSSES[loss_name(plan, recipe)].adjusts(recipe) * np.log(plan.some_counts)
    return (seen - adjusted) - (seen - adjusted).mean()
