"""Lengths -> which rows stand together: as few batches as rows and tokens allow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tfclf.data.encode import EncodedRows
from tfclf.errors import ArgumentError

WINDOW = 8  # batches: Adam's first moment averages over about ten steps


def check_lengths(
    rows: EncodedRows,
    buckets: np.ndarray,
    batch_tokens: int | None,
    *,
    where: Callable[[int], str] = lambda row: f"row {row + 1}",
) -> None:
    """Raises where the longest item fits no bucket, or its bucket not the budget of tokens.

    Args:
        rows: The rows.
        buckets: Bucket lengths (tokens), ascending, shape (buckets,).
        batch_tokens: Most tokens of a batch, padding counted; None sets no limit.
        where: Names the place of a row, for the message.

    Raises:
        ArgumentError: It does not; the message names its row and the least budget that fits.
    """
    item = int(rows.lengths.argmax())
    longest = int(rows.lengths[item])
    if longest > buckets[-1]:
        raise ArgumentError(
            f"the longest row has {longest} tokens, the last bucket holds {buckets[-1]}",
            where=where(int(rows.row_of[item])),
        )
    least = int(buckets[np.searchsorted(buckets, longest)])
    if batch_tokens is not None and batch_tokens < least:
        shorter = "--max-windows" if longest > rows.max_length else "--max-length"
        padded = "" if least == longest else f", {least} with padding"
        raise ArgumentError(
            f"{longest} tokens{padded}, but a batch may have {batch_tokens}",
            where=where(int(rows.row_of[item])),
            remedy=f"Pass --batch-tokens {least} or more, or a smaller {shorter}.",
        )


def capacities(buckets: np.ndarray, batch_size: int, batch_tokens: int | None = None) -> np.ndarray:
    """Returns the most rows of a batch of each bucket, at least 1.

    Args:
        buckets: Bucket lengths (tokens), ascending, shape (buckets,).
        batch_size: Most rows.
        batch_tokens: Most tokens, padding counted; None sets no limit.

    Returns:
        Shape (buckets,); none holds more than one before it.

    Example:
    >>> capacities(np.array([10, 30, 70]), 8, batch_tokens=120).tolist()
    [8, 4, 1]
    """
    if batch_tokens is None:
        return np.full(len(buckets), batch_size)
    return np.clip(batch_tokens // buckets, 1, batch_size)


def cut_by_bucket(bucket_of: np.ndarray, most: np.ndarray) -> list[np.ndarray]:
    """Cuts rows into batches of one bucket each, in the order in which the rows come.

    What is left of a bucket moves up to the next one, unless it would fill a batch there: then it
    is a short batch of its own. Where all buckets hold equally many rows, at most one batch is
    short. How many batches there are follows from the number of rows in each bucket alone.

    Args:
        bucket_of: Bucket of each row, shape (rows,).
        most: Most rows of a batch of each bucket, never more than of the one before.

    Returns:
        The places of the rows of each batch.

    Example:
    >>> [part.tolist() for part in cut_by_bucket(np.array([0, 1, 0, 0, 1]), np.array([2, 2]))]
    [[0, 2], [3, 1], [4]]
    """
    parts: list[np.ndarray] = []
    rest = np.empty(0, "int64")
    for bucket, (here, above) in enumerate(zip(most, np.append(most[1:], 1), strict=True)):
        rest = np.concatenate([rest, np.flatnonzero(bucket_of == bucket)])
        whole = len(rest) // here * here
        parts += np.split(rest[:whole], whole // here) if whole else []
        rest = rest[whole:]
        if len(rest) >= above:
            parts.append(rest)
            rest = rest[:0]
    return parts


def cut_in_order(bucket_of: np.ndarray, most: np.ndarray) -> list[np.ndarray]:
    """Cuts rows that stand from short to long into batches, without changing their order.

    Args:
        bucket_of: Bucket of each row, ascending, shape (rows,).
        most: Most rows of a batch of each bucket, never more than of the one before.

    Returns:
        The places of the rows of each batch.

    Example:
    >>> [part.tolist() for part in cut_in_order(np.array([0, 0, 0, 1, 1]), np.array([4, 2]))]
    [[0, 1, 2], [3, 4]]
    """
    limits = most[bucket_of]
    ends: list[int] = [0]
    while ends[-1] < len(limits):
        room = limits[ends[-1] : ends[-1] + limits[ends[-1]]]
        # A batch is padded to its last row: there have to be no more rows than that one allows.
        ends.append(ends[-1] + int((np.arange(len(room)) < room).sum()))
    return np.split(np.arange(len(limits)), ends[1:-1]) if len(limits) else []


def spread_order(lengths: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Returns a random order in which each few batches are of all lengths.

    Texts of one length share some of their labels, so that a step that reads short texts alone
    pulls another way than one that reads long ones. In an order that is merely shuffled several
    such steps follow each other by chance, more than an optimizer averages over; here the batches
    are dealt like cards, from ``WINDOW`` piles by their length, each time one of each in random
    order (stratified sampling over time).

    Args:
        lengths: Length of each batch (tokens), shape (batches,).
        generator: Draws; which of several batches of one length comes first is random as well.

    Returns:
        Places of the batches, in their order, shape (batches,).

    Example:
    >>> lengths = np.repeat([5, 9], 16)
    >>> order = spread_order(lengths, np.random.default_rng(0))
    >>> [int((lengths[part] == 5).sum()) for part in np.split(order, 4)]  # 8 at a time
    [4, 4, 4, 4]
    """
    number = len(lengths)
    by_length = np.lexsort([generator.random(number), lengths])
    deals = -(-number // WINDOW)
    when = np.empty(number)
    for begin in range(0, number, deals):
        pile = by_length[begin : begin + deals]
        when[pile] = generator.permutation(deals)[: len(pile)]
    return np.lexsort([generator.random(number), when])


def split_to(parts: list[np.ndarray], number: int) -> list[np.ndarray]:
    """Returns batches with the largest cut in half until there are as many as asked for.

    Args:
        parts: The batches.
        number: How many to make of them, no more than they have rows.

    Example:
    >>> [part.tolist() for part in split_to([np.array([1, 2, 3]), np.array([4, 5])], 3)]
    [[1], [2, 3], [4, 5]]
    """
    parts = list(parts)
    while len(parts) < number:
        place = max(range(len(parts)), key=lambda i: len(parts[i]))
        half = len(parts[place]) // 2
        parts[place : place + 1] = parts[place][:half], parts[place][half:]
    return parts
