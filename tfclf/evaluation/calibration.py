"""Logits and true labels -> probabilities that keep what they promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tfclf.errors import ArgumentError
from tfclf.evaluation.predict import sigmoid, softmax
from tfclf.evaluation.validation_rows import MIN_ROWS, checked_entries, labelled_rows

HOTTEST = 20.0  # a temperature is between 1 / HOTTEST and HOTTEST
SPREAD = 0.5  # standard deviation of log T before any row is seen
SHIFT_SPREAD = 1.0  # of a label's own shift about the common one, in log-odds
COMMON_SPREAD = 3.0  # of the common shift about 0, in log-odds


@dataclass(frozen=True)
class Temperature:
    """What logits are divided by, so that probabilities are as often right as they say.

    Which label is the most probable one never changes; a probability above one half stays there.

    Attributes:
        value: The temperature; above 1 it makes the model less sure, below 1 more.
        rows: Validation rows that it was chosen on.
        reason: How it was chosen, one sentence.
    """

    value: float = 1.0
    rows: int = 0
    reason: str = "none was chosen"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.value) and self.value > 0):
            raise ArgumentError(f"the temperature is {self.value}, expected a positive number")

    def apply(self, logits: np.ndarray) -> np.ndarray:
        """Returns the logits of calibrated probabilities, in float64."""
        return np.asarray(logits, "float64") / self.value

    def to_dict(self) -> dict[str, Any]:
        """Returns what ``from_dict`` reads, of plain numbers and strings."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Temperature:
        """Makes what ``to_dict`` has described."""
        return cls(float(values["value"]), int(values["rows"]), str(values["reason"]))


def choose_temperature(logits: np.ndarray, label_ids: np.ndarray) -> Temperature:
    """Chooses the temperature of a classifier of one label a row.

    ``T`` minimises the negative log-likelihood of the labels, ``-sum_i log softmax(z_i / T)[y_i]``
    (Guo et al. 2017, On Calibration of Modern Neural Networks, section 4.2), plus ``(log T)^2 / (2
    * 0.5^2)``: before any row is seen, two temperatures of three are between 0.6 and 1.65. Without
    the second term, rows that are all predicted right would take T to 0. Of a few hundred rows with
    some errors, it moves T by some percent.

    Args:
        logits: Logits of validation rows, shape (rows, classes).
        label_ids: Their true labels, shape (rows,), int; rows below 0 are left out.

    Returns:
        A temperature between 1/20 and 20; 1, and the reason, where fewer than 30 rows have a label
        or all have the same one.

    Raises:
        ArgumentError: A shape does not fit, an id is not of the classes, or a logit is not finite.

    Example:
    >>> logits = np.array([[4.0, 0], [0, 4], [4, 0], [0, 4]] * 250)  # 98 % sure
    >>> ids = np.array([0, 1, 0, 0] * 250)  # 75 % right: 4 / T is near log 3, T near 3.64
    >>> round(choose_temperature(logits, ids).value, 1)
    3.6
    """
    from scipy.special import logsumexp  # takes long: whoever only predicts does not wait for it

    logits, ids = labelled_rows(logits, label_ids)
    if len(ids) < MIN_ROWS:
        return _unchosen(len(ids), f"{_rows(len(ids))} with a label, too few to choose one")
    if ids.min() == ids.max():
        return _unchosen(len(ids), f"all {len(ids)} validation rows have the same label")
    own = logits - logits[np.arange(len(ids)), ids][:, None]  # (rows, classes), 0 at the true one
    return _minimum(lambda t: float(logsumexp(own / t, axis=-1).sum()), len(ids), len(ids))


def choose_multi_label_temperature(logits: np.ndarray, truth_hot: np.ndarray) -> Temperature:
    """Chooses the temperature of a classifier of any number of labels a row.

    As ``choose_temperature``, with the binary negative log-likelihood of all labels of all rows.

    Args:
        logits: Logits of validation rows, shape (rows, labels).
        truth_hot: 1 where a row has a label, else 0, below 0 where nobody knows; (rows, labels).

    Returns:
        A temperature between 1/20 and 20; 1, and the reason, where fewer than 30 rows are known or
        no label, or every one, is true in all of them.

    Raises:
        ArgumentError: A shape does not fit, a true answer is above 1, or a logit is not finite.

    Example:
    >>> logits = np.array([[4.0, -4.0], [-4, 4], [4, -4], [-4, -4]] * 250)
    >>> truth = np.array([[1, 0], [0, 1], [1, 0], [1, 1]] * 250)  # 75 % right, as above
    >>> round(choose_multi_label_temperature(logits, truth).value, 1)
    3.6
    """
    logits, truth = checked_entries(logits, truth_hot, "logits")
    known = truth >= 0
    rows = int(known.any(1).sum())
    if rows < MIN_ROWS:
        return _unchosen(rows, f"{_rows(rows)} with known labels, too few to choose one")
    against = np.where(truth == 1, -logits, logits)[known]
    share = float((truth == 1).sum() / known.sum())
    if share in (0.0, 1.0):
        has = "every label" if share else "no label"
        return _unchosen(rows, f"{has} is true in any of {rows} validation rows")
    return _minimum(lambda t: float(np.logaddexp(0, against / t).sum()), rows, against.size)


