"""How a training is saved, and what it goes on from, as callbacks for ``fit``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras

from tfclf.training.resuming.backup import SAVE_EVERY, Backup
from tfclf.training.resuming.interrupts import interrupts
from tfclf.training.resuming.position import Position
from tfclf.training.resuming.snapshot import Snapshot


@dataclass(frozen=True)
class Saving:
    """How a training is saved while it runs, and what it goes on from.

    Attributes:
        keep: Writes a snapshot down.
        resumed: The snapshot to go on from; None begins at the start.
        every: Seconds between two savings, at least.
    """

    keep: Callable[[Snapshot], None]
    resumed: Snapshot | None = None
    every: float = SAVE_EVERY


@dataclass(frozen=True)
class Begun:
    """Where ``fit`` begins.

    Attributes:
        callbacks: For ``fit``, to stand behind all others.
        epoch: Epoch to begin with, from 0: its ``initial_epoch``.
        step: Batches of all epochs that were read before.
        seconds: Seconds that they took.
    """

    callbacks: tuple[keras.callbacks.Callback, ...]
    epoch: int = 0
    step: int = 0
    seconds: float = 0.0


@contextmanager
def saved_fit(
    train: Any,
    callbacks: Sequence[keras.callbacks.Callback],
    saving: Saving | None,
    facts: dict[str, Any],
) -> Iterator[Begun]:
    """Has a ``fit`` saved as it runs; signals that end the process are put off until it is.

    Args:
        train: The batches.
        callbacks: The other callbacks of ``fit``.
        saving: How; None saves nothing, and signals are what they are.
        facts: What else a training has to have in common with one that it goes on from.

    Yields:
        Where it begins.
    """
    if saving is None:
        yield Begun((Position(train),))
        return
    before = saving.resumed
    epoch, done = (0, 0) if before is None else (before.facts["epoch"], before.facts["step"])
    for callback in callbacks if done else ():
        if hasattr(callback, "skip"):  # counts steps for a person to read
            callback.skip(done)
    position = Position(train, epoch, done)
    with interrupts() as asked:
        backup = Backup(
            saving.keep,
            position,
            callbacks,
            every=saving.every,
            resumed=before,
            asked=asked,
            facts=facts,
        )
        step = epoch * train.steps + done
        yield Begun((position, backup), epoch, step, backup.seconds_before)
