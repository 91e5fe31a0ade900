"""Loss over several labels a text that treats positives and negatives differently."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfclf.losses.arguments import ClassWeights, IgnoreClass, checked_number
from tfclf.losses.binary import (
    BinaryLoss,
    known_targets,
    log_probabilities_of_both,
    mean_of_known,
)
from tfclf.losses.sparse_categorical import EPSILON


def asymmetric_loss(
    y_true: Any,
    y_pred: Any,
    gamma_negative: float = 4.0,
    gamma_positive: float = 0.0,
    clip: float = 0.05,
    class_weights: ClassWeights = None,
    ignore_class: IgnoreClass = None,
    from_logits: bool = True,
) -> Any:
    """Computes the mean over the classes of what a positive or a negative entry costs.

    With w the weight of a class and p its probability::

        positive: -w (1 - p)^gamma_positive log p
        negative: -w q^gamma_negative log (1 - q), with q = max(p - clip, 0)

    Args:
        y_true: 0 or 1 for each class, shape (batch, classes).
        y_pred: Logits or probabilities, shape (batch, classes).
        gamma_negative: Focus on hard negatives.
        gamma_positive: Focus on hard positives.
        clip: Probability below which a negative costs nothing.
        class_weights: One weight a class.
        ignore_class: What stands in ``y_true`` where nothing is known; the mean is over the rest.
        from_logits: Whether ``y_pred`` are logits.

    Returns:
        The loss of each example, shape (batch,). An example of which nothing is known has 0.

    Raises:
        ArgumentError: Labels and predictions differ in shape, or there is not one weight a class.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    targets, known = known_targets(y_true, y_pred, ignore_class)
    log_p, log_not_p = log_probabilities_of_both(y_pred, from_logits)
    log_q, log_not_q = shifted(log_p, clip) if clip else (log_p, log_not_p)
    positive, negative = -targets * log_p, -(1 - targets) * log_not_q
    if gamma_positive:
        positive = positive * ops.exp(gamma_positive * log_not_p)
    if gamma_negative:
        negative = negative * ops.exp(gamma_negative * log_q)
    return mean_of_known(positive + negative, known, class_weights)


def shifted(log_p: Any, clip: float) -> tuple[Any, Any]:
    """Returns log q and log (1 - q) of ``q = max(p - clip, 0)``, both finite."""
    q = ops.maximum(ops.exp(log_p) - clip, 0)
    # Where q is 0 its floor has no slope, and the logarithm beside it is 0.
    return ops.log(ops.maximum(q, EPSILON)), ops.log1p(-q)


@keras.saving.register_keras_serializable("tfclf")
class AsymmetricLoss(BinaryLoss):
    """Loss for several labels a text, of which few hold: easy negatives do not count at all.

    Negatives have a focus of their own, and below the probability ``clip`` they cost nothing; a
    positive keeps its cross-entropy. A negative of which the model is very sure that it holds
    counts less again, as a label that was forgotten. The loss of an example is the mean over its
    classes, not over the sum of their weights. Its probabilities are higher than the shares of the
    labels: choose thresholds on validation.

    Args:
        gamma_negative: Focus on hard negatives, at least 0.
        gamma_positive: Focus on hard positives, at least 0, usually below ``gamma_negative``.
        clip: Probability below which a negative costs nothing, in [0, 1). With 0 and both gammas 0
            this is ``BinaryCrossentropy``.
        class_weights: One positive weight a class, for its positives and negatives alike; None is
            unweighted.
        ignore_class: What stands in ``y_true`` where nothing is known. These entries are left out;
            an example without any other does not count.
        from_logits: Whether predictions are logits (the default, as our models give) or
            probabilities.
        reduction: As for every Keras loss.
        name: Name of the loss.
        dtype: Type of the result.

    Raises:
        ArgumentError: A gamma or ``clip`` is out of range, or a weight is not positive and finite.

    Example:
    >>> import numpy as np
    >>> loss = AsymmetricLoss(gamma_negative=1.0, clip=0.25)
    >>> round(float(loss(np.array([[0]]), np.array([[0.0]]))), 4)  # q is 1/4: -ln(3/4) / 4
    0.0719

    Reference: Ridnik, Ben-Baruch, Zamir, Noy, Friedman, Protter, Zelnik-Manor 2021, Asymmetric Loss
    for Multi-Label Classification, section 2 (asymmetric focusing, probability shifting).
    """

    def __init__(
        self,
        gamma_negative: float = 4.0,
        gamma_positive: float = 0.0,
        clip: float = 0.05,
        class_weights: ClassWeights = None,
        ignore_class: IgnoreClass = None,
        from_logits: bool = True,
        reduction: str = "sum_over_batch_size",
        name: str = "asymmetric_loss",
        dtype: Any = None,
    ):
        super().__init__(class_weights, ignore_class, from_logits, reduction, name, dtype)
        self.gamma_negative = checked_number("gamma_negative", gamma_negative)
        self.gamma_positive = checked_number("gamma_positive", gamma_positive)
        self.clip = checked_number("clip", clip, below=1)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each example."""
        return asymmetric_loss(
            y_true,
            y_pred,
            self.gamma_negative,
            self.gamma_positive,
            self.clip,
            self.class_weights,
            self.ignore_class,
            self.from_logits,
        )

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {
            **super().get_config(),
            "gamma_negative": self.gamma_negative,
            "gamma_positive": self.gamma_positive,
            "clip": self.clip,
        }
