"""The figures of a training, handed on to the tools that draw them elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras

from tfclf.errors import ArgumentError


def _tensorboard(folder: Path, attempt: str) -> list[keras.callbacks.Callback]:
    _require("tensorboard")
    logs = folder / "tensorboard" / attempt
    return [keras.callbacks.TensorBoard(log_dir=str(logs), write_graph=False)]


def _wandb(folder: Path, attempt: str) -> list[keras.callbacks.Callback]:
    _require("wandb")
    import wandb
    from wandb.integration.keras import WandbMetricsLogger

    if wandb.run is not None:  # the user's own run, which goes on after this training
        return [WandbMetricsLogger()]
    wandb.init(project="tfclf", dir=str(folder), name=attempt or None)
    # Finished before the run directory takes its name, and with it the files their place.
    finish = keras.callbacks.LambdaCallback(on_train_end=lambda logs: wandb.finish())
    return [WandbMetricsLogger(), finish]


def _require(package: str) -> None:
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise ArgumentError(
            f"logging to {package} needs the package {package}, which is not installed",
            remedy=f"pip install {package}",
        )


LOGGERS: dict[str, Callable[[Path, str], list[keras.callbacks.Callback]]] = {
    "tensorboard": _tensorboard,
    "wandb": _wandb,
}


def loggers_of(
    name: str | None, folder: Path | None, rescues: int
) -> list[keras.callbacks.Callback]:
    """Returns what hands the figures of one attempt on, apart from those of the others.

    Args:
        name: One of ``LOGGERS``; None logs nothing.
        folder: The run directory that is being made; None logs nothing.
        rescues: How often the training has begun again.

    Raises:
        ArgumentError: The tool is not installed.
    """
    if name is None or folder is None:
        return []
    return LOGGERS[name](folder, f"rescue-{rescues}" if rescues else "")
