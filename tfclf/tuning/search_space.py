"""Rows and a recipe -> what a study searches, and where it begins."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from tfclf.imbalance import STRATEGIES
from tfclf.imbalance.advice import BALANCED_UP_TO
from tfclf.tasks import TASKS
from tfclf.training import Recipe
from tfclf.tuning.dimensions import Dimension, Range, Values

RATE_FACTOR = 5.0  # up and down from the rate that ``auto`` takes
BATCH_SIZES = (16, 32, 64)
WARMUPS = Range(0.0, 0.3)
LAYER_DECAYS = Range(0.7, 1.0)
# Of samplings those that suit the task; their other settings stay as they are.
SAMPLINGS = {
    "single-label": ("none", "sqrt", "balanced", "oversample"),
    "multi-label": ("none", "repeat-factors"),
    "token": ("none", "repeat-factors"),
}


def search_space(
    task: str | None,
    start: Recipe,
    counts: np.ndarray | None,
    num_layers: int,
    *,
    search: Mapping[str, Dimension] | None = None,
    fixed: Collection[str] = (),
) -> dict[str, Dimension]:
    """Returns what a study searches.

    Rate, epochs, batch, warm-up, layer decay and freezing always; the loss where the task has
    several; class weights and sampling where labels are rarer than others by more than 3:1.

    Args:
        task: Name of the task; None for several heads.
        start: The recipe that it begins with, without ``auto``.
        counts: Training labels of each class, shape (classes,); None where there are none.
        num_layers: Layers of the encoder.
        search: What is searched otherwise, or besides.
        fixed: Settings that stay as the recipe has them.

    Example:
    >>> start = Recipe(epochs=3, learning_rate=1e-4, loss="cross-entropy")
    >>> for name, dimension in search_space("single-label", start, np.array([9, 8]), 6).items():
    ...     print(f"{name}: {dimension}")
    learning_rate: 2e-05..0.0005
    epochs: 2..6
    batch_size: 16, 32, 64
    warmup: 0..0.3
    layer_decay: 0.7..1
    freeze: none, embeddings, 3
    loss: cross-entropy, focal, class-balanced-focal, logit-adjusted, ldam
    """
    rate, epochs = float(start.learning_rate), int(start.epochs)
    space: dict[str, Dimension] = {
        "learning_rate": Range(rate / RATE_FACTOR, rate * RATE_FACTOR, log=True),
        "epochs": Range(-(-epochs // 2), epochs * 2, whole=True),
        "batch_size": Values(BATCH_SIZES),
        "warmup": WARMUPS,
        "layer_decay": LAYER_DECAYS,
        "freeze": Values((None, "embeddings", *([num_layers // 2] if num_layers > 1 else []))),
    }
    if task in TASKS and len(TASKS[task].losses) > 1:
        space["loss"] = Values(TASKS[task].losses)
    if task in SAMPLINGS and counts is not None and _is_skewed(counts):
        space["class_weights"] = Values(("none", *STRATEGIES))
        space["sampling"] = Values(SAMPLINGS[task])
    own = {name: one for name, one in space.items() if name not in fixed}
    return own | dict(search or {})


def begin_with(space: Mapping[str, Dimension], start: Recipe) -> dict[str, Any]:
    """Returns the point of a space that is a recipe, or the nearest to it."""
    return {name: one.nearest(getattr(start, name)) for name, one in space.items()}


def not_as_by_default(recipe: Recipe) -> frozenset[str]:
    """Returns the settings of a recipe that somebody has set."""
    usual = Recipe()
    return frozenset(
        field.name
        for field in dataclasses.fields(Recipe)
        if getattr(recipe, field.name) != getattr(usual, field.name)
    )


def _is_skewed(counts: np.ndarray) -> bool:
    return float(counts.max()) > BALANCED_UP_TO * max(float(counts.min()), 1.0)
