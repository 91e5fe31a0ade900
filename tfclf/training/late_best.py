"""Early stopping that is not taken in by chance."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from tfclf.errors import ArgumentError

REMEMBERED = ("wait", "stopped_epoch", "best", "best_epoch", "best_weights")
START = -1  # the epoch before the first, which Keras counts as 0
PAIRED = 0.5  # of a figure's error is left in the difference of two epochs on the same rows


class LateBest(keras.callbacks.EarlyStopping):
    """Keeps the weights of the last epoch that is as good as the best, up to chance.

    Keras's own takes the very best epoch. On a few hundred validation rows that is often an early
    one that has a single rare row more by luck, though the loss falls on.

    Args:
        monitor: Name of the figure in the logs; more is better.
        tolerance: How far below the best figure an epoch may be and count as equally good, at
            least 0.
        patience: Epochs without a better figure before training stops.
        at_start: The figure of the weights that training starts with, which are then kept where no
            epoch is as good; None does not look at them.

    Raises:
        ArgumentError: The tolerance is negative or no number.

    Example:
    >>> best = LateBest("val_macro_f1", tolerance=0.02, patience=3)
    >>> best.patience
    3
    """

    def __init__(
        self,
        monitor: str,
        tolerance: float = 0.0,
        patience: int = 0,
        at_start: float | None = None,
    ):
        if not 0 <= tolerance < float("inf"):
            raise ArgumentError(f"tolerance is {tolerance}, expected a number of at least 0")
        super().__init__(monitor, patience=patience, mode="max", restore_best_weights=True)
        self.tolerance, self.at_start = tolerance, at_start

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Takes the weights of the start as the best so far, where they are looked at."""
        super().on_train_begin(logs)
        if self.at_start is not None:
            self.best, self.best_epoch = self.at_start, START
            self.best_weights = self.model.get_weights()

    @property
    def kept_epoch(self) -> int:
        """The epoch whose weights are kept, counted from 1; 0 is the start."""
        return self.best_epoch + 1

    def state(self) -> dict[str, Any]:
        """Returns what an interrupted training has to remember."""
        return {name: getattr(self, name) for name in REMEMBERED}

    def restore(self, state: dict[str, Any]) -> None:
        """Takes what ``state`` returned."""
        vars(self).update(state)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Compares the figure of an epoch with the best."""
        super().on_epoch_end(epoch, logs)
        current = (logs or {}).get(self.monitor)
        if current is not None and self.best is not None and self.best_epoch != epoch:
            if current >= self.best - self.tolerance:
                self.best_weights, self.best_epoch = self.model.get_weights(), epoch


def macro_f1_error(macro_f1: float, counts: np.ndarray) -> float:
    """Returns about how far the macro-F1 of two epochs differs by chance.

    Of a label with n true rows the F1 has a variance of about F (1 - F) / n, as a share has; the
    mean over K labels ``sum(F (1 - F) / n) / K^2``. Two epochs are judged on the same rows, most of
    which they answer alike.

    Args:
        macro_f1: A macro-F1 that may be expected.
        counts: Validation rows of each label, shape (labels,); those without one are left out.

    Example:
    >>> round(macro_f1_error(0.9, np.array([240, 10])), 4)  # sqrt(0.09 (1/240 + 1/10)) / 2 / 2
    0.0242
    """
    counts = counts[counts > 0]
    if not len(counts):
        return 0.0
    variance = macro_f1 * (1 - macro_f1) * (1 / counts).sum() / len(counts) ** 2
    return float(PAIRED * np.sqrt(variance))
