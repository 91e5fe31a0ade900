"""Rows that an unbalanced quote made part of a text."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import NamedTuple

from tfclf.errors import DataError

MOST = 100  # places to remember, and labels: more are not needed to be sure


class _Suspect(NamedTuple):
    place: str
    labels: tuple[str, ...]
    lines: int


class SwallowedRows:
    """Looks for quoted fields whose lines look like rows of their own.

    A quote that is opened before a text and not closed there goes on to the next quote of the file,
    lines later: that is valid CSV, and all rows between are lost. Such a field is told from a text
    of several lines by each of its lines having the header's number of fields, with a label that
    other rows have.

    Args:
        width: Fields of a row.
        label: Index of the label's field; None where labels are not read, and nothing can be said.
        delimiter: What stands between fields.
    """

    def __init__(self, width: int, label: int | None, delimiter: str):
        self._width, self._label, self._delimiter = width, label, delimiter
        self._suspects: list[_Suspect] = []
        self._labels: set[str] = set()

    def look(self, row: Sequence[str], place: str) -> None:
        """Looks at a row.

        Args:
            row: Its fields.
            place: Where it begins.
        """
        if self._label is None or self._width < 2:
            return
        if len(self._labels) < MOST:
            self._labels.add(row[self._label].strip())
        for index, field in enumerate(row):
            if "\n" in field and len(self._suspects) < MOST:
                lines = field.splitlines()
                labels = self._labels_of(lines, index)
                if labels:
                    self._suspects.append(_Suspect(place, labels, len(lines)))

    def check(self) -> None:
        """Looks at what was remembered, once all rows are read.

        Raises:
            DataError: A field holds rows.
        """
        for place, labels, lines in self._suspects:
            if self._labels.issuperset(labels):
                raise DataError(
                    f"a quote opens here that closes {lines - 1} lines later, "
                    "and each line between looks like a row of its own",
                    where=place,
                    remedy='Close the quote or double it (""), or read the file with --no-quotes.',
                )

    def _labels_of(self, lines: list[str], index: int) -> tuple[str, ...]:
        """Returns the labels of the rows that a field's lines would be; none where they are not."""
        rows = list(csv.reader(lines, delimiter=self._delimiter, quoting=csv.QUOTE_NONE))
        expected = [self._width - index, *[self._width] * (len(rows) - 2), index + 1]
        if [len(row) for row in rows] != expected or self._label is None:
            return ()
        first = rows[0][self._label - index :] if self._label > index else []
        between = [row[self._label] for row in rows[1:-1]]
        last = rows[-1][self._label :] if self._label < index else []
        return tuple(label.strip() for label in (*first[:1], *between, *last[:1]))
