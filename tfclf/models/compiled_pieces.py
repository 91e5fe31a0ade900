"""The pieces of a layer, some of which XLA compiles, each by itself; for TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tfclf.models.layer_pieces import LayerPieces

TOKEN_PIECES = ("activate", "activate_gradient", "add_norm", "add_norm_gradient")
# Compiling these takes nearly as long, and saves as much only where texts are long.
ATTENTION_PIECES = ("mix", "mix_gradient")


class CompiledPieces:
    """The pieces that XLA compiles, while TensorFlow computes the products and the other pieces.

    On CPUs TensorFlow multiplies half precision several times as fast as XLA does.

    Args:
        pieces: The pieces.
        names: Names of those that are compiled.
    """

    def __init__(self, pieces: LayerPieces, names: Sequence[str]):
        import tensorflow as tf

        self._pieces = replace(pieces, compiled=False)
        compiled = replace(pieces, compiled=True)
        for name in names:
            piece = tf.function(
                getattr(compiled, name), jit_compile=True, autograph=False, reduce_retracing=True
            )
            setattr(self, name, piece)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pieces, name)
