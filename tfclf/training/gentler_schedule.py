"""A schedule that goes on gently after a training was repaired."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfclf.errors import ArgumentError


@keras.saving.register_keras_serializable("tfclf")
class GentlerSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """Another schedule from one of its steps on, lowered, with a warm-up of its own.

    The optimizer's steps are counted from 0 again, as its moments begin anew; what it does at step
    ``i`` is ``factor`` times what the other does at ``begin + i``.

    Args:
        schedule: The other schedule.
        begin: Its step that the first one corresponds to.
        factor: What its rates are multiplied by, above 0.
        warmup_steps: Steps over which the rate rises in a straight line.
        most: Highest rate; None is as high as ``factor`` makes it.

    Raises:
        ArgumentError: The factor is not positive, or a number of steps is negative.

    Example:
    >>> from tfclf.training import WarmupDecay
    >>> gentler = GentlerSchedule(WarmupDecay(1.0, 8), begin=4, factor=0.5, warmup_steps=2)
    >>> [round(float(gentler(step)), 3) for step in range(4)]
    [0.125, 0.188, 0.125, 0.062]
    """

    def __init__(
        self,
        schedule: keras.optimizers.schedules.LearningRateSchedule,
        begin: int,
        factor: float,
        warmup_steps: int = 0,
        most: float | None = None,
    ):
        super().__init__()
        if not 0 < factor < float("inf"):
            raise ArgumentError(f"factor is {factor}, expected a positive number")
        if begin < 0 or warmup_steps < 0:
            raise ArgumentError(f"{begin} and {warmup_steps} steps, expected none below 0")
        self.schedule, self.begin = schedule, int(begin)
        self.factor, self.warmup_steps = float(factor), int(warmup_steps)
        self.most = None if most is None else float(most)

    def __call__(self, step: Any) -> Any:
        """Returns the rate of a step, counted from 0."""
        step = ops.cast(step, "int32")  # JAX has no more
        rate = ops.cast(self.schedule(step + self.begin), "float32") * self.factor
        rate = rate if self.most is None else ops.minimum(rate, self.most)
        warm = (ops.cast(step, "float32") + 1) / max(self.warmup_steps, 1)
        return rate * ops.minimum(warm, 1.0)

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {
            "schedule": keras.saving.serialize_keras_object(self.schedule),
            "begin": self.begin,
            "factor": self.factor,
            "warmup_steps": self.warmup_steps,
            "most": self.most,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> GentlerSchedule:
        """Makes the schedule that ``get_config`` describes."""
        schedule = keras.saving.deserialize_keras_object(config["schedule"])
        return cls(**(config | {"schedule": schedule}))
