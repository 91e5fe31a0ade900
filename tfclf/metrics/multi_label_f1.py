"""Macro- and micro-F1 of labels of which several may hold, from counts that batches add to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tfclf.errors import ArgumentError
from tfclf.losses.weighting import expanded, not_ignored

AVERAGES = ("macro", "micro")


@keras.saving.register_keras_serializable("tfclf")
class MultiLabelF1(keras.metrics.Metric):
    """The F1 of labels of which each text has none, one or several; exact over any batches.

    ``macro`` is the mean of the labels' F1 over those that occur in the truth or in the
    predictions: ``sklearn.metrics.f1_score(average="macro", zero_division=0)`` of their columns.
    ``micro`` is one F1 of all entries together.

    Args:
        num_classes: Number of labels.
        labels: Their names, for ``per_class``.
        per_class: Whether the result also has ``f1_<label>`` for each label.
        average: ``"macro"`` or ``"micro"``.
        threshold: A label is predicted where its logit is above; 0 is a probability of 1/2.
        ignore_class: What stands in ``y_true`` where nothing is known, in a whole row or for a
            label of it. These entries are left out. None leaves none out.
        num_unseen: Number of labels that occur in the data and not in the model. For ``macro`` each
            is a label with F1 0; ``micro``, which would have to know how often they occur, has
            nothing to count.
        name: Name of the metric; None is ``macro_f1`` or ``micro_f1``.
        dtype: Type of the result.

    Raises:
        ArgumentError: There is no such average, or there are not as many names as labels.

    Example:
    >>> metric = MultiLabelF1(num_classes=3)
    >>> metric.update_state([[1, 0, 0], [1, 1, 0]], [[9, -9, -9], [-9, 9, -9]])
    >>> round(float(metric.result()), 4)  # (2/3 + 1) / 2: the third label never occurs
    0.8333
    """

    def __init__(
        self,
        num_classes: int,
        labels: Sequence[str] | None = None,
        per_class: bool = False,
        average: str = "macro",
        threshold: float = 0.0,
        ignore_class: int | None = -100,
        num_unseen: int = 0,
        name: str | None = None,
        dtype: Any = None,
    ):
        if average not in AVERAGES:
            raise ArgumentError(
                f"unknown average {average!r}, expected one of {', '.join(AVERAGES)}"
            )
        super().__init__(name=name or f"{average}_f1", dtype=dtype)
        if labels is not None and len(labels) != num_classes:
            raise ArgumentError(f"{len(labels)} labels, but {num_classes} classes")
        self.num_classes, self.labels, self.per_class = num_classes, labels, per_class
        self.average, self.threshold = average, threshold
        self.ignore_class, self.num_unseen = ignore_class, num_unseen
        # Rows: hits, true, predicted. In integers, since float32 stops counting at 2^24.
        self.counts = self.add_variable(
            (3, num_classes), initializer="zeros", dtype="int32", name="counts"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts a batch.

        Args:
            y_true: 0 or 1 for each label, shape (batch, classes).
            y_pred: Logits, shape (batch, classes).
            sample_weight: Rows of weight 0 are left out, all others count once; shape (batch,).

        Raises:
            ArgumentError: Labels or predictions are not one for each class.
        """
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        for what, values in (("labels", y_true), ("predictions", y_pred)):
            if len(values.shape) != 2 or values.shape[-1] != self.num_classes:
                raise ArgumentError(
                    f"expected {what} of shape (batch, {self.num_classes}), "
                    f"got {tuple(values.shape)}"
                )
        counted = not_ignored(y_true, self.ignore_class)
        if sample_weight is not None:
            weight = expanded(ops.convert_to_tensor(sample_weight), y_true)
            counted = ops.logical_and(counted, ops.not_equal(weight, 0))
        true = ops.logical_and(counted, ops.greater(y_true, 0))
        predicted = ops.logical_and(counted, ops.greater(y_pred, self.threshold))
        rows = ops.stack([ops.logical_and(true, predicted), true, predicted])
        self.counts.assign_add(ops.sum(ops.cast(rows, "int32"), axis=1))

    def result(self) -> Any:
        """Returns the F1, or a dict of it and each label's F1."""
        hits, true, predicted = ops.unstack(ops.cast(self.counts, self.dtype))
        occurring = true + predicted  # 2 tp + fn + fp
        f1 = 2 * hits / ops.maximum(occurring, 1)
        if self.average == "macro":
            present = ops.sum(ops.cast(occurring > 0, self.dtype)) + self.num_unseen
            average = ops.sum(f1) / ops.maximum(present, 1)
        else:
            average = 2 * ops.sum(hits) / ops.maximum(ops.sum(occurring), 1)
        if not self.per_class:
            return average
        names = self.labels or range(self.num_classes)
        return {self.name: average} | {f"f1_{name}": f1[i] for i, name in enumerate(names)}

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "labels": None if self.labels is None else list(self.labels),
            "per_class": self.per_class,
            "average": self.average,
            "threshold": self.threshold,
            "ignore_class": self.ignore_class,
            "num_unseen": self.num_unseen,
        }
