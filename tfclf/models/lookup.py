"""The embedding table, with a gradient that every optimizer reads right."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("tfclf")
class LookupTable(keras.layers.Embedding):
    """``keras.layers.Embedding`` whose gradient is dense.

    On TensorFlow the gradient of a lookup is a list of rows, in which a token that occurs twice
    stands twice. Keras 3's Adam squares each row before it adds them up, so that the second moment
    of frequent tokens comes out too small or too large: the square of a sum is not the sum of
    squares. TFBert's trajectories (TensorFlow 2.15) are met only when rows are added first.
    """

    def call(self, inputs: Any) -> Any:
        """Looks up ids of shape (...), returns vectors of shape (..., hidden)."""
        if keras.backend.backend() != "tensorflow":  # elsewhere the gradient is dense already
            return super().call(inputs)
        ids = ops.cast(inputs, "int32")
        rows, width = self.input_dim, self.output_dim

        @ops.custom_gradient
        def look_up(table: Any) -> Any:
            def gradient(*arguments: Any, upstream: Any = None) -> Any:
                upstream = arguments[0] if upstream is None else upstream
                return ops.segment_sum(
                    ops.reshape(upstream, (-1, width)), ops.reshape(ids, (-1,)), num_segments=rows
                )

            return ops.take(table, ids, axis=0), gradient

        table = ops.reshape(self.embeddings, (rows, width))  # a tensor: variables are refused here
        return ops.cast(look_up(table), self.compute_dtype)
