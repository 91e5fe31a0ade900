"""How far an encoder is from where it began, by a few of its kernels."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

KERNELS = 6  # that are looked at, spread over the layers: a few milliseconds a look


class Movement:
    """Remembers some kernels of a model's encoder, and tells how far they have moved since.

    Args:
        model: The model, with weights.

    Attributes:
        pretrained: Whether the model has a normalised encoder whose weights are not as a new
            layer's: layer normalisation starts at exactly 1 and 0.
        frozen: Whether the encoder has kernels, and none of them trains.
        training: Ids of the variables that train.
    """

    def __init__(self, model: keras.Model):
        norms = [
            layer
            for layer in model._flatten_layers()
            if isinstance(layer, keras.layers.LayerNormalization) and layer.built
        ]
        self.pretrained = any(_is_trained(layer) for layer in norms)
        self.training = _ids(model.trainable_weights)
        kernels = _before_the_last_of(norms, model.weights)
        training = [variable for variable in kernels if id(variable) in self.training]
        self.frozen = bool(kernels) and not training
        # What starts at 0, as adapters do, has no norm that a distance is a share of.
        training = [variable for variable in training if _values(variable).any()]
        step = max(1, -(-len(training) // KERNELS))
        self._kernels = training[::step]
        self.begin()

    def begin(self) -> None:
        """Takes where the kernels are now as where they began."""
        self._begun = [_values(variable) for variable in self._kernels]

    def state(self) -> list[np.ndarray]:
        """Returns where the kernels began."""
        return self._begun

    def restore(self, state: list[np.ndarray]) -> bool:
        """Takes what ``state`` returned; tells whether it was of these kernels."""
        fits = [values.shape for values in state] == [values.shape for values in self._begun]
        if fits:
            self._begun = state
        return fits

    def is_of(self, model: keras.Model) -> bool:
        """Tells whether the same variables still train: some may have been thawed."""
        return self.training == _ids(model.trainable_weights)

    def share(self) -> float | None:
        """Returns the mean distance in shares of the kernels' norms; None without kernels."""
        shares = [
            np.linalg.norm(_values(variable) - begun) / max(float(np.linalg.norm(begun)), 1e-12)
            for variable, begun in zip(self._kernels, self._begun, strict=True)
        ]
        return float(np.mean(shares)) if shares else None


def _before_the_last_of(norms: list[Any], weights: list[keras.Variable]) -> list[keras.Variable]:
    """Returns the matrices of an encoder: those before its last layer normalisation.

    What comes behind it is a pooler or a head, which may move as far as it likes. Tables of
    embeddings are left out: they are large, and most of their rows stay.
    """
    own = {id(variable) for norm in norms for variable in norm.weights}
    places = [place for place, variable in enumerate(weights) if id(variable) in own]
    before = weights[: max(places, default=0)]
    return [v for v in before if len(v.shape) == 2 and "embedding" not in v.path.lower()]


def _ids(variables: list[keras.Variable]) -> frozenset[int]:
    return frozenset(id(variable) for variable in variables)


def _is_trained(layer: keras.layers.Layer) -> bool:
    """Tells whether a layer normalisation is not as it was initialised."""
    return any(
        variable is not None and bool((_values(variable) != start).any())
        for variable, start in ((layer.gamma, 1.0), (layer.beta, 0.0))
    )


def _values(variable: keras.Variable) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(variable), "float32")
