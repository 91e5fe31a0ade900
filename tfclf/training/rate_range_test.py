"""The learning-rate range test: the rate grows with each step, and the loss says how far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from tfclf.errors import ArgumentError

SMOOTHING = 0.9  # share of the past in the moving average of the loss
BURST = 4.0  # times the first smoothed loss that says something: there the test ends
LEAST_STEPS = 10
SETTLED = 5  # steps before which the average says little
MARGIN = 10.0  # below the rate of the lowest loss


class RateRangeTest(keras.callbacks.Callback):
    """Lets the learning rate grow by a factor a step, and records the loss of each batch.

    The loss falls as soon as the rate is large enough to learn, and rises again where it is too
    large. The test ends after ``steps`` steps, or where the smoothed loss is 4 times as high as
    after the fifth.
    Weights and optimizer are left where the test has taken them: train a model that is loaded
    again.

    Args:
        lowest: Rate of the first step.
        highest: Rate of the last step.
        steps: Number of steps, at least 10; let ``fit`` have as many.

    Attributes:
        rates: Rate of each step that was made.
        losses: Loss of its batch.

    Raises:
        ArgumentError: The rates or the number of steps make no test; or, when ``fit`` begins, the
            model was compiled with a schedule, which would set the rate as well.

    Reference: Smith 2017, Cyclical Learning Rates for Training Neural Networks, section 3.3.

    Example:
    >>> model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="zeros")])
    >>> model.compile("sgd", "mean_squared_error")
    >>> test = RateRangeTest(1e-4, 10.0, steps=40)
    >>> x = np.ones((80, 1), "float32")
    >>> history = model.fit(x, 3 * x, batch_size=2, verbose=0, callbacks=[test])
    >>> 0.01 < test.suggestion < 0.3  # from 1 on this model diverges
    True
    """

    def __init__(self, lowest: float = 1e-7, highest: float = 1e-1, steps: int = 100):
        super().__init__()
        if not 0 < lowest < highest:
            raise ArgumentError(f"rates from {lowest} to {highest}, expected 0 < lowest < highest")
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < LEAST_STEPS:
            raise ArgumentError(f"steps is {steps!r}, expected a whole number >= {LEAST_STEPS}")
        self.lowest, self.highest, self.steps = lowest, highest, steps
        self.rates: list[float] = []
        self.losses: list[float] = []

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Forgets an earlier test."""
        self.rates, self.losses = [], []
        optimizer = self.model.optimizer
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        schedule = keras.optimizers.schedules.LearningRateSchedule
        if isinstance(inner._learning_rate, schedule):
            raise ArgumentError(
                f"the optimizer has a schedule, {type(inner._learning_rate).__name__}: expected a "
                "number, which the test can set",
                remedy="Compile the model for the test with a number, such as adamw(1e-5).",
            )

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Sets the rate of the step."""
        grown = (self.highest / self.lowest) ** (len(self.rates) / (self.steps - 1))
        self.model.reset_metrics()  # else the loss that is told is the mean of the epoch
        self.model.optimizer.learning_rate = self.lowest * grown
        self.rates.append(self.lowest * grown)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Records the loss."""
        self.losses.append(float((logs or {})["loss"]))
        if len(self.rates) >= self.steps or self._burst():
            self.model.stop_training = True

    def _burst(self) -> bool:
        smoothed = self.smoothed
        if not np.isfinite(smoothed[-1]):
            return True
        return len(smoothed) > SETTLED and smoothed[-1] > BURST * smoothed[SETTLED - 1]

    @property
    def smoothed(self) -> np.ndarray:
        """The moving average of the losses without its bias to the beginning, shape (steps,)."""
        average, found = 0.0, []
        for step, loss in enumerate(self.losses, 1):
            average = SMOOTHING * average + (1 - SMOOTHING) * loss
            found.append(average / (1 - SMOOTHING**step))
        return np.array(found)

    @property
    def steepest(self) -> float:
        """The rate at which the smoothed loss falls fastest over the logarithm of the rate."""
        place = self._lowest_place()
        if place <= SETTLED:
            return self.rates[place]
        slopes = np.gradient(self.smoothed[: place + 1], np.log(self.rates[: place + 1]))
        return self.rates[SETTLED + int(np.argmin(slopes[SETTLED:]))]

    @property
    def suggestion(self) -> float:
        """A tenth of the rate at which the smoothed loss is lowest."""
        return self.rates[self._lowest_place()] / MARGIN

    def _lowest_place(self) -> int:
        if not self.losses:
            raise ArgumentError("no step has been made yet", remedy="Give the callback to fit.")
        smoothed = np.where(np.isfinite(self.smoothed), self.smoothed, np.inf)
        return int(np.argmin(smoothed))
