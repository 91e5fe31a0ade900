"""The figures of each epoch, told to a trial, which may end there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import optuna


class ReportToTrial(keras.callbacks.Callback):
    """Tells an Optuna trial the watched figure of each epoch, and ends it where others were better.

    Args:
        trial: The trial.
        monitor: Key of the figure, greater is better, such as ``"val_macro_f1"``.

    Raises:
        optuna.TrialPruned: The pruner of the study sees no hope in it.
    """

    def __init__(self, trial: optuna.Trial, monitor: str):
        super().__init__()
        self.trial, self.monitor = trial, monitor

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Tells the figure, once an epoch."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            return
        report_once(self.trial, float(value), epoch)
        if self.trial.should_prune():
            raise optuna.TrialPruned(f"{self.monitor} {float(value):.4f} after epoch {epoch + 1}")


def report_once(trial: optuna.Trial, value: float, step: int) -> None:
    """Tells a trial a figure, unless it was told before an interruption."""
    if step not in trial.study.trials[trial.number].intermediate_values:
        trial.report(value, step)
