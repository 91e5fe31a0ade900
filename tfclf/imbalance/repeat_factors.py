"""How often items are repeated for the rarest of their labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tfclf.errors import ArgumentError
from tfclf.imbalance.item_labels import ItemLabels

CAP = 3.0
STREAM = 2  # sets these draws apart from others of the same seed


def repeat_factors(
    labels: ItemLabels, threshold: float | None = None, cap: float = CAP
) -> np.ndarray:
    """Returns how often each item is to be read in an epoch, on average.

    A class that the share f of the items has gets the factor max(1, sqrt(t / f)) with the threshold
    t; an item gets the largest factor of its classes, at most the cap.

    Args:
        labels: Any number of classes an item.
        threshold: t, in (0, 1]: classes with a smaller share are repeated. None takes the median
            share, so that the rarer half of the classes is.
        cap: Most times that an item is read, at least 1.

    Returns:
        Factors, shape (items,), float64, from 1 to ``cap``; 1 for items without a known class.

    Raises:
        ArgumentError: The threshold or the cap is out of range.

    Reference: Gupta, Dollar and Girshick 2019, LVIS: A Dataset for Large Vocabulary Instance
    Segmentation, section 4; the cap is ours.

    Example:
    >>> from tfclf.imbalance.item_labels import item_labels
    >>> labels = item_labels(np.repeat([0, 1], [96, 4]))
    >>> repeat_factors(labels, threshold=0.16)[[0, -1]].tolist()  # sqrt(0.16 / 0.04) = 2
    [1.0, 2.0]
    """
    if threshold is not None and not 0 < threshold <= 1:
        raise ArgumentError(f"threshold is {threshold}, expected a share of the rows in (0, 1]")
    if not 1 <= cap < float("inf"):
        raise ArgumentError(f"cap is {cap}, expected a number of times, at least 1")
    counts = labels.counts
    shares = counts / max(int(labels.labelled.sum()), 1)
    if threshold is None:
        threshold = float(np.median(shares[counts > 0]))
    of_class = np.sqrt(threshold / np.where(counts > 0, shares, 1))
    factors = np.ones(labels.num_items)
    np.maximum.at(factors, labels.items, of_class[labels.ids])
    return np.minimum(factors, cap)


@dataclass(frozen=True)
class RepeatPlan:
    """Reads each item as often as its factor says, and all epochs equally many items.

    An item is read as often as the whole part of its factor, and once more with the fractional part
    as probability. The latter are drawn by systematic sampling: in random order the fractional
    parts are laid end to end, and the item under every whole unit from a random start is taken. All
    of them are first scaled a little, so that their sum is whole: the number of items is then the
    same in every epoch, and an item is never read more than its factor rounded up.

    Attributes:
        factors: Mean number of times that each item is read, at least 1, shape (items,).
        seed: Seed of the draws.

    Example:
    >>> plan = RepeatPlan(np.array([1.0, 1.5, 2.0, 1.5]), seed=0)
    >>> plan.num_drawn  # 1.5 + 1.5 asks for one more than one each
    1
    >>> [(len(items), np.bincount(items)[[0, 2]].tolist()) for items in (plan(0), plan(1))]
    [(6, [1, 2]), (6, [1, 2])]
    """

    factors: np.ndarray
    seed: int = 0

    @cached_property
    def num_drawn(self) -> int:
        """How many items are read once more than the whole part of their factor says."""
        shares = self.factors % 1
        total = float(shares.sum())
        nearest = round(total)
        # Scaled up, a share above 1 would be read twice more.
        fits = nearest <= total or shares.max() * nearest <= total
        return nearest if fits else int(total)

    def __call__(self, epoch: int) -> np.ndarray:
        """Returns the items of an epoch, ascending, shape (items,)."""
        times = np.floor(self.factors).astype("int64")
        if self.num_drawn:
            generator = np.random.default_rng([self.seed, epoch, STREAM])
            order = generator.permutation(len(times))
            ends = np.cumsum(self.factors[order] % 1)
            points = (generator.random() + np.arange(self.num_drawn)) / self.num_drawn
            places = np.searchsorted(ends, points * ends[-1], side="right")
            np.add.at(times, order[np.minimum(places, len(order) - 1)], 1)
        return np.repeat(np.arange(len(times)), times)
