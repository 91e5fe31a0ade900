"""Steps of a training -> whether it has collapsed, told in one line, with the causes that fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np

from tfclf.diagnosis.pulse import Beat

# A correlation over 32 batches: healthy trainings stand at 0.3 to 0.95, chance within 0.05.
NO_AGREEMENT = 0.1
DOUBTED = 3.0  # standard errors within which a mean correlation is chance
ONCE_AGREED = 0.3  # from which on a training has had something to lose
# How far the kernels of a pretrained encoder go, in shares of their norm: 0.004 at 2e-5, 0.01 at
# 1e-4 over 140 steps, both healthy; 0.09 after 24 steps at 2e-3.
DESTROYED = 0.03
STANDS_STILL = 0.0005
# How far a step takes them: 0.00025 at 1e-4, 0.0009 at 5e-4, 0.0038 at 2e-3, where three frequent
# labels may still be told apart and the rare ones are lost.
OVERRUN, OVERRUN_STEP = 0.05, 0.002
TELLING = 12  # batches of several labels that have to tell the same
TWICE_LOOKED = 32  # steps between two looks at a loss of what was learnt: other batches altogether
OFTEN = 5  # rows in the last steps from which on a label ought to have been said once
FEWEST_STEPS = 24  # before which only what is certain at once is told
PATIENCE = 96  # steps after which a training that has learnt nothing is told
STILL_PATIENCE = 48  # the same where the encoder hardly moves
PURE, MIXED = 0.9, 0.5  # share of batches of one label; chance of such a batch if they were mixed
ALWAYS = 0.999  # share of one label among the predictions
SEVERAL = 0.95  # share of the most frequent label up to which there are others to find


@dataclass(frozen=True)
class Facts:
    """What is known of a training besides its outputs.

    Attributes:
        step: Steps done.
        since: Steps done since it began or was last repaired.
        settled: Steps done since the rate last rose.
        epochs: Epochs done since it began or was last repaired.
        loss: Mean loss of the epoch so far.
        best: Highest mean agreement that was beyond doubt so far.
        doubted: Steps since it was first doubtful whether what was learnt is lost; 0 where it is
            not.
        moved: How far the encoder's kernels are from where they began, in shares of their norm.
        rate: Highest learning rate so far.
        limit: Rate above which encoders of this width have been reported to collapse.
        pretrained: Whether the encoder came with weights.
        frozen: Whether the encoder does not train.
        half_precision: Whether it computes in float16.
        expects_probabilities: Whether the compiled loss takes outputs for probabilities.
    """

    step: int
    since: int
    settled: int = 0
    epochs: int = 0
    loss: float = 0.0
    best: float = 0.0
    doubted: int = 0
    moved: float | None = None
    rate: float | None = None
    limit: float | None = None
    pretrained: bool = False
    frozen: bool = False
    half_precision: bool = False
    expects_probabilities: bool = False


@dataclass(frozen=True)
class Collapse:
    """What the monitor saw.

    Attributes:
        step: Steps done when it was seen.
        kind: Name of what was seen, a key of ``KINDS``.
        seen: The same in words, with numbers.
        causes: Names of the doctor's findings that fit, the likeliest first.
        remedy: What was done about it; empty where nothing was.
        repaired: Whether the training went on, or began again, repaired.
    """

    step: int
    kind: str
    seen: str
    causes: tuple[str, ...]
    remedy: str = ""
    repaired: bool = False

    def __str__(self) -> str:
        fits = f"; what fits: {', '.join(self.causes)}" if self.causes else ""
        done = f". {self.remedy}" if self.remedy else ""
        return f"step {self.step}: {self.seen}{fits}{done}"

    def to_dict(self) -> dict[str, object]:
        """Returns it as JSON."""
        return vars(self) | {"causes": list(self.causes)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Reads what ``to_dict`` returned."""
        return cls(**values | {"causes": tuple(values["causes"])})


