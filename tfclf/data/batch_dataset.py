"""Batches -> a ``tf.data.Dataset`` that knows their number and ends without waiting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from tfclf.data.row_labels import RowLabels

if TYPE_CHECKING:
    import tensorflow as tf

    from tfclf.data.batches import Batches

AHEAD = 4  # batches that are made before they are asked for


class Epochs(Protocol):
    """Batches that can be read epoch by epoch, from the middle of one where need be.

    Attributes:
        steps: Batches of an epoch.
        begun: Where reading was last told to go on: an epoch, and batches of it to leave out.
    """

    steps: int
    begun: tuple[int, int]

    def read_epoch(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Yields the batches of the current epoch with their numbers, and stays in it."""

    def finish_epoch(self) -> int:
        """Goes on to the next epoch, and returns its number."""

    def signature(self) -> tuple[Any, ...]:
        """Returns type and shape of each part of an element, as ``tf.TensorSpec``."""


def batch_dataset(batches: Epochs) -> tf.data.Dataset:
    """Returns the elements of batches as a dataset, each pass another epoch."""
    import tensorflow as tf  # takes seconds: whoever only reads rows does not wait for it

    rest_read = None

    def read() -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Yields an epoch, or the rest of one; after a rest nothing till the next is begun."""
        nonlocal rest_read
        begun = batches.begun
        if begun != rest_read:
            yield from batches.read_epoch()
            rest_read = begun if begun[1] else None

    def counted(step: Any, element: Any) -> Any:
        tf.cond(
            step == batches.steps - 1,
            lambda: tf.numpy_function(batches.finish_epoch, [], tf.int64),
            lambda: tf.constant(0, tf.int64),
        )
        return element

    dataset = tf.data.Dataset.from_generator(
        read,
        output_signature=(tf.TensorSpec((), tf.int64), batches.signature()),
    )
    # What is taken from an endless dataset has a known number of elements, and yet may end early:
    # as the rest of an epoch does, whose repetition is empty.
    dataset = dataset.repeat().take(batches.steps).prefetch(AHEAD)
    # Passes are counted behind the prefetching, which is at its end before its reader is.
    dataset = dataset.map(counted)
    options = tf.data.Options()
    # Its thread sleeps in naps that double, and the end of every pass waits for it to wake up.
    options.autotune.enabled = False
    return dataset.with_options(options)


def signature_of(batches: Batches) -> tuple[Any, ...]:
    """Returns type and shape of each part of an element of batches of rows."""
    import tensorflow as tf

    rows = batches.rows
    ids = tf.TensorSpec((None,) * (3 if rows.windowed else 2), tf.int32)
    names = ["input_ids", "attention_mask"]
    names += ["token_type_ids"] if rows.second is not None else []
    signature: tuple[Any, ...] = ({name: ids for name in names},)
    if rows.labels is not None:
        signature += (_label_specs(rows.labels),)
        signature += (tf.TensorSpec((None,), tf.float32),) if batches.weighted else ()
    return signature


def _label_specs(labels: RowLabels | Mapping[str, RowLabels]) -> Any:
    import tensorflow as tf

    if isinstance(labels, Mapping):
        return {name: _label_specs(head) for name, head in labels.items()}
    return tf.TensorSpec((None, *labels.shape), labels.dtype)
