"""Labels -> which items an epoch reads: a plan of indices, rows are never copied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfclf.data import EncodedRows, RowLabels
from tfclf.data.batches import Sampler
from tfclf.errors import ArgumentError
from tfclf.imbalance.class_plan import (
    ClassPlan,
    balanced,
    class_plan,
    oversampled,
    square_root,
    undersampled,
)
from tfclf.imbalance.item_labels import item_labels
from tfclf.imbalance.repeat_factors import RepeatPlan, repeat_factors
from tfclf.imbalance.resampler import Resampler, resampled_items

ONE_LABEL = ("single-label",)


@dataclass(frozen=True)
class Sampling:
    """One way to draw the items of an epoch.

    Attributes:
        tasks: Names of the tasks that it fits.
        settings: Names of the settings that it takes.
        plan: Makes the sampler from labels and seed, with the settings that are not None.
    """

    tasks: tuple[str, ...]
    settings: tuple[str, ...]
    plan: Callable[..., Sampler]


def _by_quotas(quotas: Callable[..., np.ndarray]) -> Callable[..., Sampler]:
    return lambda labels, seed, **given: class_plan(labels, quotas(labels.counts, **given), seed)


def _to_ratio(quotas: Callable[[np.ndarray, float], np.ndarray]) -> Callable[..., Sampler]:
    return _by_quotas(lambda counts, ratio=1.0: quotas(counts, ratio))


SAMPLINGS: dict[str, Sampling] = {
    "oversample": Sampling(ONE_LABEL, ("ratio",), _to_ratio(oversampled)),
    "undersample": Sampling(ONE_LABEL, ("ratio",), _to_ratio(undersampled)),
    "balanced": Sampling(ONE_LABEL, (), _by_quotas(balanced)),
    "sqrt": Sampling(ONE_LABEL, (), _by_quotas(square_root)),
    "repeat-factors": Sampling(
        ("single-label", "multi-label", "token"),
        ("threshold", "cap"),
        lambda labels, seed, **given: RepeatPlan(repeat_factors(labels, **given), seed),
    ),
}


def make_sampler(
    rows: EncodedRows | RowLabels | np.ndarray,
    how: str | Resampler,
    *,
    head: str | None = None,
    ratio: float | None = None,
    threshold: float | None = None,
    cap: float | None = None,
    num_classes: int | None = None,
    seed: int = 0,
) -> Sampler:
    """Returns the sampler of ``tfclf.data.Batches`` that draws by labels.

    To be made from training rows, after the split: a row that is repeated before it stands on both
    sides. Each sampler is a function of labels, seed and epoch alone, and reads the same number of
    items in every epoch, so that the number of steps is known. Items without a label, and those
    with one that is unseen, are read once an epoch.

    ==================  ============================================================================
    ``oversample``      Items of small classes are repeated up to ``ratio`` times the largest class.
    ``undersample``     Each epoch reads another part of the large classes, down to the smallest
                        class over ``ratio``. Over epochs all items are read.
    ``balanced``        As many items as there are, and of each class equally many, within 1.
    ``sqrt``            As many items as there are; classes go with the square root of their counts
                        (Mahajan et al. 2018).
    ``repeat-factors``  Items are repeated for the rarest of their labels, as ``repeat_factors``
                        says. For several labels a text, and for words.
    ==================  ============================================================================

    A sampler of imbalanced-learn is asked once, as ``resampled_items`` says, and every epoch reads
    what it chose. Only what repeats items or leaves some out fits.

    Args:
        rows: Encoded rows with labels; or the labels alone, where every row is one item: a
            ``RowLabels``, or label ids, shape (rows,).
        how: One of ``SAMPLINGS``, or an object with ``fit_resample``.
        head: Name of the head whose labels are meant; None where there is only one.
        ratio: Least count over largest to reach, in (0, 1]; None is 1.
        threshold: Share of the items below which a label is repeated; None is the median share.
        cap: Most times that ``repeat-factors`` reads an item; None is 3.
        num_classes: Number of classes, each of which must have an item; None draws from those that
            have.
        seed: Seed of the draws.

    Raises:
        ArgumentError: ``how`` is unknown or does not fit the task; a setting is out of range, is
            not one of this sampling, or cannot be met; no item has a label; a class has no item.

    Reference: Mahajan et al. 2018, Exploring the Limits of Weakly Supervised Pretraining; Gupta,
    Dollar and Girshick 2019, LVIS: A Dataset for Large Vocabulary Instance Segmentation.

    Example:
    >>> ids = np.repeat([0, 1, 2], [6, 3, 1])
    >>> for how in ("oversample", "undersample", "balanced", "sqrt"):
    ...     print(how, np.bincount(ids[make_sampler(ids, how)(0)]).tolist())
    oversample [6, 6, 6]
    undersample [1, 1, 1]
    balanced [4, 3, 3]
    sqrt [5, 3, 2]
    """
    settings = {"ratio": ratio, "threshold": threshold, "cap": cap}
    given = {name: value for name, value in settings.items() if value is not None}
    _check_settings(how, given, seed)
    labels = item_labels(rows, head)
    _check_task(how, labels.task)
    labels.check(num_classes)
    if isinstance(how, str):
        return SAMPLINGS[how].plan(labels, seed, **given)
    items = resampled_items(how, labels, seed)
    unlabelled = np.setdiff1d(np.arange(labels.num_items), labels.items)
    every = np.concatenate([items, unlabelled])
    return ClassPlan((every,), np.array([len(every)]))


def _check_settings(how: Any, given: dict[str, float], seed: int) -> None:
    """Raises where the sampling is unknown, or does not take a setting."""
    if isinstance(how, str) and how not in SAMPLINGS:
        raise ArgumentError(f"sampling is {how!r}, expected one of {', '.join(SAMPLINGS)}")
    if not isinstance(how, str | Resampler):
        raise ArgumentError(
            f"sampling is {how!r}, expected one of {', '.join(SAMPLINGS)}, "
            "or an object with fit_resample"
        )
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ArgumentError(f"seed is {seed!r}, expected a whole number >= 0")
    taken = SAMPLINGS[how].settings if isinstance(how, str) else ()
    for name, value in given.items():
        if name not in taken:
            raise ArgumentError(
                f"{name} is {value}, but the sampling {_name(how)} has no {name}",
                remedy=f"It has {', '.join(taken) or 'no settings'}.",
            )
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise ArgumentError(f"{name} is {value!r}, expected a number")
    if "ratio" in given and not 0 < given["ratio"] <= 1:
        raise ArgumentError(
            f"ratio is {given['ratio']}, expected least count over largest, in (0, 1]"
        )


def _check_task(how: str | Resampler, task: str) -> None:
    """Raises where the sampling does not fit the task."""
    if task in (SAMPLINGS[how].tasks if isinstance(how, str) else ONE_LABEL):
        return
    fitting = [name for name, sampling in SAMPLINGS.items() if task in sampling.tasks]
    raise ArgumentError(
        f"the sampling {_name(how)} does not fit the task {task}",
        remedy=f"Choose {' or '.join(fitting)}." if fitting else "Train without sampling.",
    )


def _name(how: str | Resampler) -> str:
    return how if isinstance(how, str) else type(how).__name__
