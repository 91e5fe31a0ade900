"""What the outputs of each step say, kept while ``fit`` runs: nothing is computed twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from tfclf.models.replicas import rows_of_all_replicas

ROUNDING = 1e-3  # of probabilities in half precision
NUMBERS = ("int", "float", "bool")  # in the names of types
SLOTS = 256  # that classes are counted in; class 256 shares the slot of class 0
FEATURES = ("agreement", "spread", "size", "purity", "rows", "finite", "in_unit", "is_class")


class Beat(NamedTuple):
    """Some steps, oldest first. ``steps`` is the number of them.

    Attributes:
        agreement: Correlation of outputs and truth over the rows of a batch, shape (steps,), in
            [-1, 1]: the covariances of each output with its label, summed, over the root of the
            summed variances of both. About 0 where the outputs say nothing about the labels,
            whatever is added to all rows alike: a label that is preferred changes nothing.
        spread: Standard deviation of an output over the rows, shape (steps,).
        size: Root mean square of the outputs, shape (steps,).
        purity: Share of the most frequent label in the batch, shape (steps,), in [0, 1].
        rows: Rows, or tokens with a label, shape (steps,).
        finite: Whether all outputs are finite, shape (steps,).
        in_unit: Whether all outputs are in [0, 1], as probabilities are, shape (steps,).
        is_class: Whether each row has one label out of several, shape (steps,).
        predicted: Rows that each label was most probable for, shape (steps, SLOTS).
        true: Rows of each label, shape (steps, SLOTS).
    """

    agreement: np.ndarray
    spread: np.ndarray
    size: np.ndarray
    purity: np.ndarray
    rows: np.ndarray
    finite: np.ndarray
    in_unit: np.ndarray
    is_class: np.ndarray
    predicted: np.ndarray
    true: np.ndarray

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.agreement)


@keras.saving.register_keras_serializable("tfclf")
class Pulse(keras.metrics.Metric):
    """Keeps what the outputs of the last steps say; it adds nothing to the logs.

    Args:
        window: Steps that are kept.
        name: Name of the metric.
        dtype: Ignored; what is kept is float32.

    Example:
    >>> pulse = Pulse(window=4)
    >>> pulse.hear(np.array([0, 1]), np.array([[1.0, -1.0], [-1.0, 1.0]]))
    >>> beat = pulse.read()
    >>> beat.agreement.round(3).tolist(), beat.spread.tolist(), beat.predicted[0, :2].tolist()
    ([1.0], [1.0], [1.0, 1.0])
    """

    def __init__(self, window: int = 32, name: str = "pulse", dtype: Any = None):
        super().__init__(name=name, dtype=dtype)
        self.window = window
        settings = {"initializer": "zeros", "aggregation": "only_first_replica"}
        size = (window, len(FEATURES) + 2 * SLOTS)
        self.kept = self.add_variable(size, dtype="float32", name="kept", **settings)
        self.count = self.add_variable((), dtype="int32", name="count", **settings)

    def hear(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Keeps a step; outputs and labels of a form that no loss of Keras takes are passed over.

        Args:
            y_true: Labels in any form that a loss of Keras takes: ids, one-hot, multi-hot, numbers.
            y_pred: Outputs, shape (..., outputs); several outputs are taken together.
            sample_weight: Rows of weight 0 are left out, all others count once.
        """
        # Each replica keeps what the whole batch says.
        y_true, y_pred, sample_weight = keras.tree.map_structure(
            rows_of_all_replicas, (y_true, y_pred, sample_weight)
        )
        rows = [_beat(*one) for one in _outputs(y_true, y_pred, sample_weight) if _is_read(*one)]
        if not rows:
            return
        row = rows[0] if len(rows) == 1 else _joined(rows)
        place = ops.one_hot(self.count % self.window, self.window, dtype="float32")[:, None]
        # Not finite outputs are told by their flag; as numbers they would stay here for ever.
        row = ops.where(ops.isfinite(row), row, 0.0)
        self.kept.assign(self.kept * (1 - place) + place * row[None])
        self.count.assign(self.count + 1)

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Does nothing: a ``train_step`` of a user's own feeds all metrics of the model."""

    def read(self) -> Beat:
        """Returns the steps that are kept, oldest first."""
        kept, count = ops.convert_to_numpy(self.kept), int(ops.convert_to_numpy(self.count))
        order = np.arange(max(0, count - self.window), count) % self.window
        kept = kept[order]
        split = len(FEATURES)
        return Beat(*kept[:, :split].T, kept[:, split : split + SLOTS], kept[:, split + SLOTS :])

    def result(self) -> dict[str, Any]:
        """Returns nothing: the logs stay as they are."""
        return {}

    def reset_state(self) -> None:
        """Keeps everything: Keras resets metrics between epochs."""

    def clear(self) -> None:
        """Forgets everything."""
        self.kept.assign(np.zeros(self.kept.shape, "float32"))
        self.count.assign(0)

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {"window": self.window, "name": self.name}


def _outputs(y_true: Any, y_pred: Any, sample_weight: Any) -> list[tuple[Any, Any, Any]]:
    """Returns labels, values and weights of each output."""
    if isinstance(y_pred, Mapping):
        keys: Any = y_pred.keys()
    elif isinstance(y_pred, list | tuple):
        keys = range(len(y_pred))
    else:
        return [(y_true, y_pred, sample_weight)]
    return [(_of(y_true, key), y_pred[key], _of(sample_weight, key)) for key in keys]


def _of(values: Any, key: Any) -> Any:
    """Returns the part of one output; what is not given by outputs holds for all of them."""
    if isinstance(values, Mapping):
        return values.get(key)
    if isinstance(values, list | tuple):
        return values[key] if isinstance(key, int) and key < len(values) else None
    return values


