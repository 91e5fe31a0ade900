"""How mixed the labels of batches are, where lengths tell something about labels."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

import numpy as np

from tfclf.data.batch_plan import capacities, cut_by_bucket
from tfclf.data.buckets import fit_buckets
from tfclf.data.encode import EncodedRows
from tfclf.data.row_labels import LabelIds, MultiHot
from tfclf.data.targets import gather

logger = logging.getLogger("tfclf")

LEAST_MIXING = 0.6  # below it the doctor calls batches sorted by their labels


def mixed_buckets(
    buckets: np.ndarray,
    rows: EncodedRows,
    items: np.ndarray,
    batch_size: int,
    batch_tokens: int | None = None,
) -> np.ndarray:
    """Returns buckets whose batches are of mixed labels: those given, or fewer and wider ones.

    Rows of one length may be rows of one label, and a batch of one label teaches that label alone.
    Of real texts the batches of narrow buckets keep 0.8 to 1.0 of the entropy of random batches;
    where it is less than ``LEAST_MIXING``, padding is paid for mixing.

    Args:
        buckets: Bucket lengths (tokens), ascending.
        rows: The encoded rows.
        items: Items that an epoch reads, in random order.
        batch_size: Most rows of a batch.
        batch_tokens: Most tokens of a batch, padding counted; None sets no limit.
    """
    fewer = buckets
    while len(fewer) > 1 and _least_mixing(fewer, rows, items, batch_size, batch_tokens) < (
        LEAST_MIXING
    ):
        fewer = fit_buckets(rows.lengths, max_buckets=len(fewer) // 2)
    if len(fewer) < len(buckets):
        logger.info(
            "Texts of one length are of one label: %s buckets of lengths instead of %s, so that "
            "batches are mixed.",
            len(fewer),
            len(buckets),
        )
    return fewer


def label_mixing(parts: list[np.ndarray], lines: np.ndarray, ids: np.ndarray) -> float:
    """Returns the mean entropy of batches' labels, as a share of what random batches have.

    Args:
        parts: Places of the rows of each batch.
        lines: Place of the row that each label is of, shape (labels,).
        ids: The labels, shape (labels,), from 0.

    Returns:
        About 1 for batches in random order, 0 for batches of one label each; 1 where random ones
        are of one label as well.

    Example:
    >>> rows = np.arange(100)
    >>> label_mixing(np.split(rows, 10), rows, np.repeat([0, 1], 50))
    0.0
    """
    part_of = np.empty(sum(map(len, parts)), "int64")
    part_of[np.concatenate(parts)] = np.repeat(np.arange(len(parts)), list(map(len, parts)))
    # Not a seed that the rows may have been shuffled with: the same permutation twice is no chance.
    random = np.random.default_rng([7, 7, 7]).permutation(part_of)
    expected = _mean_entropy(random[lines], ids)
    return _mean_entropy(part_of[lines], ids) / expected if expected else 1.0


def _mean_entropy(part_of: np.ndarray, ids: np.ndarray) -> float:
    """Returns the mean over batches of the entropy of their labels (bits)."""
    width = int(ids.max(initial=0)) + 1
    keys, counts = np.unique(part_of * width + ids, return_counts=True)
    totals = np.bincount(part_of)
    shares = counts / totals[keys // width]
    return float((shares * np.log2(1 / shares)).sum() / max(np.count_nonzero(totals), 1))


def _least_mixing(
    buckets: np.ndarray,
    rows: EncodedRows,
    items: np.ndarray,
    batch_size: int,
    batch_tokens: int | None,
) -> float:
    """Returns the mixing of the head whose labels are mixed least; 1 where none has classes."""
    bucket_of = np.searchsorted(buckets, rows.lengths[items])
    parts = cut_by_bucket(bucket_of, capacities(buckets, batch_size, batch_tokens))
    found = [label_mixing(parts, lines, ids) for lines, ids in _classes(rows, items)]
    return min(found, default=1.0)


def _classes(rows: EncodedRows, items: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields for each head with classes the known labels of items: their lines, and their ids."""
    heads = rows.labels.values() if isinstance(rows.labels, Mapping) else [rows.labels]
    for labels in heads:
        if isinstance(labels, LabelIds):
            lines, ids = np.arange(len(items)), labels.ids[rows.row_of[items]]
        elif isinstance(labels, MultiHot):
            ids, ends = gather(labels.ids, labels.offsets, rows.row_of[items])
            lines = np.repeat(np.arange(len(items)), np.diff(ends))
        else:
            continue
        yield lines[ids >= 0], ids[ids >= 0]
