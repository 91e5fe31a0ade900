"""Cross-entropy with a margin that is wider for rarer classes."""

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
    one_hot,
    sparse_categorical_focal_crossentropy,
)


def margin_crossentropy(
    y_true: Any,
    y_pred: Any,
    margins: Sequence[float],
    scale: float = 1.0,
    class_weights: list[float] | None = None,
    from_logits: bool = True,
) -> Any:
    """Computes ``-w_y log softmax(scale * (logits - margin of y at y))_y``.

    Args:
        y_true: Label ids, shape (...) or (..., 1).
        y_pred: Logits or probabilities, shape (..., classes); of probabilities the logarithms are
            taken.
        margins: By how much the logit of each class has to lead where it is the label.
        scale: What logits and margins are multiplied by.
        class_weights: One weight a class.
        from_logits: Whether ``y_pred`` are logits.

    Returns:
        The loss of each example, shape (...). A label that is no class has loss 0.

    Raises:
        ArgumentError: There is not one label for each row of logits, or one number a class.
    """
    logits = y_pred if from_logits else log_probabilities(y_pred, from_logits)
    margin = one_hot(y_true, y_pred) * per_class_like(margins, y_pred, "counts")
    return sparse_categorical_focal_crossentropy(
        y_true, scale * (logits - margin), 0.0, class_weights
    )


@keras.saving.register_keras_serializable("tfclf")
class LDAMLoss(SparseLoss):
    """Label-distribution-aware margins, over label ids of examples or tokens.

    The logit of the label has to lead by ``max_margin * (smallest count / its count)^(1/4)``: by
    the whole ``max_margin`` for the rarest class, by less for the others. The paper trains with it
    unweighted first and re-weights the last epochs: ``tfclf.training.DeferredReweighting``.

    In the paper features and class vectors have length 1, so that a logit is a cosine; a margin of
    0.5 is wide there, and ``scale=30`` makes logits of cosines. Our models give free logits, which
    take any size by themselves: leave ``scale`` at 1 and widen the margin where it does little.

    Args:
        counts: Training rows of each class, or tokens, shape (classes,); each positive.
        max_margin: Margin of the rarest class, at least 0, in units of a logit; 0 is cross-entropy.
        scale: What logits and margins are multiplied by, above 0.
        class_weights: One positive weight a class; None is unweighted.
        ignore_class: Label id, or several, whose examples or tokens are left out.
        from_logits: Whether predictions are logits (the default, as our models give) or
            probabilities, whose logarithms stand for the logits.
        reduction: As for every Keras loss.
        name: Name of the loss.
        dtype: Type of the result.

    Raises:
        ArgumentError: A class has no row, ``max_margin`` or ``scale`` is out of range, or a weight
            is not positive and finite; in a call: there are more or fewer counts than classes.

    Example:
    >>> import numpy as np
    >>> loss = LDAMLoss(counts=[80, 5])
    >>> loss.margins  # (5 / 80)^(1/4) is 1/2
    [0.25, 0.5]
    >>> round(float(loss(np.array([1]), np.array([[0.0, 0.5]]))), 4)  # no lead is left: ln 2
    0.6931

    Reference: Cao, Wei, Gaidon, Arechiga, Ma 2019, Learning Imbalanced Datasets with
    Label-Distribution-Aware Margin Loss, eqs. 12 and 13.
    """

    def __init__(
        self,
        counts: Sequence[int] | np.ndarray,
        max_margin: float = 0.5,
        scale: float = 1.0,
        class_weights: ClassWeights = None,
        ignore_class: IgnoreClass = None,
        from_logits: bool = True,
        reduction: str = "sum_over_batch_size",
        name: str = "ldam",
        dtype: Any = None,
    ):
        super().__init__(class_weights, ignore_class, from_logits, reduction, name, dtype)
        rows = checked_counts(counts)
        self.counts, self.max_margin = rows.tolist(), checked_number("max_margin", max_margin)
        self.scale = checked_number("scale", scale, above=True)
        self.margins = (self.max_margin * (rows.min() / rows) ** 0.25).tolist()

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each example."""
        return margin_crossentropy(
            y_true, y_pred, self.margins, self.scale, self.class_weights, self.from_logits
        )

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {
            **super().get_config(),
            "counts": self.counts,
            "max_margin": self.max_margin,
            "scale": self.scale,
        }
