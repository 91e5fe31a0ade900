"""Vectors of a frozen encoder -> batches and a model that train its head alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from tfclf.data.batch_dataset import batch_dataset
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
        self.epoch = self._done = 0
        self.begun = 0, 0

    def padding_share(self) -> float:
        """Returns 0: vectors have no padding."""
        return 0.0

    def go_on(self, epoch: int, done: int) -> None:
        """Goes on in the middle of an epoch, as ``Batches`` does."""
        self.begun = self.epoch, self._done = epoch, done

    def read_epoch(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Yields the batches of the current epoch with their numbers, and stays in it."""
        order = np.arange(len(self.vectors))
        if self.seed is not None:
            order = np.random.default_rng([self.seed, self.epoch]).permutation(order)
        for step in range(self._done, self.steps):
            rows = order[step * self.batch_size : (step + 1) * self.batch_size]
            yield step, (self.vectors[rows], self.label_ids[rows])

    def finish_epoch(self) -> int:
        """Goes on to the next epoch, and returns its number."""
        self.epoch, self._done = self.epoch + 1, 0
        return self.epoch

    def signature(self) -> tuple[Any, ...]:
        """Returns type and shape of each part of an element, as ``tf.TensorSpec``."""
        import tensorflow as tf

        vectors = tf.TensorSpec((None, self.vectors.shape[1]), self.vectors.dtype)
        return vectors, tf.TensorSpec((None,), tf.int32)

    def dataset(self) -> tf.data.Dataset:
        """Returns a ``tf.data.Dataset`` of ``(vectors, label_ids)``, each pass another epoch."""
        return batch_dataset(self)


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
