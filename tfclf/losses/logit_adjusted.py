"""Cross-entropy of logits that are shifted by the shares of the classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from tfclf.imbalance.class_weights import checked_counts
from tfclf.losses.arguments import ClassWeights, IgnoreClass, checked_number, per_class_like
from tfclf.losses.sparse_categorical import (
    SparseLoss,
    log_probabilities,
    sparse_categorical_focal_crossentropy,
)


def logit_adjusted_crossentropy(
    y_true: Any,
    y_pred: Any,
    adjustment: Sequence[float],
    class_weights: list[float] | None = None,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
) -> Any:
    """Computes ``-w_y log softmax(logits + adjustment)_y``.

    Args:
        y_true: Label ids, shape (...) or (..., 1).
        y_pred: Logits or probabilities, shape (..., classes); of probabilities the logarithms are
            adjusted.
        adjustment: What is added to the logit of each class: tau times the logarithm of its share.
        class_weights: One weight a class.
        from_logits: Whether ``y_pred`` are logits.
        label_smoothing: Share of the target that all classes have alike, in [0, 1).

    Returns:
        The loss of each example, shape (...). A label that is no class has loss 0.

    Raises:
        ArgumentError: There is not one label for each row of logits, or one number a class.
    """
    logits = y_pred if from_logits else log_probabilities(y_pred, from_logits)
    adjusted = logits + per_class_like(adjustment, y_pred, "counts")
    return sparse_categorical_focal_crossentropy(
        y_true, adjusted, 0.0, class_weights, True, label_smoothing
    )


@keras.saving.register_keras_serializable("tfclf")
class LogitAdjustedCrossentropy(SparseLoss):
    """Cross-entropy of ``logits + tau * log share``, over label ids of examples or tokens.

    A rare class has to win against its small share in training, so that without it, in prediction,
    the logits are those for equally frequent classes. With ``tau=1`` the largest logit is then
    right for balanced error, and macro-F1 gains; ``tau=0`` is cross-entropy. Predict with the
    logits as they are: nothing is added there. Their softmax is the probability under equal shares.

    There is no version for several labels a text: a number added to the logit of a label of its own
    changes nothing there, since the bias of that label takes it back.

    Args:
        counts: Training rows of each class, or tokens, shape (classes,); each positive.
        tau: How much of the shares is taken out, at least 0.
        class_weights: One positive weight a class; None is unweighted. The two do the same work:
            inverse weights on top of ``tau=1`` correct twice.
        ignore_class: Label id, or several, whose examples or tokens are left out.
        from_logits: Whether predictions are logits (the default, as our models give) or
            probabilities, whose logarithms are adjusted.
        label_smoothing: Share of the target that all classes have alike, in [0, 1).
        reduction: As for every Keras loss.
        name: Name of the loss.
        dtype: Type of the result.

    Raises:
        ArgumentError: A class has no row, ``tau`` or ``label_smoothing`` is out of range, or a
            weight is not positive and finite; in a call: there are more or fewer counts than
            classes.

    Example:
    >>> import numpy as np
    >>> loss = LogitAdjustedCrossentropy(counts=[90, 10])
    >>> [round(float(loss(np.array([label]), np.array([[0.0, 0.0]]))), 4) for label in (0, 1)]
    [0.1054, 2.3026]

    These are -ln 0.9 and -ln 0.1: the rare class costs more until its logit is the larger one.

    Reference: Menon, Jayasumana, Rawat, Jain, Veit, Kumar 2021, Long-tail Learning via Logit
    Adjustment, eq. 10.
    """

    def __init__(
        self,
        counts: Sequence[int] | np.ndarray,
        tau: float = 1.0,
        class_weights: ClassWeights = None,
        ignore_class: IgnoreClass = None,
        from_logits: bool = True,
        label_smoothing: float = 0.0,
        reduction: str = "sum_over_batch_size",
        name: str = "logit_adjusted_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(class_weights, ignore_class, from_logits, reduction, name, dtype)
        rows = checked_counts(counts)
        self.counts, self.tau = rows.tolist(), checked_number("tau", tau)
        self.label_smoothing = checked_number("label_smoothing", label_smoothing, below=1)
        self.adjustment = (self.tau * np.log(rows / rows.sum())).tolist()

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each example."""
        return logit_adjusted_crossentropy(
            y_true,
            y_pred,
            self.adjustment,
            self.class_weights,
            self.from_logits,
            self.label_smoothing,
        )

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {
            **super().get_config(),
            "counts": self.counts,
            "tau": self.tau,
            "label_smoothing": self.label_smoothing,
        }
