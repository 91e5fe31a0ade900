"""How far ours are from theirs, kind by kind; each kind has its tolerance.

The difference of two numbers is absolute where theirs is below 1 and relative above.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

# What is compared, and within what. 1e-5: one pass forward or back in float32. 1e-4: ten steps of
# training, each of which starts where the last one ended. 1e-6: counted, divided. 0: only read.
KINDS = {
    "logits": 1e-5,
    "last hidden state": 1e-5,
    "pooler output": 1e-5,
    "loss": 1e-5,
    "gradient of every weight": 1e-5,
    "losses of ten steps, SGD": 1e-4,
    "logits after ten steps, SGD": 1e-4,
    "losses of ten steps, Adam": 1e-4,
    "logits after ten steps, Adam": 1e-4,
    "weights that both have read": 0.0,
    "logits of their tf_model.h5": 1e-5,
    "logits of their model.safetensors": 1e-5,
    "logits of their sharded model.safetensors": 1e-5,
    "focal loss": 1e-5,
    "gradient of the focal loss": 1e-5,
    "F1": 1e-6,
    "score of the best tags": 1e-5,
}


def difference(found: Any, expected: Any) -> float:
    """Returns the largest ``|found - expected| / max(1, |expected|)``, 0 of nothing.

    Example:
    >>> difference([0.5, 101.0], [0.25, 100.0])
    0.25
    """
    found, expected = np.asarray(found, "float64"), np.asarray(expected, "float64")
    assert found.shape == expected.shape, f"{found.shape} beside their {expected.shape}"
    assert np.isfinite(found).all() and np.isfinite(expected).all()
    return float(np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected)), initial=0))


@dataclass
class Row:
    """The comparisons of one kind: how many, and the largest difference."""

    count: int = 0
    largest: float = 0.0


class Differences:
    """Compares, and keeps the largest difference of each kind."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {kind: Row() for kind in KINDS}

    def compare(self, kind: str, found: Any, expected: Any) -> None:
        """Asserts that ours are as near to theirs as their kind has it.

        Args:
            kind: A row of ``KINDS``.
            found: Ours, or a list of arrays that count as one.
            expected: Theirs, likewise.
        """
        pairs = [(found, expected)]
        if isinstance(found, list):
            pairs = list(zip(found, expected, strict=True))
        largest = max(difference(*pair) for pair in pairs)
        row = self.rows[kind]
        row.count, row.largest = row.count + 1, max(row.largest, largest)
        assert largest <= KINDS[kind], f"{kind}: {largest:.1e}, expected {KINDS[kind]:.0e} at most"

    def table(self) -> list[dict[str, Any]]:
        """Returns the kinds that were compared."""
        return [
            {"kind": kind, "count": row.count, "largest": row.largest, "within": KINDS[kind]}
            for kind, row in self.rows.items()
            if row.count
        ]
