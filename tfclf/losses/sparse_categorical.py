"""Cross-entropy and focal loss over label ids, of examples or of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfclf.losses.arguments import (
    ClassWeights,
    IgnoreClass,
    PerClass,
    checked_gamma,
    checked_number,
    number_like,
    per_class_like,
)
from tfclf.losses.weighting import ClassificationLoss, not_ignored, squeezed

EPSILON = 1e-7  # keeps the logarithm of a probability, and the slope of a root, finite


def sparse_categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    gamma: float | Sequence[float] = 2.0,
    class_weights: list[float] | None = None,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
) -> Any:
    """Computes ``-w_y sum_c t_c (1 - p_c)^gamma_c log p_c`` for targets ``t`` of sum 1.

    Without smoothing ``t`` is 1 at the label and the sum is ``-w_y (1 - p_y)^gamma_y log p_y`` (Lin
    et al. 2017, equation 5). With smoothing ``t_c = (1 - s) [c = y] + s / classes`` (Szegedy et al.
    2016, section 7): at gamma 0 this is smoothed cross-entropy. Each term has its own focus: were
    that of the label put before the whole sum, the loss would be least at certainty again, which is
    what smoothing is against.

    Args:
        y_true: Label ids, shape (...) or (..., 1).
        y_pred: Logits or probabilities, shape (..., classes).
        gamma: Focus on hard examples, a number or one a class; 0 is cross-entropy.
        class_weights: One weight a class.
        from_logits: Whether ``y_pred`` are logits.
        label_smoothing: The share s of the target that all classes have alike, in [0, 1).

    Returns:
        The loss of each example, shape (...). A label that is no class has loss 0.

    Raises:
        ArgumentError: There is not one label for each row of logits, or one weight or gamma a
            class.
    """
    chosen = one_hot(y_true, y_pred)
    log_p = log_probabilities(y_pred, from_logits)
    targets = chosen
    if label_smoothing:  # a label that is no class has no target at all
        known = ops.sum(chosen, axis=-1, keepdims=True)
        targets = (1 - label_smoothing) * chosen + label_smoothing / y_pred.shape[-1] * known
    terms = -targets * log_p
    if np.any(gamma):
        focus = ops.maximum(-ops.expm1(log_p), EPSILON)
        terms = terms * focus ** number_like(gamma, y_pred, "gammas")
    loss = ops.sum(terms, axis=-1)
    if class_weights is not None:
        weights = per_class_like(class_weights, y_pred, "class weights")
        loss = loss * ops.sum(chosen * weights, axis=-1)
    return loss


def one_hot(y_true: Any, y_pred: Any) -> Any:
    """Returns label ids as rows with a 1, shape (..., classes); all 0 where an id is no class.

    Raises:
        ArgumentError: There is not one label for each row of logits.
    """
    labels = ops.cast(squeezed(y_true, y_pred), "int32")
    return ops.one_hot(labels, y_pred.shape[-1], dtype=y_pred.dtype)


def log_probabilities(y_pred: Any, from_logits: bool) -> Any:
    """Returns the logarithm of each class's probability, finite for any finite predictions."""
    if from_logits:
        return ops.log_softmax(y_pred, axis=-1)
    return ops.log(ops.clip(y_pred, EPSILON, 1.0))


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

    The alpha of the paper, one a class, is ``class_weights`` here. With weights by the effective
    number of rows it is the class-balanced focal loss (Cui et al. 2019), whose weights sum to the
    number of classes, as ours do.

    Args:
        gamma: Focus on hard examples, at least 0: a number, or one a class.
        class_weights: One positive weight a class; None is unweighted.
        ignore_class: Label id, or several, whose examples or tokens are left out.
        from_logits: Whether predictions are logits (the default, as our models give) or
            probabilities.
        reduction: As for every Keras loss.
        name: Name of the loss.
        dtype: Type of the result.
        label_smoothing: Share of the target that all classes have alike, in [0, 1). Each class's
            term has its own focus; at gamma 0 it is smoothed cross-entropy.

    Raises:
        ArgumentError: ``gamma`` is negative, ``label_smoothing`` out of range, or a weight is not
            positive and finite.

    Example:
    >>> import numpy as np
    >>> loss = SparseCategoricalFocalCrossentropy(gamma=2.0)
    >>> round(float(loss(np.array([0]), np.array([[0.0, 0.0]]))), 4)  # ln 2 / 4
    0.1733

    Class-balanced, for 90 and 10 rows:

    >>> from tfclf.imbalance import class_weights
    >>> weights = class_weights([90, 10], "effective", beta=0.99)
    >>> loss = SparseCategoricalFocalCrossentropy(2.0, weights)
    >>> [round(weight, 3) for weight in loss.class_weights]
    [0.277, 1.723]

    Reference: Lin, Goyal, Girshick, He, Dollar 2017, Focal Loss for Dense Object Detection, eq. 5;
    Cui, Jia, Lin, Song, Belongie 2019, Class-Balanced Loss Based on Effective Number of Samples;
    Szegedy et al. 2016, Rethinking the Inception Architecture for Computer Vision, section 7.
    """

    def __init__(
        self,
        gamma: PerClass = 2.0,
        class_weights: ClassWeights = None,
        ignore_class: IgnoreClass = None,
        from_logits: bool = True,
        reduction: str = "sum_over_batch_size",
        name: str = "sparse_categorical_focal_crossentropy",
        dtype: Any = None,
        label_smoothing: float = 0.0,
    ):
        super().__init__(class_weights, ignore_class, from_logits, reduction, name, dtype)
        self.gamma = checked_gamma(gamma)
        self.label_smoothing = checked_number("label_smoothing", label_smoothing, below=1)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each example."""
        return sparse_categorical_focal_crossentropy(
            y_true,
            y_pred,
            self.gamma,
            self.class_weights,
            self.from_logits,
            self.label_smoothing,
        )

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {
            **super().get_config(),
            "gamma": self.gamma,
            "label_smoothing": self.label_smoothing,
        }


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
        label_smoothing: Share of the target that all classes have alike, in [0, 1) (Szegedy et al.
            2016, section 7). An example has the weight of its label.

    Raises:
        ArgumentError: A weight is not positive and finite, or ``label_smoothing`` is out of range.

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
        label_smoothing: float = 0.0,
    ):
        super().__init__(class_weights, ignore_class, from_logits, reduction, name, dtype)
        self.label_smoothing = checked_number("label_smoothing", label_smoothing, below=1)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each example."""
        return sparse_categorical_focal_crossentropy(
            y_true, y_pred, 0.0, self.class_weights, self.from_logits, self.label_smoothing
        )

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {**super().get_config(), "label_smoothing": self.label_smoothing}
