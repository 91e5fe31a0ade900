"""What a training can run on here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras

from tfclf.errors import ArgumentError

CPU, GPU, TPU = "CPU", "GPU", "TPU"
KINDS = {"cpu": CPU, "gpu": GPU, "cuda": GPU, "rocm": GPU, "tpu": TPU}
# What a virtual machine with a TPU has: its device files, and what its images set.
TPU_FILES = ("/dev/accel0", "/dev/vfio/0")
TPU_VARIABLES = ("TPU_ACCELERATOR_TYPE", "TPU_NAME", "COLAB_TPU_ADDR")


@dataclass(frozen=True)
class Machine:
    """The devices that Keras's backend sees, accelerators alone where there are any.

    Attributes:
        kind: ``"CPU"``, ``"GPU"`` or ``"TPU"``.
        names: The devices as the backend names them, those of all processes.
        num_processes: Processes that compute together.
        process_id: Number of this one, from 0.
    """

    kind: str
    names: tuple[str, ...]
    num_processes: int = 1
    process_id: int = 0

    def __str__(self) -> str:
        """Returns what there is, such as ``2 GPUs``."""
        plural = "s" if len(self.names) > 1 else ""
        return f"{len(self.names)} {self.kind}{plural}"


def find_machine(wanted: int | str | None = None) -> Machine:
    """Returns what there is. On JAX processes have to be joined before.

    Args:
        wanted: How many devices are asked for: with 1 the processor beside a TPU is as well.

    Raises:
        ArgumentError: There is what Keras cannot train on with this backend: several workers of
            TensorFlow, or a TPU by TensorFlow.
    """
    finder = FINDERS.get(keras.backend.backend())
    machine = Machine(CPU, ("cpu:0",)) if finder is None else finder()
    if keras.backend.backend() == "tensorflow" and machine.kind == CPU and wanted != 1:
        refuse_tpu()
    return machine


def _of_tensorflow() -> Machine:
    import tensorflow as tf

    refuse_workers(os.environ.get("TF_CONFIG"))
    gpus = tf.config.list_logical_devices(GPU)
    found = gpus or tf.config.list_logical_devices(CPU)
    names = tuple(f"{GPU if gpus else CPU}:{place}" for place in range(len(found)))
    return Machine(GPU if gpus else CPU, names)


def _of_jax() -> Machine:
    import jax

    names = tuple(keras.distribution.list_devices())
    kind = KINDS.get(jax.devices()[0].platform, CPU)
    return Machine(kind, names, jax.process_count(), jax.process_index())


FINDERS: dict[str, Callable[[], Machine]] = {"tensorflow": _of_tensorflow, "jax": _of_jax}


def refuse_workers(config: str | None) -> None:
    """Raises where ``TF_CONFIG`` names several workers, or cannot be read.

    Example:
    >>> refuse_workers(None)
    >>> refuse_workers('{"cluster": {"worker": ["a:1", "b:1"]}}')
    Traceback (most recent call last):
    tfclf.errors.ArgumentError: TF_CONFIG: names 2 workers, but Keras 3 does not train with \
MultiWorkerMirroredStrategy. Train on several hosts with KERAS_BACKEND=jax and \
KERAS_DISTRIBUTION_JOB_ADDRESSES, or take TF_CONFIG out of the environment for one host.
    """
    if not config:
        return
    try:
        cluster = json.loads(config).get("cluster", {})
        workers = len(cluster.get("worker", ())) + len(cluster.get("chief", ()))
    except (ValueError, AttributeError, TypeError):
        raise ArgumentError(
            f"is {config!r}, expected JSON with a cluster in it",
            where="TF_CONFIG",
            remedy="Take it out of the environment for one host.",
        ) from None
    if workers > 1:
        raise ArgumentError(
            f"names {workers} workers, but Keras 3 does not train with MultiWorkerMirroredStrategy",
            where="TF_CONFIG",
            remedy="Train on several hosts with KERAS_BACKEND=jax and "
            "KERAS_DISTRIBUTION_JOB_ADDRESSES, or take TF_CONFIG out of the environment for one "
            "host.",
        )


def refuse_tpu() -> None:
    """Raises on a machine with a TPU and no GPU: on TensorFlow it would train on the processor."""
    import tensorflow as tf

    seen = tf.config.list_physical_devices(TPU)
    named = [name for name in TPU_VARIABLES if os.environ.get(name)]
    if not seen and not (named and any(Path(file).exists() for file in TPU_FILES)):
        return
    raise ArgumentError(
        "there is a TPU, but Keras 3 does not train on it by TensorFlow: it has no TPUStrategy, "
        "and TensorFlow 2.19 was the last release for TPUs",
        remedy="Set KERAS_BACKEND=jax, with jax[tpu] installed; or --devices 1 trains on the CPU.",
    )
