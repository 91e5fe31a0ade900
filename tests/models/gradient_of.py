"""The gradients that a backend derives, to hold those that are written by hand against."""

import keras
import numpy as np


def gradient_of(function, tensors, upstream):
    """Returns the gradients of ``sum(function(tensors) * upstream)`` by the tensors."""
    tensors = [keras.ops.convert_to_tensor(each) for each in tensors]
    if keras.backend.backend() == "jax":
        import jax

        found = jax.grad(lambda own: keras.ops.sum(function(own) * upstream))(tensors)
    else:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(tensors)
            value = keras.ops.sum(function(tensors) * upstream)
        found = tape.gradient(value, tensors)
    return [np.asarray(keras.ops.convert_to_numpy(each)) for each in found]
