"""The embedding table, with a gradient that every optimizer reads right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfclf.errors import ArgumentError
from tfclf.models.gradients import differentiable


@keras.saving.register_keras_serializable("tfclf")
class LookupTable(keras.layers.Embedding):
    """``keras.layers.Embedding`` whose gradient is dense, and which can train some rows alone.

    On TensorFlow the gradient of a lookup is a list of rows, in which a token that occurs twice
    stands twice. Keras 3's Adam squares each row before it adds them up, so that the second moment
    of frequent tokens comes out too small or too large: the square of a sum is not the sum of
    squares. TFBert's trajectories (TensorFlow 2.15) are met only when rows are added first.

    A dense gradient has zeros for all tokens that a batch does not have, and an optimizer reads and
    writes the whole table at each step: of MiniLM half of all weights. ``narrow`` gives the rows
    that training can meet a table of their own.

    Attributes:
        narrow_rows: The trained rows, shape (ids, hidden), while the table is narrow; else None.
    """

    narrow_rows: keras.Variable | None = None
    _positions: np.ndarray  # of the ids in ``narrow_rows``, shape (vocabulary,)
    _ids: np.ndarray

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Looks up ids of shape (...), returns vectors of shape (..., hidden)."""
        if training and self.narrow_rows is not None:
            return self._look_up(self.narrow_rows, ops.take(self._positions, inputs, axis=0))
        if keras.backend.backend() != "tensorflow":  # elsewhere the gradient is dense already
            return super().call(inputs)
        return self._look_up(self.embeddings, inputs)

    def narrow(self, ids: np.ndarray) -> None:
        """Trains the rows of some ids alone, until ``widen``; the rest of the table stands still.

        In training every id has to be one of these. Otherwise the table is read, which has what
        ``write_back`` wrote last. To be called before an optimizer is built.

        Args:
            ids: Distinct ids, shape (ids,).

        Raises:
            ArgumentError: The table is narrow already.
        """
        if self.narrow_rows is not None:
            raise ArgumentError("the table is narrow already", remedy="Call widen first.")
        self._ids = np.asarray(ids)
        self._positions = np.zeros(self.input_dim, "int32")
        self._positions[self._ids] = np.arange(len(self._ids))
        values = ops.take(ops.convert_to_tensor(self.embeddings), self._ids, axis=0)
        self._tracker.unlock()  # as ``Embedding.enable_lora`` does
        self.narrow_rows = self.add_weight(
            shape=values.shape, initializer=lambda *args, **kwargs: values, name="narrow_rows"
        )
        self.embeddings.trainable = False
        self._tracker.lock()

    def write_back(self, factor: float = 1.0) -> None:
        """Writes the trained rows into the table.

        Args:
            factor: What the rows that did not train are multiplied by: weight decay reaches them
                as well.
        """
        table = ops.convert_to_numpy(self.embeddings)
        table = table * table.dtype.type(factor)
        table[self._ids] = ops.convert_to_numpy(self.narrow_rows)
        self.embeddings.assign(table)

    def widen(self) -> None:
        """Ends ``narrow``: the rows go back into the table, which trains again."""
        self.write_back()
        self._tracker.unlock()
        self._untrack_variable(self.narrow_rows)
        self._tracker.lock()
        self.narrow_rows = None
        self.embeddings.trainable = True

    def _look_up(self, variable: keras.Variable, ids: Any) -> Any:
        table = ops.reshape(variable, variable.shape)  # a tensor: variables are refused here
        return ops.cast(self._rows_of(table, ids), self.compute_dtype)

    def _rows_of(self, table: Any, ids: Any) -> Any:
        """Returns rows of a table, whose gradient is a table too."""
        return LOOK_UP([table], [ops.cast(ids, "int32")], self)


def _read(tensors: Sequence[Any], others: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
    return ops.take(tensors[0], others[0], axis=0), ()


def _add_up(
    tensors: Sequence[Any], others: Sequence[Any], kept: Sequence[Any], upstream: Any
) -> Sequence[Any]:
    (rows, width), (ids,) = tensors[0].shape, others
    by_row = ops.reshape(upstream, (-1, width))
    return (ops.segment_sum(by_row, ops.reshape(ids, (-1,)), num_segments=rows),)


LOOK_UP = differentiable(_read, _add_up)
