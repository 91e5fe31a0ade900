"""Several tasks on one encoder, each with a head of its own."""

from __future__ import annotations

from typing import Any

import keras

from tfclf.errors import ArgumentError
from tfclf.models.head import HeadLayers
from tfclf.models.main_layer import BertMainLayer, unpack_inputs
from tfclf.models.pretrained import PretrainedModel
from tfclf.models.sequence_classification import TFBertForSequenceClassification
from tfclf.models.token_classification import TFBertForTokenClassification
from tfclf.models.windows import pooled_over_windows
from tfclf.tasks import find_task


@keras.saving.register_keras_serializable("tfclf")
class TFBertForMultiTask(PretrainedModel):
    """BERT with named heads, each for a task of its own.

    Heads over texts read the pooled first token, heads over words every token. The encoder is one:
    what each task teaches it serves the others (Caruana 1997, Multitask Learning).

    Args:
        config: A ``tfclf.models.BertConfig`` with ``heads``, or a dict of one.

    Raises:
        ArgumentError: The configuration has no heads.

    Example:
    >>> import numpy as np
    >>> from tfclf.models import BertConfig, HeadConfig
    >>> config = BertConfig(vocab_size=11, hidden_size=6, num_hidden_layers=1,
    ...                     num_attention_heads=2, intermediate_size=7, max_position_embeddings=9,
    ...                     heads=(HeadConfig("intent", "single-label", ("ask", "tell", "thank")),
    ...                            HeadConfig("slots", "token", ("O", "B-place"))))
    >>> logits = TFBertForMultiTask(config)(np.array([[2, 5, 9, 3]]))
    >>> {name: tuple(some.shape) for name, some in logits.items()}
    {'intent': (1, 3), 'slots': (1, 4, 2)}
    """

    architecture = "BertForMultiTask"
    several_heads = True

    def __init__(self, config: Any, **kwargs: Any):
        super().__init__(config, **kwargs)
        if not self.config.heads:
            raise ArgumentError(
                "a model of several tasks needs heads",
                remedy="Pass heads=(HeadConfig(name, task, labels), ...).",
            )
        per_word = {head.name: find_task(head.task).per_word for head in self.config.heads}
        self.per_word = per_word
        self.heads = tuple(f"head_{name}" for name in per_word)
        self.bert = BertMainLayer(
            self.config,
            add_pooling_layer=not all(per_word.values()),
            dtype=self.dtype_policy,
            name="bert",
        )
        self._head_of = {
            head.name: HeadLayers(
                self.config, head.num_outputs, self.dtype_policy, f"head_{head.name}"
            )
            for head in self.config.heads
        }
        self.head_layers = [layer for head in self._head_of.values() for layer in head.layers]
        self.build()

    def build(self, input_shape: Any = None) -> None:
        """Creates the weights; the shape of the input does not matter."""
        if not self.built:
            self.bert.build()
            for head in self._head_of.values():
                head.build()
            self.built = True

    def call(
        self,
        inputs: Any,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        training: bool | None = None,
    ) -> dict[str, Any]:
        """Does every task; the arguments are those of the other classes.

        Returns:
            Logits by the name of their head, shape (batch, labels), or (batch, seq, labels) for
            heads over words. Texts in windows have no heads over words.

        Raises:
            ArgumentError: In several windows there is a head over words.
        """

        def logits_of(ids: Any, mask: Any, types: Any) -> dict[str, Any]:
            hidden, pooled = self.bert(ids, mask, types, training=training)
            return {
                name: head(hidden if self.per_word[name] else pooled, training=training)
                for name, head in self._head_of.items()
            }

        unpacked = unpack_inputs(inputs, attention_mask, token_type_ids)
        return pooled_over_windows(logits_of, *unpacked, pooling=self.window_pooling)

    def single_task(self, name: str) -> PretrainedModel:
        """Returns a model of one task, which ``save_pretrained`` writes for transformers.

        Args:
            name: Name of the head.

        Returns:
            A ``TFBertForSequenceClassification`` or a ``TFBertForTokenClassification`` with the
            same logits, and weights of its own.

        Raises:
            ArgumentError: There is no such head.
        """
        found = [head for head in self.config.heads if head.name == name]
        if not found:
            known = ", ".join(head.name for head in self.config.heads)
            raise ArgumentError(f"no head {name!r}, only {known}")
        task = find_task(found[0].task)
        family = TFBertForTokenClassification if task.per_word else TFBertForSequenceClassification
        config = self.config.replace(
            heads=(), labels=found[0].labels, problem_type=task.problem_type
        )
        model = family(config, dtype=self.dtype_policy)
        model.window_pooling = self.window_pooling
        own = {_below(variable): variable for variable in self.weights}
        for variable in model.weights:
            path = _below(variable).replace("classifier", f"head_{name}")
            if "seed_generator" not in path:
                variable.assign(own[path])
        return model


def _below(variable: keras.Variable) -> str:
    """Returns the path of a variable below its model."""
    return variable.path.split("/", 1)[1]
