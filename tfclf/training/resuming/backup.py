"""A training saved while it runs, and gone on with."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import keras
import numpy as np

from tfclf.errors import RunError
from tfclf.models.replicas import assign_sum
from tfclf.training.resuming.interrupts import Interrupted
from tfclf.training.resuming.position import Position
from tfclf.training.resuming.snapshot import Snapshot, pack, unpack

SAVE_EVERY = 60.0  # seconds
MOST_COST = 0.02  # share of the time that saving may take


@runtime_checkable
class Stateful(Protocol):
    """A callback that knows something of the steps that were."""

    def state(self) -> dict[str, Any]:
        """Returns what it knows: JSON, with arrays anywhere in it."""

    def restore(self, state: dict[str, Any]) -> None:
        """Takes what ``state`` returned, at the beginning of an epoch of ``fit``."""


class Backup(keras.callbacks.Callback):
    """Saves a training as it runs, and begins one where another was saved.

    What is saved is all that the rest is a function of: weights, the state of the optimizer and of
    random numbers, the figures of the epoch so far, the history, and what the other callbacks know
    (those with ``state`` and ``restore``). It stands behind all the others.

    It saves when so many seconds have passed, and then as rarely as keeps its cost below 2 % of the
    time; and at once when the training is asked to end, which it then does.

    Args:
        keep: Writes a snapshot down.
        position: Where ``fit`` stands; it stands before this one.
        callbacks: The other callbacks.
        every: Seconds between two savings, at least; 0 saves after every step.
        resumed: The snapshot to begin with.
        asked: Returns the signal that asks the training to end, None while none does.
        facts: Further facts of the training; those of the snapshot have to be the same.

    Raises:
        RunError: At the first epoch: the snapshot is of another model or of other batches.
        Interrupted: While training: it was asked to end, and has been saved.

    Attributes:
        seconds_before: Seconds that ``fit`` took before, up to the snapshot.
    """

    def __init__(
        self,
        keep: Callable[[Snapshot], None],
        position: Position,
        callbacks: Sequence[keras.callbacks.Callback],
        *,
        every: float = SAVE_EVERY,
        resumed: Snapshot | None = None,
        asked: Callable[[], int | None] = lambda: None,
        facts: dict[str, Any] | None = None,
    ):
        super().__init__()
        self._keep, self._position, self.every, self._asked = keep, position, every, asked
        self._callbacks = {
            type(one).__name__: one for one in callbacks if isinstance(one, Stateful)
        }
        self._resumed, self._facts = resumed, facts or {}
        self.seconds_before = 0.0 if resumed is None else float(resumed.facts["seconds"])
        self._begun = self._saved = time.perf_counter()
        self._cost = 0.0
        self._figures: list[np.ndarray] | None = None  # of the epoch, while validation has its own

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts the clock."""
        self._begun = self._saved = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Goes on where the snapshot was taken."""
        self._figures = None
        if self._resumed is not None:
            self._restore(self._resumed)
            if not self._position.all_done:
                self._resumed = None

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Saves where it is time to."""
        if self._resumed is not None:  # the step was left out, and callbacks have counted it
            self._restore_callbacks(self._resumed)
            self._resumed = None
            return
        self._save_where_due()

    def on_test_begin(self, logs: Any = None) -> None:
        """Takes down the figures of training, whose place validation takes."""
        self._figures = [value.copy() for value in _values(self.model.metrics_variables)]

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Saves where the training is asked to end."""
        self._save_where_due(only_asked=True)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """The figures of the epoch are history."""
        self._figures = None

    def _save_where_due(self, *, only_asked: bool = False) -> None:
        number, since = self._asked(), time.perf_counter() - self._saved
        due = since >= max(self.every, self._cost / MOST_COST if self.every else 0.0)
        if number is None and (only_asked or not due):
            return
        self.save()
        if number is not None:
            raise Interrupted(number)

    def save(self) -> None:
        """Saves the training as it is."""
        begun = time.perf_counter()
        self._keep(self._snapshot())
        self._saved = time.perf_counter()
        self._cost = self._saved - begun

    def _snapshot(self) -> Snapshot:
        sync = getattr(self.model, "jax_state_sync", None)
        if sync is not None:
            sync()
        arrays: dict[str, np.ndarray] = {}
        variables = {kind: _values(found) for kind, found in self._variables().items()}
        if self._figures is not None:
            variables["figures"] = self._figures
        history = self.model.history
        seconds = self.seconds_before + time.perf_counter() - self._begun
        facts = {
            "epoch": self._position.epoch,
            "step": self._position.step,
            "seconds": seconds,
            "history": None if history is None else pack(history.history, "history", arrays),
            "epochs": [] if history is None else list(history.epoch),
            **self._shapes(),
            "variables": pack(variables, "variables", arrays),
            "callbacks": {
                name: pack(one.state(), f"callbacks/{name}", arrays)
                for name, one in self._callbacks.items()
            },
        }
        return Snapshot(self._facts | facts, arrays)

    def _restore(self, snapshot: Snapshot) -> None:
        facts = snapshot.facts
        for name, value in (self._facts | self._shapes()).items():
            if json.dumps(facts[name]) != json.dumps(value):  # in which NaN is itself
                raise RunError(
                    f"the unfinished training has other {name} than this one would have: it was "
                    "begun on another machine or with another version",
                    remedy="Go on there, or begin again: --restart.",
                )
        values = unpack(facts["variables"], snapshot.arrays)
        for kind, variables in self._variables().items():
            for variable, value in zip(variables, values[kind], strict=True):
                assign_sum(variable, value)
        if facts["history"] is not None:
            self.model.history.history = facts["history"]
            self.model.history.epoch = facts["epochs"]
        self._restore_callbacks(snapshot)

    def _restore_callbacks(self, snapshot: Snapshot) -> None:
        for name, one in self._callbacks.items():
            one.restore(unpack(snapshot.facts["callbacks"][name], snapshot.arrays))

    def _variables(self) -> dict[str, list[keras.Variable]]:
        """Returns all that changes as the model trains, in an order that is the same each time."""
        return {
            "weights": self.model.variables,
            "optimizer": self.model.optimizer.variables,
            "figures": self.model.metrics_variables,
        }

    def _shapes(self) -> dict[str, list[list[Any]]]:
        """Returns what tells whether variables are those of another training.

        Names do not: Keras numbers what is made in one process.
        """
        return {
            f"shapes of {kind}": [[variable.dtype, *variable.shape] for variable in variables]
            for kind, variables in self._variables().items()
        }


def _values(variables: Sequence[keras.Variable]) -> list[np.ndarray]:
    """Returns the values as they are until the next step: nothing is copied."""
    return [np.asarray(keras.ops.convert_to_numpy(variable)) for variable in variables]
