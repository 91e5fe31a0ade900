"""What training has to know of a head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tfclf.data import LabelMap
from tfclf.errors import ArgumentError
from tfclf.imbalance import class_weights
from tfclf.tasks import Head, Task, find_task
from tfclf.training.recipe import Recipe
from tfclf.training.recipe_checks import AUTO, NONE


@dataclass(frozen=True)
class HeadPlan:
    """What training has to know of a head.

    Attributes:
        head: The head.
        labels: Its labels; none where they are numbers.
        counts: Training labels of each class, shape (classes,).
        scheme: Scheme of its tags; None for other labels.
        num_unseen: Number of labels that validation has and training has not.
        held_out: Validation labels of each class, shape (classes,); None without validation.
    """

    head: Head
    labels: LabelMap
    counts: np.ndarray
    scheme: str | None = None
    num_unseen: int = 0
    held_out: np.ndarray | None = None

    @property
    def task(self) -> Task:
        """Its task."""
        return find_task(self.head.task)

    @property
    def monitor(self) -> str:
        """The figure that early stopping watches."""
        return "macro_f1" if self.scheme == "none" else self.task.monitor

    @property
    def some_counts(self) -> np.ndarray:
        """The counts, a class without a row counted as one row, shape (classes,)."""
        return np.maximum(self.counts, 1)

    def weights(self, recipe: Recipe) -> list[float] | None:
        """Returns class weights.

        Raises:
            ArgumentError: There are more or fewer than labels.
        """
        if recipe.class_weights in (NONE, AUTO):
            return None
        if isinstance(recipe.class_weights, str):
            return class_weights(self.some_counts, recipe.class_weights).tolist()
        if len(recipe.class_weights) != len(self.labels):
            raise ArgumentError(
                f"{len(recipe.class_weights)} class weights for {len(self.labels)} labels: "
                f"{', '.join(self.labels.names)}",
                remedy="Give one number a label, in this order.",
            )
        return list(recipe.class_weights)
