"""F1 of entities over a whole epoch, from counts that batches add to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tfclf.data.tag_schemes import ONGOING, OPEN, OUTSIDE, split_tag
from tfclf.errors import ArgumentError
from tfclf.tasks import IGNORED


@keras.saving.register_keras_serializable("tfclf")
class EntityF1(keras.metrics.Metric):
    """Micro-F1 of the entities that tags say, exact over any number of batches.

    Equals ``seqeval.metrics.f1_score`` in its default mode: an entity is found where type, first
    and last word are those of a true one, and tags that break their scheme are read as
    ``conlleval`` does. Positions that are ignored are taken out, and the words on both sides of
    them stand together, so that only the first piece of each word needs a label.

    Args:
        labels: Tags in the order of their ids, such as ``("B-person", "I-person", "O")``; all that
            are not a letter of B, I, E, S and a type are outside of entities.
        ignore_class: Label id of positions that are taken out; None takes out none. Any other id
            that is no label's, such as -1 for a tag that training never had, is outside.
        name: Name of the metric.
        dtype: Type of the result.

    Example:
    >>> metric = EntityF1(["B-x", "I-x", "O"])
    >>> logits = [[[9, 0, 0], [0, 0, 9], [0, 0, 9], [9, 0, 0]]]
    >>> metric.update_state([[0, 1, -100, 0]], logits)  # true B I B, predicted B O B
    >>> float(metric.result())
    0.5
    """

    def __init__(
        self,
        labels: Sequence[str],
        ignore_class: int | None = IGNORED,
        name: str = "f1",
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype=dtype)
        self.labels, self.ignore_class = tuple(labels), ignore_class
        # One more row than labels: what has an id of none is outside.
        letters, types = zip(*map(split_tag, [*self.labels, OUTSIDE]), strict=True)
        numbers = {type_: i for i, type_ in enumerate(sorted(set(types)))}  # 0 is no type
        self._type = tuple(numbers[type_] for type_ in types)
        self._open = tuple(letter in OPEN for letter in letters)
        self._ongoing = tuple(letter in ONGOING for letter in letters)
        # Entities in the labels, in the predictions, and in both.
        self.counts = self.add_variable((3,), initializer="zeros", dtype="int32", name="counts")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts a batch.

        Args:
            y_true: Label ids, shape (batch, seq).
            y_pred: Logits or probabilities, shape (batch, seq, labels).
            sample_weight: Shape (batch,) or (batch, seq); what has weight 0 is taken out, all else
                counts once.
        """
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        if y_pred.shape[-1] != len(self.labels):
            raise ArgumentError(
                f"expected predictions for {len(self.labels)} labels, got shape "
                f"{tuple(y_pred.shape)}"
            )
        true, predicted = ops.cast(y_true, "int32"), ops.cast(ops.argmax(y_pred, -1), "int32")
        taken_out = ops.zeros_like(true, dtype="bool")
        if self.ignore_class is not None:
            taken_out = ops.equal(true, self.ignore_class)
        if sample_weight is not None:
            weight = ops.convert_to_tensor(sample_weight)
            weight = weight if len(weight.shape) > 1 else ops.expand_dims(weight, -1)
            taken_out = taken_out | ops.equal(weight, 0)
        # What is taken out becomes outside and goes to the end of its row.
        place = ops.arange(ops.shape(true)[1], dtype="int32")
        order = ops.argsort(ops.where(taken_out, place + ops.shape(true)[1], place), axis=1)
        outside = len(self.labels)
        true = ops.where(taken_out | (true < 0) | (true >= outside), outside, true)
        predicted = ops.where(taken_out, outside, predicted)
        self.counts.assign_add(
            self._count(
                ops.take_along_axis(true, order, axis=1),
                ops.take_along_axis(predicted, order, axis=1),
            )
        )

    def result(self) -> Any:
        """Returns micro-F1; 0 where there is no entity."""
        true, predicted, both = (ops.cast(self.counts[i], self.dtype) for i in range(3))
        return 2 * both / ops.maximum(true + predicted, 1)

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {
            **super().get_config(),
            "labels": list(self.labels),
            "ignore_class": self.ignore_class,
        }

    def _count(self, true: Any, predicted: Any) -> Any:
        """Returns the entities in the labels, in the predictions and in both, shape (3,), int32."""
        true_type, true_first, true_last = self._entities(true)
        predicted_type, predicted_first, predicted_last = self._entities(predicted)
        # An entity is in both where both end together with one type, and the last word up to there
        # at which one began is one at which both did: an odd mark.
        place = ops.arange(ops.shape(true)[1], dtype="int32")
        together = ops.cast(true_first & predicted_first, "int32")
        mark = ops.where(true_first | predicted_first, 2 * place + together, -2)
        up_to = ops.expand_dims(place, 1) >= place  # (seq, seq), word by the words up to it
        latest = ops.max(ops.where(up_to, ops.expand_dims(mark, 1), -2), axis=-1)  # (batch, seq)
        same_end = true_last & predicted_last & ops.equal(true_type, predicted_type)
        both = same_end & ops.equal(latest % 2, 1)
        return ops.stack([ops.sum(ops.cast(x, "int32")) for x in (true_last, predicted_last, both)])

    def _entities(self, ids: Any) -> tuple[Any, Any, Any]:
        """Returns the type of each word and whether an entity begins and ends, (batch, seq) each.

        Args:
            ids: Label ids, the number of labels for outside, shape (batch, seq).
        """
        type_ = ops.take(ops.convert_to_tensor(self._type, dtype="int32"), ids)
        may_go_on = ops.take(ops.convert_to_tensor(self._open, dtype="bool"), ids)
        may_follow = ops.take(ops.convert_to_tensor(self._ongoing, dtype="bool"), ids)
        # Of each word but the last, whether the next goes on with its entity: (batch, seq - 1).
        goes_on = may_go_on[:, :-1] & may_follow[:, 1:] & ops.equal(type_[:, :-1], type_[:, 1:])
        edge = ops.zeros_like(ids[:, :1], dtype="bool")
        inside = type_ > 0
        first = inside & ~ops.concatenate([edge, goes_on], axis=1)
        last = inside & ~ops.concatenate([goes_on, edge], axis=1)
        return type_, first, last
