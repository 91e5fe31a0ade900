"""Functions that bring their own gradient, the same on every backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from tfclf.models.kept_gradients import kept_with

# (tensors, others) -> (value, what the backward pass keeps)
Forward = Callable[[Sequence[Any], Sequence[Any]], tuple[Any, Sequence[Any]]]
# (tensors, others, kept, gradient by the value) -> gradients by the tensors
Backward = Callable[[Sequence[Any], Sequence[Any], Sequence[Any], Any], Sequence[Any]]


def differentiable(
    forward: Forward,
    backward: Backward,
    *,
    jit: bool = False,
    shared: bool = False,
    checkpoint: bool = False,
) -> Callable[..., Any]:
    """Makes one differentiable function of a forward and a backward pass.

    Nothing but the inputs and what ``forward`` says is kept from one pass to the other.

    Args:
        forward: Maps tensors and other inputs to the value and to what the backward pass needs.
        backward: Maps both, what was kept and the gradient by the value to gradients by the
            tensors; the other inputs have none.
        jit: Whether both are compiled by XLA; for TensorFlow, elsewhere a step is one program.
        shared: Whether it is made once and called for several layers that are built alike.
            TensorFlow then traces each pass once, and XLA compiles it once for each shape: for six
            layers in a sixth of the time.
        checkpoint: Whether nothing is kept, and the backward pass runs the forward pass again
            (Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost).

    Returns:
        A function of tensors, of other inputs, and of the layer that calls it: what TensorFlow
        keeps of it goes with that layer.

    Example:
    >>> import numpy as np
    >>> cube = differentiable(lambda tensors, others: (tensors[0] ** 3, (tensors[0] ** 2,)),
    ...                       lambda tensors, others, kept, upstream: (3 * kept[0] * upstream,))
    >>> float(cube([ops.convert_to_tensor(np.float32(2))], []))
    8.0
    """

    def again(tensors: Any, others: Any, kept: Any, upstream: Any) -> Any:
        tensors = _apart(tensors, upstream)
        return backward(tensors, others, forward(tensors, others)[1], upstream)

    first, second = forward, again if checkpoint else backward
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if jit or (shared and tf.inside_function()):
            one = {"jit_compile": jit or None, "autograph": False, "reduce_retracing": True}
            first, second = tf.function(first, **one), tf.function(second, **one)

    def call(tensors: Sequence[Any], others: Sequence[Any], owner: Any = None) -> Any:
        def with_gradient(*tensors: Any) -> tuple[Any, Callable[..., Any]]:
            value, kept = first(tensors, others)
            kept = () if checkpoint else kept

            def gradient(*arguments: Any, upstream: Any = None) -> Any:
                upstream = arguments[0] if upstream is None else upstream
                return tuple(second(tensors, others, kept, upstream))  # JAX takes no list

            return value, gradient

        with kept_with(owner):
            return ops.custom_gradient(with_gradient)(*tensors)

    return call


def _apart(tensors: Sequence[Any], upstream: Any) -> list[Any]:
    """Returns tensors such that what is computed of them is not taken from the forward pass.

    A compiler that finds the same computation twice keeps the first one's results, and the memory
    that computing again was to save.
    """
    if keras.backend.backend() == "jax":
        import jax

        return list(jax.lax.optimization_barrier((list(tensors), upstream))[0])
    if keras.backend.backend() != "tensorflow":
        return list(tensors)
    import tensorflow as tf

    with tf.control_dependencies([upstream]):
        return [tf.identity(each) for each in tensors]


def wide_type(dtype: Any) -> str:
    """Returns the type in which sums over many numbers of a type are kept: float32 at least."""
    name = keras.backend.standardize_dtype(dtype)
    return "float32" if name in ("float16", "bfloat16") else name