class Agreement(NamedTuple):
    """The mean agreement over some batches.

    Attributes:
        mean: In [-1, 1].
        error: Its standard error.
        batches: Batches that tell something: one of a single label says nothing about it.
    """

    mean: float
    error: float
    batches: int

    @property
    def surely(self) -> float:
        """What it is at least, beyond doubt; 0 where few batches tell."""
        return self.mean - DOUBTED * self.error if self.batches >= TELLING else 0.0

    @property
    def is_none(self) -> bool:
        """Whether enough batches tell that there is none."""
        return self.batches >= TELLING and self.mean <= min(NO_AGREEMENT, DOUBTED * self.error)


def agreement(beat: Beat) -> Agreement:
    """Returns the mean agreement over steps."""
    told = beat.agreement[(beat.purity < 1) | (beat.is_class < 1)]
    if len(told) < 2:
        return Agreement(float(told.sum()), 0.0, len(told))
    return Agreement(float(told.mean()), float(told.std(ddof=1) / np.sqrt(len(told))), len(told))


def is_doubtful(beat: Beat, facts: Facts) -> bool:
    """Tells whether outputs agree far less with the labels than they did, beyond doubt."""
    now = agreement(beat)
    if now.batches < TELLING or facts.best < ONCE_AGREED:
        return False
    return now.mean + DOUBTED * now.error < facts.best / 2


def look(beat: Beat, facts: Facts) -> Collapse | None:
    """Looks at training steps.

    Args:
        beat: The last steps.
        facts: What else is known.

    Returns:
        What was seen first, in the order of ``KINDS``; None for a healthy training.
    """
    for kind, sees in KINDS.items():
        if (seen := sees(beat, facts)) is not None:
            return Collapse(facts.step, kind, seen, causes_of(kind, facts))
    return None


def look_at_validation(beat: Beat, facts: Facts) -> Collapse | None:
    """Looks at the steps of a validation pass."""
    if facts.since < FEWEST_STEPS or not beat.steps or not beat.is_class.all():
        return None
    said, true, now = beat.predicted.sum(0), beat.true.sum(0), agreement(beat)
    if said.max() < ALWAYS * said.sum() or true.max() > SEVERAL * true.sum():
        return None
    if said.sum() == 0 or not now.batches or now.mean >= NO_AGREEMENT:
        return None
    seen = (
        f"label {int(said.argmax())} is said of every validation row, "
        f"and true of {true[said.argmax()] / true.sum():.0%}"
    )
    return Collapse(facts.step, "one-label", seen, causes_of("one-label", facts))


def _not_finite(beat: Beat, facts: Facts) -> str | None:
    if np.isfinite(facts.loss) and beat.finite.all():
        return None
    return f"the loss is {facts.loss}" if not np.isfinite(facts.loss) else "outputs are not finite"


def _logits_as_probabilities(beat: Beat, facts: Facts) -> str | None:
    if not facts.expects_probabilities or not beat.steps or beat.in_unit.all():
        return None
    return (
        f"the outputs are no probabilities (root mean square {beat.size.mean():.2f}), "
        "and the loss reads them as such"
    )


def _pure_batches(beat: Beat, facts: Facts) -> str | None:
    if beat.steps < FEWEST_STEPS or not beat.is_class.all() or np.median(beat.rows) < 2:
        return None
    shares = beat.true.sum(0) / max(beat.true.sum(), 1.0)
    if_mixed = float((shares ** float(np.median(beat.rows))).sum())
    pure = float((beat.purity >= 1).mean())
    if pure < PURE or if_mixed > MIXED:
        return None
    labels = int((shares > 0).sum())
    return f"{pure:.0%} of the last {beat.steps} batches have one label each, of {labels} labels"


def _lost(beat: Beat, facts: Facts) -> str | None:
    if facts.doubted < TWICE_LOOKED or not is_doubtful(beat, facts):
        return None
    return (
        f"what was learnt is lost: outputs agree with the labels by {agreement(beat).mean:.2f}, "
        f"before by {facts.best:.2f}{_how_far(facts)}"
    )


def _destroyed(beat: Beat, facts: Facts) -> str | None:
    now = agreement(beat)
    if not facts.pretrained or facts.since < FEWEST_STEPS or (facts.moved or 0.0) < DESTROYED:
        return None
    if not now.is_none:
        return None
    return f"outputs say nothing about the labels (agreement {now.mean:.2f}){_how_far(facts)}"


