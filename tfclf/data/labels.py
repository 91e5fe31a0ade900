"""Label names <-> label ids, in an order that does not depend on the order of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tfclf.data.rows import Rows
from tfclf.data.targets import Target
from tfclf.errors import DataError

UNSEEN = -1  # the id of a label that training never had

CHECK_COLUMN = "There is nothing to tell apart: check the label column."
LEAST = {"single-label": 2, "multi-label": 1, "token": 2}  # labels that a task needs


@dataclass(frozen=True)
class LabelMap:
    """The labels of a task, in the order of their ids.

    Attributes:
        names: The names; empty where labels are numbers.

    Example:
    >>> LabelMap.from_names(["10", "9", "10"]).names
    ('9', '10')
    >>> LabelMap.from_names(["spam", "ham"]).id2label
    {0: 'ham', 1: 'spam'}
    """

    names: tuple[str, ...]

    @classmethod
    def from_names(cls, names: Iterable[str]) -> LabelMap:
        """Orders names: whole numbers by value, everything else by code point."""
        unique = set(names)
        whole = all(name.removeprefix("-").isdecimal() and name.isascii() for name in unique)
        return cls(tuple(sorted(unique, key=lambda name: (int(name) if whole else 0, name))))

    @classmethod
    def from_rows(cls, rows: Rows, head: str | None = None) -> LabelMap:
        """Returns the labels of training rows; a source's own order is kept.

        Args:
            rows: The rows.
            head: Name of the head, where there are several.

        Raises:
            DataError: No row has a label, or there are too few different ones to tell apart.
        """
        target = rows.target if head is None else rows.targets[head]
        if not target.present.any():
            raise DataError(
                f"no row has a label for {target.head.name!r}, "
                f"in the column {target.head.label_column!r}",
                where=rows.source,
                remedy="Check the column, or leave this head out.",
            )
        _check_different(target, rows.source)
        if target.head.task not in LEAST:
            return cls(())
        least = LEAST[target.head.task]
        if len(target.names) < least:
            raise DataError(
                f"expected at least {'two labels' if least == 2 else 'one label'}, got only "
                f"{', '.join(map(repr, target.names)) or 'rows without any'}",
                where=rows.source,
                remedy=CHECK_COLUMN,
            )
        return cls(target.declared) if target.declared else cls.from_names(target.names)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def id2label(self) -> dict[int, str]:
        """Names by id, as in a Hugging Face ``config.json``."""
        return dict(enumerate(self.names))

    def ids(self, labels: Rows | Target) -> np.ndarray:
        """Returns the id of each label, int32; ``UNSEEN`` for unknown names.

        Args:
            labels: Rows with one head, or the labels of a head.

        Returns:
            Shape (rows,) where each row has one label, else one id a label, one row's behind the
            other's.
        """
        target = labels.target if isinstance(labels, Rows) else labels
        known = {name: i for i, name in enumerate(self.names)}
        by_code = np.array([known.get(name, UNSEEN) for name in target.names], "int32")
        return by_code[target.flat] if len(target.flat) else np.empty(0, "int32")

    def unseen(self, labels: Rows | Target) -> Counter[str]:
        """Counts the labels that are not in the map."""
        target = labels.target if isinstance(labels, Rows) else labels
        return Counter(
            {name: n for name, n in target.label_counts.items() if n and name not in self.names}
        )


def _check_different(target: Target, source: str) -> None:
    """Raises where all rows have one number, or each has every label."""
    rows = int(target.present.sum())
    what = None
    if target.head.task == "regression" and rows > 1 and len(np.unique(target.flat)) == 1:
        what = f"every row has the number {target.flat[0]:g}"
    if target.head.task == "multi-label" and rows > 1 and target.names:
        if len(target.flat) == rows * len(target.names):
            what = f"every row has every label: {', '.join(map(repr, target.names[:8]))}"
    if what is not None:
        raise DataError(what, where=source, remedy=CHECK_COLUMN)
