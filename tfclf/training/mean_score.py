"""The mean of several figures in the logs of ``fit``, for early stopping on all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras


class MeanScore(keras.callbacks.Callback):
    """Puts the mean of several figures into the logs, of training and of validation.

    It stands in the list before the callbacks that read the mean.

    Args:
        parts: Names of the figures, such as ``("intent_macro_f1", "slots_f1")``.
        name: Name of their mean; of those of validation with ``val_`` in front.

    Example:
    >>> logs = {"val_a_f1": 0.5, "val_b_f1": 1.0}
    >>> MeanScore(["a_f1", "b_f1"]).on_epoch_end(0, logs)
    >>> logs["val_score"]
    0.75
    """

    def __init__(self, parts: Sequence[str], name: str = "score"):
        super().__init__()
        self.parts, self.name = tuple(parts), name

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Adds the means; a figure that is not there leaves its mean out."""
        for prefix in ("", "val_"):
            names = [prefix + part for part in self.parts]
            if logs is not None and all(name in logs for name in names):
                logs[prefix + self.name] = sum(float(logs[name]) for name in names) / len(names)
