"""What the copies of a model on several devices of ``tf.distribute`` have to know of each other.

On JAX a batch is one array however many devices hold it, and a sum over it is the sum of all. On
TensorFlow the step runs once for each replica, on its share of the rows: there whatever is meant
over the whole batch has to be asked for. Each function here returns its argument as it is where
there is one device.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


def replica_context() -> Any:
    """Returns the context of a step that runs in several replicas, or None."""
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    context = tf.distribute.get_replica_context()  # None between replicas: while a graph is built
    return None if context is None or context.num_replicas_in_sync == 1 else context


def mean_over_replicas(value: Any) -> Any:
    """Returns the mean of a tensor over the replicas, the same in each; no gradient goes through.

    Args:
        value: A tensor of one shape in all replicas.
    """
    context = replica_context()
    if context is None:
        return value
    import tensorflow as tf

    return context.all_reduce(tf.distribute.ReduceOp.MEAN, ops.stop_gradient(value))


def sum_over_replicas(values: Sequence[Any]) -> list[Any]:
    """Returns the sum of each tensor over the replicas, such as of gradients; None stays None."""
    context = replica_context()
    if context is None:
        return list(values)
    import tensorflow as tf

    known = [value for value in values if value is not None]
    summed = iter(context.all_reduce(tf.distribute.ReduceOp.SUM, known) if known else ())
    return [None if value is None else next(summed) for value in values]


def rows_of_all_replicas(value: Any) -> Any:
    """Returns the rows of all replicas, one's behind the other's, the same in each.

    Args:
        value: A tensor of shape (rows, ...), of as many rows in all replicas; None stays None.
    """
    context = None if value is None else replica_context()
    if context is None:
        return value
    import tensorflow as tf

    # A sum of rows that stand where nobody else has any: gathering hangs on some devices.
    value, own = tf.convert_to_tensor(value), context.replica_id_in_sync_group
    before = own * tf.shape(value)[0]
    behind = (context.num_replicas_in_sync - 1 - own) * tf.shape(value)[0]
    numbers = tf.cast(value, "int32") if value.dtype == tf.bool else value
    padded = tf.pad(numbers, [[before, behind]] + [[0, 0]] * (value.shape.rank - 1))
    rows = context.all_reduce(tf.distribute.ReduceOp.SUM, padded)
    return rows > 0 if value.dtype == tf.bool else rows


def replica_number() -> Any:
    """Returns which replica this is, from 0; a number, or a tensor in a step of several."""
    context = replica_context()
    return 0 if context is None else context.replica_id_in_sync_group


def assign_sum(variable: keras.Variable, value: Any) -> None:
    """Gives a variable a value; one that is a sum over replicas has it in the first of them.

    TensorFlow divides it among them, and of whole numbers loses what cannot be divided.

    Args:
        variable: The variable, outside of a step.
        value: What it is to be as a whole.
    """
    parts = () if keras.backend.backend() != "tensorflow" else _parts_of_sum(variable.value)
    if not parts:
        variable.assign(value)
    for place, part in enumerate(parts):
        part.assign(value if place == 0 else ops.zeros_like(value))


def _parts_of_sum(value: Any) -> tuple[Any, ...]:
    """Returns the variables of the replicas, where a distributed one is read as their sum."""
    import tensorflow as tf

    parts = getattr(value, "values", ())
    on_read = getattr(value, "synchronization", None) == tf.VariableSynchronization.ON_READ
    summed = getattr(value, "aggregation", None) == tf.VariableAggregation.SUM
    return tuple(parts) if on_read and summed else ()
