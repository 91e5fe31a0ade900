"""Any source of rows -> validated rows, on disk where they are many."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
import pyarrow as pa

from tfclf.data.arrow_rows import ArrowRows
from tfclf.data.columns import Columns, Layout, Record, layout
from tfclf.data.label_readers import TargetReader
from tfclf.data.label_values import (
    check_no_python_list,
    is_missing,
    spelt_words,
    without_surrogates,
)
from tfclf.data.row_weights import WeightReader
from tfclf.data.sources import Source, open_source
from tfclf.data.tag_rules import TagRules
from tfclf.data.targets import Target
from tfclf.errors import ArgumentError, DataError
from tfclf.tasks import Head, find_task

WRITTEN_AT_ONCE = 10_000  # rows
CHARACTERS_AT_ONCE = 2**24  # of all rows that are in memory until they are written
TYPES = {"text": pa.string(), "text_pair": pa.string(), "words": pa.list_(pa.string())}
EMPTY_TEXT = ("keep", "drop")
BETWEEN = "\x1f"  # between the parts of a row whose fingerprint is taken


@dataclass(frozen=True)
class Rows:
    """Rows whose texts are on disk, unless they are few, and their labels in memory (4 bytes each).

    Attributes:
        dataset: Columns on disk: ``text`` or ``words``, where there are pairs ``text_pair``, and
            ``position``.
        source: Name of the file or object, for messages.
        unit: What a position counts: ``"line"``, ``"row"`` or ``"index"``.
        targets: The labels of each head by its name; empty without labels.
        fingerprints: A 64-bit hash of each text or pair, shape (rows,), equal for equal texts.
        num_empty: Rows without text.
        num_dropped: Rows left out because they have no text.
        weights: What each row counts for in training, shape (rows,), float64; None: all alike.
    """

    dataset: ArrowRows
    source: str
    unit: str
    targets: dict[str, Target]
    fingerprints: np.ndarray
    num_empty: int
    num_dropped: int
    weights: np.ndarray | None = None

    @classmethod
    def unlabelled(cls, columns: Mapping[str, Sequence[Any]], source: str, unit: str) -> Self:
        """Makes rows in memory that are read once and thrown away: their fingerprints are 0.

        Args:
            columns: ``text`` or ``words``, where there are pairs ``text_pair``, and ``position``.
            source: Name of the file or object, for messages.
            unit: What a position counts.
        """
        dataset = ArrowRows.of(columns)
        none = np.zeros(len(dataset), "uint64")
        return cls(dataset, source, unit, {}, none, num_empty=0, num_dropped=0)

    def __len__(self) -> int:
        return len(self.dataset)

    @property
    def labelled(self) -> bool:
        """Whether the rows have labels."""
        return bool(self.targets)

    @property
    def target(self) -> Target:
        """The labels, where there is one head.

        Raises:
            DataError: There is none, or there are several.
        """
        if len(self.targets) != 1:
            raise DataError(
                f"expected rows with one head, got {', '.join(self.targets) or 'none'}",
                where=self.source,
            )
        return next(iter(self.targets.values()))

    @property
    def label_counts(self) -> dict[str, int]:
        """How often each label occurs, where there is one head."""
        return self.target.label_counts

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is read of each row: ``"text"``, ``"text_pair"``, ``"words"``."""
        return tuple(kind for kind in TYPES if kind in self.dataset.column_names)

    def where(self, index: int) -> str:
        """Names the place of a row, such as ``train.csv, line 7``."""
        return f"{self.source}, {self.unit} {self.dataset[int(index)]['position']}"

    def parts(self, size: int = WRITTEN_AT_ONCE) -> Iterator[dict[str, list[Any]]]:
        """Yields what is read of the rows by its kind, in order, some rows at a time.

        Args:
            size: How many at most; of long texts there are fewer, for they are all in memory.
        """
        size = min(size, self.dataset.at_once)
        for start in range(0, len(self), size):
            part = self.dataset[start : start + size]
            yield {kind: part[kind] for kind in self.kinds}

    def texts(self, size: int = WRITTEN_AT_ONCE) -> Iterator[list[str]]:
        """Yields the texts in order, some at a time; words with blanks between them."""
        for part in self.parts(size):
            yield part["text"] if "text" in part else [" ".join(words) for words in part["words"]]

    def select(self, indices: np.ndarray) -> Rows:
        """Returns some of the rows, in the order of ``indices``; texts are not copied."""
        return Rows(
            self.dataset.select(indices),
            self.source,
            self.unit,
            {name: target.select(indices) for name, target in self.targets.items()},
            self.fingerprints[indices],
            self.num_empty,
            self.num_dropped,
            None if self.weights is None else self.weights[indices],
        )


