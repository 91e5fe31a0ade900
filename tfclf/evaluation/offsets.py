"""Logits, true labels and the training prior -> what is added to logits for macro-F1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tfclf.errors import ArgumentError
from tfclf.evaluation.calibration import choose_temperature, class_shifts
from tfclf.evaluation.expected_f1 import WORTH, blended_f1
from tfclf.evaluation.predict import softmax
from tfclf.evaluation.validation_rows import MIN_ROWS, labelled_rows

TAUS = np.round(np.arange(-0.5, 1.51, 0.1), 1)
MAX_ACCURACY_LOSS = 0.01


@dataclass(frozen=True)
class Offset:
    """What is added to the logits of each class before the highest one is taken.

    Attributes:
        values: One number a class, in the unit of the logits; their sum is 0.
        tau: Strength: 0 adds nothing, 1 takes the training prior out of calibrated logits.
        rows: Validation rows that it was chosen on.
        reason: How it was chosen, one sentence.
    """

    values: tuple[float, ...]
    tau: float = 0.0
    rows: int = 0
    reason: str = "none was chosen"

    def __post_init__(self) -> None:
        if not np.isfinite(self.values).all():
            raise ArgumentError(f"the offsets are {self.values}, expected finite numbers")

    def apply(self, logits: np.ndarray) -> np.ndarray:
        """Returns the logits whose highest one is the answer, in float64."""
        return np.asarray(logits, "float64") + np.array(self.values)

    def to_dict(self) -> dict[str, Any]:
        """Returns what ``from_dict`` reads, of plain lists, numbers and strings."""
        return asdict(self) | {"values": list(self.values)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Offset:
        """Makes what ``to_dict`` has described."""
        return cls(
            tuple(map(float, values["values"])),
            float(values["tau"]),
            int(values["rows"]),
            str(values["reason"]),
        )


@dataclass(frozen=True)
class _Trial:
    """What an offset gives on the validation rows.

    Attributes:
        macro_f1: Mean over the classes of the counted and the expected F1.
        counted_f1: Mean over the classes of the counted F1 alone.
        accuracy: Share of the rows that are right.
        expected_accuracy: The share that the probabilities expect.
        influence: How far each row moves ``macro_f1``, shape (rows,).
    """

    macro_f1: float
    counted_f1: float
    accuracy: float
    expected_accuracy: float
    influence: np.ndarray


def choose_offset(
    logits: np.ndarray,
    label_ids: np.ndarray,
    log_prior: np.ndarray,
    *,
    max_accuracy_loss: float = MAX_ACCURACY_LOSS,
    prefer: float = 0.0,
    errors: float = 1.0,
) -> Offset:
    """Chooses how far the training prior is taken out of the logits, for macro-F1.

    Adds ``-T tau log_prior``, where ``T`` is the temperature of ``choose_temperature``, so that
    ``tau`` is that of calibrated logits (Menon et al. 2021, Long-tail Learning via Logit
    Adjustment, section 4.1): one of -0.5, -0.4 ... 1.5, or what ``prefer`` stands for. The macro-F1
    of each ``tau`` is the mean of ``blended_f1`` over the classes that have a validation row. Of
    those that are within ``errors`` standard errors of the best, the one nearest to the preferred
    one is taken (Breiman et al. 1984, section 3.4.3, with one); the standard error of the
    difference comes from the influence of each row (infinitesimal jackknife, Efron 1982, chapter
    6).

    Args:
        logits: Logits of validation rows, shape (rows, classes).
        label_ids: Their true labels, shape (rows,), int; rows below 0 are left out.
        log_prior: Logarithm of the share of each class in the training rows, shape (classes,).
        max_accuracy_loss: How much less accurate than with ``tau`` 0 the rows may be, in [0, 1],
            both counted and by what calibrated probabilities expect. On rows not seen yet, one
            point here nearly always keeps the loss under two.
        prefer: Strength of the offset ``-prefer log_prior``, in the unit of the logits, that
            stands where no other is better by more than chance; 0 is none. Where logits are given
            as they would be without weights or sampling, it is what these have added.
        errors: Standard errors by which another offset has to be better than the preferred one.

    Returns:
        The offset; the preferred one, and the reason, where fewer than 30 rows have a label, all
        have the same one, or all classes are equally frequent in training.

    Raises:
        ArgumentError: A shape does not fit, an id is not of the classes, a logit or a prior is not
            finite, ``max_accuracy_loss`` is not in [0, 1] or ``prefer`` is not finite.

    Example:
    >>> ids = np.repeat([0, 1], [90, 30])
    >>> logits = np.stack([np.zeros(120), np.linspace(-3, -0.1, 120)], -1)  # 1 is never said
    >>> offset = choose_offset(logits, ids, np.log([0.9, 0.1]), max_accuracy_loss=0.05)
    >>> offset.tau > 0, bool((offset.apply(logits).argmax(-1)[-10:] == 1).all())
    (True, True)
    """
    logits, ids = labelled_rows(logits, label_ids)
    prior = _checked_prior(log_prior, logits.shape[1])
    if not 0 <= max_accuracy_loss <= 1:
        raise ArgumentError(f"max_accuracy_loss is {max_accuracy_loss}, expected one in [0, 1]")
    if not np.isfinite(prefer):
        raise ArgumentError(f"prefer is {prefer}, expected a finite number")
    why = _reason_for_none(ids, prior)
    if why:
        return _offset(prefer, prefer, prior, len(ids), f"{_kept(prefer)}: {why}")
    temperature = choose_temperature(logits, ids).value
    calibrated = logits / temperature
    expected = softmax(calibrated + class_shifts(calibrated, ids))
    preferred = prefer / temperature
    taus = np.unique([*TAUS, preferred])
    trials = [_trial(calibrated - tau * prior, ids, expected) for tau in taus]
    none = trials[int(np.flatnonzero(taus == 0)[0])]
    order = np.argsort(np.abs(taus - preferred), kind="stable").tolist()
    chosen = _first_as_good([trials[i] for i in order], none, max_accuracy_loss, errors)
    tau = float(taus[order[chosen]])
    reason = _reason(tau, preferred, none, trials[order[chosen]], ids, len(prior))
    return _offset(temperature * tau, tau, prior, len(ids), reason)


def _offset(strength: float, tau: float, prior: np.ndarray, rows: int, reason: str) -> Offset:
    values = (-strength * prior + 0.0).tolist()  # + 0.0 makes 0 of -0
    return Offset(tuple(values), tau, rows, reason)


def _kept(preferred: float) -> str:
    return f"offset of tau {preferred:.2g} kept" if preferred else "no offset"


def _checked_prior(log_prior: np.ndarray, classes: int) -> np.ndarray:
    """Returns the prior's logarithm with mean 0: a constant changes no answer."""
    prior = np.asarray(log_prior, "float64")
    if prior.shape != (classes,):
        raise ArgumentError(f"expected a prior of {classes} classes, got shape {prior.shape}")
    if not np.isfinite(prior).all():
        raise ArgumentError(
            f"the logarithm of the prior of class {np.flatnonzero(~np.isfinite(prior))[0]} is not "
            "finite",
            remedy="A class without a training row has no prior: drop it or add rows.",
        )
    return prior - prior.mean()


