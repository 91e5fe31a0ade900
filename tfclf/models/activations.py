"""The feed-forward activations that a BERT ``config.json`` can name in ``hidden_act``.

The names are those of Hugging Face. Three of them are the same function (tanh approximation of
GELU, Hendrycks and Gimpel 2016, section 2). ``DERIVATIVES`` has the derivative of each, ``UNFUSED``
what is faster where a training step reads the input as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from keras import ops

TANH_SCALE, TANH_CUBE = math.sqrt(2 / math.pi), 0.044715  # of the tanh approximation
QUICK = 1.702


def gelu(x: Any) -> Any:
    """The exact GELU, x * Phi(x) with the error function."""
    return ops.gelu(x, approximate=False)


def gelu_by_erf(x: Any) -> Any:
    """The same by ``erf``, as PyTorch has it."""
    return x * _normal_below(x)


def gelu_derivative(x: Any) -> Any:
    """Phi(x) + x * phi(x)."""
    return _normal_below(x) + x * ops.exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))


def _normal_below(x: Any) -> Any:
    """Returns Phi(x), the share of a normal distribution below x."""
    return 0.5 * (1 + ops.erf(x * math.sqrt(0.5)))


def gelu_tanh(x: Any) -> Any:
    """The tanh approximation of GELU."""
    return ops.gelu(x, approximate=True)


def gelu_tanh_derivative(x: Any) -> Any:
    """The derivative of x / 2 * (1 + tanh(u)), u = scale * (x + cube * x ** 3)."""
    value = ops.tanh(TANH_SCALE * (x + TANH_CUBE * x * x * x))
    inner = TANH_SCALE * (1 + 3 * TANH_CUBE * x * x)
    return 0.5 * (1 + value) + 0.5 * x * (1 - value * value) * inner


def quick_gelu(x: Any) -> Any:
    """The sigmoid approximation of GELU, x * sigmoid(1.702 x)."""
    return x * ops.sigmoid(QUICK * x)


def quick_gelu_derivative(x: Any) -> Any:
    """The derivative of ``quick_gelu``."""
    value = ops.sigmoid(QUICK * x)
    return value * (1 + QUICK * x * (1 - value))


def silu_derivative(x: Any) -> Any:
    """The derivative of x * sigmoid(x)."""
    value = ops.sigmoid(x)
    return value * (1 + x * (1 - value))


def sigmoid_derivative(x: Any) -> Any:
    """The derivative of the logistic function."""
    value = ops.sigmoid(x)
    return value * (1 - value)


def tanh_derivative(x: Any) -> Any:
    """The derivative of the hyperbolic tangent."""
    value = ops.tanh(x)
    return 1 - value * value


def relu_derivative(x: Any) -> Any:
    """1 above zero, else 0."""
    return ops.cast(x > 0, x.dtype)


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
# TensorFlow fuses a GELU by ``erfc`` with the product before it. In training both are read, nothing
# is fused, and ``erfc`` by itself takes five times as long as ``erf``.
UNFUSED = ACTIVATIONS | {"gelu": gelu_by_erf}
DERIVATIVES: dict[str, Callable[[Any], Any]] = {
    "gelu": gelu_derivative,
    "gelu_new": gelu_tanh_derivative,
    "gelu_pytorch_tanh": gelu_tanh_derivative,
    "gelu_fast": gelu_tanh_derivative,
    "quick_gelu": quick_gelu_derivative,
    "relu": relu_derivative,
    "tanh": tanh_derivative,
    "silu": silu_derivative,
    "swish": silu_derivative,
    "sigmoid": sigmoid_derivative,
}