def read_rows(
    source: Any,
    *,
    columns: Columns | None = None,
    task: str | None = "single-label",
    heads: Sequence[Head] = (),
    tag_rules: TagRules | None = None,
    empty_text: str = "keep",
    standard_input_format: str | None = None,
) -> Rows:
    """Reads rows from a file or an object, checks each one, and leaves many of them on disk.

    Args:
        source: Path of a .csv, .tsv, .jsonl, .parquet, .conll or .txt file, each also .gz; ``"-"``
            for standard input; a ``datasets.Dataset``; a pandas ``DataFrame``; a tuple of sequences
            such as ``(texts, labels)`` or ``(texts, second_texts, labels)``; or a sequence of texts
            where nothing else is read.
        columns: Which columns hold what.
        task: Name of the task, which says what a label is; None reads no labels.
        heads: The heads, where rows have labels for several tasks.
        tag_rules: How tags are read.
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
    wanted = layout(columns or Columns(), task, heads)
    if empty_text not in EMPTY_TEXT:
        raise ArgumentError(
            f"empty_text is {empty_text!r}, expected one of {', '.join(EMPTY_TEXT)}"
        )
    opened = open_source(source, wanted, standard_input_format)
    rows = _write(opened, wanted, empty_text)
    if not len(rows):
        raise DataError(
            "no rows" + (f" but {rows.num_dropped} without text" if rows.num_dropped else ""),
            where=rows.source,
            remedy="Keep them: --empty-text keep, or check the column of the text."
            if rows.num_dropped
            else "Check the file: it is empty, or has a header alone.",
        )
    rules = tag_rules or TagRules()
    for name, target in rows.targets.items():
        if find_task(target.head.task).per_word:
            try:
                rows.targets[name] = rules(target, rows.where)
            except DataError as error:
                place = error.where or rows.source
                raise DataError(error.what, where=place, remedy=error.remedy) from None
    return rows


def _write(source: Source, wanted: Layout, empty_text: str) -> Rows:
    """Checks records and writes down what the model reads of them."""
    readers = [
        TargetReader(
            head,
            declared=source.declared.get(head.label_column),
            textual=source.textual,
            separator=wanted.separator,
            optional=len(wanted.heads) > 1,
        )
        for head in wanted.heads
    ]
    weighing = None if wanted.weight is None else WeightReader(wanted.weight)
    schema = pa.schema([(kind, TYPES[kind]) for kind, _ in wanted.inputs] + [("position", "int64")])
    hashes: list[np.ndarray] = []
    empty = second_texts = 0

    def checked() -> Iterator[list[pa.Array]]:
        nonlocal empty, second_texts
        for part in _parts(source.records):
            kept: list[tuple[Any, ...]] = []
            for record in part:
                inputs = inputs_of(record, wanted, source)
                lacking = [not (value if wanted.words else value.strip()) for value in inputs]
                second_texts += not lacking[-1]
                empty += any(lacking)
                if any(lacking) and empty_text == "drop":
                    continue
                kept.append((*inputs, record.position))
                labels = record.values[len(inputs) :][: len(readers)]
                if weighing is not None:
                    weighing.add(record.values[-1], partial(_place, source, record))
                words = inputs[0] if wanted.words else None
                for reader, label in zip(readers, labels, strict=True):
                    reader.add(label, words, partial(_place, source, record))
            columns = list(zip(*kept, strict=True)) or [()] * len(schema)
            hashes.append(np.array([_fingerprint(row[:-1]) for row in kept], "uint64"))
            yield [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]

    dataset = ArrowRows.written(checked(), schema)
    if "text_pair" in schema.names and empty and not second_texts:
        raise DataError(
            f"the column {dict(wanted.inputs)['text_pair']!r} of the second texts is empty",
            where=source.name,
            remedy="Declare the column that has them: --text-pair COLUMN.",
        )
    return Rows(
        dataset,
        source.name,
        source.unit,
        {reader.head.name: reader.target() for reader in readers},
        np.concatenate([np.empty(0, "uint64"), *hashes]),
        empty,
        empty if empty_text == "drop" else 0,
        None if weighing is None else weighing.weights(),
    )


def _parts(records: Iterator[Record]) -> Iterator[list[Record]]:
    """Cuts a stream of records into lists that fit in memory."""
    part: list[Record] = []
    characters = 0
    for record in records:
        part.append(record)
        characters += sum(len(value) for value in record.values if isinstance(value, str))
        if len(part) == WRITTEN_AT_ONCE or characters > CHARACTERS_AT_ONCE:
            yield part
            part, characters = [], 0
    yield part


def _place(source: Source, record: Record) -> str:
    return f"{source.name}, {source.unit} {record.position}"


def inputs_of(record: Record, wanted: Layout, source: Source) -> tuple[Any, ...]:
    """Returns what the model reads of a row: texts, or the list of its words."""
    labelled = _words_beside_labels if wanted.heads else _words
    read = labelled if wanted.words else _text
    values = []
    for (_, column), value in zip(wanted.inputs, record.values, strict=False):
        try:
            values.append(read(value))
        except DataError as error:
            raise DataError(
                f"column {column!r}: {error.what}",
                where=_place(source, record),
                remedy=error.remedy
                or f"Convert it, or declare another column: {wanted.flag(column)} COLUMN.",
            ) from None
    return tuple(values)


def _text(value: Any) -> str:
    """Returns a text; None and NaN are empty ones."""
    if isinstance(value, str):
        return without_surrogates(value)
    if is_missing(value):
        return ""
    raise DataError(f"expected a text, got {type(value).__name__} {value!r:.60}")


def _words_beside_labels(value: Any) -> list[str]:
    """Returns the words of a list; of texts to predict, any may begin with a bracket."""
    if isinstance(value, str):
        check_no_python_list(value)
    return _words(value)


def _words(value: Any) -> list[str]:
    """Returns the words of a list, or those that a text spells."""
    if isinstance(value, str):
        return [without_surrogates(word) for word in spelt_words(without_surrogates(value))]
    if not isinstance(value, (list, tuple, np.ndarray)):
        if is_missing(value):
            return []
        raise DataError(f"expected a list of words, got {type(value).__name__} {value!r:.60}")
    for word in value:
        if not isinstance(word, str):
            raise DataError(f"expected words, got {type(word).__name__} {word!r:.60} among them")
    return [without_surrogates(word) for word in value]


def _fingerprint(inputs: tuple[Any, ...]) -> int:
    parts = inputs[0] if isinstance(inputs[0], list) else inputs
    joined = BETWEEN.join(parts).encode()
    return int.from_bytes(hashlib.blake2b(joined, digest_size=8).digest(), "little")