def _reason_for_none(ids: np.ndarray, prior: np.ndarray) -> str:
    if len(ids) < MIN_ROWS:
        return f"{len(ids) or 'no'} validation rows with a label, fewer than {MIN_ROWS}"
    if ids.min() == ids.max():
        return f"all {len(ids)} validation rows have the same label"
    if np.ptp(prior) < 1e-9:
        return "all classes are equally frequent in training"
    return ""


def _trial(logits: np.ndarray, ids: np.ndarray, expected: np.ndarray) -> _Trial:
    """Judges logits of shape (rows, classes) by labels and by expected probabilities."""
    one = np.eye(logits.shape[1])
    true, said = one[ids], one[logits.argmax(-1)]  # (rows, classes)
    number, present = true.sum(0), true.any(0)
    hits, expected_hits = (said * true).sum(0), (said * expected).sum(0)
    f1 = blended_f1(hits, said.sum(0), number, expected_hits, expected.sum(0))
    influence = np.zeros(len(ids))
    for truth, weight in ((true, number), (expected, WORTH)):
        size = said.sum(0) + truth.sum(0)
        own = 2 * (said * truth).sum(0) / np.maximum(size, 1e-12)
        # dF / dw of a row that is said and true for a class, for F = 2 hits / (said + true).
        row = (2 * said * truth - own * (said + truth)) / np.maximum(size, 1e-12)
        influence += (row * weight / (number + WORTH))[:, present].mean(1)
    counted = 2 * hits / np.maximum(said.sum(0) + number, 1e-12)
    return _Trial(
        float(f1[present].mean()),
        float(counted[present].mean()),
        float(hits.sum() / len(ids)),
        float(expected_hits.sum() / len(ids)),
        influence,
    )


def _first_as_good(
    trials: list[_Trial], none: _Trial, max_accuracy_loss: float, errors: float
) -> int:
    """Returns the first trial that is as good as the best but for some standard errors."""
    allowed = [
        i
        for i, trial in enumerate(trials)
        if trial.accuracy >= none.accuracy - max_accuracy_loss
        and trial.expected_accuracy >= none.expected_accuracy - max_accuracy_loss
    ]
    best = max((trials[i] for i in allowed), key=lambda trial: trial.macro_f1)

    def is_as_good(trial: _Trial) -> bool:
        error = np.sqrt(((best.influence - trial.influence) ** 2).sum())
        return trial.macro_f1 >= best.macro_f1 - errors * error

    return next(i for i in allowed if is_as_good(trials[i]))


def _reason(
    tau: float, preferred: float, none: _Trial, chosen: _Trial, ids: np.ndarray, classes: int
) -> str:
    missing = classes - len(np.unique(ids))
    over = f" over the {classes - missing} of {classes} classes that they have" if missing else ""
    rows = f"{len(ids)} validation rows"
    if tau == preferred:
        return f"{_kept(preferred)}: none is better{over} on {rows} by more than chance"
    return (
        f"offset of tau {tau:.2g} chosen on {rows}: macro-F1{over} {none.counted_f1:.3f} -> "
        f"{chosen.counted_f1:.3f}, accuracy {none.accuracy:.3f} -> {chosen.accuracy:.3f}"
    )
