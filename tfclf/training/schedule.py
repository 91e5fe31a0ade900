"""The learning rate over all steps."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfclf.errors import ArgumentError

DECAYS = ("linear", "cosine", "constant")


@keras.saving.register_keras_serializable("tfclf")
class WarmupDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up, then decay over the exact number of steps.

    The first step has ``peak / warmup_steps``, not 0; the step after the last would have 0. Beyond
    the last step the rate stays 0.

    Args:
        peak: Highest learning rate, reached at the end of the warm-up.
        total_steps: Steps of the whole training.
        warmup_steps: Steps of the warm-up, fewer than all.
        decay: ``"linear"``, ``"cosine"`` (Loshchilov and Hutter 2017, equation 5) or
            ``"constant"``.

    Raises:
        ArgumentError: A value is out of range.

    Example:
    >>> schedule = WarmupDecay(1.0, total_steps=8, warmup_steps=4)
    >>> [round(float(schedule(step)), 2) for step in range(9)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0]
    """

    def __init__(self, peak: float, total_steps: int, warmup_steps: int = 0, decay: str = "linear"):
        super().__init__()
        if decay not in DECAYS:
            raise ArgumentError(f"unknown decay {decay!r}, expected one of {', '.join(DECAYS)}")
        if not 0 < peak < float("inf"):
            raise ArgumentError(f"learning rate is {peak}, expected a positive number")
        if not 0 <= warmup_steps < total_steps:
            raise ArgumentError(
                f"{warmup_steps} warm-up steps of {total_steps} in all",
                remedy="Leave at least one step for training at the full rate.",
            )
        self.peak, self.total_steps = float(peak), int(total_steps)
        self.warmup_steps, self.decay = int(warmup_steps), decay

    def __call__(self, step: Any) -> Any:
        """Returns the rate of a step, counted from 0."""
        step = ops.cast(step, "float32")
        warm = (step + 1) / max(self.warmup_steps, 1)
        left = (self.total_steps - step) / (self.total_steps - self.warmup_steps)
        left = ops.clip(left, 0.0, 1.0)
        if self.decay == "cosine":
            left = (1 - ops.cos(left * 3.141592653589793)) / 2
        elif self.decay == "constant":
            left = ops.ones_like(left)
        return self.peak * ops.where(step < self.warmup_steps, warm, left)

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {
            "peak": self.peak,
            "total_steps": self.total_steps,
            "warmup_steps": self.warmup_steps,
            "decay": self.decay,
        }
