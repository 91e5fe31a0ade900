"""Batches that several devices read together, and each process its part of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from tfclf.data import Batches
from tfclf.data.batch_dataset import batch_dataset
from tfclf.data.filling import filled_up
from tfclf.training.devices.choose import Devices

if TYPE_CHECKING:
    import tensorflow as tf


class SharedBatches:
    """Batches whose rows can be divided by the devices, in the place of ``tfclf.data.Batches``.

    Short batches are filled up with rows that count for nothing. The order is a function of seed
    and epoch alone: every process makes the same batches, and reads its own part of each, the first
    one the first rows. Put together these are the batches of one process.

    Args:
        batches: The batches, of one shape a bucket (``static_shapes``).
        devices: Who reads them.
    """

    def __init__(self, batches: Batches, devices: Devices):
        self._batches, self._devices = batches, devices

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batches, name)

    def read_epoch(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Yields this process's part of each batch of the current epoch, and stays in it."""
        for step, element in self._batches.read_epoch():
            yield step, self._part(self._filled(element))

    def dataset(self) -> tf.data.Dataset:
        """Returns a ``tf.data.Dataset`` as ``Batches.dataset`` does, of this process's parts."""
        return batch_dataset(self)

    def _filled(self, element: tuple[Any, ...]) -> tuple[Any, ...]:
        """Fills a batch up to what can be divided; one of a budget of tokens may need it."""
        inputs, labels, weights = element
        lines = -(-len(weights) // self._devices.number) * self._devices.number
        if lines == len(weights):
            return element
        inputs, labels, counts = filled_up(inputs, labels, self._batches.rows.labels, lines)
        counts[: len(weights)] = weights
        return inputs, labels, counts

    def _part(self, element: tuple[Any, ...]) -> tuple[Any, ...]:
        number, place = self._devices.num_processes, self._devices.process_id
        if number == 1:
            return element

        def own(values: np.ndarray) -> np.ndarray:
            return np.split(values, number)[place]

        return tuple(keras.tree.map_structure(own, part) for part in element)
