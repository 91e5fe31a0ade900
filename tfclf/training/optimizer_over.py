"""An optimizer over other weights, that goes on where one stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np


def optimizer_over(
    optimizer: keras.optimizers.Optimizer, variables: Sequence[keras.Variable]
) -> keras.optimizers.Optimizer:
    """Returns an optimizer over some weights with the state that one has of them.

    Optimizers of Keras are over the weights that they are built with, and on JAX they step all of
    these or none. What the one knows of weights that the other is not over is forgotten.

    Args:
        optimizer: A built optimizer.
        variables: The weights.

    Returns:
        The same optimizer where it is over these weights, else another of its class. One that
        scales the loss goes on with the scale that it has come to.

    Example:
    >>> weights = [keras.Variable([1.0], name="a"), keras.Variable([1.0, 2.0], name="b")]
    >>> few = keras.optimizers.SGD(0.5, momentum=0.9)
    >>> few.build(weights[:1])
    >>> few.apply([keras.ops.ones(1)])
    >>> more = optimizer_over(few, weights)
    >>> int(more.iterations), [moment.numpy().tolist() for moment in more.momentums]
    (1, [[-0.5], [0.0, 0.0]])
    """
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return _scaled(optimizer, optimizer_over(optimizer.inner_optimizer, variables))
    known = {id(variable): place for place, variable in enumerate(optimizer._trainable_variables)}
    if [known.get(id(variable)) for variable in variables] == list(range(len(known))):
        return optimizer
    made = _like(optimizer)
    made.build(list(variables))
    stood = {variable.path: variable for variable in optimizer.variables}
    both = [(i, known[id(v)]) for i, v in enumerate(variables) if id(v) in known]
    for variable in made.variables:
        was = stood.get(variable.path)
        if was is None:
            continue
        if was.shape == variable.shape:
            variable.assign(was)
        else:  # a vector of one number for each weight, such as its first step
            values = variable.numpy().copy()
            places, before = np.reshape(both, (-1, 2)).T.astype(int)
            values[places] = was.numpy()[before]
            variable.assign(values)
    return made


def _scaled(
    scaling: keras.optimizers.LossScaleOptimizer, inner: keras.optimizers.Optimizer
) -> keras.optimizers.LossScaleOptimizer:
    """Returns an optimizer that scales the loss as one does, around another one inside."""
    if inner is scaling.inner_optimizer:
        return scaling
    made = keras.optimizers.LossScaleOptimizer(
        inner, scaling.initial_scale, scaling.dynamic_growth_steps, name=scaling.name
    )
    made.build(inner._trainable_variables)
    # The scale, the steps since it last changed, and what Keras counts beside them.
    for variable, was in zip(made._variables, scaling._variables, strict=True):
        variable.assign(was)
    return made


def config_without_rate(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """Returns the config of an optimizer with a rate of 0.

    A user's own schedule may not be able to say its config: it is not asked.
    """
    schedule = optimizer._learning_rate
    optimizer._learning_rate = None
    try:
        return optimizer.get_config() | {"learning_rate": 0.0}
    finally:
        optimizer._learning_rate = schedule


def _like(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Returns an optimizer of the same settings that is not built."""
    schedule = optimizer._learning_rate
    made = type(optimizer).from_config(config_without_rate(optimizer))
    if isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        made.learning_rate = schedule
    for name, value in vars(optimizer).items():
        if name.startswith("_exclude_from_weight_decay"):  # which configs of Keras have not
            setattr(made, name, value)
    return made
