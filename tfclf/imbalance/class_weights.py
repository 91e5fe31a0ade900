"""Label counts -> class weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tfclf.errors import ArgumentError

STRATEGIES: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "inverse": lambda counts, beta: 1 / counts,
    "sqrt_inverse": lambda counts, beta: 1 / np.sqrt(counts),
    # expm1 and log1p: 1 - beta**n loses its digits for large n and beta near 1.
    "effective": lambda counts, beta: (1 - beta) / -np.expm1(counts * np.log(beta)),
}


def class_weights(
    counts: Sequence[int] | np.ndarray, strategy: str = "inverse", beta: float = 0.9999
) -> np.ndarray:
    """Returns one weight a class, larger for rarer classes, with mean 1.

    Args:
        counts: Training rows of each class, shape (classes,).
        strategy: ``"inverse"``: 1 / n. ``"sqrt_inverse"``: 1 / sqrt(n). ``"effective"``:
            (1 - beta) / (1 - beta^n), the inverse effective number (Cui et al. 2019, equation 2).
        beta: Overlap of examples in ``"effective"``, in (0, 1): 0 would be unweighted, 1 inverse.

    Returns:
        Weights, shape (classes,), float64.

    Raises:
        ArgumentError: The strategy is unknown, a class has no row, or beta is out of range.

    Example:
    >>> class_weights([90, 8, 2]).round(3).tolist()
    [0.052, 0.59, 2.358]
    """
    if strategy not in STRATEGIES:
        raise ArgumentError(
            f"unknown strategy {strategy!r}, expected one of {', '.join(STRATEGIES)}"
        )
    if not 0 < beta < 1:
        raise ArgumentError(f"beta is {beta}, expected a number between 0 and 1")
    numbers = np.asarray(counts, "float64")
    if numbers.ndim != 1 or not numbers.size or not (numbers > 0).all():
        raise ArgumentError(
            f"counts are {np.array2string(numbers, threshold=8)}, expected a positive one a class",
            remedy="A class without a training row cannot be weighted: drop it or add rows.",
        )
    weights = STRATEGIES[strategy](numbers, beta)
    return weights / weights.mean()
