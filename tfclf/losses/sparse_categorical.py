"""Cross-entropy and focal loss over label ids, of examples or of tokens."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfclf.errors import ArgumentError
from tfclf.losses.weighting import (
    ClassificationLoss,
    ClassWeights,
    IgnoreClass,
    class_weights_like,
    not_ignored,
    squeezed,
)

EPSILON = 1e-7  # keeps the logarithm of a probability, and the slope of a root, finite


def sparse_categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    gamma: float = 2.0,
    class_weights: list[float] | None = None,
    from_logits: bool = True,
) -> Any:
    """Computes ``-w_y (1 - p_y)^gamma log p_y`` (Lin et al. 2017, equation 5).

    Args:
        y_true: Label ids, shape (...) or (..., 1).
        y_pred: Logits or probabilities, shape (..., classes).
        gamma: Focus on hard examples; 0 is cross-entropy.
        class_weights: One weight a class.
        from_logits: Whether ``y_pred`` are logits.

    Returns:
        The loss of each example, shape (...). A label that is no class has loss 0.

    Raises:
        ArgumentError: There is not one label for each row of logits, or one weight a class.
    """
    labels = ops.cast(squeezed(y_true, y_pred), "int32")
    if from_logits:
        log_probabilities = ops.log_softmax(y_pred, axis=-1)
    else:
        log_probabilities = ops.log(ops.clip(y_pred, EPSILON, 1.0))
    chosen = ops.one_hot(labels, y_pred.shape[-1], dtype=y_pred.dtype)
    log_p = ops.sum(chosen * log_probabilities, axis=-1)
    loss = -log_p
    if gamma:
        loss = loss * ops.maximum(-ops.expm1(log_p), EPSILON) ** gamma
    if class_weights is not None:
        loss = loss * ops.sum(chosen * class_weights_like(class_weights, y_pred), axis=-1)
    return loss


class SparseLoss(ClassificationLoss):
    """Base of the losses over one label id an example, or one a token."""

    def valid(self, y_true: Any, y_pred: Any) -> Any:
        """Tells which examples have a label, shape (...)."""
        return not_ignored(squeezed(y_true, y_pred), self.ignore_class)


@keras.saving.register_keras_serializable("tfclf")
class SparseCategoricalFocalCrossentropy(SparseLoss):
    """Focal loss over label ids: cross-entropy that counts easy examples less.

    For imbalanced classes, together with class weights. With ``gamma=0`` it is weighted
    cross-entropy. The mean is over the examples, not over the sum of their weights.

    Args:
        gamma: Focus on hard examples, at least 0.
        class_weights: One positive weight a class; None is unweighted.
        ignore_class: Label id, or several, whose examples or tokens are left out.
        from_logits: Whether predictions are logits (the default, as our models give) or
            probabilities.
        reduction: As for every Keras loss.
        name: Name of the loss.
        dtype: Type of the result.

    Raises:
        ArgumentError: ``gamma`` is negative, or a weight is not positive and finite.

    Example:
    >>> import numpy as np
    >>> loss = SparseCategoricalFocalCrossentropy(gamma=2.0)
    >>> round(float(loss(np.array([0]), np.array([[0.0, 0.0]]))), 4)  # ln 2 / 4
    0.1733

    Reference: Lin, Goyal, Girshick, He, Dollar 2017, Focal Loss for Dense Object Detection, eq. 5.
    """

    def __init__(
        self,
        gamma: float = 2.0,
        class_weights: ClassWeights = None,
        ignore_class: IgnoreClass = None,
        from_logits: bool = True,
        reduction: str = "sum_over_batch_size",
        name: str = "sparse_categorical_focal_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(class_weights, ignore_class, from_logits, reduction, name, dtype)
        if not 0 <= gamma < float("inf"):
            raise ArgumentError(f"gamma is {gamma}, expected a number of at least 0")
        self.gamma = float(gamma)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each example."""
        return sparse_categorical_focal_crossentropy(
            y_true, y_pred, self.gamma, self.class_weights, self.from_logits
        )

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {**super().get_config(), "gamma": self.gamma}


@keras.saving.register_keras_serializable("tfclf")
class SparseCategoricalCrossentropy(SparseLoss):
    """Cross-entropy over label ids with class weights inside.

    Keras ignores or refuses ``fit(class_weight=...)`` in several settings; a loss is always heard.
    The mean is over the examples, not over the sum of their weights.

    Args:
        class_weights: One positive weight a class; None is unweighted.
        ignore_class: Label id, or several, whose examples or tokens are left out.
        from_logits: Whether predictions are logits (the default, as our models give) or
            probabilities.
        reduction: As for every Keras loss.
        name: Name of the loss.
        dtype: Type of the result.

    Raises:
        ArgumentError: A weight is not positive and finite.

    Example:
    >>> import numpy as np
    >>> loss = SparseCategoricalCrossentropy(class_weights=[0.5, 1.5])
    >>> round(float(loss(np.array([1]), np.array([[0.0, 0.0]]))), 4)  # 1.5 ln 2
    1.0397
    """

    def __init__(
        self,
        class_weights: ClassWeights = None,
        ignore_class: IgnoreClass = None,
        from_logits: bool = True,
        reduction: str = "sum_over_batch_size",
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(class_weights, ignore_class, from_logits, reduction, name, dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each example."""
        return sparse_categorical_focal_crossentropy(
            y_true, y_pred, 0.0, self.class_weights, self.from_logits
        )
