"""Any source of rows -> validated rows in an Arrow file on disk, however many there are."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa

from tfclf.data.formats import (
    TEXT_ONLY,
    UNIT,
    Columns,
    Record,
    check_columns,
    file_records,
    format_of,
    standard_input_records,
)
from tfclf.data.label_values import LabelReader, is_missing, without_surrogates
from tfclf.errors import ArgumentError, DataError

WRITTEN_AT_ONCE = 10_000  # rows
SCHEMA = pa.schema([("text", pa.string()), ("position", pa.int64())])
EMPTY_TEXT = ("keep", "drop")


@dataclass(frozen=True)
class Rows:
    """Rows whose texts are on disk and whose labels are in memory (4 bytes a row).

    Attributes:
        dataset: Arrow table with the columns ``text`` and ``position``.
        source: Name of the file or object, for messages.
        unit: What a position counts: ``"line"``, ``"row"`` or ``"index"``.
        label_names: The labels that occur, in order of first occurrence; empty without labels.
        label_codes: Index into ``label_names`` of each row, shape (rows,), int32.
        fingerprints: A 64-bit hash of each text, shape (rows,), equal for equal texts.
        declared_labels: Names in the order of their ids, where the source declares them.
        num_empty: Rows without text.
        num_dropped: Rows left out because they have no text.
    """

    dataset: datasets.Dataset
    source: str
    unit: str
    label_names: tuple[str, ...]
    label_codes: np.ndarray
    fingerprints: np.ndarray
    declared_labels: tuple[str, ...] | None
    num_empty: int
    num_dropped: int

    def __len__(self) -> int:
        return len(self.dataset)

    @property
    def labelled(self) -> bool:
        """Whether the rows have labels."""
        return bool(self.label_names)

    @property
    def label_counts(self) -> dict[str, int]:
        """How often each label occurs."""
        counts = np.bincount(self.label_codes, minlength=len(self.label_names))
        return dict(zip(self.label_names, counts.tolist(), strict=True))

    def where(self, index: int) -> str:
        """Names the place of a row, such as ``train.csv, line 7``."""
        return f"{self.source}, {self.unit} {self.dataset[index]['position']}"

    def labels(self) -> list[str]:
        """Returns the label of each row."""
        return [self.label_names[code] for code in self.label_codes]

    def texts(self, size: int = WRITTEN_AT_ONCE) -> Iterator[list[str]]:
        """Yields the texts in order, some at a time."""
        for start in range(0, len(self), size):
            yield self.dataset[start : start + size]["text"]

    def select(self, indices: np.ndarray) -> Rows:
        """Returns some of the rows, in the order of ``indices``; texts are not copied."""
        return Rows(
            self.dataset.select(indices),
            self.source,
            self.unit,
            self.label_names,
            self.label_codes[indices] if self.labelled else self.label_codes,
            self.fingerprints[indices],
            self.declared_labels,
            self.num_empty,
            self.num_dropped,
        )


def read_rows(
    source: Any,
    *,
    columns: Columns | None = None,
    empty_text: str = "keep",
    standard_input_format: str | None = None,
) -> Rows:
    """Reads rows from a file or an object, checks each one, and leaves them on disk.

    Args:
        source: Path of a .csv, .tsv, .jsonl, .parquet or .txt file, each also .gz; ``"-"`` for
            standard input; a ``datasets.Dataset``; a pandas ``DataFrame``; a pair of sequences
            ``(texts, labels)``; or a sequence of texts where ``columns.label`` is None.
        columns: Which columns hold what.
        empty_text: ``"keep"`` or ``"drop"``: what becomes of rows without text. Both are counted.
        standard_input_format: Suffix that names the format of standard input.

    Returns:
        The rows.

    Raises:
        DataError: The source, a column or a row cannot be used; the message names the place.

    Example:
    >>> rows = read_rows((["Where is it?", "It broke."], ["question", "bug"]))
    >>> len(rows), rows.label_counts
    (2, {'question': 1, 'bug': 1})
    """
    columns = columns or Columns()
    if empty_text not in EMPTY_TEXT:
        raise ArgumentError(
            f"empty_text is {empty_text!r}, expected one of {', '.join(EMPTY_TEXT)}"
        )
    records, name, unit, reader = _open(source, columns, standard_input_format)
    rows = _write(records, name, unit, columns, reader if columns.label else None, empty_text)
    if not len(rows):
        raise DataError(
            "no rows" + (f" but {rows.num_dropped} without text" if rows.num_dropped else ""),
            where=name,
        )
    return rows


def _open(
    source: Any, columns: Columns, standard_input_format: str | None
) -> tuple[Iterator[Record], str, str, LabelReader]:
    """Returns the records of a source, its name, what positions count, and its label reader."""
    if isinstance(source, str) and source == "-":
        records = standard_input_records(columns, standard_input_format)
        unit = UNIT.get(standard_input_format or "", "line")
        textual = standard_input_format in TEXT_ONLY
        return records, "standard input", unit, LabelReader(textual=textual)
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        suffix = format_of(path)
        reader = LabelReader(textual=suffix in TEXT_ONLY)
        return file_records(path, columns), str(path), UNIT.get(suffix, "line"), reader
    if isinstance(source, datasets.Dataset):
        check_columns(source.column_names, columns, "Dataset")
        feature = source.features.get(columns.label)
        names = tuple(feature.names) if isinstance(feature, datasets.ClassLabel) else None
        return _dataset_records(source, columns), "Dataset", "index", LabelReader(names)
    if type(source).__module__.startswith("pandas") and hasattr(source, "columns"):
        check_columns(list(source.columns), columns, "DataFrame")
        values = [source[name] for name in columns.needed]
        return _sequence_records(*values), "DataFrame", "index", LabelReader()
    if columns.label is None and isinstance(source, Sequence):
        return _sequence_records(source), "texts", "index", LabelReader()
    if isinstance(source, tuple) and len(source) == 2:
        texts, labels = source
        if len(texts) != len(labels):
            raise DataError(f"{len(texts)} texts, but {len(labels)} labels")
        return _sequence_records(texts, labels), "(texts, labels)", "index", LabelReader()
    raise DataError(
        f"cannot read rows from {type(source).__name__}",
        remedy="Give a path, a datasets.Dataset, a pandas DataFrame or (texts, labels).",
    )


def _dataset_records(dataset: datasets.Dataset, columns: Columns) -> Iterator[Record]:
    dataset = dataset.select_columns(list(columns.needed)).with_format(None)
    for start in range(0, len(dataset), WRITTEN_AT_ONCE):
        batch = dataset[start : start + WRITTEN_AT_ONCE]
        labels = batch[columns.label] if columns.label else [None] * len(batch[columns.text])
        for i, (text, label) in enumerate(zip(batch[columns.text], labels, strict=True)):
            yield Record(start + i, text, label)


def _sequence_records(
    texts: Iterable[Any], labels: Iterable[Any] | None = None
) -> Iterator[Record]:
    if labels is None:
        yield from (Record(i, text, None) for i, text in enumerate(texts))
    else:
        pairs = zip(texts, labels, strict=True)
        yield from (Record(i, text, label) for i, (text, label) in enumerate(pairs))


def _write(
    records: Iterator[Record],
    name: str,
    unit: str,
    columns: Columns,
    reader: LabelReader | None,
    empty_text: str,
) -> Rows:
    """Checks records and writes their texts to an Arrow file."""
    codes: list[np.ndarray] = []
    hashes: list[np.ndarray] = []
    counts: Counter[str] = Counter()
    handle, path = tempfile.mkstemp(prefix="tfclf-rows-", suffix=".arrow")
    os.close(handle)
    try:
        with pa.OSFile(path, "wb") as sink, pa.ipc.new_stream(sink, SCHEMA) as writer:
            for part in _parts(records):
                texts, positions, part_codes = [], [], []
                for position, value, label in part:
                    text = _text(value, columns.text, name, unit, position)
                    if not text.strip():
                        counts["empty"] += 1
                        if empty_text == "drop":
                            continue
                    texts.append(text)
                    positions.append(position)
                    if reader is not None:
                        part_codes.append(reader.code(label, name, unit, position))
                writer.write_batch(pa.record_batch([_strings(texts), positions], schema=SCHEMA))
                codes.append(np.array(part_codes, "int32"))
                hashes.append(np.array([_fingerprint(text) for text in texts], "uint64"))
        dataset = datasets.Dataset.from_file(path)
    finally:
        # The mapped pages stay readable, and the disk is freed with the last reader.
        os.unlink(path)
    return Rows(
        dataset,
        name,
        unit,
        tuple(reader.codes) if reader else (),
        np.concatenate([np.empty(0, "int32"), *codes]),
        np.concatenate([np.empty(0, "uint64"), *hashes]),
        reader.declared if reader else None,
        counts["empty"],
        counts["empty"] if empty_text == "drop" else 0,
    )


def _parts(records: Iterator[Record]) -> Iterator[list[Record]]:
    """Cuts a stream of records into lists."""
    part: list[Record] = []
    for record in records:
        part.append(record)
        if len(part) == WRITTEN_AT_ONCE:
            yield part
            part = []
    yield part


def _strings(texts: list[str]) -> pa.Array:
    return pa.array(texts, pa.string())


def _text(value: Any, column: str, name: str, unit: str, position: int) -> str:
    """Returns a text; None and NaN are empty ones."""
    if isinstance(value, str):
        return without_surrogates(value)
    if is_missing(value):
        return ""
    raise DataError(
        f"expected a text in column {column!r}, got {type(value).__name__} {value!r:.60}",
        where=f"{name}, {unit} {position}",
        remedy="Convert the column to strings, or declare another: --text COLUMN.",
    )


def _fingerprint(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
