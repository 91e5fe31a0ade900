"""Text lengths -> the few lengths that batches are padded to."""

from __future__ import annotations

import numpy as np

MAX_BUCKETS = 24
MAX_WASTE = 0.03  # share of padding in all tokens that rounding up to a bucket may cost


def fit_buckets(
    lengths: np.ndarray,
    *,
    max_buckets: int = MAX_BUCKETS,
    max_waste: float = MAX_WASTE,
    shape_cost: float = 0.0,
    rows_read: int = 1,
) -> np.ndarray:
    """Chooses the bucket lengths that cost the least padding.

    The fewest buckets that keep the padding under ``max_waste``, at most ``max_buckets``; for each
    number the best ones, by dynamic programming over the histogram of lengths. Where a shape costs
    something, as it does where it has to be compiled, it is instead the number of buckets for
    which ``tokens * rows_read + buckets * shape_cost`` is least.

    Args:
        lengths: Number of tokens of each row, shape (rows,).
        max_buckets: Most buckets.
        max_waste: Share of padding in all tokens, in [0, 1); not looked at where shapes cost.
        shape_cost: What one more bucket costs, in the tokens that could be read instead, >= 0.
        rows_read: How often each row is read, such as the number of epochs.

    Returns:
        Bucket lengths (tokens), ascending; the last is the greatest length.

    Example:
    >>> fit_buckets(np.array([5, 5, 5, 6, 20, 21, 21])).tolist()
    [5, 6, 21]
    >>> fit_buckets(np.array([5, 5, 5, 6, 20, 21, 21]), shape_cost=10).tolist()
    [6, 21]
    """
    sizes, counts = np.unique(lengths, return_counts=True)
    rows = np.concatenate([[0], np.cumsum(counts)])
    tokens = int((sizes * counts).sum())
    # cost[j]: padded tokens of the first j sizes with the buckets so far; cut[k][j]: where the
    # last of k buckets begins.
    cost = np.full(len(sizes) + 1, np.inf)
    cost[0] = 0
    cuts: list[np.ndarray] = []
    costs: list[float] = []  # of one bucket, two, ...
    for _ in range(min(max_buckets, len(sizes))):
        # The last bucket holds the sizes i..j-1 and pads each row of them to sizes[j - 1].
        ends = np.arange(1, len(sizes) + 1)
        options = cost[:-1, None] + (rows[ends][None] - rows[:-1, None]) * sizes[ends - 1][None]
        options[np.arange(len(sizes))[:, None] >= ends[None]] = np.inf
        cuts.append(np.concatenate([[0], options.argmin(0)]))
        cost = np.concatenate([[np.inf], options.min(0)])
        costs.append(cost[-1] * rows_read + len(cuts) * shape_cost)
        if not shape_cost and cost[-1] * (1 - max_waste) <= tokens:
            break
    number = int(np.argmin(costs)) + 1 if shape_cost else len(cuts)
    buckets, end = [], len(sizes)
    for cut in reversed(cuts[:number]):
        buckets.append(sizes[end - 1])
        end = cut[end]
    return np.array(buckets[::-1], "int64")
