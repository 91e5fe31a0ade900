"""Anything that holds rows -> records: a file, standard input, or an object in memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tfclf.data.columns import Layout, Record, check_columns
from tfclf.data.formats import (
    TEXT_ONLY,
    UNIT,
    file_records,
    format_of,
    standard_input_records,
)
from tfclf.errors import ArgumentError, DataError

if TYPE_CHECKING:
    import datasets

READ_AT_ONCE = 10_000  # rows


class Source(NamedTuple):
    """Where records come from.

    Attributes:
        records: The records.
        name: Name of the file or object, for messages.
        unit: What positions count: ``"line"``, ``"row"`` or ``"index"``.
        textual: Whether the source has text only, where lists and numbers are spelt out.
        declared: Label names by id for each column where the source declares them.
    """

    records: Iterator[Record]
    name: str
    unit: str
    textual: bool = False
    declared: dict[str, tuple[str, ...]] = {}  # noqa: RUF012


def open_source(source: Any, wanted: Layout, standard_input_format: str | None) -> Source:
    """Opens a source of rows.

    Args:
        source: A path, ``"-"``, a ``datasets.Dataset``, a pandas ``DataFrame``, a tuple of as many
            sequences as columns are wanted, or one sequence where one column is.
        wanted: Which columns to read.
        standard_input_format: Suffix that names the format of standard input.

    Raises:
        ArgumentError: A format of standard input is given, and the source is another.
        DataError: The source is none of these, or a column is not there.
    """
    if isinstance(source, str) and source == "-":
        suffix = standard_input_format
        records = standard_input_records(wanted, suffix)
        return Source(
            records, "standard input", UNIT.get(suffix or "", "line"), suffix in TEXT_ONLY
        )
    if standard_input_format is not None:
        raise ArgumentError(
            f"--format {standard_input_format.removeprefix('.')} is for standard input, "
            f"and {source} says its format by its name",
            remedy="Leave --format out, or read the file as -.",
        )
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        suffix = format_of(path)
        records = file_records(path, wanted)
        return Source(records, str(path), UNIT.get(suffix, "line"), suffix in TEXT_ONLY)
    if _is_dataset(source):
        check_columns(source.column_names, wanted, "Dataset")
        return Source(
            _dataset_records(source, wanted), "Dataset", "index", declared=_declared(source)
        )
    if type(source).__module__.startswith("pandas") and hasattr(source, "columns"):
        check_columns(list(source.columns), wanted, "DataFrame")
        values = [source.get(name) for name in wanted.needed]
        return Source(_records(values, len(source)), "DataFrame", "index")
    if len(wanted.needed) == 1 and isinstance(source, Sequence):
        return Source(_records([source], len(source)), "texts", "index")
    if isinstance(source, tuple) and len(source) == len(wanted.needed):
        lengths = [len(values) for values in source]
        if len(set(lengths)) > 1:
            told = ", ".join(
                f"{length} of {name!r}" for name, length in zip(wanted.needed, lengths, strict=True)
            )
            raise DataError(f"expected as many of each, got {told}")
        return Source(_records(source, lengths[0]), f"({', '.join(wanted.needed)})", "index")
    raise DataError(
        f"cannot read rows from {type(source).__name__}",
        remedy="Give a path, a datasets.Dataset, a pandas DataFrame or a tuple of "
        f"{len(wanted.needed)} lists: {', '.join(wanted.needed)}.",
    )


def _is_dataset(source: Any) -> bool:
    """Recognises a ``datasets.Dataset`` without importing the package: whoever has one, has it."""
    package = sys.modules.get("datasets")
    return package is not None and isinstance(source, package.Dataset)


def _records(columns: Sequence[Iterable[Any] | None], count: int) -> Iterator[Record]:
    """Yields rows of columns, of which some may not be there."""
    filled = [[None] * count if column is None else column for column in columns]
    yield from (Record(i, values) for i, values in enumerate(zip(*filled, strict=True)))


def _dataset_records(dataset: datasets.Dataset, wanted: Layout) -> Iterator[Record]:
    found = [name for name in wanted.needed if name in dataset.column_names]
    dataset = dataset.select_columns(found).with_format(None)
    for start in range(0, len(dataset), READ_AT_ONCE):
        batch = dataset[start : start + READ_AT_ONCE]
        count = len(batch[found[0]])
        for i, record in enumerate(_records([batch.get(name) for name in wanted.needed], count)):
            yield Record(start + i, record.values)


def _declared(dataset: datasets.Dataset) -> dict[str, tuple[str, ...]]:
    """Returns the names of ``ClassLabel`` columns, also of lists of them."""
    from datasets import ClassLabel

    names = {}
    for column, feature in dataset.features.items():
        inner = getattr(feature, "feature", feature)
        if isinstance(inner, ClassLabel):
            names[column] = tuple(inner.names)
    return names
