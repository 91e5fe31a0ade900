"""A recipe with ``auto`` in it -> one without, and what was chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tfclf.errors import ArgumentError
from tfclf.imbalance import Choice, advise
from tfclf.tasks import find_task
from tfclf.training.precision import choose_precision
from tfclf.training.recipe import Recipe
from tfclf.training.recipe_checks import AUTO, NONE, SMOTE

# The peak rate that ``auto`` takes, by the width of the encoder: wide ones diverge sooner.
RATE_BY_WIDTH = ((1024, 2e-5), (768, 5e-5), (0, 1e-4))
MIN_STEPS = 300  # few steps leave the head untrained (Mosbach et al. 2021, section 5)
MIN_EPOCHS, MAX_EPOCHS = 3, 20
TEXT_TASKS = ("single-label", "multi-label")
HEAD_START = Choice(
    "head start",
    "probe",
    "rare labels are found from the first step",
    "seconds, and a model that is surer of itself: --head-start random",
)
ASYMMETRIC = "rare labels are lost among easy negatives: --loss asymmetric"


def settle(
    recipe: Recipe,
    counts: np.ndarray | None,
    hidden_size: int,
    *,
    task: str | None = "single-label",
    num_rows: int | None = None,
    validated: bool = True,
    weighted: bool = False,
) -> tuple[Recipe, list[Choice]]:
    """Replaces every ``auto`` of a recipe by a value.

    Args:
        recipe: The recipe.
        counts: Training labels of each class, shape (classes,).
        hidden_size: Width of the encoder.
        task: Name of the task; None where there are several heads, each with its own loss.
        num_rows: Training rows; None takes the sum of the counts.
        validated: Whether there are validation rows.
        weighted: Whether rows have weights of their own, which then see to the balance.

    Returns:
        The recipe without ``auto``, but for what ``fit_model`` settles: ``jit`` by the steps and
        shapes there are, ``steps_per_execution`` as 1; and what was chosen.

    Raises:
        ArgumentError: The loss, the class weights or the sampling do not fit the task.
    """
    _check_task(recipe, task, weighted)
    rows = int(counts.sum()) if num_rows is None else num_rows
    choices = [*_length(recipe, hidden_size, rows)]
    if recipe.precision == AUTO:
        choices.append(choose_precision())
    if task == "single-label":
        choices += advise(
            counts,
            loss=recipe.loss,
            class_weights=recipe.class_weights,
            sampling=recipe.sampling,
            weighted=weighted,
        )
    elif task == "multi-label" and recipe.loss == AUTO:
        loss = find_task(task).losses[0]
        choices.append(Choice("loss", loss, "thresholds see to rare labels", ASYMMETRIC))
    if task in TEXT_TASKS:
        choices += [
            *([HEAD_START] if recipe.head_start == AUTO else []),
            *([_decisions(task, validated)] if recipe.decisions == AUTO else []),
        ]
    chosen: dict[str, Any] = {choice.setting.replace(" ", "_"): choice.value for choice in choices}
    defaults = {
        "loss": AUTO if task is None else find_task(task).losses[0],
        "class_weights": NONE,
        "sampling": NONE,
        "head_start": "probe",
        "decisions": "validation" if validated else NONE,
    }
    for name, value in defaults.items():
        if getattr(recipe, name) == AUTO:
            chosen.setdefault(name, value)
    settled = replace(recipe, **chosen)
    for name in ("thaw_epoch", "reweight_epoch"):
        if (getattr(settled, name) or 0) > settled.epochs:
            raise ArgumentError(
                f"{name} is {getattr(settled, name)}, but there are {settled.epochs} epochs",
                remedy="Name an earlier epoch, or leave it out.",
            )
    return settled, choices


def rate_of_width(hidden_size: int) -> float:
    """Returns the peak rate that ``auto`` takes for encoders of a width."""
    return next(rate for width, rate in RATE_BY_WIDTH if hidden_size >= width)


def _length(recipe: Recipe, hidden_size: int, rows: int) -> list[Choice]:
    """Chooses the rate and the number of epochs."""
    choices = []
    if recipe.learning_rate == AUTO:
        rate = rate_of_width(hidden_size)
        risk = "too high: the loss jumps; too low: it hardly falls. --learning-rate"
        choices.append(Choice("learning rate", rate, f"the encoder is {hidden_size} wide", risk))
    if recipe.epochs == AUTO:
        steps = -(-rows // (recipe.batch_size * recipe.gradient_accumulation_steps))
        epochs = int(np.clip(-(-MIN_STEPS // steps), MIN_EPOCHS, MAX_EPOCHS))
        risk = "time; the best epoch is kept where there are validation rows. --epochs"
        choices.append(Choice("epochs", epochs, f"{steps} steps each", risk))
    return choices


def _decisions(task: str, validated: bool) -> Choice:
    """Chooses whether thresholds and the like are chosen."""
    if not validated:
        risk = "rare labels are said too seldom or too often: hold rows out"
        return Choice("decisions", NONE, "there are no validation rows", risk)
    what = "thresholds" if task == "multi-label" else "an offset"
    risk = "new texts are unlike the validation rows: --decisions none"
    return Choice("decisions", "validation", f"{what} and a temperature for macro-F1", risk)


def _check_task(recipe: Recipe, task: str | None, weighted: bool) -> None:
    """Raises where loss, class weights or sampling are not of the task."""
    known = (AUTO,) if task is None else (AUTO, *find_task(task).losses)
    if recipe.loss not in known:
        whose = "several heads" if task is None else f"the task {task}"
        raise ArgumentError(f"{whose}: loss {recipe.loss!r}, expected one of {', '.join(known)}")
    if recipe.deployment_prior is not None and task != "single-label":
        raise ArgumentError(
            "deployment_prior is for one head of one label a text",
            remedy="Leave --deployment-prior out; of several labels each has a threshold.",
        )
    if recipe.mixup and (task is None or find_task(task).per_word):
        what = "several heads" if task is None else "tags"
        raise ArgumentError(
            f"mixup is {recipe.mixup}, but {what} cannot be mixed", remedy="Leave it out."
        )
    if recipe.sampling == SMOTE and weighted:
        raise ArgumentError(
            "sampling is 'smote', and rows have weights, which vectors that it makes have none of",
            remedy="Leave --weight out, or pass --sampling oversample.",
        )
    if recipe.sampling == SMOTE and task != "single-label":
        raise ArgumentError(
            "sampling is 'smote', which is for one head of one label a text",
            remedy="Pass --sampling repeat-factors, or leave it out.",
        )
    for name in ("class_weights", "sampling"):
        if task in (None, "regression") and getattr(recipe, name) not in (AUTO, NONE):
            what = "several heads" if task is None else "numbers"
            raise ArgumentError(
                f"{name} is {getattr(recipe, name)!r}, but {what} have none",
                remedy="Leave it out, or pass none.",
            )
