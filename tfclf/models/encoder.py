"""Vectors -> vectors: the stack of transformer layers."""

from __future__ import annotations

from typing import Any

import keras

from tfclf.models.activations import ACTIVATIONS
from tfclf.models.attention import BertAttention
from tfclf.models.config import BertConfig
from tfclf.models.embeddings import initializer


@keras.saving.register_keras_serializable("tfclf")
class BertLayer(keras.layers.Layer):
    """One transformer layer, normalised after each residual sum (Vaswani et al. 2017, section 3.1).

    Args:
        config: Sizes and rates of the model.
    """

    def __init__(self, config: BertConfig, **kwargs: Any):
        super().__init__(**kwargs)
        self.config = config

        def dense(units: int, name: str) -> keras.layers.Dense:
            return keras.layers.Dense(
                units,
                kernel_initializer=initializer(config),
                dtype=self.dtype_policy,
                name=name,
            )

        def norm(name: str) -> keras.layers.LayerNormalization:
            return keras.layers.LayerNormalization(
                epsilon=config.layer_norm_eps, dtype=self.dtype_policy, name=name
            )

        self.attention = BertAttention(config, dtype=self.dtype_policy, name="attention")
        self.attention_norm = norm("attention_norm")
        self.intermediate = dense(config.intermediate_size, "intermediate")
        self.activation = ACTIVATIONS[config.hidden_act]
        self.output_dense = dense(config.hidden_size, "output")
        self.output_norm = norm("output_norm")
        self.dropout = keras.layers.Dropout(
            config.hidden_dropout_prob, dtype=self.dtype_policy, name="dropout"
        )

    def build(self, input_shape: Any = None) -> None:
        """Creates the weights; only the width of the input matters."""
        hidden = (None, None, self.config.hidden_size)
        for layer in (self.attention, self.attention_norm, self.intermediate, self.output_norm):
            layer.build(hidden)
        self.output_dense.build((None, None, self.config.intermediate_size))
        self.built = True

    def call(self, hidden: Any, mask_bias: Any = None, training: bool | None = None) -> Any:
        """Maps (batch, seq, hidden) to (batch, seq, hidden); ``mask_bias`` as in BertAttention."""
        attended = self.attention(hidden, mask_bias, training=training)
        hidden = self.attention_norm(hidden + self.dropout(attended, training=training))
        expanded = self.output_dense(self.activation(self.intermediate(hidden)))
        return self.output_norm(hidden + self.dropout(expanded, training=training))


@keras.saving.register_keras_serializable("tfclf")
class BertEncoder(keras.layers.Layer):
    """The stack of ``num_hidden_layers`` transformer layers.

    Args:
        config: Sizes and rates of the model.
    """

    def __init__(self, config: BertConfig, **kwargs: Any):
        super().__init__(**kwargs)
        self.layers = [
            BertLayer(config, dtype=self.dtype_policy, name=f"layer_{i}")
            for i in range(config.num_hidden_layers)
        ]

    def build(self, input_shape: Any = None) -> None:
        """Creates the weights."""
        for layer in self.layers:
            layer.build()
        self.built = True

    def call(self, hidden: Any, mask_bias: Any = None, training: bool | None = None) -> Any:
        """Maps (batch, seq, hidden) to (batch, seq, hidden); ``mask_bias`` as in BertAttention."""
        for layer in self.layers:
            hidden = layer(hidden, mask_bias, training=training)
        return hidden
