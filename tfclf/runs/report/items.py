"""Rows or words with one label each -> what a report shows of both alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from tfclf.evaluation import all_labels, reliability
from tfclf.evaluation.precision_recall import PrecisionRecall, precision_recall
from tfclf.runs.report.facts import Confusion, Example
from tfclf.runs.report.suspects import suspected_labels

WORST = 12  # mistakes that are shown
RARE = 6  # labels whose curves are drawn
OUTSIDE = "O"


@dataclass(frozen=True)
class Items:
    """Rows or words with one label each.

    Attributes:
        names: Labels of the model, then those that only the truth has.
        true: Their ids, shape (items,).
        said: Ids of the answers, shape (items,).
        probabilities: Shape (items, labels of the model).
    """

    names: tuple[str, ...]
    true: np.ndarray
    said: np.ndarray
    probabilities: np.ndarray

    @classmethod
    def of(
        cls,
        truth: Sequence[str],
        answers: Sequence[str],
        probabilities: np.ndarray,
        labels: Sequence[str],
    ) -> Self:
        """Makes them of names, and of the labels of the model in the order of their ids."""
        names = tuple(all_labels(truth, labels))
        ids = {name: i for i, name in enumerate(names)}
        true, said = (np.array([ids[name] for name in side], int) for side in (truth, answers))
        return cls(names, true, said, probabilities)

    @property
    def confidence(self) -> Any:
        """Probability of each answer, shape (items,)."""
        return self.probabilities[np.arange(len(self.said)), self.said]

    def shown(self, example: Callable[[int, str, str, float], Example]) -> dict[str, Any]:
        """Returns what is shown of rows and of words alike.

        Args:
            example: Makes an example of an item, given truth, answer and a figure.
        """
        names, number = self.names, len(self.names)
        wrong = np.flatnonzero(self.said != self.true)
        confidence = self.confidence

        def mistake(item: int) -> Example:
            true, said = names[self.true[item]], names[self.said[item]]
            return example(item, true, said, float(confidence[item]))

        def suspect(item: int) -> Example:
            given, best = int(self.true[item]), int(self.probabilities[item].argmax())
            return example(item, names[given], names[best], float(self.probabilities[item, given]))

        counts = np.bincount(self.true, minlength=number)
        return {
            "confusion": Confusion(
                names,
                np.bincount(self.true * number + self.said, minlength=number**2).reshape(
                    number, -1
                ),
            ),
            "curves": rare_curves(
                names,
                counts[: self.probabilities.shape[1]],
                lambda i: (self.true == i, self.probabilities[:, i]),
            ),
            "reliability": reliability(confidence.clip(0, 1), self.said == self.true),
            "baseline": float(counts.max() / counts.sum()),
            "always": names[counts.argmax()],
            "mistakes": tuple(map(mistake, largest(confidence, wrong))),
            "num_mistakes": len(wrong),
            "suspects": suspected_labels(self.true, self.probabilities, suspect),
        }


def rare_curves(
    names: Sequence[str],
    counts: np.ndarray,
    of_label: Callable[[int], tuple[np.ndarray, np.ndarray]],
) -> dict[str, PrecisionRecall]:
    """Returns the curves of the labels with the fewest rows, the rarest first.

    Args:
        names: The labels.
        counts: How often each label of the model is true, shape (labels,).
        of_label: Truth and probability of a label, shape (rows,) each.
    """
    model_has = [i for i, name in enumerate(names[: len(counts)]) if counts[i] and name != OUTSIDE]
    rare = sorted(model_has, key=lambda i: counts[i])[:RARE]
    return {names[i]: precision_recall(*of_label(i)) for i in rare}


def largest(values: np.ndarray, among: np.ndarray) -> list[int]:
    """Returns the places of the largest values among some, the largest first."""
    if len(among) > WORST:
        among = among[np.argpartition(-values[among], WORST)[:WORST]]
    return list(among[np.argsort(-values[among], kind="stable")])
