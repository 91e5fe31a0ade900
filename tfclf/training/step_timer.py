"""How long the steps take, and what compiling takes of it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

import keras

Shape = tuple[int, int]  # rows, tokens


class StepTimer(keras.callbacks.Callback):
    """Times training steps; the graph is built in the first, and XLA compiles once for each shape.

    Args:
        shapes: The shapes of an epoch's batches, in their order, by the number of the epoch; None
            where all are alike.
    """

    def __init__(self, shapes: Callable[[int], Sequence[Shape]] | None = None):
        super().__init__()
        self._shapes_of = shapes
        self._shapes: Sequence[Shape] | None = None
        self._seconds: dict[Shape, list[float]] = defaultdict(list)
        self._begun, self._first = 0.0, 0
        self._skipped, self._before = 0, 0.0

    def skip(self, steps: int) -> None:
        """Takes the first epoch to begin behind so many steps."""
        self._skipped = steps

    def state(self) -> dict[str, Any]:
        """Returns what an interrupted training has to remember."""
        return {"compile_seconds": self.compile_seconds}

    def restore(self, state: dict[str, Any]) -> None:
        """Takes what ``state`` returned."""
        self._before = state["compile_seconds"]

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Forgets the steps of an earlier ``fit``."""
        self._shapes, self._before = None, 0.0
        self._seconds.clear()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Looks up the shapes of the epoch."""
        shapes = None if self._shapes_of is None else self._shapes_of(epoch)
        self._shapes = None if shapes is None else shapes[self._skipped :]
        self._skipped = 0

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Starts the clock."""
        self._begun, self._first = time.perf_counter(), batch

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Stops the clock; ``batch`` is the last of those that ran together, or one behind it."""
        shape = (1, 1)
        if self._shapes:
            several = self._shapes[self._first : batch + 1]
            shape = several[0] if len(several) == 1 else (1, sum(a * b for a, b in several))
        self._seconds[shape].append(time.perf_counter() - self._begun)

    @property
    def compile_seconds(self) -> float:
        """What the first step of each shape took beyond the others of its shape (seconds).

        A shape that came once is taken to be as slow for each token as the others are.
        """
        later = {shape: median(times[1:]) for shape, times in self._seconds.items() if times[1:]}
        if not later:
            return self._before
        per_token = median(seconds / (rows * seq) for (rows, seq), seconds in later.items())
        return self._before + sum(
            max(0.0, times[0] - later.get(shape, per_token * shape[0] * shape[1]))
            for shape, times in self._seconds.items()
        )
