"""Label counts -> class weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tfclf.errors import ArgumentError

# The largest weight over the smallest that a loss takes. Beyond it a batch with a rare example is
# that example alone, and training diverges.
MAX_RATIO = 10_000.0

STRATEGIES: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "inverse": lambda counts, beta: 1 / counts,
    "sqrt_inverse": lambda counts, beta: 1 / np.sqrt(counts),
    # expm1 and log1p: 1 - beta**n loses its digits for large n and beta near 1.
    "effective": lambda counts, beta: (1 - beta) / -np.expm1(counts * np.log(beta)),
}


def class_weights(
    counts: Sequence[int] | np.ndarray,
    strategy: str = "inverse",
    beta: float = 0.9999,
    max_ratio: float = 1000.0,
) -> np.ndarray:
    """Returns one weight a class, larger for rarer classes, with mean 1.

    The largest weight is at most ``max_ratio`` times the smallest: where it would be more, the
    weights of the most frequent classes are raised, and only then the mean is made 1. So the rarest
    classes keep their weights relative to each other.

    Args:
        counts: Training rows of each class, shape (classes,).
        strategy: ``"inverse"``: 1 / n. ``"sqrt_inverse"``: 1 / sqrt(n). ``"effective"``:
            (1 - beta) / (1 - beta^n), the inverse effective number (Cui et al. 2019, equation 2).
        beta: Overlap of examples in ``"effective"``, in (0, 1): 0 would be unweighted, 1 inverse.
        max_ratio: Greatest ratio of two weights, from 1 (unweighted) to ``MAX_RATIO``, beyond which
            our losses refuse weights.

    Returns:
        Weights, shape (classes,), float64.

    Raises:
        ArgumentError: The strategy is unknown, a class has no row, or beta or ``max_ratio`` is out
            of range.

    Example:
    >>> class_weights([90, 8, 2]).round(3).tolist()
    [0.052, 0.59, 2.358]
    >>> class_weights([90, 8, 2], max_ratio=6).round(3).tolist()  # 8 rows to 2: still 1 to 4
    [0.353, 0.529, 2.118]
    """
    if strategy not in STRATEGIES:
        raise ArgumentError(
            f"unknown strategy {strategy!r}, expected one of {', '.join(STRATEGIES)}"
        )
    if not 0 < beta < 1:
        raise ArgumentError(f"beta is {beta}, expected a number between 0 and 1")
    if not 1 <= max_ratio <= MAX_RATIO:
        raise ArgumentError(f"max_ratio is {max_ratio}, expected a number in [1, {MAX_RATIO:g}]")
    weights = STRATEGIES[strategy](checked_counts(counts), beta)
    weights = np.maximum(weights, weights.max() / max_ratio)
    return weights / weights.mean()


def checked_counts(counts: Sequence[int] | np.ndarray) -> np.ndarray:
    """Returns the training rows of each class as numbers.

    Args:
        counts: One number a class, in the order of the ids.

    Returns:
        Shape (classes,), float64.

    Raises:
        ArgumentError: They are not one number a class, or one is zero, negative, NaN or infinite.

    Example:
    >>> checked_counts([90, 8, 2]).tolist()
    [90.0, 8.0, 2.0]
    """
    try:
        numbers = np.asarray(counts, "float64")
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.ndim != 1 or not numbers.size:
        raise ArgumentError(
            f"counts are {counts!r}, expected a positive one a class",
            remedy="Give the numbers of training rows as a list, in the order of the label ids.",
        )
    wrong = np.flatnonzero(~(np.isfinite(numbers) & (numbers > 0)))
    if wrong.size:
        named = ", ".join(f"class {i} has {numbers[i]:g}" for i in wrong[:5])
        more = f", and {wrong.size - 5} more" if wrong.size > 5 else ""
        raise ArgumentError(
            f"counts of {numbers.size} classes, expected a positive one a class, but {named}{more}",
            remedy="A class without a training row has no weight, share or margin: drop it or add "
            "rows.",
        )
    return numbers
