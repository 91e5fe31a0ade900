"""Trains the rows of the word embeddings that the training rows can meet, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from tfclf.models import PretrainedModel
from tfclf.training.fused_adamw import FusedAdamW, one_device_of_tensorflow

WORTH_WHILE = 0.5  # of the vocabulary: with more of it there is little to gain


class NarrowTable(keras.callbacks.Callback):
    """Keeps the table of a model's word embeddings up to date while some of its rows train.

    A row that no batch has gets a gradient of zero: its moments stay zero, and weight decay alone
    multiplies it, by a number that is the same for all such rows. So these rows are multiplied once
    for many steps, before validation and at the end of an epoch, instead of at each step: the
    result is AdamW's (Loshchilov and Hutter 2019, algorithm 2), but for rounding.

    Args:
        table: The table, which ``narrow`` was called of.
        optimizer: The optimizer of the training.
    """

    def __init__(self, table: Any, optimizer: FusedAdamW):
        super().__init__()
        self.table, self.optimizer = table, optimizer
        self._written = int(optimizer.iterations)  # steps that the table has

    def write_back(self) -> None:
        """Brings the table up to the optimizer's last step."""
        now = int(self.optimizer.iterations)
        if now != self._written:
            factor = self.optimizer.decay_of(self.table.embeddings, self._written, now)
            self.table.write_back(factor)
            self._written = now

    def state(self) -> dict[str, Any]:
        """Returns what an interrupted training has to remember."""
        return {"written": self._written}

    def restore(self, state: dict[str, Any]) -> None:
        """Takes what ``state`` returned; the table itself is one of the weights."""
        self._written = state["written"]

    def on_test_begin(self, logs: Any = None) -> None:
        """Brings the table up to date for validation."""
        self.write_back()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Brings the table up to date for whoever reads weights."""
        self.write_back()


@contextmanager
def narrow_table(
    model: PretrainedModel, ids: np.ndarray | None, optimizer: FusedAdamW
) -> Iterator[list[NarrowTable]]:
    """Trains the rows of the word embeddings of some ids alone, where that is worth while.

    Args:
        model: The model, before its optimizer is built.
        ids: Distinct ids that training can meet; None where they are not known.
        optimizer: The optimizer of the training.

    Yields:
        Callbacks for ``fit``, to stand before those that read weights; none where the whole table
        trains, or does not train.
    """
    table = model.bert.embeddings.word
    few = ids is not None and len(ids) < WORTH_WHILE * table.input_dim
    if not few or not table.embeddings.trainable or not one_device_of_tensorflow():
        yield []
        return
    table.narrow(ids)
    callback = NarrowTable(table, optimizer)
    try:
        yield [callback]
    except BaseException:
        callback.write_back()  # in the middle of an epoch
        raise
    finally:
        table.widen()
