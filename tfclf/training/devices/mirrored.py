"""A model on several GPUs of one host, by TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tfclf.errors import ArgumentError
from tfclf.models import PretrainedModel
from tfclf.training.devices.choose import Devices
from tfclf.training.devices.machine import GPU
from tfclf.training.devices.twin import twin_of


@contextmanager
def mirrored(model: PretrainedModel, devices: Devices) -> Iterator[PretrainedModel]:
    """Yields a copy of a model with its weights on every device, in the scope of its strategy.

    Args:
        model: The model.
        devices: The devices, of one process.

    Raises:
        ArgumentError: The model computes in float16.
    """
    import tensorflow as tf

    if model.compute_dtype == "float16":
        # Keras looks for overflows before it sums, and on the first device alone.
        raise ArgumentError(
            f"float16 on {devices.number} devices: TensorFlow would miss overflows on all but one",
            where="precision",
            remedy="Pass --precision bfloat16, or --devices 1, or set KERAS_BACKEND=jax.",
        )

    # Between logical devices of a processor the ring that is the default may wait for ever.
    on_gpus = all(name.startswith(GPU) for name in devices.names)
    summed = None if on_gpus else tf.distribute.ReductionToOneDevice()
    with tf.distribute.MirroredStrategy(list(devices.names), cross_device_ops=summed).scope():
        yield twin_of(model)
