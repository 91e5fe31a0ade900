"""A file of any size -> portions of checked rows, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from tfclf.data import Columns, Rows
from tfclf.data.columns import layout
from tfclf.data.rows import inputs_of
from tfclf.data.sources import Source, open_source
from tfclf.errors import DataError

PORTION_ROWS = 8_192
PORTION_CHARACTERS = 2**20  # what bounds the memory, and what an interruption repeats
NO_ROWS = "It is empty, or has a header alone: check where it comes from."
TOLD_EVERY = 10_000  # rows


def portions_of(
    file: str,
    columns: Columns,
    *,
    first: int = 0,
    standard_input_format: str | None = None,
) -> Iterator[Rows]:
    """Reads rows without labels, some thousand at a time.

    Where a portion ends is a function of the rows from ``first`` on alone: it has at most
    ``PORTION_ROWS`` of them, and ends with the one that brings it to ``PORTION_CHARACTERS``.

    Args:
        file: Path of a file, or ``"-"`` for standard input.
        columns: Which columns hold what.
        first: How many rows are passed over.
        standard_input_format: Suffix that names the format of standard input.

    Raises:
        DataError: The file or a row cannot be used; the message names the line.
    """
    wanted = layout(columns, None)
    source = open_source(file, wanted, standard_input_format)
    kinds = [kind for kind, _ in wanted.inputs]
    portion: list[tuple[Any, ...]] = []
    characters, record = 0, None
    for record in islice(source.records, first, None):
        inputs = inputs_of(record, wanted, source)
        portion.append((*inputs, record.position))
        characters += sum(map(_size, inputs))
        if len(portion) >= PORTION_ROWS or characters >= PORTION_CHARACTERS:
            yield _as_rows(portion, kinds, source)
            portion, characters = [], 0
    if portion:
        yield _as_rows(portion, kinds, source)
    elif not record and not first:
        raise DataError("no rows", where=source.name, remedy=NO_ROWS)


def _as_rows(portion: list[tuple[Any, ...]], kinds: list[str], source: Source) -> Rows:
    columns = zip([*kinds, "position"], zip(*portion, strict=True), strict=True)
    return Rows.unlabelled(dict(columns), source.name, source.unit)


def _size(value: str | list[str]) -> int:
    """Returns the characters of a text, or of words with what separates them."""
    return len(value) if isinstance(value, str) else sum(map(len, value)) + len(value)


def count_checked(
    file: str, columns: Columns, progress: Callable[[int], object] | None = None
) -> int:
    """Reads a whole file, keeps nothing, and returns the number of its rows.

    Args:
        file: Its path.
        columns: Which columns hold what.
        progress: Called with the number of rows now and then.

    Raises:
        DataError: The file or a row cannot be used, or there is none.
    """
    wanted = layout(columns, None)
    source = open_source(file, wanted, None)
    count = 0
    has_second = columns.text_pair is None
    for record in source.records:
        inputs = inputs_of(record, wanted, source)
        has_second = has_second or bool(inputs[-1].strip())
        count += 1
        if progress is not None and count % TOLD_EVERY == 0:
            progress(count)
    if not count:
        raise DataError("no rows", where=source.name, remedy=NO_ROWS)
    if not has_second:
        raise DataError(
            f"the column {columns.text_pair!r} of the second texts is empty",
            where=source.name,
            remedy="Declare the column that has them: --text-pair COLUMN.",
        )
    return count
