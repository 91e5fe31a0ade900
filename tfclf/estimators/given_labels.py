"""Labels as users of scikit-learn hold them <-> the names that a run has for them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import DataConversionWarning

from tfclf.data.label_values import LabelReader
from tfclf.errors import ArgumentError, DataError
from tfclf.estimators.tables import Table, read_table

LISTS = "Lists of labels are another task: TextClassifier(task='multi-label')."
NUMBERS = "Numbers are another task: tfclf train --task regression."
# A truth value is a whole number to Python: it is looked for first.
KINDS = {bool: "truth values", int: "numbers", float: "numbers", str: "strings"}


@dataclass(frozen=True)
class Classes:
    """The classes as they were given, and their names in the run.

    Attributes:
        values: The classes, ascending, shape (classes,).
        names: Their names, in the same order.
        indicator: Whether labels are given as an array of zeros and ones, shape (rows, classes).
    """

    values: np.ndarray
    names: tuple[str, ...]
    indicator: bool = False

    def given(self, answers: Sequence[str]) -> np.ndarray:
        """Returns one label a row as they were given."""
        places = {name: place for place, name in enumerate(self.names)}
        return self.values[[places[name] for name in answers]]

    def given_lists(self, answers: Sequence[Sequence[str]]) -> Any:
        """Returns several labels a row as they were given: lists, or zeros and ones."""
        if self.indicator:
            return self.hot(answers)
        values = dict(zip(self.names, self.values.tolist(), strict=True))
        return [[values[name] for name in row] for row in answers]

    def hot(self, names: Sequence[Sequence[str]]) -> np.ndarray:
        """Returns zeros and ones, shape (rows, classes); names that are unknown are left out."""
        rows = [set(row) for row in names]
        return np.array([[int(name in row) for name in self.names] for row in rows], int).reshape(
            len(rows), len(self.names)
        )

    def columns(self, labels: Sequence[str]) -> list[int]:
        """Returns where each class stands among labels of a run; -1 for one that is not there."""
        places = {name: place for place, name in enumerate(labels)}
        return [places.get(name, -1) for name in self.names]


@dataclass(frozen=True)
class GivenLabels:
    """Labels of rows.

    Attributes:
        names: The name of each row's label, or a list of names.
        classes: The classes.
    """

    names: list[Any]
    classes: Classes

    def __len__(self) -> int:
        return len(self.names)

    @classmethod
    def read(cls, values: Any, task: str) -> GivenLabels:
        """Reads labels.

        Args:
            values: One label a row: a string, whole number or truth value. Or several: a list, or a
                row of zeros and ones, with a column for each label.
            task: ``"single-label"`` or ``"multi-label"``.

        Raises:
            ArgumentError: It is nothing that holds labels, or ``task`` is neither.
            DataError: A label is missing or is none of the task; the message names its row.

        Example:
        >>> GivenLabels.read(np.array([2, 1, 2]), "single-label").classes
        Classes(values=array([1, 2]), names=('1', '2'), indicator=False)
        """
        if task not in READERS:
            raise ArgumentError(
                f"task is {task!r}, expected one of {', '.join(READERS)}",
                remedy="tfclf.train does the other tasks.",
            )
        if values is None:
            raise ArgumentError("TextClassifier requires y to be passed, but the target y is None")
        if task == "multi-label" and hasattr(values, "toarray"):
            values = values.toarray()
        return READERS[task](read_table(values, "y"))


def _one(table: Table) -> GivenLabels:
    """Reads one label a row."""
    if len(table.columns) != 1:
        raise ArgumentError(
            f"y: expected one column of labels, got {len(table.columns)}", remedy=LISTS
        )
    if not table.flat:
        _warn_of_column()
    values = _plain(table.columns[0])
    names = _names(values)
    return GivenLabels(names, _classes(values, names, table.dtype))


def _lists(table: Table) -> GivenLabels:
    """Reads several labels a row."""
    if not table.flat and not isinstance(next(iter(table.columns[0]), None), (list, np.ndarray)):
        return _indicator(table)
    rows = table.columns[0]
    for row, value in enumerate(rows):
        if not isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
            raise DataError(
                f"expected a list of labels, got a {type(value).__name__}: {value!r:.60}",
                where=f"y, index {row}",
                remedy="Pass [] for a row without labels; for one label a row leave out "
                "task='multi-label'.",
            )
    lists = [list(value) for value in rows]
    values = _plain([value for row in lists for value in row])
    places = [row for row, value in enumerate(lists) for _ in value]
    names = _names(values, places)
    ends = np.cumsum([len(row) for row in lists])[:-1]
    split = np.split(np.arange(len(names)), ends) if lists else []
    by_row = [[names[place] for place in part] for part in split]
    return GivenLabels(by_row, _classes(values, names, None))


def _indicator(table: Table) -> GivenLabels:
    """Reads zeros and ones, a column for each label."""
    hot = np.array(table.columns, object).T.reshape(-1, len(table.columns))
    for row, column in zip(*np.nonzero(~np.isin(hot, [0, 1])), strict=True):
        raise DataError(
            f"expected 0 or 1 in each column of labels, got {hot[row, column]!r:.60}",
            where=f"y, index {row}",
        )
    values = np.arange(hot.shape[1]) if table.names is None else np.array(table.names)
    names = _names(values.tolist())
    by_row = [[name for name, one in zip(names, row, strict=True) if one] for row in hot]
    return GivenLabels(by_row, Classes(values, tuple(names), indicator=True))


READERS: dict[str, Callable[[Table], GivenLabels]] = {"single-label": _one, "multi-label": _lists}


def _plain(values: list[Any]) -> list[Any]:
    """Returns values with those of NumPy as Python's own."""
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def _names(values: list[Any], places: Sequence[int] | None = None) -> list[str]:
    """Returns the name of each label, as a run reads them."""
    reader = LabelReader()
    names = []
    for place, value in enumerate(values):
        where = f"y, index {place if places is None else places[place]}"
        if isinstance(value, (list, tuple, set, np.ndarray)):
            raise DataError(f"expected one label, got {value!r:.60}", where=where, remedy=LISTS)
        if isinstance(value, float) and np.isfinite(value) and not value.is_integer():
            raise DataError(
                f"Unknown label type: the fraction {value!r}, expected a string, whole number or "
                "truth value",
                where=where,
                remedy=NUMBERS,
            )
        try:
            names.append(reader.name(value))
        except DataError as error:
            raise DataError(error.what, where=where, remedy="Fill it in or drop the row.") from None
    return names


def _classes(values: list[Any], names: list[str], dtype: np.dtype | None) -> Classes:
    """Returns the classes of labels, in the type that they were given in.

    Raises:
        ArgumentError: They are of several types, or two of them have one name.
    """
    kinds = {next(KINDS[kind] for kind in KINDS if isinstance(value, kind)) for value in values}
    if len(kinds) > 1:
        raise ArgumentError(
            f"y: expected labels of one type, got {' and '.join(sorted(kinds))}",
            remedy="Convert them: [str(label) for label in y].",
        )
    known = dict(zip(values, names, strict=True))
    unique = np.unique(np.array(list(known), dtype))
    by_name: dict[str, Any] = {}
    for value in unique.tolist():
        other = by_name.setdefault(known[value], value)
        if other != value:
            raise ArgumentError(
                f"y: the labels {other!r} and {value!r} have one name, {known[value]!r}",
                remedy="Labels that differ by the space around them are one label: strip it.",
            )
    return Classes(unique, tuple(by_name))


def _warn_of_column() -> None:
    warnings.warn(
        "A column-vector y was passed when a 1d array was expected. Please change the shape of y "
        "to (n_samples,), for example using ravel().",
        DataConversionWarning,
        stacklevel=5,
    )
