"""A model on one device -> the same model on several of them, for as long as it trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import keras

from tfclf.errors import ArgumentError
from tfclf.models import PretrainedModel
from tfclf.training.devices.choose import Devices
from tfclf.training.devices.data_parallel import data_parallel
from tfclf.training.devices.mirrored import mirrored

Engine = Callable[[PretrainedModel, Devices], AbstractContextManager[PretrainedModel]]
ENGINES: dict[str, Engine] = {"tensorflow": mirrored, "jax": data_parallel}


@contextmanager
def spread(model: PretrainedModel, devices: Devices) -> Iterator[PretrainedModel]:
    """Yields a model that trains on several devices together.

    It is a copy: what it has learnt is put back into the model at the end, which stays on one
    device and is read as ever. On one device it is the model itself. Compile and fit it inside,
    with ``SharedBatches``.

    Args:
        model: The model.
        devices: Where to.

    Raises:
        ArgumentError: Keras's backend is one that has no engine for several devices.
    """
    if devices.number == 1:
        yield model
        return
    backend = keras.backend.backend()
    if backend not in ENGINES:
        raise ArgumentError(
            f"{devices.number} devices, but the backend is {backend}",
            where="devices",
            remedy="Set KERAS_BACKEND=tensorflow or jax, or pass --devices 1.",
        )
    with ENGINES[backend](model, devices) as twin:
        pairs = list(zip(model.variables, twin.variables, strict=True))  # before it is compiled
        yield twin
    for own, trained in pairs:
        own.assign(keras.ops.convert_to_numpy(trained))
