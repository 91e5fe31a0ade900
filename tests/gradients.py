"""Gradients by the own differentiation of the backend that Keras runs on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np


def gradient(function: Callable[[Any], Any], array: Any) -> tuple[Any, np.ndarray]:
    """Returns a scalar function's value at an array, and its gradient, of the array's shape."""
    value, found = value_and_gradient(function)(keras.ops.convert_to_tensor(array))
    return value, np.array(keras.ops.convert_to_numpy(found))


def value_and_gradient(function: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, Any]]:
    """Returns the function of a tensor that gives a scalar function's value and its gradient."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.value_and_grad(function)
    import tensorflow as tf

    def both(tensor: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            value = function(tensor)
        return value, tape.gradient(value, tensor)

    return both


def gradient_of(
    function: Callable[[list[Any]], Any], tensors: Sequence[Any], upstream: Any
) -> list[np.ndarray]:
    """Returns the gradients of ``sum(function(tensors) * upstream)`` by the tensors."""
    tensors = [keras.ops.convert_to_tensor(each) for each in tensors]
    both = value_and_gradient(lambda own: keras.ops.sum(function(own) * upstream))
    return [np.asarray(keras.ops.convert_to_numpy(each)) for each in both(tensors)[1]]


def gradients_of_weights(
    function: Callable[[], Any], weights: Sequence[keras.Variable]
) -> tuple[Any, list[np.ndarray | None]]:
    """Returns a scalar function's value and its gradients by some weights.

    None, or zeros on JAX, stands for a weight that the value does not depend on.
    """
    if keras.backend.backend() == "jax":
        import jax

        def stateless(values: list[Any]) -> Any:
            with keras.StatelessScope(list(zip(weights, values, strict=True))):
                return function()

        value, found = jax.value_and_grad(stateless)([weight.value for weight in weights])
        return value, [np.array(each) for each in found]
    import tensorflow as tf

    with tf.GradientTape() as tape:
        value = function()
    found = tape.gradient(value, [weight.value for weight in weights])
    return value, [None if each is None else np.array(each) for each in found]


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a function of tensors that XLA compiles."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    import tensorflow as tf

    return tf.function(function, jit_compile=True)


def double_precision() -> AbstractContextManager[Any]:
    """Returns a context in which float64 is computed in float64, which JAX has to be asked for."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.enable_x64(True)
    return nullcontext()