def _minimum(loss: Callable[[float], float], rows: int, entries: int) -> Temperature:
    """Minimises a loss plus what the temperature costs before any row is seen."""
    from scipy.optimize import minimize_scalar

    end = np.log(HOTTEST)
    found = minimize_scalar(
        lambda u: loss(np.exp(u)) + (u / SPREAD) ** 2 / 2,
        bounds=(-end, end),
        method="bounded",
        options={"xatol": 1e-5},
    )
    value = float(np.exp(found.x))
    before, after = loss(1.0) / entries, loss(value) / entries
    reason = (
        f"temperature {value:.2f} chosen on {rows} validation rows: "
        f"negative log-likelihood {before:.3f} -> {after:.3f}"
    )
    return Temperature(value, rows, reason)


def _unchosen(rows: int, why: str) -> Temperature:
    return Temperature(1.0, rows, f"temperature 1: {why}")


def _rows(count: int) -> str:
    return f"{count or 'no'} validation row{'' if count == 1 else 's'}"


def label_shifts(logits: np.ndarray, truth_hot: np.ndarray) -> np.ndarray:
    """Returns what makes each label's probabilities sum to about its number of true rows.

    A loss with weights, and too little training, move all logits of a rare label to one side. The
    shift ``b_j`` of a label is the most probable one given the rows, where ``sigmoid(z + b_j)`` are
    the probabilities and ``b_j`` is normal about a common shift with standard deviation 1, the
    common shift normal about 0 with 3 (Platt 1999 with the slope fixed and a ridge): a label with
    many true rows goes by them, one with few keeps near the others.

    Args:
        logits: Shape (rows, labels), finite where the truth is known.
        truth_hot: 1 where a row has a label, else 0, below 0 where nobody knows; (rows, labels).

    Returns:
        Shape (labels,), log-odds, to be added to the logits.

    Example:
    >>> logits, truth = np.zeros((400, 2)), np.zeros((400, 2))
    >>> truth[:100] = 1  # a quarter: log-odds of -1.1 for both labels
    >>> label_shifts(logits, truth).round(1).tolist()
    [-1.1, -1.1]
    """
    known = truth_hot >= 0
    hits = np.where(known, truth_hot, 0).sum(0)
    columns = [logits[here, label] for label, here in enumerate(known.T)]
    common = _shift(np.concatenate(columns), hits.sum(), 0.0, COMMON_SPREAD)
    pairs = zip(columns, hits, strict=True)
    return np.array([_shift(column, count, common, SHIFT_SPREAD) for column, count in pairs])


def _shift(logits: np.ndarray, hits: float, centre: float, spread: float) -> float:
    """Solves for the shift at which the posterior of one label is highest."""
    from scipy.optimize import brentq

    def slope(b: float) -> float:
        return float(sigmoid(logits + b).sum() - hits + (b - centre) / spread**2)

    # The slope rises with b, and this far from the centre the ridge outweighs all rows.
    end = len(logits) * spread**2 + 1
    return float(brentq(slope, centre - end, centre + end, xtol=1e-9))


def class_shifts(logits: np.ndarray, label_ids: np.ndarray) -> np.ndarray:
    """Returns what makes each class's probabilities sum to about its number of rows.

    The most probable shifts ``b`` given the rows, where ``softmax(z + b)`` are the probabilities
    and each ``b_k`` is normal about 0 with standard deviation 1.

    Args:
        logits: Shape (rows, classes), finite.
        label_ids: True classes, shape (rows,).

    Returns:
        Shape (classes,), to be added to the logits; their sum is 0.

    Example:
    >>> shifts = class_shifts(np.zeros((400, 2)), np.repeat([0, 1], [100, 300]))
    >>> (shifts - shifts[0]).round(1)  # log 3 apart
    array([0. , 1.1])
    """
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    true = np.eye(logits.shape[1])[label_ids]  # (rows, classes)

    def loss(shifts: np.ndarray) -> tuple[float, np.ndarray]:
        shifted = logits + shifts
        fit = logsumexp(shifted, axis=-1).sum() - (shifted * true).sum()
        ridge = shifts / SHIFT_SPREAD**2
        return fit + ridge @ shifts / 2, (softmax(shifted) - true).sum(0) + ridge

    return minimize(loss, np.zeros(logits.shape[1]), jac=True, method="L-BFGS-B").x
