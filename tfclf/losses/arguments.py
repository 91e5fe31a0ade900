"""What the arguments of a loss may be, and how numbers of classes become tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from keras import ops

from tfclf.errors import ArgumentError
from tfclf.imbalance.class_weights import MAX_RATIO

ClassWeights = Sequence[float] | Mapping[int, float] | np.ndarray | None
PerClass = float | Sequence[float] | Mapping[int, float] | np.ndarray
IgnoreClass = int | Sequence[int] | None

INFINITE = float("inf")


def checked_class_weights(class_weights: ClassWeights) -> list[float] | None:
    """Returns class weights as a list of floats.

    Args:
        class_weights: One weight a class, in the order of the ids, or a dict from id to weight.

    Raises:
        ArgumentError: A weight is missing, zero, negative, NaN or infinite, or one is more than
            ``MAX_RATIO`` times another.

    Example:
    >>> checked_class_weights({0: 0.5, 1: 1.5})
    [0.5, 1.5]
    """
    if class_weights is None:
        return None
    weights = _floats(_in_order(class_weights, "class_weights"))
    if weights is None or weights.ndim != 1 or not weights.size:
        raise ArgumentError(
            f"class_weights are {class_weights!r}, expected one positive finite number a class",
            remedy="tfclf.imbalance.class_weights makes them from counts.",
        )
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights > 0)))
    if wrong.size:
        raise ArgumentError(
            f"class_weights are {np.array2string(weights, threshold=8)}, expected one positive "
            f"finite number a class, but class {wrong[0]} has {weights[wrong[0]]:g}",
            remedy="tfclf.imbalance.class_weights makes them from counts.",
        )
    least, most = int(weights.argmin()), int(weights.argmax())
    if weights[most] > MAX_RATIO * weights[least] * (1 + 1e-6):  # as float32 gives them, too
        raise ArgumentError(
            f"class_weights are {weights[most]:g} for class {most} and {weights[least]:g} for "
            f"class {least}, expected none beyond {MAX_RATIO:g} times another",
            remedy="tfclf.imbalance.class_weights caps them at its max_ratio.",
        )
    return weights.tolist()


def checked_gamma(gamma: PerClass) -> float | list[float]:
    """Returns a focus on hard examples: a number of at least 0, or a list with one for each class.

    Args:
        gamma: A number, one a class in the order of the ids, or a dict from id to number.

    Raises:
        ArgumentError: It is none of these, or a number is negative, NaN or infinite.

    Example:
    >>> checked_gamma(2), checked_gamma({1: 2, 0: 0.5})
    (2.0, [0.5, 2.0])
    """
    expected = "expected a number of at least 0, or one a class"
    return _checked_per_class("gamma", gamma, lambda x: (x >= 0) & (x < INFINITE), expected)


def checked_alpha(alpha: PerClass | None) -> float | list[float] | None:
    """Returns the weight of the positives: None, a number in (0, 1), or one for each class.

    Raises:
        ArgumentError: It is none of these.

    Example:
    >>> checked_alpha(None), checked_alpha(0.25)
    (None, 0.25)
    """
    if alpha is None:
        return None
    expected = "expected a number between 0 and 1, or None, or one such number a class"
    return _checked_per_class("alpha", alpha, lambda x: (x > 0) & (x < 1), expected)


def checked_number(
    name: str, value: float, low: float = 0.0, below: float = INFINITE, above: bool = False
) -> float:
    """Returns a number in [low, below), or in (low, below).

    Args:
        name: Name of the argument, for the message.
        value: The number.
        low: The least number.
        below: What it has to stay below.
        above: Whether it has to be above ``low``.

    Raises:
        ArgumentError: It is no number, or out of range.

    Example:
    >>> checked_number("label_smoothing", 0, below=1)
    0.0
    """
    number = _floats(value)
    if number is None or number.ndim or not low <= number < below or (above and number == low):
        limit = "" if below == INFINITE else f" and below {below:g}"
        least = f"above {low:g}" if above else f"of at least {low:g}"
        raise ArgumentError(f"{name} is {value!r}, expected a number {least}{limit}")
    return float(number)


def checked_ignore_class(ignore_class: IgnoreClass) -> int | list[int] | None:
    """Returns one label id, or a list of them, as plain numbers.

    Raises:
        ArgumentError: It is neither a whole number, nor several, nor None.

    Example:
    >>> checked_ignore_class((-1, -100))
    [-1, -100]
    """
    several = isinstance(ignore_class, Sequence | np.ndarray) and not isinstance(ignore_class, str)
    label_ids = list(ignore_class) if several else [ignore_class]
    whole = [isinstance(i, Integral) and not isinstance(i, bool) for i in label_ids]
    if ignore_class is not None and not all(whole):
        raise ArgumentError(
            f"ignore_class is {ignore_class!r}, expected a label id, several of them, or None"
        )
    if ignore_class is None:
        return None
    return [int(i) for i in label_ids] if several else int(ignore_class)


def per_class_like(values: Sequence[float], y_pred: Any, what: str) -> Any:
    """Returns one number a class as a tensor, shape (classes,), of the type of the predictions.

    Args:
        values: The numbers.
        y_pred: Predictions, shape (..., classes).
        what: What they are, for the message.

    Raises:
        ArgumentError: There are more or fewer than classes.
    """
    if len(values) != y_pred.shape[-1]:
        raise ArgumentError(f"{len(values)} {what}, but {y_pred.shape[-1]} classes")
    return ops.convert_to_tensor(values, dtype=y_pred.dtype)


def number_like(value: float | Sequence[float], y_pred: Any, what: str) -> Any:
    """Returns a number as it is, and one a class as a tensor of shape (classes,)."""
    return value if np.ndim(value) == 0 else per_class_like(value, y_pred, what)


def _in_order(values: Any, name: str) -> Any:
    """Returns the values of a dict from class id to number in the order of the ids."""
    if not isinstance(values, Mapping):
        return values
    if set(values) != set(range(len(values))):
        raise ArgumentError(
            f"{name} has the ids {list(values)}, expected 0 to {len(values) - 1}",
            remedy="Give one number for each class.",
        )
    return [values[i] for i in range(len(values))]


def _checked_per_class(
    name: str, value: PerClass, fits: Callable[[np.ndarray], np.ndarray], expected: str
) -> float | list[float]:
    """Returns a number, or one a class, all of which fit."""
    numbers = _floats(_in_order(value, name))
    if numbers is None or numbers.ndim > 1 or not numbers.size:
        raise ArgumentError(f"{name} is {value!r}, {expected}")
    wrong = np.flatnonzero(~fits(numbers))
    if wrong.size:
        which = f", but class {wrong[0]} has {numbers[wrong[0]]:g}" if numbers.ndim else ""
        raise ArgumentError(f"{name} is {value!r}, {expected}{which}")
    return numbers.tolist()


def _floats(values: Any) -> np.ndarray | None:
    """Returns numbers as an array, or None where they are none."""
    try:
        return np.asarray(values, "float64")
    except (TypeError, ValueError):
        return None
