"""Where ``fit`` stands, and how it begins in the middle of an epoch."""

from __future__ import annotations

from typing import Any

import keras


class Position(keras.callbacks.Callback):
    """Tells batches which epoch ``fit`` is in, and has it begin in the middle of one.

    Batches count the passes over themselves. But Keras looks at a batch before the first epoch, and
    what is read ahead for several devices may then have come to the end of a small one.

    Keras begins an epoch with its first step. Here the first pass over the batches leaves out those
    that were read before, and the epoch is ended, as ``stop_training`` ends one, when the others
    have been. It stands behind the callbacks that may stop a training.

    Args:
        train: The batches.
        epoch: Epoch to begin with, from 0; the same as ``initial_epoch`` of ``fit``.
        done: Batches of it that were read before.

    Attributes:
        epoch: The epoch that ``fit`` is in, from 0.
        step: Batches of it that have been read.
    """

    def __init__(self, train: Any, epoch: int = 0, done: int = 0):
        super().__init__()
        self._train, self._begun = train, (epoch, done)
        self.epoch, self.step, self._first = epoch, done, 0
        self._ends_epoch = False

    @property
    def all_done(self) -> bool:
        """Whether the epoch that a training begins with has no step left, only its end."""
        return self._first >= self._train.steps

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Sets the batches to the epoch."""
        begun, done = self._begun
        self._first = done if epoch == begun else 0
        self.epoch, self.step = epoch, self._first
        self._train.go_on(epoch, self._first)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Leaves the first step out, where the epoch has none left."""
        if self.all_done:
            _leave_out_a_step(self.model)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Ends the epoch with its last batch, where it was begun in its middle."""
        self.step = min(self._first + batch + 1, self._train.steps)
        if self._first and self.step == self._train.steps and not self.model.stop_training:
            self.model.stop_training = self._ends_epoch = True

    def on_test_begin(self, logs: Any = None) -> None:
        """Lets the next epoch begin."""
        self._let_go_on()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Lets the next epoch begin, where nothing was validated."""
        self._let_go_on()

    def _let_go_on(self) -> None:
        if self._ends_epoch:
            self.model.stop_training = self._ends_epoch = False


def _leave_out_a_step(model: keras.Model) -> None:
    """Has the next step of ``fit`` do nothing, and give the figures as they are."""
    step, figures = model.train_function, model.get_metrics_result()

    def nothing(*state_and_iterator: Any) -> Any:
        model.train_function = step
        if keras.backend.backend() != "jax":
            return figures
        state, _ = state_and_iterator
        return figures, state

    model.train_function = nothing