def _overrun(beat: Beat, facts: Facts) -> str | None:
    moved = facts.moved or 0.0
    if not facts.pretrained or facts.since < FEWEST_STEPS or not _is_high(facts):
        return None
    if moved < OVERRUN or moved < OVERRUN_STEP * facts.since:
        return None
    unsaid = int(((beat.predicted.sum(0) == 0) & (beat.true.sum(0) >= OFTEN)).sum())
    if not unsaid and not is_doubtful(beat, facts):
        return None
    lost = f", and {unsaid} labels are never said" if unsaid else ""
    return (
        f"the encoder has moved by {moved:.1%} in {facts.since} steps "
        f"at a rate of up to {facts.rate:.1e}{lost}"
    )


def _learns_nothing(beat: Beat, facts: Facts) -> str | None:
    now = agreement(beat)
    still = _stands_still(facts) or facts.frozen
    if min(facts.since, facts.settled) < (STILL_PATIENCE if still else PATIENCE):
        return None
    if facts.best >= NO_AGREEMENT or not now.is_none:
        return None
    if not still and not _is_high(facts) and not facts.epochs:
        return None  # some tasks take an epoch to show anything
    return f"nothing was learnt in {facts.since} steps (agreement {now.mean:.2f}){_how_far(facts)}"


KINDS: dict[str, Callable[[Beat, Facts], str | None]] = {
    "not-finite": _not_finite,
    "logits-as-probabilities": _logits_as_probabilities,
    "pure-batches": _pure_batches,
    "lost": _lost,
    "destroyed": _destroyed,
    "overrun": _overrun,
    "learns-nothing": _learns_nothing,
}
GRAVE = ("not-finite", "logits-as-probabilities", "lost", "destroyed", "overrun", "one-label")


def _how_far(facts: Facts) -> str:
    return "" if facts.moved is None else f", the encoder has moved by {facts.moved:.1%}"


# What can have caused each kind, and what has to hold for it; the first that holds is likeliest.
CAUSES: dict[str, dict[str, Callable[[Facts], bool]]] = {
    "not-finite": {
        "fp16-without-loss-scaling": lambda facts: facts.half_precision,
        "learning-rate-too-high": lambda facts: _is_high(facts),
        "not-finite": lambda facts: True,
    },
    "logits-as-probabilities": {
        "logits-read-as-probabilities": lambda facts: True,
        "learning-rate-too-high": lambda facts: _is_high(facts),
    },
    "pure-batches": {"sorted-labels": lambda facts: True},
    "lost": {"learning-rate-too-high": lambda facts: True},
    "destroyed": {"learning-rate-too-high": lambda facts: True},
    "overrun": {"learning-rate-too-high": lambda facts: True},
    "one-label": {
        "learning-rate-too-high": lambda facts: _is_high(facts) or _has_moved(facts),
        "encoder-frozen": lambda facts: facts.frozen,
        "learning-rate-too-low": lambda facts: not facts.frozen and _stands_still(facts),
        "class-imbalance": lambda facts: not _has_moved(facts),
    },
    "learns-nothing": {
        "encoder-frozen": lambda facts: facts.frozen,
        "learning-rate-too-low": lambda facts: not facts.frozen and _stands_still(facts),
        "learning-rate-too-high": lambda facts: _is_high(facts),
        "text-carries-no-label": lambda facts: True,
    },
}


def causes_of(kind: str, facts: Facts) -> tuple[str, ...]:
    """Returns the causes that fit what was seen, the likeliest first."""
    return tuple(name for name, holds in CAUSES[kind].items() if holds(facts))


def _is_high(facts: Facts) -> bool:
    return facts.rate is not None and facts.limit is not None and facts.rate > facts.limit


def _has_moved(facts: Facts) -> bool:
    return (facts.moved or 0.0) >= DESTROYED


def _stands_still(facts: Facts) -> bool:
    return facts.moved is not None and facts.moved < STANDS_STILL
