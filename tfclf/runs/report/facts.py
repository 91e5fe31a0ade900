"""What a report is written from: of a split of any size only what is shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tfclf.evaluation import Reliability
from tfclf.evaluation.bootstrap import Interval, Intervals
from tfclf.evaluation.precision_recall import PrecisionRecall


@dataclass(frozen=True)
class Example:
    """A row, or a word of one, that people should look at.

    Attributes:
        place: Where it stands, such as ``line 7``.
        before: Its text, cut to a length; of a word what stands before it.
        word: The word; empty where the whole row is meant.
        after: What stands behind the word.
        text_pair: The second text of a pair.
        true: Its label, in words.
        said: What the model says, in words.
        figure: Probability of the answer, in [0, 1]; of a number how far it is off.
    """

    place: str
    before: str
    word: str
    after: str
    text_pair: str | None
    true: str
    said: str
    figure: float


@dataclass(frozen=True)
class Suspects:
    """Labels that are probably wrong.

    Attributes:
        number: How many; None where nobody looked.
        examples: The worst of them; ``figure`` is the probability of the label that is given.
        note: Why nobody looked, or at how many of very many.
    """

    number: int | None
    examples: tuple[Example, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class LabelTable:
    """How often each label, or type of entity, was found.

    Attributes:
        kind: ``"label"`` or ``"entity"``.
        names: The labels.
        found: True and said, shape (labels,).
        said: Said, shape (labels,).
        true: True, shape (labels,).
        intervals: Intervals of their F1.
    """

    kind: str
    names: tuple[str, ...]
    found: np.ndarray
    said: np.ndarray
    true: np.ndarray
    intervals: Intervals

    @property
    def rarest(self) -> int | None:
        """The label with the fewest true ones, at least one; None where there is but one."""
        there = np.flatnonzero(self.true)
        return int(there[self.true[there].argmin()]) if len(there) > 1 else None


@dataclass(frozen=True)
class Confusion:
    """Which label was taken for which.

    Attributes:
        names: The labels.
        matrix: Counts, shape (labels, labels), true labels down, answers across.
    """

    names: tuple[str, ...]
    matrix: np.ndarray


@dataclass(frozen=True)
class HeadFacts:
    """What is shown of a head on a split.

    Attributes:
        name: Its name.
        task: Name of its task.
        scores: Its figures, as ``metrics.json`` has them.
        intervals: Intervals of some of them, by their names there.
        resamples: Number of resamples that these are from.
        table: The labels; None of numbers.
        confusion: Which label was taken for which, where a row or word has one.
        curves: Precision over recall of the rare labels, by their names.
        reliability: Confidence against accuracy; None of numbers.
        numbers: True and predicted numbers, some of many, shape (rows, 2).
        baseline: Share of right answers, or mean distance, of always saying the same.
        always: What that is, in words.
        exact: Rows whose labels are all right and none missing; None but of several labels.
        mistakes: The worst mistakes.
        num_mistakes: How many there are.
        suspects: Labels that are probably wrong.
    """

    name: str
    task: str
    scores: Mapping[str, Any]
    intervals: Mapping[str, Interval]
    resamples: int
    table: LabelTable | None = None
    confusion: Confusion | None = None
    curves: Mapping[str, PrecisionRecall] = field(default_factory=dict)
    reliability: Reliability | None = None
    numbers: np.ndarray | None = None
    baseline: float | None = None
    always: str = ""
    exact: int | None = None
    mistakes: tuple[Example, ...] = ()
    num_mistakes: int = 0
    suspects: Suspects | None = None


@dataclass(frozen=True)
class Speed:
    """How fast texts are answered.

    Attributes:
        machine: The kind of processor.
        median: Time of one text by itself, half of them are faster (seconds).
        slow: The same, of which 95 % are faster (seconds).
        per_second: Texts a second, 64 at once.
    """

    machine: str
    median: float
    slow: float
    per_second: float


@dataclass(frozen=True)
class SplitFacts:
    """What is shown of a split.

    Attributes:
        split: Its name.
        source: The rows in words, without folders.
        rows: Their number.
        heads: Its heads that were judged.
        pairs: Whether rows are pairs of texts.
    """

    split: str
    source: str
    rows: int
    heads: tuple[HeadFacts, ...]
    pairs: bool = False
