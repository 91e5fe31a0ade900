"""Multi-head self-attention."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfclf.models.config import BertConfig
from tfclf.models.embeddings import initializer


@keras.saving.register_keras_serializable("tfclf")
class BertAttention(keras.layers.Layer):
    """Scaled dot-product attention of every token to every token (Vaswani et al. 2017, eq. 1).

    Args:
        config: Sizes and rates of the model.
    """

    def __init__(self, config: BertConfig, **kwargs: Any):
        super().__init__(**kwargs)
        self.config = config

        def dense(name: str) -> keras.layers.Dense:
            return keras.layers.Dense(
                config.hidden_size,
                kernel_initializer=initializer(config),
                dtype=self.dtype_policy,
                name=name,
            )

        self.query, self.key, self.value = dense("query"), dense("key"), dense("value")
        self.output_dense = dense("output")
        self.dropout = keras.layers.Dropout(
            config.attention_probs_dropout_prob, dtype=self.dtype_policy, name="dropout"
        )

    def build(self, input_shape: Any = None) -> None:
        """Creates the weights; only the width of the input matters."""
        shape = (None, None, self.config.hidden_size)
        for layer in (self.query, self.key, self.value, self.output_dense):
            layer.build(shape)
        self.built = True

    def call(self, hidden: Any, mask_bias: Any = None, training: bool | None = None) -> Any:
        """Attends.

        Args:
            hidden: Vectors, shape (batch, seq, hidden).
            mask_bias: What is added to the attention scores, 0 for tokens and a large negative
                number for padding, shape (batch, 1, 1, seq); None attends everywhere.
            training: Whether dropout is on.

        Returns:
            Vectors, shape (batch, seq, hidden).
        """
        batch, seq, _ = ops.shape(hidden)
        heads, size = self.config.num_attention_heads, self.config.head_size

        def split(x: Any) -> Any:
            # (batch, seq, hidden) -> (batch, seq, heads, size) -> (batch, heads, seq, size)
            return ops.transpose(ops.reshape(x, (batch, seq, heads, size)), (0, 2, 1, 3))

        # Scaling the query costs (batch, seq, hidden) products, the scores heads x seq x seq.
        query = split(self.query(hidden) * size**-0.5)
        key, value = split(self.key(hidden)), split(self.value(hidden))
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))  # (batch, heads, seq, seq)
        if mask_bias is not None:
            scores = scores + mask_bias
        weights = self.dropout(ops.softmax(scores, axis=-1), training=training)
        mixed = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))  # (batch, seq, heads, size)
        return self.output_dense(ops.reshape(mixed, (batch, seq, heads * size)))
