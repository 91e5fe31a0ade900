"""A model on several devices of one or more hosts, by JAX."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np

from tfclf.models import PretrainedModel
from tfclf.training.devices.choose import Devices
from tfclf.training.devices.twin import twin_of


@contextmanager
def data_parallel(model: PretrainedModel, devices: Devices) -> Iterator[PretrainedModel]:
    """Yields a copy of a model with its weights on every device, where batches are distributed.

    All processes get the weights of the first one.

    Args:
        model: The model.
        devices: The devices, of all processes.
    """
    # Each process reads its own part of a batch (``SharedBatches``).
    distribution = keras.distribution.DataParallel(
        devices=list(devices.names), auto_shard_dataset=False
    )
    # Made outside of the scope: inside, every process would have to draw the same first weights.
    twin = twin_of(model)
    values = [np.asarray(variable) for variable in twin.variables]
    if devices.num_processes > 1:
        from jax.experimental import multihost_utils

        values = multihost_utils.broadcast_one_to_all(values)
    for variable, value in zip(twin.variables, values, strict=True):
        variable._layout = distribution.get_variable_layout(variable)
        variable.assign(value)
    with distribution.scope():
        yield twin
