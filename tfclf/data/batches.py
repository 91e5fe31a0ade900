"""Encoded rows -> batches of one length, in an order that is a function of seed and epoch alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tfclf.data.batch_dataset import batch_dataset, signature_of
from tfclf.data.batch_plan import (
    capacities,
    check_lengths,
    cut_by_bucket,
    cut_in_order,
    split_to,
    spread_order,
)
from tfclf.data.buckets import fit_buckets
from tfclf.data.encode import EncodedRows
from tfclf.data.filling import filled_up
from tfclf.data.label_mixing import mixed_buckets
from tfclf.errors import ArgumentError

if TYPE_CHECKING:
    import tensorflow as tf

Sampler = Callable[[int], np.ndarray]  # epoch -> indices of the rows to read, repeats allowed
# Inputs of a batch, its items, how often each was read before in this epoch, epoch -> inputs.
Change = Callable[[dict[str, np.ndarray], np.ndarray, np.ndarray, int], dict[str, np.ndarray]]
DRAWS = 16  # epochs that a sampler is asked for beforehand, where nobody says how many there are


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
    batch an epoch is short. With a budget of tokens, which allows fewer rows of longer buckets,
    what would fill a batch there stays a short one. A batch is a random draw of its length, and
    the order of the batches is random, but for this: each few of them are of all lengths
    (``tfclf.data.batch_plan.spread_order``).

    Every epoch has the same number of batches. Where a budget of tokens meets a sampler, epochs of
    longer rows need more of them: the number is that of the longest, and the others cut batches in
    half.

    Args:
        rows: The encoded rows.
        batch_size: Most items in a batch: rows, or windows of rows whose words have tags.
        shuffle: Whether the order changes with each epoch; else batches go from short to long.
        seed: Seed of the order.
        sampler: Rows to read in an epoch; None reads every row once. It always returns the same
            number of rows.
        buckets: Bucket lengths (tokens), ascending; None fits them to the rows, fewer where
            shuffled batches would be of few labels (``tfclf.data.label_mixing``).
        change: What is done to the inputs of a batch in training, such as
            ``tfclf.imbalance.CopyNoise``; a function of its arguments alone.
        batch_tokens: Most tokens in a batch, padding counted; None sets no limit.
        static_shapes: Whether short batches are filled up with rows that count for nothing, so that
            all batches of a bucket have one shape; elements then have weights.
        shape_cost: What one more bucket costs, in tokens of training; 0 keeps padding small.
        epochs: Epochs of training: how often the rows are read, and what a budget of tokens asks
            the sampler for beforehand; later ones read the first ones' rows again. None is 1 and
            ``DRAWS``.

    Raises:
        ArgumentError: The batch size is below 1, a row is longer than the last bucket or does not
            fit the budget, or the sampler returns now more, now fewer rows.

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
        batch_tokens: int | None = None,
        static_shapes: bool = False,
        shape_cost: float = 0.0,
        epochs: int | None = None,
    ):
        if batch_size < 1:
            raise ArgumentError(f"batch size is {batch_size}, expected at least 1")
        self.rows, self.batch_size, self.shuffle, self.seed = rows, batch_size, shuffle, seed
        self.batch_tokens, self.static_shapes = batch_tokens, static_shapes
        self.change = change
        self._draws = (epochs or DRAWS) if sampler and batch_tokens else None
        self._sampler = sampler or (lambda epoch: np.arange(len(rows)))
        self._lengths = rows.lengths
        if buckets is None:
            buckets = fit_buckets(self._lengths, shape_cost=shape_cost, rows_read=epochs or 1)
            if shuffle and rows.labels is not None:
                drawn = np.random.default_rng(seed).permutation(self._sampler(0))
                buckets = mixed_buckets(buckets, rows, drawn, batch_size, batch_tokens)
        self.buckets = np.asarray(buckets)
        check_lengths(rows, self.buckets, batch_tokens)
        self._bucket_of = np.searchsorted(self.buckets, self._lengths)
        self._most = capacities(self.buckets, batch_size, batch_tokens)
        self.steps = self._count_steps()
        self.epoch = 0  # of the next pass over ``dataset()``
        self.begun = 0, 0
        self._done = 0  # batches of it that are left out, since they were read before
        self._last_plan: tuple[int | None, list[Batch]] = None, []

    def __len__(self) -> int:
        return self.steps

    @property
    def num_rows_read(self) -> int:
        """Number of rows that an epoch reads, repeats counted."""
        return int(self.rows.is_first[self._sampler(0)].sum())

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """The shapes (rows, tokens) that whole batches can have, ascending.

        With ``static_shapes`` there are no others.
        """
        held = np.unique(self._bucket_of)
        return sorted(zip(self._most[held].tolist(), self.buckets[held].tolist(), strict=True))

    def shape_of(self, batch: Batch) -> tuple[int, int]:
        """Returns the shape (rows, tokens) of a batch, filling counted."""
        if not self.static_shapes:
            return len(batch.indices), batch.length
        return int(self._most[np.searchsorted(self.buckets, batch.length)]), batch.length

    def plan(self, epoch: int) -> list[Batch]:
        """Returns the batches of an epoch, in order; those of the last one asked for are kept."""
        kept, plan = self._last_plan
        if kept != epoch:
            plan = self._made_plan(epoch)
            self._last_plan = epoch, plan
        return list(plan)

    def _made_plan(self, epoch: int) -> list[Batch]:
        indices = self._sampler(epoch if self._draws is None else epoch % self._draws)
        generator = np.random.default_rng([self.seed, epoch])
        parts = self._cut(generator.permutation(indices) if self.shuffle else indices)
        if self._draws is not None:
            parts = split_to(parts, self.steps)
        batches = [Batch(part, self._padded_length(part)) for part in parts]
        if not self.shuffle:
            return batches
        lengths = np.array([batch.length for batch in batches])
        return [batches[place] for place in spread_order(lengths, generator)]

    def padding_share(self, epoch: int = 0) -> float:
        """Returns the share of padding among all tokens of an epoch, in [0, 1)."""
        plan = self.plan(epoch)
        padded = sum(batch.length * self._lines(batch) for batch in plan)
        return 1 - sum(int(self._lengths[batch.indices].sum()) for batch in plan) / padded

    def row_order(self, epoch: int = 0) -> np.ndarray:
        """Returns the index of the row behind each line of an epoch, shape (rows,).

        Lines that batches are filled up with are not among them.
        """
        return np.concatenate([batch.indices for batch in self.plan(epoch)])

    def batch(self, batch: Batch) -> tuple[Any, ...]:
        """Returns inputs and, where the rows have labels, labels: one array, or one a head.

        With ``static_shapes``, or where rows have weights, there is a weight for each line behind
        the labels: 1 or that of the row, and 0 for those that a short batch is filled up with.
        """
        return self._element(batch, self.rows.padded(batch.indices, batch.length))

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Yields the batches of the current epoch; reading it to its end begins the next."""
        for _, element in self.read_epoch():
            yield element
        self.finish_epoch()

    def go_on(self, epoch: int, done: int) -> None:
        """Goes on where reading was interrupted: the next pass leaves out what was read before.

        Args:
            epoch: The epoch.
            done: Batches of it that were read.
        """
        self.begun = self.epoch, self._done = epoch, done

    def dataset(self) -> tf.data.Dataset:
        """Returns a ``tf.data.Dataset`` for ``fit``, ``evaluate`` and ``predict``.

        Each pass is the next epoch, in its own order; a pass that is broken off before its last
        batch is repeated. The number of batches is known. Elements are those of ``batch``:
        ``(inputs,)``, ``(inputs, labels)``, or with ``static_shapes`` and of rows with weights
        ``(inputs, labels, sample_weight)``.
        """
        return batch_dataset(self)

    def read_epoch(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Yields the batches of the current epoch with their numbers, and stays in it.

        Raises:
            ArgumentError: The sampler returns now more, now fewer rows.
        """
        epoch, plan, done = self.epoch, self.plan(self.epoch), self._done
        if len(plan) != self.steps:
            raise ArgumentError(
                f"the rows of the sampler make {len(plan)} batches in epoch {epoch + 1}, expected "
                f"{self.steps} as in the first: it should always return the same number of rows"
            )
        if self.change is None:
            yield from ((step, self.batch(plan[step])) for step in range(done, len(plan)))
            return
        copies = copy_numbers(np.concatenate([batch.indices for batch in plan]))
        for step, batch in enumerate(plan):
            own, copies = np.split(copies, [len(batch.indices)])
            if step >= done:
                inputs = self.rows.padded(batch.indices, batch.length)
                changed = self.change(inputs, batch.indices, own, epoch)
                yield step, self._element(batch, changed)

    @property
    def weighted(self) -> bool:
        """Whether elements have weights behind the labels."""
        labelled = self.rows.labels is not None
        return labelled and (self.static_shapes or self.rows.weights is not None)

    def signature(self) -> tuple[Any, ...]:
        """Returns type and shape of each part of an element, as ``tf.TensorSpec``."""
        return signature_of(self)

    def finish_epoch(self) -> int:
        """Goes on to the next epoch, and returns its number."""
        self.epoch, self._done = self.epoch + 1, 0
        return self.epoch

    def _element(self, batch: Batch, inputs: dict[str, np.ndarray]) -> tuple[Any, ...]:
        labels = self.rows.batch_labels(batch.indices, batch.length)
        if labels is None and not self.static_shapes:
            return (inputs,)
        weights = self.rows.batch_weights(batch.indices)
        if not self.static_shapes:
            return (inputs, labels, weights) if self.weighted else (inputs, labels)
        element = filled_up(inputs, labels, self.rows.labels, self._lines(batch))
        for counts in element[2:]:
            counts[: len(weights)] = weights
        return element

    def _lines(self, batch: Batch) -> int:
        """Returns how many lines a batch has, those counted that it is filled up with."""
        if not self.static_shapes:
            return len(batch.indices)
        return int(self._most[np.searchsorted(self.buckets, batch.length)])

    def _cut(self, indices: np.ndarray) -> list[np.ndarray]:
        """Returns the indices of each batch, before any is cut in half."""
        if not self.shuffle:
            indices = indices[np.argsort(self._lengths[indices], kind="stable")]
        cut = cut_by_bucket if self.shuffle else cut_in_order
        return [indices[part] for part in cut(self._bucket_of[indices], self._most)]

    def _count_steps(self) -> int:
        """Returns the number of batches of every epoch.

        Raises:
            ArgumentError: The sampler returns now more, now fewer rows.
        """
        if self.batch_tokens is None:
            return -(-len(self._sampler(0)) // self.batch_size)
        draws = map(self._sampler, range(self._draws or 1))
        rows, batches = zip(*((len(draw), len(self._cut(draw))) for draw in draws), strict=True)
        if min(rows) < max(rows):
            raise ArgumentError(
                f"the sampler returns {min(rows)} rows in one epoch and {max(rows)} in another, "
                "expected always the same number"
            )
        return max(batches)

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
