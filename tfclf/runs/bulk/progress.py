"""What a person sees while rows are predicted: how many, how fast, how long still."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from tfclf import terminal
from tfclf.training import duration
from tfclf.training.progress import EVERY


class PredictionDisplay:
    """Shows rows done of all, rows a second, and the remaining time.

    A bar on a terminal; elsewhere (pipes, logs) a line every ten seconds. Use it as a context.

    Args:
        console: Where to; None takes standard error.
        clock: Returns seconds; for tests.
    """

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic):
        self.console = console or terminal.console(stderr=True)
        self._clock = clock
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._total: int | None = None
        self._done = self._measured = 0
        self._since: float | None = None
        self._said = clock()

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            columns = BarColumn(24), TextColumn("{task.fields[line]}")
            self._bar = Progress(*columns, console=self.console, transient=True)
            self._bar.start()
            self._task = self._bar.add_task("", total=None, line="")
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def checked(self, rows: int) -> None:
        """Says how many rows were read to be checked."""
        self._show(f"checking: {rows:,} rows")

    def begin(self, total: int | None, done: int = 0) -> None:
        """Says that rows will be predicted.

        Args:
            total: All rows; None where nobody knows.
            done: Those that are predicted already.
        """
        self._total, self._done = total, done
        self._since = None
        self._show(self._line())

    def advance(self, rows: int) -> None:
        """Counts predicted rows; the first ones, which build the graph, are left out of the rate.

        Args:
            rows: How many more there are.
        """
        self._done += rows
        if self._since is None:
            self._since, self._measured = self._clock(), self._done
        self._show(self._line())

    def _line(self) -> str:
        seconds = 0.0 if self._since is None else self._clock() - self._since
        rate = (self._done - self._measured) / seconds if seconds > 0 else 0.0
        line = f"{self._done:,}" + (f" of {self._total:,} rows" if self._total else " rows")
        if rate:
            line += f"  {rate:,.0f} rows/s"
            if self._total is not None:
                line += f"  {duration((self._total - self._done) / rate)} left"
        return line

    def _show(self, line: str) -> None:
        """Updates the bar, or prints a line where the last one is long ago."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, total=self._total, completed=self._done, line=line)
        elif self._clock() - self._said >= EVERY:
            self._said = self._clock()
            self.console.print(line, highlight=False, soft_wrap=True, markup=False)
