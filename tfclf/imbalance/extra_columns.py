"""Columns that stand beside text and label, and that no model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfclf.data import Columns
from tfclf.data.columns import Layout
from tfclf.data.label_values import is_missing
from tfclf.data.sources import open_source
from tfclf.errors import ArgumentError


class _AnyColumns(Layout):
    """Columns each of which a source may lack."""

    @property
    def optional(self) -> tuple[str, ...]:
        """All of them."""
        return self.needed


def extra_columns(
    source: Any, names: Sequence[str], columns: Columns
) -> dict[str, list[Any] | None]:
    """Reads further columns of a source that ``read_rows`` has read, which keeps none of them.

    Args:
        source: A file, a ``datasets.Dataset`` or a pandas ``DataFrame``.
        names: The columns to read.
        columns: Which columns hold what; the text is read along, for a column that is there.

    Returns:
        The values of each column, as many as ``read_rows`` gave rows, None for a missing one; None
        instead of all for a column that is not there, or has no value at all.

    Raises:
        ArgumentError: The source is standard input, which cannot be read twice.
        DataError: The source cannot be read.

    Example:
    >>> import pandas
    >>> table = pandas.DataFrame({"text": ["a", "b"], "model": ["m1", "m2"]})
    >>> extra_columns(table, ["model", "prompt"], Columns())
    {'model': ['m1', 'm2'], 'prompt': None}
    """
    check_read_twice(source)
    asked = tuple(dict.fromkeys((columns.text, *names)))
    wanted = _AnyColumns(tuple(("text", name) for name in asked), (), columns.quotes)
    found: dict[str, list[Any]] = {name: [] for name in asked}
    for record in open_source(source, wanted, None).records:
        for name, value in zip(asked, record.values, strict=True):
            found[name].append(None if is_missing(value) else value)
    return {
        name: found[name] if any(value is not None for value in found[name]) else None
        for name in names
    }


def check_read_twice(source: Any) -> None:
    """Raises where a source is standard input, of which nothing is left for a second reading."""
    if isinstance(source, str) and source == "-":
        raise ArgumentError(
            "rows made by others cannot be read from standard input", remedy="Give a file."
        )
