"""Texts as users of scikit-learn hold them -> lists of strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tfclf.data.label_values import is_missing
from tfclf.errors import ArgumentError, DataError
from tfclf.estimators.tables import read_table

SELECT = "Select them: frame[['text']], or for pairs frame[['text_a', 'text_b']]."


@dataclass(frozen=True)
class GivenTexts:
    """Texts, or pairs of texts.

    Attributes:
        columns: The texts, and where there are pairs the second texts.
        names: Names of the columns where a frame had some.
    """

    columns: tuple[list[str], ...]
    names: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def pairs(self) -> bool:
        """Whether each row has two texts."""
        return len(self.columns) == 2

    @classmethod
    def read(cls, values: Any) -> GivenTexts:
        """Reads texts.

        Args:
            values: One text a row: a list, an array of the shape (rows,) or (rows, 1), a series, a
                frame of one column. Or a pair: a list of tuples, an array of the shape (rows, 2), a
                frame of two columns.

        Raises:
            ArgumentError: It is nothing that holds texts.
            DataError: A text is missing or is none; the message names its row.

        Example:
        >>> GivenTexts.read([("Where is it?", "It is here."), ("Why?", "Because.")]).columns
        (['Where is it?', 'Why?'], ['It is here.', 'Because.'])
        """
        table = read_table(values, "X")
        columns = table.columns
        if isinstance(values, list) and columns[0] and isinstance(columns[0][0], (tuple, list)):
            columns = _of_pairs(values)
        if len(columns) not in (1, 2):
            names = "" if table.names is None else f" ({', '.join(map(str, table.names))})"
            raise ArgumentError(
                f"X: expected one column of texts, or two of pairs, got {len(columns)}{names}",
                remedy=SELECT,
            )
        for column in columns:
            _check(column)
        names = table.names
        named = names is not None and all(isinstance(name, str) for name in names)
        return cls(tuple(columns), tuple(names) if names and named else None)

    def check_against(self, labels: list[Any]) -> None:
        """Raises where a column of a pair is the labels: they would be read, and tell all.

        Raises:
            ArgumentError: It is.
        """
        for place, column in enumerate(self.columns):
            if self.pairs and column == labels:
                name = place if self.names is None else repr(self.names[place])
                raise ArgumentError(
                    f"X: two columns are a pair of texts, and the column {name} is the labels",
                    remedy="Leave it out of X: frame[['text']].",
                )


def _of_pairs(values: list[Any]) -> list[list[Any]]:
    """Returns first and second texts of a list of pairs."""
    for row, value in enumerate(values):
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            length = f" of {len(value)}" if isinstance(value, (tuple, list)) else ""
            raise DataError(
                f"expected a pair of texts as in the rows before, got {_told(value)}{length}"
                if row
                else f"expected a text or a pair of texts, got {_told(value)}{length}",
                where=f"X, index {row}",
                remedy="Pass [text, ...] or [(text, second_text), ...].",
            )
    return [list(column) for column in zip(*values, strict=True)]


def _check(texts: list[Any]) -> None:
    """Raises at the first value that is no text."""
    for row, text in enumerate(texts):
        if isinstance(text, str):
            continue
        where = f"X, index {row}"
        if is_missing(text):
            raise DataError(
                f"the text is missing (got {text!r})",
                where=where,
                remedy="Drop the row, or fill it with an empty text.",
            )
        remedy = "Decode it." if isinstance(text, bytes) else "Texts are read as they are."
        raise DataError(f"expected a text, got {_told(text)}", where=where, remedy=remedy)


def _told(value: Any) -> str:
    return f"{type(value).__name__} {value!r:.60}"
