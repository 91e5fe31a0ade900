"""What TensorFlow keeps of a model's gradients goes with the model."""

import gc

import numpy as np
import pytest

from tests.conftest import BACKEND
from tfclf import TFBertForSequenceClassification
from tfclf.losses import SparseCategoricalCrossentropy
from tfclf.models.kept_gradients import kept_with
from tfclf.training import adamw

pytestmark = pytest.mark.skipif(BACKEND != "tensorflow", reason="a table of TensorFlow")


def kept():
    """The custom gradients that the process has, by TensorFlow's own names."""
    from tensorflow.python.framework import ops

    names = ops.gradient_registry._registry
    return {name for name in names if name.startswith("CustomGradient-")}


def test_a_model_that_is_gone_leaves_no_graph_behind(tiny_config):
    gc.collect()
    before = kept()
    model = TFBertForSequenceClassification(tiny_config)
    # (Keras's own optimizers leave two graphs a fit there, by tf.distribute.)
    model.compile(adamw(1e-3), SparseCategoricalCrossentropy())
    ids = np.arange(12, dtype="int32").reshape(4, 3)
    model.fit(ids, np.array([0, 1, 2, 0]), batch_size=2, verbose=0)
    assert kept() - before  # the graph of its step may be differentiated again
    model.fit(ids, np.array([0, 1, 2, 0]), batch_size=2, verbose=0)
    del model
    gc.collect()
    assert kept() <= before


def test_what_nobody_owns_is_kept_as_tensorflow_does():
    import tensorflow as tf

    class Owner:
        pass

    def square(x):
        return x**2, lambda upstream: 2 * x * upstream

    def traced(owner):
        with kept_with(owner):
            tf.function(tf.custom_gradient(square)).get_concrete_function(tf.TensorSpec((3,)))

    before, owner = kept(), Owner()
    traced(owner)
    owned = kept() - before
    traced(None)
    assert owned and kept() - before - owned
    del owner
    gc.collect()
    assert not owned & kept()
