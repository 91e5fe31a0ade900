"""The feed-forward activations that a BERT ``config.json`` can name in ``hidden_act``.

The names are those of Hugging Face. Three of them are the same function (tanh approximation of
GELU, Hendrycks and Gimpel 2016, section 2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops


def gelu(x: Any) -> Any:
    """The exact GELU, x * Phi(x) with the error function."""
    return ops.gelu(x, approximate=False)


def gelu_tanh(x: Any) -> Any:
    """The tanh approximation of GELU."""
    return ops.gelu(x, approximate=True)


def quick_gelu(x: Any) -> Any:
    """The sigmoid approximation of GELU, x * sigmoid(1.702 x)."""
    return x * ops.sigmoid(1.702 * x)


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "gelu": gelu,
    "gelu_new": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "gelu_fast": gelu_tanh,
    "quick_gelu": quick_gelu,
    "relu": ops.relu,
    "tanh": ops.tanh,
    "silu": ops.silu,
    "swish": ops.silu,
    "sigmoid": ops.sigmoid,
}
