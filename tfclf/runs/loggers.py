"""The figures of a training, handed on to the tools that draw them elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras

from tfclf.errors import ArgumentError


def _tensorboard(folder: Path) -> list[keras.callbacks.Callback]:
    _require("tensorboard")
    return [keras.callbacks.TensorBoard(log_dir=str(folder / "tensorboard"), write_graph=False)]


def _wandb(folder: Path) -> list[keras.callbacks.Callback]:
    _require("wandb")
    import wandb
    from wandb.integration.keras import WandbMetricsLogger

    if wandb.run is not None:  # the user's own run, which goes on after this training
        return [WandbMetricsLogger()]
    wandb.init(project="tfclf", dir=str(folder))
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


LOGGERS: dict[str, Callable[[Path], list[keras.callbacks.Callback]]] = {
    "tensorboard": _tensorboard,
    "wandb": _wandb,
}
