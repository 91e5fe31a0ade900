"""Vectors -> logits: what is added to a pretrained encoder."""

from __future__ import annotations

from typing import Any

import keras

from tfclf.models.config import BertConfig
from tfclf.models.dropout import CounterDropout
from tfclf.models.embeddings import initializer


class HeadLayers:
    """A linear layer, or a small perceptron: dense, tanh, dropout, linear.

    The layers belong to the model itself. A linear head has the name of Hugging Face's; the layers
    of a perceptron are ``NAME.hidden`` and ``NAME.output``, so that nobody takes half of it for a
    linear one. The name of a head has no dot: no layer can be taken for that of another head.

    Args:
        config: Sizes and rates of the model.
        num_labels: Width of the output.
        policy: Precision of the model.
        name: Name of the head.
    """

    def __init__(self, config: BertConfig, num_labels: int, policy: Any, name: str):
        self.config = config
        self.dropout = CounterDropout(config.head_dropout, dtype=policy, name=f"{name}.dropout")
        self.hidden = None
        if config.head_hidden_size is not None:
            self.hidden = keras.layers.Dense(
                config.head_hidden_size,
                activation="tanh",
                kernel_initializer=initializer(config),
                dtype=policy,
                name=f"{name}.hidden",
            )
        # Logits leave in float32 under any policy: a softmax over bfloat16 has two digits.
        mixed = policy.compute_dtype != policy.variable_dtype
        self.output = keras.layers.Dense(
            num_labels,
            kernel_initializer=initializer(config),
            dtype="float32" if mixed else policy,
            name=name if self.hidden is None else f"{name}.output",
        )

    @property
    def layers(self) -> list[keras.layers.Layer]:
        """The layers, for the model to keep track of."""
        return [self.dropout, *([self.hidden] if self.hidden else []), self.output]

    def build(self) -> None:
        """Creates the weights."""
        width = self.config.hidden_size
        if self.hidden is not None:
            self.hidden.build((None, width))
            width = self.config.head_hidden_size
        self.output.build((None, width))

    def __call__(self, vectors: Any, training: bool | None = None) -> Any:
        """Maps vectors, shape (..., hidden), to logits, shape (..., labels)."""
        vectors = self.dropout(vectors, training=training)
        if self.hidden is not None:
            vectors = self.dropout(self.hidden(vectors), training=training)
        return self.output(vectors)
