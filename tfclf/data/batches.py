"""Encoded rows -> batches of one length, in an order that is a function of seed and epoch alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tfclf.data.buckets import fit_buckets
from tfclf.data.encode import EncodedRows
from tfclf.data.row_labels import RowLabels
from tfclf.errors import ArgumentError

if TYPE_CHECKING:
    import tensorflow as tf

Sampler = Callable[[int], np.ndarray]  # epoch -> indices of the rows to read, repeats allowed
# Inputs of a batch, its items, how often each was read before in this epoch, epoch -> inputs.
Change = Callable[[dict[str, np.ndarray], np.ndarray, np.ndarray, int], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Batch:
    """Which rows stand together, and the length (tokens) that they are padded to.

    Attributes:
        indices: Items, shape (batch,).
        length: Tokens.
    """

    indices: np.ndarray
    length: int


class Batches:
    """Batches of rows of similar length, with their number known in advance.

    Each row belongs to the shortest bucket that holds it. A bucket's rows are cut into whole
    batches in shuffled order; what is left over moves up to the next bucket, so that at most one
    batch an epoch is short. The order of the batches is shuffled over the whole epoch: lengths
    follow each other at random, and a batch of one length is a random draw of that length.

    Args:
        rows: The encoded rows.
        batch_size: Items in a batch: rows, or windows of rows whose words have tags.
        shuffle: Whether the order changes with each epoch; else batches go from short to long.
        seed: Seed of the order.
        sampler: Rows to read in an epoch; None reads every row once. It always returns the same
            number of rows.
        buckets: Bucket lengths (tokens), ascending; None fits them to the rows.
        change: What is done to the inputs of a batch in training, such as
            ``tfclf.imbalance.CopyNoise``; a function of its arguments alone.

    Raises:
        ArgumentError: The batch size is below 1, or a row is longer than the last bucket.

    Example:
    >>> tokens = np.arange(1, 13, dtype="int32")
    >>> rows = EncodedRows(tokens, np.array([0, 3, 5, 8, 12]), None, pad_id=0, max_length=4,
    ...                    num_truncated=0, num_tokens_lost=0, num_unknown=0)
    >>> [(batch.indices.tolist(), batch.length) for batch in Batches(rows, 2).plan(0)]
    [([1, 0], 3), ([2, 3], 4)]
    """

    def __init__(
        self,
        rows: EncodedRows,
        batch_size: int,
        *,
        shuffle: bool = False,
        seed: int = 0,
        sampler: Sampler | None = None,
        buckets: np.ndarray | None = None,
        change: Change | None = None,
    ):
        if batch_size < 1:
            raise ArgumentError(f"batch size is {batch_size}, expected at least 1")
        self.rows, self.batch_size, self.shuffle, self.seed = rows, batch_size, shuffle, seed
        self._change = change
        self._sampler = sampler or (lambda epoch: np.arange(len(rows)))
        self._lengths = rows.lengths
        self.buckets = fit_buckets(self._lengths) if buckets is None else np.asarray(buckets)
        if self._lengths.max() > self.buckets[-1]:
            raise ArgumentError(
                f"the longest row has {self._lengths.max()} tokens, "
                f"the last bucket holds {self.buckets[-1]}"
            )
        self._bucket_of = np.searchsorted(self.buckets, self._lengths)
        self.steps = -(-len(self._sampler(0)) // batch_size)
        self.epoch = 0  # of the next pass over ``dataset()``

    def __len__(self) -> int:
        return self.steps

    @property
    def num_rows_read(self) -> int:
        """Number of rows that an epoch reads, repeats counted."""
        return int(self.rows.is_first[self._sampler(0)].sum())

    def plan(self, epoch: int) -> list[Batch]:
        """Returns the batches of an epoch, in order."""
        indices = self._sampler(epoch)
        if not self.shuffle:
            ordered = indices[np.argsort(self._lengths[indices], kind="stable")]
            parts = np.split(ordered, range(self.batch_size, len(ordered), self.batch_size))
            return [Batch(part, self._padded_length(part)) for part in parts]
        generator = np.random.default_rng([self.seed, epoch])
        indices = generator.permutation(indices)
        batches, rest = [], indices[:0]
        for bucket in range(len(self.buckets)):
            rest = np.concatenate([rest, indices[self._bucket_of[indices] == bucket]])
            whole = len(rest) // self.batch_size * self.batch_size
            batches += np.split(rest[:whole], whole // self.batch_size) if whole else []
            rest = rest[whole:]
        if len(rest):
            batches.append(rest)
        order = generator.permutation(len(batches))
        return [Batch(batches[i], self._padded_length(batches[i])) for i in order]

    def padding_share(self, epoch: int = 0) -> float:
        """Returns the share of padding among all tokens of an epoch, in [0, 1)."""
        plan = self.plan(epoch)
        padded = sum(batch.length * len(batch.indices) for batch in plan)
        return 1 - sum(int(self._lengths[batch.indices].sum()) for batch in plan) / padded

    def row_order(self, epoch: int = 0) -> np.ndarray:
        """Returns the index of the row behind each line of an epoch, shape (rows,)."""
        return np.concatenate([batch.indices for batch in self.plan(epoch)])

    def batch(self, batch: Batch) -> tuple[Any, ...]:
        """Returns inputs and, where the rows have labels, labels: one array, or one a head."""
        inputs = self.rows.padded(batch.indices, batch.length)
        if self.rows.labels is None:
            return (inputs,)
        return inputs, self.rows.batch_labels(batch.indices, batch.length)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Yields the batches of the current epoch; reading it to its end begins the next."""
        yield from self._pass()
        self._finish_pass()

    def dataset(self) -> tf.data.Dataset:
        """Returns a ``tf.data.Dataset`` for ``fit``, ``evaluate`` and ``predict``.

        Each pass is the next epoch, in its own order; a pass that is broken off before its last
        batch is repeated. The number of batches is known. Elements are ``(inputs, labels)`` or
        ``(inputs,)``.
        """
        import tensorflow as tf  # takes seconds: whoever only reads rows does not wait for it

        ids = tf.TensorSpec((None,) * (3 if self.rows.windowed else 2), tf.int32)
        names = ["input_ids", "attention_mask"]
        names += ["token_type_ids"] if self.rows.second is not None else []
        signature: tuple[Any, ...] = ({name: ids for name in names},)
        if self.rows.labels is not None:
            signature += (_label_specs(self.rows.labels),)

        def counted(step: Any, element: Any) -> Any:
            tf.cond(
                step == self.steps - 1,
                lambda: tf.numpy_function(self._finish_pass, [], tf.int64),
                lambda: tf.constant(0, tf.int64),
            )
            return element

        dataset = tf.data.Dataset.from_generator(self._pass, output_signature=signature)
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(self.steps)).prefetch(4)
        # Passes are counted behind the prefetching, which is at its end before its reader is.
        dataset = dataset.enumerate().map(counted)
        options = tf.data.Options()
        # Its thread sleeps in naps that double, and the end of every pass waits for it to wake up.
        options.autotune.enabled = False
        return dataset.with_options(options)

    def _pass(self) -> Iterator[tuple[Any, ...]]:
        epoch, plan = self.epoch, self.plan(self.epoch)
        if self._change is None:
            yield from map(self.batch, plan)
            return
        copies = copy_numbers(np.concatenate([batch.indices for batch in plan]))
        for batch in plan:
            own, copies = np.split(copies, [len(batch.indices)])
            inputs, *labels = self.batch(batch)
            yield self._change(inputs, batch.indices, own, epoch), *labels

    def _finish_pass(self) -> int:
        self.epoch += 1
        return self.epoch

    def _padded_length(self, indices: np.ndarray) -> int:
        return int(self.buckets[self._bucket_of[indices].max()])


def copy_numbers(indices: np.ndarray) -> np.ndarray:
    """Returns the how manieth occurrence of its value each is, from 0, shape (items,).

    Of the items of an epoch this tells the copies, which are above 0, from the first reading.

    Example:
    >>> copy_numbers(np.array([4, 2, 4, 4, 2])).tolist()
    [0, 0, 1, 2, 1]
    """
    order = np.argsort(indices, kind="stable")
    _, begins, counts = np.unique(indices[order], return_index=True, return_counts=True)
    numbers = np.empty(len(indices), "int64")
    numbers[order] = np.arange(len(indices)) - np.repeat(begins, counts)
    return numbers


def _label_specs(labels: RowLabels | Mapping[str, RowLabels]) -> Any:
    """Returns the type and the shape of a batch's labels, for tf.data."""
    import tensorflow as tf

    if isinstance(labels, Mapping):
        return {name: _label_specs(head) for name, head in labels.items()}
    return tf.TensorSpec((None, *labels.shape), labels.dtype)
