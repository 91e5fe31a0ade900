"""One label, several, or one number, for each text or pair of texts."""

from __future__ import annotations

from typing import Any

import keras

from tfclf.models.head import HeadLayers
from tfclf.models.main_layer import BertMainLayer, unpack_inputs
from tfclf.models.pretrained import PretrainedModel
from tfclf.models.windows import pooled_over_windows


@keras.saving.register_keras_serializable("tfclf")
class TFBertForSequenceClassification(PretrainedModel):
    """BERT with a head over the pooled first token (Devlin et al. 2019, section 4.1).

    The output is the logits tensor itself, never probabilities, and there is no ``.logits``:
    compile it with a loss that has ``from_logits=True``, as every loss of ``tfclf.losses`` has.
    The same model does single-label and multi-label tasks and, with one label, regression; which of
    them stands in ``config.problem_type``.

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
    heads = ("classifier",)

    def __init__(self, config: Any, **kwargs: Any):
        super().__init__(config, **kwargs)
        self.bert = BertMainLayer(self.config, dtype=self.dtype_policy, name="bert")
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
        """Classifies texts.

        Args:
            inputs: Dict of ``input_ids``, ``attention_mask``, ``token_type_ids`` (the last two
                optional), or the ids alone; each of shape (batch, seq), or (batch, windows, seq)
                where a text is read in windows, whose logits are pooled by ``window_pooling``.
            attention_mask: 1 for tokens and 0 for padding; None attends everywhere.
            token_type_ids: Token types; None means type 0 everywhere.
            training: Whether dropout is on.

        Returns:
            Logits, shape (batch, labels), float32 under mixed precision.
        """

        def logits_of(ids: Any, mask: Any, types: Any) -> Any:
            encoded = self.bert(ids, mask, types, training=training)
            return self._head(encoded.pooler_output, training=training)

        unpacked = unpack_inputs(inputs, attention_mask, token_type_ids)
        return pooled_over_windows(logits_of, *unpacked, pooling=self.window_pooling)
