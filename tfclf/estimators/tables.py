"""Lists, arrays, series and frames -> plain columns, without importing who made them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any, NamedTuple

import numpy as np

from tfclf.errors import ArgumentError

KNOWN = (
    "a list, a NumPy array, a series or a frame of pandas or polars, an Arrow array or table, "
    "or a datasets.Dataset"
)


class Table(NamedTuple):
    """Columns of equal length.

    Attributes:
        columns: The values of each column.
        names: Their names, where the source has names.
        dtype: The type of a NumPy array's values; None for other sources.
        flat: Whether the source has one dimension.
    """

    columns: list[list[Any]]
    names: tuple[Any, ...] | None = None
    dtype: np.dtype | None = None
    flat: bool = True


def read_table(values: Any, what: str) -> Table:
    """Returns the columns of anything that holds rows.

    Args:
        values: ``KNOWN`` says what is read.
        what: Name of the argument, for messages.

    Raises:
        ArgumentError: It is none of these, or has no rows and columns.

    Example:
    >>> read_table(np.array([["a", "b"], ["c", "d"]]), "X").columns
    [['a', 'c'], ['b', 'd']]
    """
    if isinstance(values, (str, bytes)):
        raise ArgumentError(f"{what}: expected a list, got one string", remedy="Pass [text].")
    if hasattr(values, "tocsr"):
        raise ArgumentError(
            f"{what}: expected texts or labels, got a sparse {type(values).__name__}",
            remedy="Texts are read as they are: leave the vectorizer out. A dense array of labels "
            "is y.toarray().",
        )
    read = FRAMES.get(type(values).__module__.partition(".")[0])
    table = read(values) if read else None
    if table is not None:
        return table
    if not isinstance(values, np.ndarray) and hasattr(values, "__array__"):
        values = np.asarray(values)
    if isinstance(values, np.ndarray):
        return _of_array(values, what)
    unordered = isinstance(values, (Mapping, Set, Iterator))
    if unordered or not (hasattr(values, "__len__") and hasattr(values, "__iter__")):
        raise ArgumentError(f"{what}: cannot be read from a {type(values).__name__}, pass {KNOWN}")
    return Table([list(values)])


def _of_array(values: np.ndarray, what: str) -> Table:
    if values.ndim not in (1, 2):
        raise ArgumentError(
            f"{what}: expected one or two dimensions, got an array of the shape {values.shape}",
            remedy="Reshape it: a row is a text, or a pair of texts. (sklearn: Found array with "
            f"dim {values.ndim}, expected <= 2.)",
        )
    columns = values[:, None] if values.ndim == 1 else values
    return Table([column.tolist() for column in columns.T], None, values.dtype, values.ndim == 1)


def _of_pandas(values: Any) -> Table | None:
    if not hasattr(values, "columns"):
        return Table([values.tolist()]) if hasattr(values, "tolist") else None
    columns = [values.iloc[:, place].tolist() for place in range(values.shape[1])]
    return Table(columns, tuple(values.columns), flat=False)


def _of_polars(values: Any) -> Table | None:
    if hasattr(values, "collect"):
        raise ArgumentError("got a polars LazyFrame", remedy="Pass frame.collect().")
    if hasattr(values, "get_columns"):
        columns = [column.to_list() for column in values.get_columns()]
        return Table(columns, tuple(values.columns), flat=False)
    return Table([values.to_list()]) if hasattr(values, "to_list") else None


def _of_arrow(values: Any) -> Table | None:
    if hasattr(values, "column_names"):
        columns = [column.to_pylist() for column in values.columns]
        return Table(columns, tuple(values.column_names), flat=False)
    return Table([values.to_pylist()]) if hasattr(values, "to_pylist") else None


def _of_datasets(values: Any) -> Table | None:
    if not hasattr(values, "column_names"):
        return None
    names = tuple(values.column_names)
    return Table([list(values[name]) for name in names], names, flat=False)


# Readers of what packages have, by the package: whoever has one of these has it imported.
FRAMES = {
    "pandas": _of_pandas,
    "polars": _of_polars,
    "pyarrow": _of_arrow,
    "datasets": _of_datasets,
}
