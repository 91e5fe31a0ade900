"""One file -> training and validation rows, stratified, with equal texts on one side."""

from __future__ import annotations

import numpy as np

from tfclf.data.rows import Rows
from tfclf.errors import ArgumentError

AT_LEAST_FOUR = 4  # a label with this many texts always gives one to validation


def split_rows(rows: Rows, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws validation rows.

    Equal texts go to the same side, also where their labels differ. Each label gives its share of
    distinct texts, of several labels the rarest one, of numbers each tenth; a label with a single
    text stays in training, and no label leaves it. (scikit-learn's stratified splitters raise on
    such labels, and where there are more labels than validation rows.)

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
    chosen = np.zeros(len(first), bool)
    for members in _members(_strata(rows)[first]):
        members = generator.permutation(members)
        chosen[members[: _number(len(members), share, generator)]] = True
    _give_back(rows, chosen, group)
    in_validation = chosen[group]
    if not in_validation.any():
        raise ArgumentError(
            f"{len(rows)} rows are too few to hold {share:.0%} of them out for validation"
            f"{_why_too_few(rows, len(first))}",
            where=rows.source,
            remedy="Give a validation file (--validation FILE) or more rows, or hold "
            "none out: --validation-share 0 (validation_share=0).",
        )
    return np.flatnonzero(~in_validation), np.flatnonzero(in_validation)


def fold_rows(rows: Rows, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Deals rows into folds, each of which is held out once.

    Equal texts are in one fold. The distinct texts of each label are dealt out one by one, of
    several labels the rarest one, of numbers each tenth; a label with a single text is never held
    out, and no label leaves the training rows.

    Args:
        rows: The rows.
        folds: How many, at least 2.
        seed: Seed of the draw.

    Returns:
        For each fold the indices of the training rows and of the validation rows, both ascending.

    Raises:
        ArgumentError: There are fewer than two folds, or too few texts for so many.
    """
    if folds < 2:
        raise ArgumentError(f"folds is {folds}, expected a whole number >= 2")
    generator = np.random.default_rng(seed)
    _, first, group = np.unique(rows.fingerprints, return_index=True, return_inverse=True)
    fold_of, dealt = np.full(len(first), -1), 0
    for members in _members(_strata(rows)[first]):
        if len(members) > 1:
            fold_of[generator.permutation(members)] = (dealt + np.arange(len(members))) % folds
            dealt += len(members)
    found = []
    for fold in range(folds):
        chosen = fold_of == fold
        _give_back(rows, chosen, group)
        in_validation = chosen[group]
        if not in_validation.any():
            raise ArgumentError(
                f"{len(rows)} rows are too few for {folds} folds{_why_too_few(rows, len(first))}",
                where=rows.source,
                remedy="Give more rows, or ask for fewer folds.",
            )
        found.append((np.flatnonzero(~in_validation), np.flatnonzero(in_validation)))
    return found


def _give_back(rows: Rows, chosen: np.ndarray, group: np.ndarray) -> None:
    """Gives one text back of each label that would lose all of them to validation.

    That can happen to a label all of whose texts count for other labels.

    Args:
        rows: The rows.
        chosen: Whether a distinct text is held out, shape (texts,); changed in place.
        group: The distinct text of each row, shape (rows,).
    """
    for target in rows.targets.values():
        if target.names:
            rows_of = np.repeat(np.arange(len(rows)), np.diff(target.offsets))
            labels, first_place = np.unique(target.flat, return_index=True)
            lost = ~np.isin(labels, target.flat[~chosen[group[rows_of]]])
            chosen[group[rows_of[first_place[lost]]]] = False


def _why_too_few(rows: Rows, num_texts: int) -> str:
    """Says what is few, where it is not the rows."""
    if num_texts == 1 and len(rows) > 1:
        return ": all texts are the same"
    if num_texts < len(rows) / 2:
        return f": they have {num_texts} different texts"
    num_labels = max(len(target.names) for target in rows.targets.values())
    return f": they have {num_labels} labels" if num_labels > len(rows) / 4 else ""


def _strata(rows: Rows) -> np.ndarray:
    """Returns the stratum of each row: that of the first head for which it has labels."""
    strata = np.full(len(rows), -1, "int64")
    for number, target in enumerate(rows.targets.values()):
        own = target.strata()
        free = (strata < 0) & (own >= 0)
        strata[free] = own[free] + 1_000_000 * number  # heads have strata of their own
    return strata


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
