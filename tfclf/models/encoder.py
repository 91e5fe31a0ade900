"""Vectors -> vectors: the stack of transformer layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from tfclf.models.activations import ACTIVATIONS
from tfclf.models.attention import BertAttention
from tfclf.models.compiled_pieces import ATTENTION_PIECES, TOKEN_PIECES, CompiledPieces
from tfclf.models.config import BertConfig
from tfclf.models.configured_layer import ConfiguredLayer
from tfclf.models.dropout import CounterDropout
from tfclf.models.embeddings import initializer
from tfclf.models.fused_layer import FusedLayer, LayerTensors
from tfclf.models.gradients import differentiable
from tfclf.models.layer_pieces import LayerPieces
from tfclf.models.token_dense import TokenDense

# The pieces of a layer that XLA compiles, by ``BertEncoder.jit``.
COMPILED_PIECES = {"tokens": TOKEN_PIECES, "pieces": (*TOKEN_PIECES, *ATTENTION_PIECES)}
# How a layer is called in training: ``LayerTensors``, and the other inputs of ``FusedLayer``.
Step = Callable[[Any, Any], Any]


@keras.saving.register_keras_serializable("tfclf")
class BertLayer(ConfiguredLayer):
    """One transformer layer, normalised after each residual sum (Vaswani et al. 2017, section 3.1).

    Args:
        config: Sizes and rates of the model.
    """

    def __init__(self, config: BertConfig, **kwargs: Any):
        super().__init__(config, **kwargs)
        config = self.config

        def dense(units: int, name: str) -> TokenDense:
            return TokenDense(
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
        self.dropout = CounterDropout(
            config.hidden_dropout_prob, dtype=self.dtype_policy, name="dropout"
        )

    def build(self, input_shape: Any = None) -> None:
        """Creates the weights; only the width of the input matters."""
        hidden = (None, None, self.config.hidden_size)
        for layer in (self.attention, self.attention_norm, self.intermediate, self.output_norm):
            layer.build(hidden)
        self.output_dense.build((None, None, self.config.intermediate_size))
        self.built = True

    def call(
        self,
        hidden: Any,
        mask_bias: Any = None,
        training: bool | None = None,
        step: Step | None = None,
    ) -> Any:
        """Transforms vectors.

        Args:
            hidden: Vectors, shape (batch, seq, hidden).
            mask_bias: What is added to the attention's scores, as in ``BertAttention``.
            training: Whether dropout is on, and the layer one function with a gradient by hand.
            step: That function, where layers share it; None makes one.

        Returns:
            Vectors, shape (batch, seq, hidden).
        """
        if training:
            keys = [
                self.attention.dropout.key(True),
                self.dropout.key(True),
                self.dropout.key(True),
            ]
            return (step or self.step())(self._tensors(hidden), (mask_bias, *keys), self)
        attended = self.attention(hidden, mask_bias)
        tokens = keras.ops.reshape(hidden + attended, (-1, self.config.hidden_size))
        tokens = self.attention_norm(tokens)
        expanded = self.output_dense(self.activation(self.intermediate(tokens)))
        return keras.ops.reshape(self.output_norm(tokens + expanded), keras.ops.shape(hidden))

    def step(self, *, jit: str = "off", checkpoint: bool = False) -> Step:
        """Returns the function of a training step.

        Args:
            jit: What XLA compiles, as ``BertEncoder.jit``.
            checkpoint: As in ``differentiable``.
        """
        config = self.config
        pieces = LayerPieces(
            config.num_attention_heads,
            config.hidden_act,
            config.layer_norm_eps,
            config.attention_probs_dropout_prob,
            config.hidden_dropout_prob,
            compiled=jit == "layers",
        )
        if keras.backend.backend() == "tensorflow" and jit in COMPILED_PIECES:
            pieces = CompiledPieces(pieces, COMPILED_PIECES[jit])
        fused = FusedLayer(pieces)
        return differentiable(
            fused.forward, fused.backward, jit=jit == "layers", shared=True, checkpoint=checkpoint
        )

    def _tensors(self, hidden: Any) -> LayerTensors:
        attention = self.attention
        weights = [
            weight
            for dense in (attention.query, attention.key, attention.value, attention.output_dense)
            for weight in (dense.kernel, dense.bias)
        ]
        weights += [self.attention_norm.gamma, self.attention_norm.beta]
        weights += [self.intermediate.kernel, self.intermediate.bias]
        weights += [self.output_dense.kernel, self.output_dense.bias]
        weights += [self.output_norm.gamma, self.output_norm.beta]
        kind = self.compute_dtype
        return LayerTensors(*(keras.ops.cast(each, kind) for each in (hidden, *weights)))


@keras.saving.register_keras_serializable("tfclf")
class BertEncoder(ConfiguredLayer):
    """The stack of ``num_hidden_layers`` transformer layers.

    Args:
        config: Sizes and rates of the model.

    Attributes:
        jit: What XLA compiles in training: ``"layers"``, one program for all of them; ``"pieces"``,
            what stands between the matrix products of a layer; ``"tokens"``, those of the pieces
            that look at one token at a time, which leaves attention out; or ``"off"``. For
            TensorFlow, and looked at when a training step is traced.
        gradient_checkpointing: Whether a layer keeps its input alone for the backward pass, and
            computes the rest again: a forward pass more, for a fraction of the memory.
    """

    def __init__(self, config: BertConfig, **kwargs: Any):
        super().__init__(config, **kwargs)
        config = self.config
        self.layers = [
            BertLayer(config, dtype=self.dtype_policy, name=f"layer_{i}")
            for i in range(config.num_hidden_layers)
        ]
        self.jit = "off"
        self.gradient_checkpointing = False

    def build(self, input_shape: Any = None) -> None:
        """Creates the weights."""
        for layer in self.layers:
            layer.build()
        self.built = True

    def call(self, hidden: Any, mask_bias: Any = None, training: bool | None = None) -> Any:
        """Maps (batch, seq, hidden) to (batch, seq, hidden); ``mask_bias`` as in BertAttention."""
        step = None
        if training:
            step = self.layers[0].step(jit=self.jit, checkpoint=self.gradient_checkpointing)
        for layer in self.layers:
            hidden = layer(hidden, mask_bias, training=training, step=step)
        return hidden