def _is_read(y_true: Any, y_pred: Any, sample_weight: Any) -> bool:
    """Tells whether labels and outputs are numbers of shapes that belong together."""
    shapes = [getattr(value, "shape", None) for value in (y_true, y_pred)]
    if None in shapes or not all(
        any(kind in str(value.dtype) for kind in NUMBERS) for value in (y_true, y_pred)
    ):
        return False
    true, given = (tuple(shape) for shape in shapes)
    if len(given) < 2:
        return len(given) == 1 and len(true) in (1, 2)
    if not isinstance(given[-1], int) or len(true) not in (len(given) - 1, len(given)):
        return False
    return len(true) < len(given) or true[-1] in (1, given[-1])


def _beat(y_true: Any, y_pred: Any, sample_weight: Any) -> Any:
    """Returns what is kept of an output, shape (features + 2 slots,)."""
    outputs = ops.cast(ops.convert_to_tensor(y_pred), "float32")
    outputs = outputs[:, None] if len(outputs.shape) == 1 else outputs
    width = outputs.shape[-1]
    y_true = ops.convert_to_tensor(y_true)
    if len(y_true.shape) == len(outputs.shape) and y_true.shape[-1] == width and width > 1:
        truth = ops.reshape(ops.cast(y_true, "float32"), (-1, width))
        counted = ops.all(truth >= 0, axis=-1)
        one_each = ops.all(ops.abs(ops.sum(truth, -1) - 1) < 1e-3)
        label = ops.argmax(truth, -1)
    else:
        flat = ops.cast(ops.reshape(y_true, (-1,)), "float32")
        counted = ops.isfinite(flat)
        flat = ops.where(counted, flat, 0.0)
        if width > 1:
            counted = ops.logical_and(counted, flat >= 0)
        label = ops.cast(ops.maximum(flat, 0.0), "int32")
        truth = ops.one_hot(label, width, dtype="float32") if width > 1 else flat[:, None]
        one_each = ops.all(flat == ops.floor(flat))
        if width == 1:
            one_each = ops.logical_and(one_each, ops.all(ops.logical_and(flat >= 0, flat <= 1)))
    weight = ops.cast(counted, "float32") * _weights(sample_weight, outputs)
    return _kept(ops.reshape(outputs, (-1, width)), truth, label, weight, one_each)


def _kept(outputs: Any, truth: Any, label: Any, weight: Any, one_each: Any) -> Any:
    """Returns the numbers of a step from rows: outputs, truth (rows, outputs), weight (rows,)."""
    finite = ops.all(ops.isfinite(ops.where(weight[:, None] > 0, outputs, 0.0)))
    outputs = ops.where(ops.isfinite(outputs), outputs, 0.0)
    rows = ops.sum(weight)
    share = (weight / ops.maximum(rows, 1.0))[:, None]  # of each row in a mean
    centred = outputs - ops.sum(share * outputs, 0)
    wanted = truth - ops.sum(share * truth, 0)
    variances = ops.sum(share * centred**2) * ops.sum(share * wanted**2)
    agreement = ops.sum(share * centred * wanted) / ops.sqrt(variances + 1e-12)
    spread = ops.sqrt(ops.mean(ops.sum(share * centred**2, 0)))
    size = ops.sqrt(ops.mean(ops.sum(share * outputs**2, 0)))
    in_unit = ops.all(ops.logical_and(outputs >= -ROUNDING, outputs <= 1 + ROUNDING))
    width = outputs.shape[-1]
    least = ops.where(in_unit, 0.5, 0.0)
    said = ops.argmax(outputs, -1) if width > 1 else ops.cast(outputs[:, 0] > least, "int32")
    predicted, true = (_slots(ids, weight) for ids in (said, label))
    purity = ops.max(true) / ops.maximum(rows, 1.0)
    flags = (ops.cast(flag, "float32") for flag in (finite, in_unit, one_each))
    finite, in_unit, one_each = flags
    numbers = ops.stack([agreement, spread, size, purity, rows, finite, in_unit, one_each])
    return ops.concatenate([numbers, predicted, true])


def _slots(ids: Any, weight: Any) -> Any:
    """Counts rows by their ids, shape (SLOTS,)."""
    return ops.segment_sum(weight, ops.cast(ids, "int32") % SLOTS, num_segments=SLOTS)


def _weights(sample_weight: Any, outputs: Any) -> Any:
    """Returns 1 for each row that is not left out by its weight, shape (rows,)."""
    ones = ops.ones_like(outputs[..., 0], dtype="float32")  # one a text, or one a token of each
    if sample_weight is None:
        return ops.reshape(ones, (-1,))
    shape = ops.shape(ones)
    weight = ops.cast(ops.convert_to_tensor(sample_weight) > 0, "float32")
    if len(weight.shape) == len(shape) + 1:
        weight = weight[..., 0]
    while len(weight.shape) < len(shape):  # a weight of a text is that of its tokens
        weight = weight[..., None]
    return ops.reshape(ops.broadcast_to(weight, shape), (-1,))


def _joined(rows: list[Any]) -> Any:
    """Takes several outputs together, and counts no label."""
    together = ops.stack(rows)  # (outputs, features + 2 slots)
    total, mean, least = (reduce(together, axis=0) for reduce in (ops.sum, ops.mean, ops.min))
    name = FEATURES.index
    picked = [
        mean[name("agreement")],
        mean[name("spread")],
        mean[name("size")],
        least[name("purity")],
        total[name("rows")],
        least[name("finite")],
        least[name("in_unit")],
        ops.zeros_like(mean[0]),
    ]
    return ops.concatenate([ops.stack(picked), ops.zeros_like(mean[len(FEATURES) :])])
