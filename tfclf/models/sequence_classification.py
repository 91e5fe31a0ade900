"""One label, or one number, for each text or pair of texts."""

from __future__ import annotations

from typing import Any

import keras

from tfclf.models.embeddings import initializer
from tfclf.models.main_layer import BertMainLayer
from tfclf.models.pretrained import PretrainedModel


@keras.saving.register_keras_serializable("tfclf")
class TFBertForSequenceClassification(PretrainedModel):
    """BERT with a linear head over the pooled first token (Devlin et al. 2019, section 4.1).

    The output is the logits tensor itself, never probabilities, and there is no ``.logits``:
    compile it with a loss that has ``from_logits=True``, as every loss of ``tfclf.losses`` has.

    Args:
        config: A ``tfclf.models.BertConfig``, a ``transformers.BertConfig``, or a dict of one.

    Example:
    >>> import numpy as np
    >>> from tfclf.models import BertConfig
    >>> config = BertConfig(vocab_size=11, hidden_size=6, num_hidden_layers=1,
    ...                     num_attention_heads=2, intermediate_size=7, max_position_embeddings=9,
    ...                     labels=("bug", "question", "praise"))
    >>> logits = TFBertForSequenceClassification(config)(
    ...     {"input_ids": np.array([[2, 5, 3, 0]]), "attention_mask": np.array([[1, 1, 1, 0]])})
    >>> tuple(logits.shape)
    (1, 3)
    """

    architecture = "BertForSequenceClassification"
    head = "classifier"

    def __init__(self, config: Any, **kwargs: Any):
        super().__init__(config, **kwargs)
        self.bert = BertMainLayer(self.config, dtype=self.dtype_policy, name="bert")
        self.dropout = keras.layers.Dropout(
            self.config.head_dropout, dtype=self.dtype_policy, name="dropout"
        )
        # Logits leave in float32 under any policy: a softmax over bfloat16 has two digits.
        self.classifier = keras.layers.Dense(
            self.config.num_labels,
            kernel_initializer=initializer(self.config),
            dtype="float32" if self.compute_dtype != self.variable_dtype else self.dtype_policy,
            name="classifier",
        )
        self.build()

    def build(self, input_shape: Any = None) -> None:
        """Creates the weights; the shape of the input does not matter."""
        if not self.built:
            self.bert.build()
            self.classifier.build((None, self.config.hidden_size))
            self.built = True

    def call(
        self,
        inputs: Any,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        training: bool | None = None,
    ) -> Any:
        """Classifies texts.

        Args:
            inputs: Dict of ``input_ids``, ``attention_mask``, ``token_type_ids`` (the last two
                optional), or the ids alone; each of shape (batch, seq).
            attention_mask: 1 for tokens and 0 for padding; None attends everywhere.
            token_type_ids: Token types; None means type 0 everywhere.
            training: Whether dropout is on.

        Returns:
            Logits, shape (batch, labels), float32 under mixed precision.
        """
        encoded = self.bert(inputs, attention_mask, token_type_ids, training=training)
        return self.classifier(self.dropout(encoded.pooler_output, training=training))
