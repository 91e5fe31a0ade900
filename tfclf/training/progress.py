"""What a person sees while ``fit`` runs: where it is, how fast, how long still, how good."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import keras
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from tfclf import terminal

EVERY = 10.0  # seconds between lines where there is no terminal

NAMES = {
    "loss": "loss",
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "f1": "entity F1",
    "r2": "R2",
    "score": "mean score",
}


class ProgressDisplay(keras.callbacks.Callback):
    """Shows epoch, step rate, remaining time, loss and macro-F1.

    A bar on a terminal; elsewhere (pipes, logs) a line every ten seconds and one an epoch.

    Args:
        console: Where to; None takes standard error.
        clock: Returns seconds; for tests.
    """

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic):
        super().__init__()
        self.console = console or terminal.console(stderr=True)
        self._clock = clock
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._done = self._epoch = self._skipped = 0
        self._first = self._said = 0.0

    def skip(self, steps: int) -> None:
        """Takes the first epoch to begin behind so many steps."""
        self._skipped = steps

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Starts the bar."""
        self._done = 0
        self._said = self._clock()
        if self.console.is_terminal:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(24),
                TextColumn("{task.fields[line]}"),
            )
            self._bar = Progress(*columns, console=self.console, transient=True)
            self._bar.start()
            self._task = self._bar.add_task("", total=None, line="building the first step")

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Notes the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Counts a step; the first one is left out of the rate, since it builds the graph."""
        self._done += 1
        now = self._clock()
        if self._done == 1:
            self._first = now
        steps = self.params.get("steps") or 0
        total = steps * self.params["epochs"]
        rate = (self._done - 1) / (now - self._first) if now > self._first else 0.0
        step = self._skipped + batch + 1
        line = f"step {step}/{steps}"
        if rate:
            done = self._epoch * steps + step
            line += f"  {rate:.1f} steps/s  {duration((total - done) / rate)} left"
        line += f"  {figures(logs)}"
        if self._bar is not None and self._task is not None:
            self._bar.update(
                self._task, description=self._title, total=steps, completed=step, line=line
            )
        elif now - self._said >= EVERY:
            self._said = now
            self._say(f"{self._title}  {line}")

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Says that validation runs."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, line="validation")

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Leaves a line for the epoch."""
        self._skipped = 0
        self._say(f"{self._title}  {figures(logs)}")

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Takes the bar away."""
        self.close()

    def close(self) -> None:
        """Takes the bar away, also where training broke off."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    @property
    def _title(self) -> str:
        return f"epoch {self._epoch + 1}/{self.params['epochs']}"

    def _say(self, line: str) -> None:
        self.console.print(line, highlight=False, soft_wrap=True)


def figures(logs: Mapping[str, Any] | None) -> str:
    """Returns the figures of the logs in one line.

    Example:
    >>> figures({"loss": 0.51234, "macro_f1": 0.4, "val_macro_f1": 0.5, "f1_spam": 0.1})
    'loss 0.5123  macro-F1 0.4000  validation macro-F1 0.5000'
    """
    logs = logs or {}
    parts = [f"{name} {float(logs[key]):.4f}" for key, name in NAMES.items() if key in logs]
    parts += [
        f"validation {name} {float(logs[f'val_{key}']):.4f}"
        for key, name in NAMES.items()
        if f"val_{key}" in logs
    ]
    return "  ".join(parts)


def duration(seconds: float) -> str:
    """Returns seconds as h:mm:ss or m:ss.

    Example:
    >>> duration(3725), duration(59.6)
    ('1:02:05', '1:00')
    """
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
