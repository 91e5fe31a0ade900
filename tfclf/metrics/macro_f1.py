"""Macro-F1 over a whole epoch, from a confusion matrix that batches add to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tfclf.errors import ArgumentError


@keras.saving.register_keras_serializable("tfclf")
class MacroF1(keras.metrics.Metric):
    """The mean F1 of the classes, exact over any number of batches.

    Equals ``sklearn.metrics.f1_score(average="macro", zero_division=0)``: the mean is over the
    classes that occur in the labels or in the predictions.

    Args:
        num_classes: Number of classes.
        labels: Names of the classes, for ``per_class``.
        per_class: Whether the result also has ``f1_<label>`` for each class.
        ignore_class: Label id whose examples are left out, such as -100 for padding.
        num_unseen: Number of labels that occur in the data and not in the model. Examples with the
            label id -1 have one of them: each is a miss, and each such label a class with F1 0.
        name: Name of the metric.
        dtype: Type of the result.

    Example:
    >>> metric = MacroF1(num_classes=3)
    >>> metric.update_state([0, 0, 1, 1], [[9, 0, 0], [0, 9, 0], [0, 9, 0], [0, 9, 0]])
    >>> round(float(metric.result()), 4)  # (2/3 + 4/5) / 2: the third class never occurs
    0.7333
    """

    def __init__(
        self,
        num_classes: int,
        labels: Sequence[str] | None = None,
        per_class: bool = False,
        ignore_class: int | None = None,
        num_unseen: int = 0,
        name: str = "macro_f1",
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype=dtype)
        if labels is not None and len(labels) != num_classes:
            raise ArgumentError(f"{len(labels)} labels, but {num_classes} classes")
        self.num_classes, self.labels, self.per_class = num_classes, labels, per_class
        self.ignore_class, self.num_unseen = ignore_class, num_unseen
        # Rows are the true classes, the last one the labels that the model does not have.
        self.matrix = self.add_variable(
            (num_classes + 1, num_classes), initializer="zeros", dtype="int32", name="matrix"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts a batch.

        Args:
            y_true: Label ids, shape (...) or (..., 1), or one-hot labels, shape (..., classes).
            y_pred: Logits or probabilities, shape (..., classes).
            sample_weight: Examples of weight 0 are left out, all others count once.
        """
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        classes = self.num_classes
        if y_pred.shape[-1] != classes:
            raise ArgumentError(
                f"expected predictions for {classes} classes, got shape {tuple(y_pred.shape)}"
            )
        if len(y_true.shape) == len(y_pred.shape):
            one_hot = y_true.shape[-1] == classes and classes > 1
            y_true = ops.argmax(y_true, -1) if one_hot else ops.squeeze(y_true, -1)
        true = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        predicted = ops.cast(ops.reshape(ops.argmax(y_pred, -1), (-1,)), "int32")
        counted = ops.ones_like(true)
        if self.ignore_class is not None:
            counted = counted * ops.cast(ops.not_equal(true, self.ignore_class), "int32")
        if sample_weight is not None:
            weight = ops.reshape(ops.convert_to_tensor(sample_weight), (-1,))
            counted = counted * ops.cast(ops.not_equal(weight, 0), "int32")
        inside = ops.logical_and(true >= 0, true < classes)
        cell = ops.where(inside, true, classes) * classes + predicted
        counts = ops.segment_sum(counted, cell, num_segments=(classes + 1) * classes)
        self.matrix.assign_add(ops.cast(ops.reshape(counts, (classes + 1, classes)), "int32"))

    def result(self) -> Any:
        """Returns macro-F1, or a dict of it and each class's F1."""
        matrix = ops.cast(self.matrix, self.dtype)
        hits = ops.diagonal(matrix[:-1])
        support = ops.sum(matrix[:-1], axis=1)
        occurring = support + ops.sum(matrix, axis=0)  # true and predicted, 2 tp + fn + fp
        f1 = 2 * hits / ops.maximum(occurring, 1)
        present = ops.sum(ops.cast(occurring > 0, self.dtype)) + self.num_unseen
        macro_f1 = ops.sum(f1) / ops.maximum(present, 1)
        if not self.per_class:
            return macro_f1
        names = self.labels or range(self.num_classes)
        return {self.name: macro_f1} | {f"f1_{name}": f1[i] for i, name in enumerate(names)}

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "labels": None if self.labels is None else list(self.labels),
            "per_class": self.per_class,
            "ignore_class": self.ignore_class,
            "num_unseen": self.num_unseen,
        }
