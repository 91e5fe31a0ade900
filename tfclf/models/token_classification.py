"""One label for each token of a text."""

from __future__ import annotations

from typing import Any

import keras

from tfclf.models.head import HeadLayers
from tfclf.models.main_layer import BertMainLayer
from tfclf.models.pretrained import PretrainedModel


@keras.saving.register_keras_serializable("tfclf")
class TFBertForTokenClassification(PretrainedModel):
    """BERT with a head over every token (Devlin et al. 2019, section 5.3).

    The output is the logits tensor itself. Train it with ``ignore_class=-100``, the label id of
    whatever has no label: padding, special tokens, and the subwords that do not begin a word.

    Args:
        config: A ``tfclf.models.BertConfig``, a ``transformers.BertConfig``, or a dict of one.

    Example:
    >>> import numpy as np
    >>> from tfclf.models import BertConfig
    >>> config = BertConfig(vocab_size=11, hidden_size=6, num_hidden_layers=1,
    ...                     num_attention_heads=2, intermediate_size=7, max_position_embeddings=9,
    ...                     labels=("O", "B-place", "I-place"))
    >>> tuple(TFBertForTokenClassification(config)(np.array([[2, 5, 9, 3]])).shape)
    (1, 4, 3)
    """

    architecture = "BertForTokenClassification"
    heads = ("classifier",)

    def __init__(self, config: Any, **kwargs: Any):
        super().__init__(config, **kwargs)
        self.bert = BertMainLayer(
            self.config, add_pooling_layer=False, dtype=self.dtype_policy, name="bert"
        )
        self._head = HeadLayers(
            self.config, self.config.num_labels, self.dtype_policy, "classifier"
        )
        self.dropout, self.classifier = self._head.dropout, self._head.output
        self.classifier_hidden = self._head.hidden
        self.build()

    def build(self, input_shape: Any = None) -> None:
        """Creates the weights; the shape of the input does not matter."""
        if not self.built:
            self.bert.build()
            self._head.build()
            self.built = True

    def call(
        self,
        inputs: Any,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        training: bool | None = None,
    ) -> Any:
        """Classifies tokens.

        Args:
            inputs: Dict of ``input_ids``, ``attention_mask``, ``token_type_ids`` (the last two
                optional), or the ids alone; each of shape (batch, seq).
            attention_mask: 1 for tokens and 0 for padding; None attends everywhere.
            token_type_ids: Token types; None means type 0 everywhere.
            training: Whether dropout is on.

        Returns:
            Logits, shape (batch, seq, labels), float32 under mixed precision.
        """
        encoded = self.bert(inputs, attention_mask, token_type_ids, training=training)
        return self._head(encoded.last_hidden_state, training=training)
