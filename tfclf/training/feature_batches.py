"""Vectors of a frozen encoder -> batches and a model that train its head alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from tfclf.models import TFBertForSequenceClassification

if TYPE_CHECKING:
    import tensorflow as tf


class FeatureBatches:
    """Batches of vectors with label ids, in the place of ``tfclf.data.Batches``.

    Args:
        vectors: What the head reads, shape (rows, hidden), float32.
        label_ids: Shape (rows,).
        batch_size: Rows in a batch.
        seed: Seed of the order, another one each epoch; None keeps the order.
    """

    def __init__(
        self, vectors: np.ndarray, label_ids: np.ndarray, batch_size: int, seed: int | None = None
    ):
        self.vectors, self.label_ids = vectors, label_ids.astype("int32")
        self.batch_size, self.seed = batch_size, seed
        self.num_rows_read = len(vectors)
        self.steps = -(-len(vectors) // batch_size)

    def padding_share(self) -> float:
        """Returns 0: vectors have no padding."""
        return 0.0

    def dataset(self) -> tf.data.Dataset:
        """Returns a ``tf.data.Dataset`` of ``(vectors, label_ids)``."""
        import tensorflow as tf

        rows = tf.data.Dataset.from_tensor_slices((self.vectors, self.label_ids))
        if self.seed is not None:
            rows = rows.shuffle(len(self.vectors), seed=self.seed, reshuffle_each_iteration=True)
        options = tf.data.Options()
        options.autotune.enabled = False  # as in ``Batches``
        return rows.batch(self.batch_size).with_options(options)


class HeadOnly(keras.Model):
    """The head of a text classifier over vectors that its frozen encoder gave before.

    It shares the head's layers: after ``fit`` the wrapped model is the trained one.

    Args:
        model: The model.
    """

    def __init__(self, model: TFBertForSequenceClassification):
        super().__init__(name="head_only", dtype=model.dtype_policy)
        self.head_layers = model._head.layers
        self._head = model._head
        self.built = True

    def call(self, vectors: Any, training: bool | None = None) -> Any:
        """Maps vectors, shape (batch, hidden), to logits, shape (batch, labels)."""
        return self._head(vectors, training=training)
