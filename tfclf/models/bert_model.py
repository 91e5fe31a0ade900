"""The encoder without a head."""

from __future__ import annotations

from typing import Any

import keras

from tfclf.models.main_layer import BertMainLayer, BertOutput
from tfclf.models.pretrained import PretrainedModel


@keras.saving.register_keras_serializable("tfclf")
class TFBertModel(PretrainedModel):
    """The BERT encoder: token ids in, one vector a token and one a text out.

    Args:
        config: A ``tfclf.models.BertConfig``, a ``transformers.BertConfig``, or a dict of one.

    Example:
    >>> import numpy as np
    >>> from tfclf.models import BertConfig
    >>> config = BertConfig(vocab_size=11, hidden_size=6, num_hidden_layers=1,
    ...                     num_attention_heads=2, intermediate_size=7, max_position_embeddings=9)
    >>> last_hidden_state, pooler_output = TFBertModel(config)(np.array([[2, 5, 3]]))
    >>> tuple(last_hidden_state.shape), tuple(pooler_output.shape)
    ((1, 3, 6), (1, 6))
    """

    architecture = "BertModel"

    def __init__(self, config: Any, **kwargs: Any):
        super().__init__(config, **kwargs)
        self.bert = BertMainLayer(self.config, dtype=self.dtype_policy, name="bert")
        self.build()

    def build(self, input_shape: Any = None) -> None:
        """Creates the weights; the shape of the input does not matter."""
        if not self.built:
            self.bert.build()
            self.built = True

    def call(
        self,
        inputs: Any,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        training: bool | None = None,
    ) -> BertOutput:
        """Encodes ids.

        Args:
            inputs: Dict of ``input_ids``, ``attention_mask``, ``token_type_ids`` (the last two
                optional), or the ids alone; each of shape (batch, seq).
            attention_mask: 1 for tokens and 0 for padding; None attends everywhere.
            token_type_ids: Token types; None means type 0 everywhere.
            training: Whether dropout is on.

        Returns:
            ``last_hidden_state`` (batch, seq, hidden) and ``pooler_output`` (batch, hidden).
        """
        return self.bert(inputs, attention_mask, token_type_ids, training=training)
