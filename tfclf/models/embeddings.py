"""Token ids -> vectors: the sum of word, position and token type embeddings, normalised."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfclf.errors import ArgumentError
from tfclf.models.config import BertConfig
from tfclf.models.configured_layer import ConfiguredLayer
from tfclf.models.dropout import CounterDropout
from tfclf.models.fused_norm import FusedNorm
from tfclf.models.gradients import differentiable
from tfclf.models.lookup import LookupTable


@keras.saving.register_keras_serializable("tfclf")
class BertEmbeddings(ConfiguredLayer):
    """The embeddings of BERT (Devlin et al. 2019, figure 2).

    Args:
        config: Sizes and rates of the model.

    Attributes:
        jit: Whether what follows the tables is compiled by XLA in training, as in ``BertEncoder``.
    """

    def __init__(self, config: BertConfig, **kwargs: Any):
        super().__init__(config, **kwargs)
        config = self.config

        # Tables are read in the type that they have: the gradient of a row is a sum over all places
        # of its token, for which half precision has too few digits.
        def table(rows: int, name: str) -> LookupTable:
            return LookupTable(
                rows,
                config.hidden_size,
                embeddings_initializer=initializer(config),
                dtype=self.dtype_policy.variable_dtype,
                name=name,
            )

        self.word = table(config.vocab_size, "word")
        self.position = table(config.max_position_embeddings, "position")
        self.token_type = table(config.type_vocab_size, "token_type")
        self.norm = keras.layers.LayerNormalization(
            epsilon=config.layer_norm_eps, dtype=self.dtype_policy, name="norm"
        )
        self.dropout = CounterDropout(
            config.hidden_dropout_prob, dtype=self.dtype_policy, name="dropout"
        )
        self.jit = False

    def build(self, input_shape: Any = None) -> None:
        """Creates the weights; the shape of the input does not matter."""
        for layer in (self.word, self.position, self.token_type):
            layer.build(None)
        self.norm.build((None, None, self.config.hidden_size))
        self.built = True

    def call(self, input_ids: Any, token_type_ids: Any = None, training: bool | None = None) -> Any:
        """Embeds ids.

        Args:
            input_ids: Token ids, shape (batch, seq).
            token_type_ids: Token types, shape (batch, seq); None means type 0 everywhere.
            training: Whether dropout is on.

        Returns:
            Vectors, shape (batch, seq, hidden).
        """
        seq = ops.shape(input_ids)[1]
        limit = self.config.max_position_embeddings
        if isinstance(seq, int) and seq > limit:
            raise ArgumentError(
                f"expected at most {limit} tokens, the model's positions, got {seq}",
                remedy="Truncate the texts with a smaller max_length.",
            )
        hidden = self.word(input_ids, training=training)
        positions = ops.expand_dims(self.position(ops.arange(seq)), 0)  # (1, seq, hidden)
        if token_type_ids is None:
            types = ops.reshape(self.token_type(ops.zeros((1,), "int32")), (1, 1, -1))
        else:
            types = self.token_type(token_type_ids)
        summed = ops.cast(hidden + (positions + types), self.compute_dtype)
        return self._trained(summed) if training else self.norm(summed)

    def _trained(self, summed: Any) -> Any:
        """Returns the normalised sums with dropout, as one function with a gradient by hand."""
        fused = FusedNorm(self.config.layer_norm_eps, self.dropout.rate, compiled=self.jit)
        step = differentiable(fused.forward, fused.backward, jit=self.jit)
        weights = (ops.cast(each, self.compute_dtype) for each in (self.norm.gamma, self.norm.beta))
        return step([summed, *weights], [self.dropout.key(True)], self)


def initializer(config: BertConfig) -> keras.initializers.Initializer:
    """The initialiser of kernels and embeddings, a normal cut at two standard deviations."""
    return keras.initializers.TruncatedNormal(stddev=config.initializer_range)
