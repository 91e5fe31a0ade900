"""Outputs that differ from pass to pass, and what a model gives without its dropout layers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np

from tfclf.diagnosis.evidence.stateless import layers_of

# Two passes of one model differ by rounding, 1e-6 of the outputs, 1e-2 in bfloat16; a dropout of
# 0.1 moves them by some tenths.
DIFFER = 0.02
DROPPING = (keras.layers.Dropout, keras.layers.GaussianDropout, keras.layers.AlphaDropout)


@dataclass(frozen=True)
class Noise:
    """How far two passes over the same rows differ that draw other random numbers.

    Attributes:
        largest: Largest difference of an output.
        size: Size of the outputs: the root of their mean square.
    """

    largest: float
    size: float

    @property
    def is_more_than_rounding(self) -> bool:
        """Whether something is drawn at random."""
        return self.largest > DIFFER * self.size


def noise_between(first: np.ndarray, second: np.ndarray) -> Noise | None:
    """Compares the outputs of two passes; None where they are not finite.

    Example:
    >>> noise_between(np.array([3.0, 4.0]), np.array([3.0, 4.5])).largest
    0.5
    """
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return None
    largest = float(np.abs(first - second.reshape(first.shape)).max(initial=0.0))
    return Noise(largest, float(np.sqrt(np.mean(first**2))))


@contextlib.contextmanager
def without_dropout(model: keras.Model) -> Iterator[None]:
    """Takes the rates of a model's dropout layers to 0, and gives them back.

    The rates, not the calls: a layer that also adds or normalises goes on doing so.
    """
    rates = [(layer, layer.rate) for layer in layers_of(model) if isinstance(layer, DROPPING)]
    try:
        for layer, _ in rates:
            object.__setattr__(layer, "rate", 0.0)
        yield
    finally:
        for layer, rate in rates:
            object.__setattr__(layer, "rate", rate)
