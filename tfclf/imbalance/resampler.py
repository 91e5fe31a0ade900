"""A sampler of imbalanced-learn -> the items that it repeats and leaves out."""

from __future__ import annotations

import copy
from typing import Any, Protocol, runtime_checkable

import numpy as np

from tfclf.errors import ArgumentError
from tfclf.imbalance.item_labels import ItemLabels

EMBEDDINGS = (
    "What computes with features works on pooled outputs of a frozen encoder: "
    "tfclf.imbalance.smote_features."
)


@runtime_checkable
class Resampler(Protocol):
    """Anything with imbalanced-learn's ``fit_resample``."""

    def fit_resample(self, X: Any, y: Any) -> Any:  # noqa: N803 - scikit-learn's name
        """Returns features and labels of the rows that it wants."""


def resampled_items(resampler: Resampler, labels: ItemLabels, seed: int = 0) -> np.ndarray:
    """Returns the items that a resampler wants, repeats included.

    It is asked once, with the names of the items as the only feature. A name has no value and no
    distance: what repeats rows or leaves some out can work with it, and what interpolates between
    rows or looks for neighbours fails rather than take the number of a row for a quantity. The
    resampler itself is copied first, and left as it is.

    Args:
        resampler: For example ``imblearn.over_sampling.RandomOverSampler(random_state=0)``.
        labels: One class an item; items without a known class are not shown to the resampler.
        seed: Takes the place of a ``random_state`` of None.

    Raises:
        ArgumentError: The resampler needs features, makes rows that do not exist, gives them other
            labels, or leaves a class without any.

    Reference: Lemaitre, Nogueira and Aridas 2017, Imbalanced-learn: A Python Toolbox to Tackle the
    Curse of Imbalanced Datasets in Machine Learning.
    """
    resampler = copy.deepcopy(resampler)
    if getattr(resampler, "random_state", 0) is None:
        resampler.random_state = seed  # type: ignore[attr-defined]
    name = type(resampler).__name__
    names = np.array([f"row {item}" for item in labels.items], dtype=object)
    if hasattr(resampler, "k_neighbors"):
        raise ArgumentError(
            f"{name} makes new rows between neighbours, and there is nothing between two texts",
            remedy=EMBEDDINGS,
        )
    try:
        features, ids = resampler.fit_resample(names[:, None], labels.ids.copy())
    except Exception as error:
        raise ArgumentError(
            f"{name} does not work on the names of rows ({type(error).__name__}: {error})",
            remedy=f"Only what repeats rows or leaves some out draws texts. {EMBEDDINGS}",
        ) from error
    places = {item_name: place for place, item_name in enumerate(names)}
    found = np.array([places.get(made, -1) for made in np.asarray(features).ravel()], "int64")
    ids = np.asarray(ids).ravel()
    if len(found) != len(ids) or (found < 0).any() or (labels.ids[found] != ids).any():
        raise ArgumentError(
            f"{name} made rows that do not exist, or gave rows other labels",
            remedy=f"Only what repeats rows or leaves some out draws texts. {EMBEDDINGS}",
        )
    lost = np.setdiff1d(labels.ids, ids).tolist()
    if lost:
        raise ArgumentError(
            f"{name} leaves the class {', '.join(map(str, lost[:8]))} without a row",
            remedy="Keep at least one row of each class.",
        )
    return labels.items[found]
