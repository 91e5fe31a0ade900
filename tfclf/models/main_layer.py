"""What every TFBert class has inside, under the name ``bert``."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import ops

from tfclf.errors import ArgumentError
from tfclf.models.config import BertConfig
from tfclf.models.configured_layer import ConfiguredLayer
from tfclf.models.embeddings import BertEmbeddings, initializer
from tfclf.models.encoder import BertEncoder

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class BertOutput(NamedTuple):
    """What the encoder returns; unpacks as a tuple, and answers to names as attributes and keys.

    Attributes:
        last_hidden_state: One vector a token, shape (batch, seq, hidden).
        pooler_output: One vector a text, shape (batch, hidden); None where there is no pooler.
    """

    last_hidden_state: Any
    pooler_output: Any

    def __getitem__(self, key: Any) -> Any:
        return getattr(self, key) if isinstance(key, str) else tuple.__getitem__(self, key)


@keras.saving.register_keras_serializable("tfclf")
class BertMainLayer(ConfiguredLayer):
    """Embeddings, encoder and pooler (Devlin et al. 2019).

    Args:
        config: Sizes and rates of the model.
        add_pooling_layer: Whether there is a pooler: dense and tanh over the first token.
    """

    def __init__(self, config: BertConfig, add_pooling_layer: bool = True, **kwargs: Any):
        super().__init__(config, **kwargs)
        config = self.config
        self.add_pooling_layer = add_pooling_layer
        self.embeddings = BertEmbeddings(config, dtype=self.dtype_policy, name="embeddings")
        self.encoder = BertEncoder(config, dtype=self.dtype_policy, name="encoder")
        self.pooler = None
        if add_pooling_layer:
            self.pooler = keras.layers.Dense(
                config.hidden_size,
                activation="tanh",
                kernel_initializer=initializer(config),
                dtype=self.dtype_policy,
                name="pooler",
            )

    def build(self, input_shape: Any = None) -> None:
        """Creates the weights; the shape of the input does not matter."""
        self.embeddings.build()
        self.encoder.build()
        if self.pooler is not None:
            self.pooler.build((None, self.config.hidden_size))
        self.built = True

    def call(
        self,
        inputs: Any,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        training: bool | None = None,
    ) -> BertOutput:
        """Encodes ids; the arguments are those of the TFBert classes.

        Raises:
            ArgumentError: The ids are not of the shape (batch, seq).
        """
        input_ids, attention_mask, token_type_ids = unpack_inputs(
            inputs, attention_mask, token_type_ids
        )
        if len(input_ids.shape) != 2:
            raise ArgumentError(
                f"expected ids of the shape (batch, seq), got {tuple(input_ids.shape)}",
                remedy="Give each window as a row of its own.",
            )
        hidden = self.embeddings(input_ids, token_type_ids, training=training)
        hidden = self.encoder(hidden, self.mask_bias(attention_mask), training=training)
        pooled = None if self.pooler is None else self.pooler(hidden[:, 0])
        return BertOutput(hidden, pooled)

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return super().get_config() | {"add_pooling_layer": self.add_pooling_layer}

    def mask_bias(self, attention_mask: Any) -> Any:
        """Turns a mask of shape (batch, seq) into what is added to scores, (batch, 1, 1, seq)."""
        if attention_mask is None:
            return None
        # Large enough that exp() is exactly 0, small enough for the type's range.
        floor = -3e4 if self.compute_dtype == "float16" else -1e9
        bias = (1.0 - ops.cast(attention_mask, self.compute_dtype)) * floor
        return ops.expand_dims(ops.expand_dims(bias, 1), 1)


def unpack_inputs(inputs: Any, attention_mask: Any, token_type_ids: Any) -> tuple[Any, Any, Any]:
    """Returns ids, mask and types from a dict of them, or from ids and the other two.

    Raises:
        ArgumentError: A dict has no ``input_ids``, or a key that BERT does not take.
    """
    if not isinstance(inputs, dict):
        return inputs, attention_mask, token_type_ids
    unknown = sorted(inputs.keys() - set(INPUTS))
    if unknown or "input_ids" not in inputs:
        raise ArgumentError(
            f"expected input_ids and optionally {' and '.join(INPUTS[1:])}, got {sorted(inputs)}",
            remedy="Labels are not an input: give them to fit as y.",
        )
    return (
        inputs["input_ids"],
        inputs.get("attention_mask", attention_mask),
        inputs.get("token_type_ids", token_type_ids),
    )
