"""How long the steps take, and what the first one costs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from statistics import median
from typing import Any

import keras


class StepTimer(keras.callbacks.Callback):
    """Times training steps; the graph is built in the first.

    Attributes:
        compile_seconds: What the first step took beyond the median of the others (seconds).
        steps: Number of steps.
    """

    def __init__(self) -> None:
        super().__init__()
        self._seconds: list[float] = []
        self._begun = 0.0

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Starts the clock."""
        self._begun = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Stops the clock."""
        self._seconds.append(time.perf_counter() - self._begun)

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self._seconds)

    @property
    def compile_seconds(self) -> float:
        """What the first step took beyond the median of the others (seconds)."""
        others = self._seconds[1:]
        return max(0.0, self._seconds[0] - median(others)) if others else 0.0
