"""Multi-head self-attention."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfclf.models.attend import attend
from tfclf.models.config import BertConfig
from tfclf.models.configured_layer import ConfiguredLayer
from tfclf.models.dropout import CounterDropout
from tfclf.models.embeddings import initializer
from tfclf.models.token_dense import TokenDense


@keras.saving.register_keras_serializable("tfclf")
class BertAttention(ConfiguredLayer):
    """Scaled dot-product attention of every token to every token (Vaswani et al. 2017, eq. 1).

    Args:
        config: Sizes and rates of the model.
    """

    def __init__(self, config: BertConfig, **kwargs: Any):
        super().__init__(config, **kwargs)
        config = self.config

        def dense(name: str) -> TokenDense:
            return TokenDense(
                config.hidden_size,
                kernel_initializer=initializer(config),
                dtype=self.dtype_policy,
                name=name,
            )

        self.query, self.key, self.value = dense("query"), dense("key"), dense("value")
        self.output_dense = dense("output")
        self.dropout = CounterDropout(
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
        batch, seq, width = ops.shape(hidden)
        heads, size = self.config.num_attention_heads, self.config.head_size
        tokens = ops.reshape(hidden, (-1, width))

        def split(x: Any) -> Any:
            # (batch, seq, hidden) -> (batch, seq, heads, size) -> (batch, heads, seq, size)
            return ops.transpose(ops.reshape(x, (batch, seq, heads, size)), (0, 2, 1, 3))

        # Scaling the query costs (batch, seq, hidden) products, the scores heads x seq x seq.
        query = split(self.query(tokens) * size**-0.5)
        key, value = split(self.key(tokens)), split(self.value(tokens))
        weights = self.dropout(attend(query, key, mask_bias), training=training)
        mixed = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))  # (batch, seq, heads, size)
        tokens = self.output_dense(ops.reshape(mixed, (-1, width)))
        return ops.reshape(tokens, (batch, seq, width))
