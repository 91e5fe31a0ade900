"""Rows made between others in the space of embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tfclf.errors import ArgumentError
from tfclf.imbalance.class_plan import oversampled


@dataclass(frozen=True)
class SmoteFeatures:
    """Features with those made behind them.

    Attributes:
        features: Shape (rows + made, hidden), float32; the given rows first, in their order.
        ids: Their label ids, shape (rows + made,), int64.
        num_made: Rows made of each class, shape (classes,).
        notes: A sentence for each class of one row, which could only be repeated.
    """

    features: np.ndarray
    ids: np.ndarray
    num_made: np.ndarray
    notes: tuple[str, ...] = ()


def smote_features(
    features: np.ndarray, ids: np.ndarray, ratio: float = 1.0, k: int = 5, seed: int = 0
) -> SmoteFeatures:
    """Makes rows of small classes, each somewhere between a row and a near one of its class.

    For the head of a frozen encoder, which reads pooled outputs. Token ids are names, and there is
    nothing between two of them: they are refused. With imbalanced-learn, as its ``SMOTE`` does it:
    x + u (x' - x) with u uniform in [0, 1) and x' one of the k nearest rows of the class. To be
    called with training rows only, after the split.

    Args:
        features: Pooled outputs, shape (rows, hidden), floating.
        ids: Label id of each row, shape (rows,), from 0.
        ratio: What the rows of each class are brought to, over those of the largest, in (0, 1].
        k: Most neighbours to choose from, at least 1; a class of n rows has n - 1.
        seed: Seed of the draws.

    Returns:
        The rows with those made behind them, class by class. A class of one row has no neighbour:
        the row is repeated, and a note says so.

    Raises:
        ArgumentError: Features or ids are not of this form, rows have several labels, a class has
            no row, ratio or k is out of range, or imbalanced-learn is not installed.

    Reference: Chawla et al. 2002, SMOTE: Synthetic Minority Over-sampling Technique, section 4.2.

    Example:
    >>> features = np.array([[0.0], [1.0], [2.0], [10.0], [14.0]], "float32")
    >>> made = smote_features(features, np.array([0, 0, 0, 1, 1]))
    >>> made.num_made.tolist(), bool(10 <= made.features[-1, 0] < 14)
    ([0, 1], True)
    """
    features, ids = _checked(features, ids)
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ArgumentError(f"k is {k!r}, expected a whole number >= 1")
    if isinstance(ratio, bool) or not isinstance(ratio, int | float) or not 0 < ratio <= 1:
        raise ArgumentError(f"ratio is {ratio!r}, expected a number in (0, 1]")
    counts = np.bincount(ids)
    num_made = oversampled(counts, ratio) - counts
    made: dict[int, np.ndarray] = {}
    notes = []
    for label_id in np.flatnonzero(num_made & (counts == 1)).tolist():
        made[label_id] = np.repeat(features[ids == label_id], num_made[label_id], axis=0)
        notes.append(
            f"class {label_id} has one row and no neighbour: it is repeated "
            f"{num_made[label_id]} times"
        )
    made |= _between_neighbours(features, ids, np.where(counts > 1, num_made, 0), int(k), seed)
    order = sorted(made)
    return SmoteFeatures(
        np.concatenate([features, *(made[label_id] for label_id in order)]),
        np.concatenate([ids, np.repeat(order, num_made[order])]) if order else ids,
        num_made,
        tuple(notes),
    )


def _between_neighbours(
    features: np.ndarray, ids: np.ndarray, num_made: np.ndarray, k: int, seed: int
) -> dict[int, np.ndarray]:
    """Returns so many rows of each class; those with the same number of neighbours in one go."""
    smote = _smote()
    counts = np.bincount(ids)
    neighbours = np.where(num_made > 0, np.minimum(k, counts - 1), 0)
    random_state = np.random.RandomState(seed)
    made: dict[int, np.ndarray] = {}
    for number in np.unique(neighbours[neighbours > 0]).tolist():
        wanted = np.flatnonzero(neighbours == number)
        totals = {int(label_id): int(counts[label_id] + num_made[label_id]) for label_id in wanted}
        sampler = smote(sampling_strategy=totals, k_neighbors=number, random_state=random_state)
        found, found_ids = sampler.fit_resample(features, ids)
        found, found_ids = found[len(ids) :].astype("float32"), found_ids[len(ids) :]
        made |= {label_id: found[found_ids == label_id] for label_id in totals}
    return made


def _smote() -> type:
    """Returns imbalanced-learn's SMOTE."""
    try:
        from imblearn.over_sampling import SMOTE
    except ImportError:
        raise ArgumentError(
            "SMOTE needs the package imbalanced-learn, which is not installed",
            remedy="pip install imbalanced-learn",
        ) from None
    found: type = SMOTE
    return found


def _checked(features: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns features, float32, and ids, int64."""
    if isinstance(features, Mapping):
        raise ArgumentError(
            f"features are {sorted(features)}, expected the vectors of a frozen encoder",
            remedy="There is nothing between two token ids: give pooled outputs.",
        )
    features, ids = np.asarray(features), np.asarray(ids)
    if features.dtype.kind != "f" or features.ndim != 2:
        raise ArgumentError(
            f"features are {features.dtype} of shape {features.shape}, expected floating numbers "
            "of shape (rows, hidden)",
            remedy="There is nothing between two token ids: give pooled outputs.",
        )
    broken = np.flatnonzero(~np.isfinite(features).all(axis=1))
    if len(broken):
        raise ArgumentError("a feature is NaN or infinite", where=f"features, row {broken[0]}")
    if ids.ndim == 2:
        raise ArgumentError(
            f"labels of shape {ids.shape}: SMOTE makes rows of one class, these have several",
            remedy='Repeat rows of several labels with the sampling "repeat-factors".',
        )
    if ids.shape != features.shape[:1] or ids.dtype.kind not in "iu" or not len(ids):
        raise ArgumentError(
            f"ids are {ids.dtype} of shape {ids.shape}, expected whole numbers of shape "
            f"{features.shape[:1]}, at least one"
        )
    if ids.min() < 0:
        row = np.flatnonzero(ids < 0)[0]
        raise ArgumentError(
            f"label id {ids[row]} stands for no known label",
            where=f"ids, row {row}",
            remedy="Leave such rows out: features[ids >= 0], ids[ids >= 0].",
        )
    absent = np.flatnonzero(np.bincount(ids) == 0).tolist()
    if absent:
        raise ArgumentError(
            f"no row has the class {', '.join(map(str, absent[:8]))}: nothing to make rows from",
            remedy="Add rows of it, or drop the label.",
        )
    return features.astype("float32"), ids.astype("int64")
