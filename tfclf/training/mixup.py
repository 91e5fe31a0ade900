"""Texts mixed in pairs between encoder and head, in training only."""

from __future__ import annotations

from typing import Any, Self

import keras
import numpy as np
from keras import ops

from tfclf.errors import ArgumentError
from tfclf.models import BertConfig, TFBertForSequenceClassification, unpack_inputs

NUM_RATIOS = 4096  # quantiles that stand for the Beta distribution


@keras.saving.register_keras_serializable("tfclf")
class Mixup(keras.Model):
    """Trains a text classifier on mixtures of two texts.

    In training the vector that the head reads is that of a row mixed with that of another row of
    the batch, and so is its loss::

        vector = ratio * vector + (1 - ratio) * other vector
        loss = ratio * loss(label) + (1 - ratio) * loss(other label)

    The other row of row i of a batch is row i from its end, so batches must be shuffled; the row in
    the middle of an odd batch stays as it is. Each batch draws a ratio from Beta(alpha, alpha). The
    larger of it and its complement is taken: of a pair each row is the first once, so this changes
    nothing but which of the two is called first. In evaluation and prediction it is the wrapped
    model, as it is.

    The wrapped model's own weights are trained: after ``fit`` that is the trained model, and the
    one to save. Metrics of training see the mixed texts with the label of their larger part, so
    they are lower than without mixing; those of validation see none of it.

    For one label a text, several, or a number: any loss of one output, with the labels as they are.
    Not for texts in several windows.

    Args:
        model: A ``TFBertForSequenceClassification``.
        alpha: Parameter of the distribution, positive: near 0 hardly mixes, 1 mixes at any ratio
            alike, more mixes half and half. Usual are 0.1 to 0.4.
        seed: Seed of the ratios.

    Raises:
        ArgumentError: The model is another one, alpha is not positive; in training: labels by the
            name of their head, or texts in several windows.

    Reference: Zhang et al. 2018, mixup: Beyond Empirical Risk Minimization, equation 1; Guo et al.
    2019, Augmenting Data with Mixup for Sentence Classification: An Empirical Study,
    senMixup.

    Example:
    >>> from tfclf.losses import SparseCategoricalCrossentropy
    >>> from tfclf.models import BertConfig
    >>> model = TFBertForSequenceClassification(BertConfig(
    ...     vocab_size=11, hidden_size=6, num_hidden_layers=1, num_attention_heads=2,
    ...     intermediate_size=7, max_position_embeddings=9, labels=("no", "yes")))
    >>> mixed = Mixup(model, alpha=0.3)
    >>> mixed.compile("adam", SparseCategoricalCrossentropy(), jit_compile=False)
    >>> ids, labels = np.array([[2, 5, 3], [2, 7, 3], [2, 8, 3]]), np.array([0, 1, 1])
    >>> history = mixed.fit(ids, labels, verbose=0)
    >>> bool((mixed.predict(ids, verbose=0) == model.predict(ids, verbose=0)).all())
    True
    """

    def __init__(self, model: TFBertForSequenceClassification, alpha: float = 0.2, seed: int = 0):
        if not isinstance(model, TFBertForSequenceClassification):
            raise ArgumentError(
                f"the model is a {type(model).__name__}, expected a "
                "TFBertForSequenceClassification: mixup is for one head over whole texts",
                remedy="Train several heads, or tags, without mixup.",
            )
        number = isinstance(alpha, int | float) and not isinstance(alpha, bool)
        if not number or not 0 < alpha < float("inf"):
            raise ArgumentError(f"alpha is {alpha!r}, expected a positive number")
        super().__init__(name="mixup", dtype=model.dtype_policy)
        self.model, self.alpha, self.seed = model, alpha, seed
        self._ratios = larger_ratios(alpha)
        self._seeds = keras.random.SeedGenerator(seed)
        # A variable, since the loss is computed outside of ``call``, by the step of any backend.
        self._ratio = self.add_weight(
            shape=(), initializer="ones", trainable=False, autocast=False, name="ratio"
        )

    @property
    def config(self) -> BertConfig:
        """The configuration of the wrapped model, for callbacks that ask a model for it."""
        return self.model.config

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs; the name and the type are those of the model."""
        model = keras.saving.serialize_keras_object(self.model)
        return {"model": model, "alpha": self.alpha, "seed": self.seed}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Builds the model that ``get_config`` describes."""
        model = keras.saving.deserialize_keras_object(config["model"], custom_objects)
        return cls(model, config["alpha"], config["seed"])

    def draw_ratio(self) -> Any:
        """Returns the larger part of a batch's mixture, a scalar in [0.5, 1]."""
        place = keras.random.randint((), 0, NUM_RATIOS, seed=self._seeds)
        return ops.take(ops.convert_to_tensor(self._ratios), place)

    def call(
        self,
        inputs: Any,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        training: bool | None = None,
    ) -> Any:
        """Classifies texts, mixed in training; the arguments are those of the wrapped model.

        Returns:
            Logits, shape (batch, labels).
        """
        input_ids, mask, types = unpack_inputs(inputs, attention_mask, token_type_ids)
        if not training:
            return self.model(input_ids, mask, types, training=False)
        if len(input_ids.shape) != 2:
            raise ArgumentError(
                f"mixup got ids of the shape {tuple(input_ids.shape)}, expected (batch, seq)",
                remedy="It takes texts of one window: choose --long-text head.",
            )
        ratio = self.draw_ratio()
        self._ratio.assign(ratio)
        vectors = self.model.bert(input_ids, mask, types, training=True).pooler_output
        ratio = ops.cast(ratio, vectors.dtype)
        # The wrapped model's own layers from here on: its ``call`` has nothing else behind them.
        return self.model._head(
            ratio * vectors + (1 - ratio) * ops.flip(vectors, axis=0), training=True
        )

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Returns the mixed loss in training, else the loss; ``sample_weight`` goes with labels."""
        if not training:
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        if not hasattr(y, "shape"):
            raise ArgumentError(
                f"mixup got labels as a {type(y).__name__}, expected one array",
                remedy="Train several heads without mixup.",
            )
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        y = ops.flip(y, axis=0)
        if sample_weight is not None:
            sample_weight = ops.flip(sample_weight, axis=0)
        other = super().compute_loss(x, y, y_pred, sample_weight, training)
        ratio = ops.cast(self._ratio, loss.dtype)
        return ratio * loss + (1 - ratio) * other


def larger_ratios(alpha: float) -> np.ndarray:
    """Returns equally likely values of max(r, 1 - r) for r from Beta(alpha, alpha), ascending.

    They are drawn from a table: the gamma variates that Beta is made of are not drawn right for
    small alpha in float32, nor compiled by XLA.

    Returns:
        Shape (``NUM_RATIOS``,), float32, from 0.5 to 1.

    Example:
    >>> larger_ratios(1.0)[[0, NUM_RATIOS // 2, -1]].round(2).tolist()  # uniform
    [0.5, 0.75, 1.0]
    """
    from scipy import stats  # takes a second: most trainings mix nothing

    # The distribution is symmetric: its upper half is that of the larger part.
    shares = 0.5 + (np.arange(NUM_RATIOS) + 0.5) / (2 * NUM_RATIOS)
    return stats.beta.ppf(shares, alpha, alpha).astype("float32")
