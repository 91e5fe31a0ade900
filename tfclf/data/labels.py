"""Label names <-> label ids, in an order that does not depend on the order of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tfclf.data.rows import Rows
from tfclf.errors import DataError

UNSEEN = -1  # the id of a label that training never had


@dataclass(frozen=True)
class LabelMap:
    """The labels of a task, in the order of their ids.

    Attributes:
        names: The names.

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
    def from_rows(cls, rows: Rows) -> LabelMap:
        """Returns the labels of training rows; a source's own order is kept.

        Raises:
            DataError: There are fewer than two labels.
        """
        if len(rows.label_names) < 2:
            raise DataError(
                f"expected at least two labels, got only {', '.join(map(repr, rows.label_names))}",
                where=rows.source,
                remedy="There is nothing to tell apart: check the label column.",
            )
        if rows.declared_labels is not None:
            return cls(rows.declared_labels)
        return cls.from_names(rows.label_names)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def id2label(self) -> dict[int, str]:
        """Names by id, as in a Hugging Face ``config.json``."""
        return dict(enumerate(self.names))

    def ids(self, rows: Rows) -> np.ndarray:
        """Returns the label id of each row, shape (rows,), int32; ``UNSEEN`` for unknown names."""
        known = {name: i for i, name in enumerate(self.names)}
        by_code = np.array([known.get(name, UNSEEN) for name in rows.label_names], "int32")
        return by_code[rows.label_codes]

    def unseen(self, rows: Rows) -> Counter[str]:
        """Counts the labels of rows that are not in the map."""
        return Counter(
            {name: n for name, n in rows.label_counts.items() if n and name not in self.names}
        )
