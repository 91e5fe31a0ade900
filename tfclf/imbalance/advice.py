"""What ``auto`` chooses for imbalanced labels, and the sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BALANCED_UP_TO = 3.0  # ratio of the largest to the smallest count that needs no weights


@dataclass(frozen=True)
class Advice:
    """A choice and its reason.

    Attributes:
        class_weights: A strategy of ``class_weights``, or ``"none"``.
        reason: One sentence.
    """

    class_weights: str
    reason: str


def advise(counts: np.ndarray) -> Advice:
    """Chooses class weights from the counts.

    Args:
        counts: Training rows of each class, shape (classes,).

    Example:
    >>> advise(np.array([900, 80, 20])).class_weights
    'inverse'
    >>> advise(np.array([50, 40])).reason
    'the largest class has 1.2 times the rows of the smallest: no weights'
    """
    ratio = float(counts.max() / max(counts.min(), 1))
    sentence = f"the largest class has {ratio:.1f} times the rows of the smallest"
    if ratio <= BALANCED_UP_TO:
        return Advice("none", f"{sentence}: no weights")
    return Advice("inverse", f"{sentence}: weights inverse to the counts")
