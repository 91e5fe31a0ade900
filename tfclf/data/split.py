"""One file -> training and validation rows, stratified, with equal texts on one side."""

from __future__ import annotations

import numpy as np

from tfclf.data.rows import Rows
from tfclf.errors import ArgumentError

AT_LEAST_FOUR = 4  # a label with this many texts always gives one to validation


def split_rows(rows: Rows, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws validation rows.

    Equal texts go to the same side, also where their labels differ. Each label gives its share of
    distinct texts; one with a single text stays in training. (scikit-learn's stratified splitters
    raise on such labels, and where there are more labels than validation rows.)

    Args:
        rows: The rows.
        share: Share of the texts that goes to validation, in (0, 1).
        seed: Seed of the draw.

    Returns:
        Indices of the training rows and of the validation rows, both ascending.

    Raises:
        ArgumentError: The share is out of range, or leaves validation empty.
    """
    if not 0 < share < 1:
        raise ArgumentError(f"validation share is {share}, expected a share between 0 and 1")
    generator = np.random.default_rng(seed)
    _, first, group = np.unique(rows.fingerprints, return_index=True, return_inverse=True)
    label_of_group = rows.label_codes[first]
    chosen = np.zeros(len(first), bool)
    for members in _members(label_of_group):
        members = generator.permutation(members)
        chosen[members[: _number(len(members), share, generator)]] = True
    # A label all of whose texts count for other labels can lose them all: one goes back.
    labels, first_row = np.unique(rows.label_codes, return_index=True)
    lost = ~np.isin(labels, rows.label_codes[~chosen[group]])
    chosen[group[first_row[lost]]] = False
    in_validation = chosen[group]
    if not in_validation.any():
        raise ArgumentError(
            f"{len(rows)} rows are too few to hold {share:.0%} of them out for validation",
            remedy="Give a validation file (--validation FILE) or more rows.",
        )
    return np.flatnonzero(~in_validation), np.flatnonzero(in_validation)


def _members(labels: np.ndarray) -> list[np.ndarray]:
    """Returns the indices of each label, in the order of the label codes."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _number(count: int, share: float, generator: np.random.Generator) -> int:
    """Returns how many of a label's texts to hold out: their share, rounded up or down by lot."""
    if count == 1:
        return 0
    number = int(np.floor(count * share + generator.random()))
    least = 1 if count >= AT_LEAST_FOUR else 0
    return min(max(number, least), count - 1)
