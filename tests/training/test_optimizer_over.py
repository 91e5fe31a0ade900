"""An optimizer that is carried over to other weights."""

import keras
import numpy as np

from tfclf.training.optimizer_over import optimizer_over


def step(optimizer, weights, gradient):
    """Takes a step as ``fit`` does on the backend."""
    gradients = [keras.ops.full(weight.shape, gradient) for weight in weights]
    if keras.backend.backend() != "jax":
        optimizer.apply(gradients)
        return
    state = [variable.value for variable in optimizer.variables]
    stepped = optimizer.stateless_apply(state, gradients, [weight.value for weight in weights])
    for variables, values in zip((weights, optimizer.variables), stepped, strict=True):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def test_one_that_scales_the_loss_goes_on_with_its_scale():
    """As under ``--precision float16 --thaw-epoch``. The gradients are scaled: 8 stands for 1."""
    weights = [keras.Variable([1.0], name="a"), keras.Variable([1.0, 2.0], name="b")]
    few = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(0.5, momentum=0.9), initial_scale=16.0, dynamic_growth_steps=7
    )
    few.build(weights[:1])
    step(few, weights[:1], np.inf)  # no step, and half the scale
    step(few, weights[:1], 8.0)
    more = optimizer_over(few, weights)
    assert (float(more.dynamic_scale), int(more.step_counter)) == (8.0, 1)
    assert (more.initial_scale, more.dynamic_growth_steps) == (16.0, 7)
    inner = more.inner_optimizer
    assert int(more.iterations) == 1 and float(inner.learning_rate) == 0.5
    assert [moment.numpy().tolist() for moment in inner.momentums] == [[-0.5], [0.0, 0.0]]
    assert optimizer_over(more, weights) is more
    step(more, weights, 8.0)
    # The second momentum of the first weight is 0.9 * -0.5 - 0.5.
    assert [weight.numpy().tolist() for weight in weights] == [
        [np.float32(1 - 0.5 - 0.95)], [0.5, 1.5],
    ]  # fmt: skip
