"""What a training computes on, as far as precision goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import keras

CPU_FACTS = Path("/proc/cpuinfo")  # of Linux
CPU, GPU, TPU, UNKNOWN = "CPU", "GPU", "TPU", "unknown"
PLATFORMS = {"cpu": CPU, "gpu": GPU, "cuda": GPU, "tpu": TPU}  # as JAX names them


@dataclass(frozen=True)
class Hardware:
    """The devices that Keras's backend sees.

    Attributes:
        kind: ``"CPU"``, ``"GPU"``, ``"TPU"`` or ``"unknown"``.
        capability: Lowest compute capability of NVIDIA GPUs, such as ``(8, 0)``; None of others.
        flags: Features of the CPU as Linux names them; empty where it does not tell.
        compiles: Whether the backend compiles everything by XLA, as JAX does.
    """

    kind: str
    capability: tuple[int, int] | None = None
    flags: frozenset[str] = frozenset()
    compiles: bool = False


def find_hardware() -> Hardware:
    """Returns what there is, accelerators first: a CPU beside them computes little."""
    finders = {"tensorflow": _of_tensorflow, "jax": _of_jax}
    finder = finders.get(keras.backend.backend())
    return Hardware(UNKNOWN) if finder is None else finder()


def cpu_flags(facts: Path = CPU_FACTS) -> frozenset[str]:
    """Returns the features of the CPU as Linux names them; empty where it does not tell."""
    if not facts.is_file():
        return frozenset()
    for line in facts.read_text(errors="replace").splitlines():
        name, _, values = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return frozenset(values.split())
    return frozenset()


def _of_tensorflow() -> Hardware:
    import tensorflow as tf

    devices = tf.config.list_physical_devices()
    if all(device.device_type == "CPU" for device in devices):
        return Hardware(CPU, flags=cpu_flags())
    kinds = {device.device_type for device in devices} - {"CPU"}
    details = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    known = [detail["compute_capability"] for detail in details if "compute_capability" in detail]
    kind = kinds.pop() if len(kinds) == 1 else UNKNOWN
    return Hardware(kind if kind in (GPU, TPU) else UNKNOWN, min(known, default=None))


def _of_jax() -> Hardware:
    import jax

    devices = jax.local_devices()
    kind = PLATFORMS.get(devices[0].platform, UNKNOWN)
    if kind == CPU:
        return Hardware(CPU, flags=cpu_flags(), compiles=True)
    known = list(filter(None, map(_capability, devices)))
    return Hardware(kind, min(known, default=None), compiles=True)


def _capability(device: object) -> tuple[int, int] | None:
    """Returns what JAX says of an NVIDIA GPU, such as ``"8.0"``; AMD's say ``"gfx90a"``."""
    major, _, minor = str(getattr(device, "compute_capability", "")).partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None
