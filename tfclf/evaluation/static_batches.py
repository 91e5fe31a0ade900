"""Lengths -> batches of few shapes, the same ones for whatever rows come: each is compiled once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tfclf.data import Batch, Batches, EncodedRows


def static_batches(
    rows: EncodedRows, max_tokens: int, batch_size: int | None = None
) -> Iterator[tuple[Batch, int]]:
    """Yields batches, short items first, with the number of lines that each is to be filled up to.

    Lengths are rounded up to ``rungs``, and every batch of a length has as many rows as the tokens
    allow. Where rows run short, a batch is filled up to a power of two: a single text does not cost
    as much as many.

    Args:
        rows: The rows; labels are not looked at.
        max_tokens: Most tokens of a batch with its padding; an item that has more stands alone.
        batch_size: Most items in a batch; None sets no bound.

    Yields:
        A batch, and a number of lines, at least that of its items.

    Raises:
        ArgumentError: The batch size is below 1.
    """
    if not len(rows):
        return
    lengths = rungs(rows)
    most_tokens = max(max_tokens, int(lengths[-1]))
    most = most_tokens // int(lengths[0]) if batch_size is None else batch_size
    plan = Batches(rows, most, buckets=lengths, batch_tokens=most_tokens).plan(0)
    for batch in plan:
        lines = 1 << (len(batch.indices) - 1).bit_length()
        yield batch, min(lines, most, max(len(batch.indices), most_tokens // batch.length))


def rungs(rows: EncodedRows) -> np.ndarray:
    """Returns the lengths (tokens) that batches are padded to, ascending, shape (rungs,).

    8, 12, 16, 24, 32 and so on, up to the longest piece: at most half as long again as an item.
    Texts in several windows have a power of two of whole windows.
    """
    powers = 8 << np.arange(24)
    ladder = np.sort(np.concatenate([powers, powers + powers // 2]))
    lengths = np.append(ladder[ladder < rows.max_length], rows.max_length)
    longest = int(rows.lengths.max(initial=0))
    windows = rows.max_length * (2 << np.arange(24))
    enough = int(np.searchsorted(windows, longest)) + 1 if longest > rows.max_length else 0
    return np.concatenate([lengths, windows[:enough]])


def filled(inputs: dict[str, np.ndarray], lines: int) -> dict[str, np.ndarray]:
    """Repeats the last row of a batch until it has so many lines.

    Args:
        inputs: Inputs of the rows, shape (rows, ...) each.
        lines: At least as many as rows.

    Returns:
        Inputs, shape (lines, ...).

    Example:
    >>> filled({"input_ids": np.array([[2, 3], [2, 5]])}, 3)["input_ids"].tolist()
    [[2, 3], [2, 5], [2, 5]]
    """
    rows = len(next(iter(inputs.values())))
    order = np.minimum(np.arange(lines), rows - 1)
    return {name: values[order] for name, values in inputs.items()}
