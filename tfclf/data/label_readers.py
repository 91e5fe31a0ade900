"""Values of a label column -> labels, one reader for each task."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfclf.data.columns import SEPARATOR
from tfclf.data.label_values import (
    LabelReader,
    check_no_python_list,
    is_blank,
    is_missing,
    json_list,
    spelt_words,
)
from tfclf.data.targets import Target
from tfclf.errors import ArgumentError, DataError
from tfclf.tasks import Head

FILL_IN = "Fill it in or delete the row."
LARGEST = float(np.finfo("float32").max)  # models count in 32 bits


class TargetReader:
    """Reads the label column of one head, row by row.

    Args:
        head: The head.
        declared: Label names by id where the source declares them.
        textual: Whether the source has text only, where lists and numbers are spelt out.
        separator: What stands between the labels of a list that is spelt out.
        optional: Whether a row may have no label for this head.
    """

    def __init__(
        self,
        head: Head,
        *,
        declared: tuple[str, ...] | None = None,
        textual: bool = False,
        separator: str = SEPARATOR,
        optional: bool = False,
    ):
        self.head, self.separator, self.textual = head, separator, textual
        self.labels = LabelReader(declared, textual=textual)
        self._optional = optional
        self._read = READERS[head.task]
        self._flat: list[Any] = []
        self._ends = [0]
        self._present: list[bool] = []

    def add(self, value: Any, words: Sequence[str] | None, where: Callable[[], str]) -> None:
        """Reads the label of the next row.

        Args:
            value: What stands in the label column.
            words: The words of the row, where it has words.
            where: Names the place of the row.

        Raises:
            DataError: The value is no label of the task.
        """
        here = not (self._optional and self._is_missing(value))
        if here:
            try:
                self._flat += self._read(self, value, words)
            except DataError as error:
                raise DataError(error.what, where=where(), remedy=error.remedy) from None
        self._ends.append(len(self._flat))
        self._present.append(here)

    def target(self) -> Target:
        """Returns what was read."""
        numbers = self._read is read_number
        return Target(
            self.head,
            tuple(self.labels.codes),
            np.array(self._flat, "float64" if numbers else "int32"),
            np.array(self._ends, "int64"),
            np.array(self._present, bool),
            self.labels.declared,
        )

    def _is_missing(self, value: Any) -> bool:
        if isinstance(value, (list, tuple, np.ndarray)):
            return False
        if is_missing(value) or is_blank(value, self.textual):
            return True
        return self.labels.declared is not None and bool(value == -1)


def read_label(reader: TargetReader, value: Any, words: Sequence[str] | None) -> list[int]:
    """Reads one label."""
    return [reader.labels.code(value)]


def read_label_list(reader: TargetReader, value: Any, words: Sequence[str] | None) -> list[int]:
    """Reads a list of labels, or labels with a separator between them; none may occur twice."""
    if isinstance(value, str):
        parts = value.split(reader.separator)
        spelt = json_list(value)
        if spelt is None:
            check_no_python_list(value)
        value = [part for part in parts if part.strip()] if spelt is None else spelt
    if not isinstance(value, (list, tuple, np.ndarray)):
        raise DataError(
            f"expected a list of labels, got {type(value).__name__} {value!r:.60}",
            remedy="Write a JSON list, [] for a row without labels, "
            f"or labels with {reader.separator!r} between them.",
        )
    codes = [reader.labels.code(label) for label in value]
    if len(set(codes)) < len(codes):
        pairs = zip(value, codes, strict=True)
        twice = next(label for label, code in pairs if codes.count(code) > 1)
        raise DataError(f"the label {twice!r} stands twice in the list", remedy="Delete one.")
    return codes


def read_number(reader: TargetReader, value: Any, words: Sequence[str] | None) -> list[float]:
    """Reads a finite number."""
    if isinstance(value, np.generic):
        value = value.item()
    number = math.nan
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        try:
            number = math.nan if "_" in str(value) else float(value)
        except (ValueError, OverflowError):
            number = math.nan
    if not abs(number) <= LARGEST:
        raise DataError(
            f"expected a finite number, got {type(value).__name__} {value!r:.60}",
            remedy="Correct it or delete the row; labels that are names are another task: "
            "--task single-label.",
        )
    return [number]


def read_tags(reader: TargetReader, value: Any, words: Sequence[str] | None) -> list[int]:
    """Reads one tag a word, as a list or with blanks between them."""
    if isinstance(value, str):
        check_no_python_list(value)
    tags = (json_list(value) or spelt_words(value)) if isinstance(value, str) else value
    if not isinstance(tags, (list, tuple, np.ndarray)):
        raise DataError(
            f"expected a list of tags, got {type(value).__name__} {value!r:.60}", remedy=FILL_IN
        )
    if words is None:
        raise ArgumentError("tags need words", remedy="Declare their column: --tokens COLUMN.")
    if len(tags) != len(words):
        raise DataError(
            f"{len(words)} words, but {len(tags)} tags",
            remedy="Every word has one tag; correct the row or delete it.",
        )
    return [reader.labels.code(tag) for tag in tags]


READERS: dict[str, Callable[[TargetReader, Any, Sequence[str] | None], list[Any]]] = {
    "single-label": read_label,
    "multi-label": read_label_list,
    "regression": read_number,
    "token": read_tags,
}
