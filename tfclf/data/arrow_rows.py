"""Columns of rows on disk, read as they are asked for; a few rows stay in memory."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from tfclf.data.mapped_files import let_go, map_file

BYTES_AT_ONCE = 2**23  # of rows that are read together
MANY = 100  # rows, from which on it pays to let their pages go


class ArrowRows:
    """Rows of an Arrow table, in any order; a table that is mapped from disk stays there.

    ``rows[7]`` is a dict of values, ``rows[7:9]`` one of lists, and ``rows["text"]`` a list.

    Args:
        table: The columns.
        indices: Which of its rows, in order, shape (rows,); None takes all as they stand.
        mappings: The files that the table is mapped from.

    Example:
    >>> rows = ArrowRows.of({"text": ["a", "b", "c"], "position": [2, 3, 4]})
    >>> rows[1], rows.select(np.array([2, 0]))["text"]
    ({'text': 'b', 'position': 3}, ['c', 'a'])
    """

    def __init__(
        self,
        table: pa.Table,
        indices: np.ndarray | None = None,
        mappings: tuple[mmap.mmap, ...] = (),
    ):
        self._table = table
        self._mappings = mappings
        self._indices = indices
        self._batches = table.to_batches()
        self._ends = np.cumsum([batch.num_rows for batch in self._batches], dtype="int64")

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[Any]]) -> ArrowRows:
        """Makes rows in memory from columns of one length."""
        return cls(pa.table({name: list(values) for name, values in columns.items()}))

    @classmethod
    def mapped(cls, path: str | os.PathLike[str]) -> ArrowRows:
        """Maps an Arrow stream file; it may be removed while it is read."""
        mapping = map_file(path)
        table = pa.ipc.open_stream(pa.py_buffer(mapping)).read_all()
        return cls(table, mappings=(mapping,))

    @classmethod
    def written(cls, batches: Iterator[list[pa.Array]], schema: pa.Schema) -> ArrowRows:
        """Writes batches to a file without a name and maps it.

        One batch alone stays in memory, where it is already: for a single text the file would take
        as long as the model.

        Args:
            batches: The columns of some rows after the other.
            schema: Names and types of the columns.
        """
        first = pa.RecordBatch.from_arrays(next(batches), schema=schema)
        second = next(batches, None)
        if second is None:
            return cls(pa.Table.from_batches([first]))
        handle, path = tempfile.mkstemp(prefix="tfclf-rows-", suffix=".arrow")
        os.close(handle)
        try:
            with pa.OSFile(path, "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
                writer.write_batch(first)
                for arrays in chain([second], batches):
                    writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
            return cls.mapped(path)
        finally:
            # The mapped pages stay readable, and the disk is freed with the last reader.
            os.unlink(path)

    def __len__(self) -> int:
        return self._table.num_rows if self._indices is None else len(self._indices)

    @property
    def at_once(self) -> int:
        """How many rows are read together: at least one, and fewer where a batch has long ones."""
        sizes = [batch.nbytes // max(batch.num_rows, 1) for batch in self._batches]
        return max(1, BYTES_AT_ONCE // max([1, *sizes]))

    @property
    def column_names(self) -> list[str]:
        """The names of the columns."""
        return list(self._table.column_names)

    def __getitem__(self, key: int | slice | str) -> Any:
        """Returns a row by its number, some by a slice, or a column by its name."""
        if isinstance(key, str):
            return self._read(range(len(self)), [key])[key]
        rows = range(len(self))[key]
        if isinstance(rows, range):
            return self._read(rows, self.column_names)
        found = self._read(range(rows, rows + 1), self.column_names)
        return {name: values[0] for name, values in found.items()}

    def select(self, indices: np.ndarray) -> ArrowRows:
        """Returns some of the rows, in the order of ``indices``, shape (rows,); nothing is copied.

        Raises:
            IndexError: There is no such row.
        """
        every = np.arange(len(self)) if self._indices is None else self._indices
        return ArrowRows(self._table, every[indices], self._mappings)

    def joined(self, more: ArrowRows) -> ArrowRows:
        """Returns these rows with others of the same columns behind them."""
        own, their = (np.arange(len(rows._table)) if rows._indices is None else rows._indices
                      for rows in (self, more))  # fmt: skip
        table = pa.concat_tables([self._table, more._table])
        indices = np.concatenate([own, len(self._table) + their])
        return ArrowRows(table, indices, self._mappings + more._mappings)

    def _read(self, rows: range, columns: list[str]) -> dict[str, list[Any]]:
        if self._indices is None and rows.step == 1:
            found = dict(self._table.select(columns).slice(rows.start, len(rows)).to_pydict())
        else:
            wanted = np.arange(len(self)) if self._indices is None else self._indices
            found = self._gathered(wanted[rows.start : rows.stop : rows.step], columns)
        if len(rows) > MANY:
            let_go(*self._mappings)
        return found

    def _gathered(self, wanted: np.ndarray, columns: list[str]) -> dict[str, list[Any]]:
        """Reads rows in the order of the table, and returns them in that of ``wanted``."""
        order = np.argsort(wanted, kind="stable")
        ascending = wanted[order]
        batch_of = np.searchsorted(self._ends, ascending, "right")
        found: dict[str, list[Any]] = {name: [] for name in columns}
        for number in np.unique(batch_of):
            batch = self._batches[number]
            inside = ascending[batch_of == number] - (self._ends[number] - batch.num_rows)
            for name in columns:
                found[name] += batch.column(name).take(pa.array(inside)).to_pylist()
        places = np.argsort(order, kind="stable").tolist()
        return {name: [values[i] for i in places] for name, values in found.items()}
