"""How the logits of a head become its answers, as a run remembers it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np


@dataclass(frozen=True)
class Decision:
    """How the logits of a head become its answers.

    Shift and temperature are in the weights of the saved head already; they stand here so that
    they can be told, and undone.

    Attributes:
        shift: What was added to the logits that were trained, one number a label.
        temperature: What they were divided by then.
        thresholds: Probability above which each of several labels is said; None for one label.
        reasons: How they were chosen, one sentence each.
    """

    shift: tuple[float, ...]
    temperature: float = 1.0
    thresholds: tuple[float, ...] | None = None
    reasons: tuple[str, ...] = ()

    def undone(self, logits: np.ndarray) -> np.ndarray:
        """Returns the logits that were trained from those of the decision, shape (rows, labels)."""
        return logits * self.temperature - np.array(self.shift)

    def to_dict(self) -> dict[str, Any]:
        """Returns the decision as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Reads what ``to_dict`` wrote."""
        thresholds = values["thresholds"]
        return cls(
            tuple(values["shift"]),
            values["temperature"],
            None if thresholds is None else tuple(thresholds),
            tuple(values["reasons"]),
        )
