"""How many items of each class an epoch has, and which of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tfclf.errors import ArgumentError
from tfclf.imbalance.item_labels import ItemLabels

STREAM = 1  # sets these draws apart from others of the same seed


@dataclass(frozen=True)
class ClassPlan:
    """Draws a fixed number of items of each class, all items of a class in rotation.

    The items of a class stand on a wheel in random order; each epoch reads on where the one before
    ended. Within an epoch, and over any number of epochs from the first, the items of a class are
    therefore read equally often, within 1.

    Attributes:
        wheels: The items of each class in their order, one array a class.
        quotas: Items of each class in an epoch, shape (classes,).

    Example:
    >>> plan = ClassPlan((np.array([7, 5, 6]), np.array([3])), np.array([2, 1]))
    >>> [plan(epoch).tolist() for epoch in range(3)]
    [[7, 5, 3], [6, 7, 3], [5, 6, 3]]
    """

    wheels: tuple[np.ndarray, ...]
    quotas: np.ndarray

    def __call__(self, epoch: int) -> np.ndarray:
        """Returns the items of an epoch, class by class, shape (items,)."""
        parts = [
            wheel[(epoch * quota + np.arange(quota)) % len(wheel)]
            for wheel, quota in zip(self.wheels, self.quotas.tolist(), strict=True)
        ]
        return np.concatenate(parts)


def class_plan(labels: ItemLabels, quotas: np.ndarray, seed: int) -> ClassPlan:
    """Returns the plan with these quotas; an item without a known class is read once an epoch.

    Args:
        labels: One class an item.
        quotas: Items of each class in an epoch, shape (classes,); 0 where a class has none.
        seed: Seed of the order of the items.
    """
    wheels = []
    for label_id in np.flatnonzero(labels.counts):
        items = labels.items[labels.ids == label_id]
        wheels.append(np.random.default_rng([seed, int(label_id), STREAM]).permutation(items))
    rest = np.setdiff1d(np.arange(labels.num_items), labels.items)
    chosen = quotas[labels.counts > 0]
    if len(rest):
        wheels, chosen = [*wheels, rest], np.append(chosen, len(rest))
    return ClassPlan(tuple(wheels), chosen)


def oversampled(counts: np.ndarray, ratio: float) -> np.ndarray:
    """Returns quotas that repeat small classes up to ``ratio`` times the largest class.

    Example:
    >>> oversampled(np.array([10, 4, 1]), 0.5).tolist()
    [10, 5, 5]
    """
    _check_can_be_met(counts, ratio)
    return np.where(counts > 0, np.maximum(counts, least_of(ratio, counts)), 0)


def undersampled(counts: np.ndarray, ratio: float) -> np.ndarray:
    """Returns quotas that cut large classes down to the smallest class over ``ratio``.

    Example:
    >>> undersampled(np.array([10, 4, 1]), 0.5).tolist()
    [2, 2, 1]
    """
    _check_can_be_met(counts, ratio)
    most = math.floor(round(_smallest(counts) / ratio, 6))
    return np.minimum(counts, most)


def balanced(counts: np.ndarray) -> np.ndarray:
    """Returns equal quotas, within 1, with the sum of the counts; what is over the largest get.

    Example:
    >>> balanced(np.array([10, 4, 1, 1])).tolist(), balanced(np.array([1, 9, 1])).tolist()
    ([4, 4, 4, 4], [4, 4, 3])
    """
    return _apportioned(counts, (counts > 0).astype("float64"))


def square_root(counts: np.ndarray) -> np.ndarray:
    """Returns quotas that go with the square root of the counts, and have their sum.

    Example:
    >>> square_root(np.array([16, 4, 1])).tolist()  # 21 * 4/7, 21 * 2/7, 21 * 1/7
    [12, 6, 3]
    """
    return _apportioned(counts, np.sqrt(counts))


def least_of(ratio: float, counts: np.ndarray) -> int:
    """Returns how many items a class needs for ``ratio`` times the largest."""
    # Rounded first: 0.07 * 100 is 7.000000000000001, and not to be raised to 8.
    return math.ceil(round(ratio * int(counts.max()), 6))


def _apportioned(counts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Shares out as many items as there are by weight, with the largest remainders rounded up."""
    exact = counts.sum() * weights / weights.sum()
    quotas = np.floor(np.round(exact, 6)).astype("int64")
    # The larger class first among equal remainders; lexsort goes by its last key.
    order = np.lexsort((-counts, -np.round(exact - quotas, 6)))
    quotas[order[: int(counts.sum() - quotas.sum())]] += 1
    return quotas


def _check_can_be_met(counts: np.ndarray, ratio: float) -> None:
    """Raises where the classes are closer to each other than asked for."""
    least, most = _smallest(counts), int(counts.max())
    if ratio < least / most:
        raise ArgumentError(
            f"ratio is {ratio:g}, but the smallest class has {least} items and the largest {most}, "
            f"a ratio of {least / most:.3g} already",
            remedy="Ask for a larger ratio, or train without sampling.",
        )


def _smallest(counts: np.ndarray) -> int:
    return int(counts[counts > 0].min())
