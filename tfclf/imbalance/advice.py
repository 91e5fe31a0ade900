"""What ``auto`` chooses for imbalanced labels: each choice with its reason and its price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BALANCED_UP_TO = 3.0  # ratio of the largest to the smallest count that needs nothing
AUTO, NONE = "auto", "none"
ADJUSTED = "logit-adjusted"
UNADJUSTED = ("cross-entropy", "focal")  # losses of one label a row that see no counts

OVERSAID = (
    "rare labels are said too often if new texts are as skewed and only accuracy counts: "
    "--loss cross-entropy --class-weights none"
)
MISSED = "rare labels are missed if new texts have more of them: --loss logit-adjusted"
KEPT = "little: what the rows lack stays rare"


@dataclass(frozen=True)
class Choice:
    """A setting that was left to ``auto``.

    Attributes:
        setting: Its name.
        value: What was chosen.
        why: The reason, with the numbers that it rests on.
        risk: What it costs where the choice is wrong, and what to set then.
    """

    setting: str
    value: object
    why: str
    risk: str

    def __str__(self) -> str:
        return f"{self.setting} {self.value}: {self.why}"


def advise(
    counts: np.ndarray,
    *,
    loss: str = AUTO,
    class_weights: object = AUTO,
    sampling: object = AUTO,
    weighted: bool = False,
) -> list[Choice]:
    """Chooses loss, class weights and sampling for one label a row, from the counts.

    A setting that is given is kept, and the others go with it: imbalance is treated once, by the
    loss, by weights or by sampling, not by several on top of each other.

    Args:
        counts: Training rows of each class, shape (classes,).
        loss: The loss, or ``"auto"``.
        class_weights: A strategy of ``class_weights``, numbers, ``"none"``, or ``"auto"``.
        sampling: A sampling, ``"none"``, or ``"auto"``.
        weighted: Whether rows have weights of their own.

    Returns:
        A choice for each setting that is ``"auto"``.

    Example:
    >>> for choice in advise(np.array([900, 80, 20])):
    ...     print(choice)
    loss logit-adjusted: the largest class has 45.0 times the rows of the smallest
    class weights none: the loss sees to the balance
    sampling none: the loss sees to the balance
    """
    ratio = float(counts.max() / max(counts.min(), 1))
    numbers = f"the largest class has {ratio:.1f} times the rows of the smallest"
    skewed = ratio > BALANCED_UP_TO
    asked = {
        "the loss": loss not in (AUTO, *UNADJUSTED),
        "the class weights": _is_given(class_weights),
        "the sampling": _is_given(sampling),
        "the rows' own weights": weighted,
    }
    by = next((name for name, is_given in asked.items() if is_given), None)
    choices = []
    if loss == AUTO:
        adjusted = skewed and by is None
        loss = ADJUSTED if adjusted else "cross-entropy"
        why = numbers if by is None else _sees_to(by)
        choices.append(Choice("loss", loss, why, OVERSAID if adjusted else MISSED))
        by = "the loss" if adjusted else by
    if class_weights == AUTO:
        weighted = skewed and by is None
        why = numbers if by is None else _sees_to(by)
        choices.append(
            Choice(
                "class weights",
                "inverse" if weighted else NONE,
                why,
                OVERSAID if weighted else KEPT,
            )
        )
        by = "the class weights" if weighted else by
    if sampling == AUTO:
        why = "every row once an epoch" if by is None else _sees_to(by)
        choices.append(Choice("sampling", NONE, why, KEPT))
    return choices


def _is_given(value: object) -> bool:
    return not isinstance(value, str) or value not in (AUTO, NONE)


def _sees_to(what: str) -> str:
    return f"{what} {'see' if what.endswith('weights') else 'sees'} to the balance"
