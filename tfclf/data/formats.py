"""Files -> records, one at a time: the row's place in its file, its text, its label.

Each format is one generator in ``FORMATS``. Files are read as streams of bytes, plain or gzipped,
and whatever is wrong in them is told with the line it stands on.
"""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from tfclf.errors import DataError

MAX_FIELD = 2**31 - 1  # characters in a CSV field; the csv module's own limit is 131,072
CUT_SHORT = (gzip.BadGzipFile, EOFError, zlib.error)  # what gzip raises on damaged files
ONE_OBJECT = 'Write one JSON object a line: {"text": "...", "label": "..."}.'


class Record(NamedTuple):
    """A row as its file has it."""

    position: int  # line of the file, or number of the row, counted from 1
    text: Any
    label: Any


@dataclass(frozen=True)
class Columns:
    """Which columns hold what.

    Attributes:
        text: Column of the text.
        label: Column of the label; None where there are no labels to read.
        quotes: Whether fields of .csv and .tsv may be quoted with ``"``.
    """

    text: str = "text"
    label: str | None = "label"
    quotes: bool = True

    @property
    def needed(self) -> tuple[str, ...]:
        """The names of the columns that have to be there."""
        return (self.text,) if self.label is None else (self.text, self.label)


def open_bytes(path: Path) -> IO[bytes]:
    """Opens a file, gunzipping where its name ends in .gz."""
    file = gzip.open(path, "rb") if path.suffix.lower() == ".gz" else open(path, "rb")
    return cast("IO[bytes]", file)


def decoded_lines(file: IO[bytes], where: str) -> Iterator[str]:
    """Decodes UTF-8 line by line, without a byte order mark.

    Raises:
        DataError: A line is not UTF-8, or the gzip stream is damaged.
    """
    number = 0
    try:
        for number, raw in enumerate(file, 1):
            if number == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
                if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                    raise DataError(
                        "expected UTF-8, got UTF-16",
                        where=f"{where}, line 1",
                        remedy="Save the file as UTF-8, or convert it: iconv -f utf-16 -t utf-8.",
                    )
            if raw:  # a file of nothing but the mark has no line
                yield raw.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise DataError(
            f"expected UTF-8, got the byte 0x{byte:02x} at column {error.start + 1}",
            where=f"{where}, line {number}",
            remedy="Save the file as UTF-8, or convert it: iconv -f latin1 -t utf-8.",
        ) from None
    except CUT_SHORT as error:
        raise DataError(
            f"no whole gzip file ({error})",
            where=f"{where}, line {number + 1}",
            remedy="Copy the file again; gzip -t checks it.",
        ) from None


def check_columns(present: list[str], columns: Columns, where: str) -> None:
    """Raises where a column is not there, naming those that are, or is there twice."""
    for name in columns.needed:
        if present.count(name) > 1:
            raise DataError(
                f"{present.count(name)} columns are named {name!r}",
                where=where,
                remedy="Rename all but one of them.",
            )
        if name not in present:
            flag = "--text" if name == columns.text else "--label"
            raise DataError(
                f"no column {name!r}, only {', '.join(map(repr, present))}",
                where=where,
                remedy=f"Declare yours: {flag} COLUMN.",
            )


def _csv(file: IO[bytes], columns: Columns, where: str, delimiter: str = ",") -> Iterator[Record]:
    """Reads a table with a header; every row has as many fields as the header."""
    reader = csv.reader(
        decoded_lines(file, where),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if columns.quotes else csv.QUOTE_NONE,
        strict=True,
    )
    begins = 1
    limit = csv.field_size_limit(MAX_FIELD)
    try:
        header = next((row for row in reader if row), None)
        if header is None:
            return
        check_columns(header, columns, f"{where}, line {reader.line_num}")
        text = header.index(columns.text)
        label = None if columns.label is None else header.index(columns.label)
        begins = reader.line_num + 1
        for row in reader:
            if row:
                if len(row) != len(header):
                    raise DataError(
                        f"expected {len(header)} fields as in the header, got {len(row)}",
                        where=f"{where}, line {begins}",
                        remedy='Put fields that hold a separator or a line break in "quotes".',
                    )
                yield Record(begins, row[text], None if label is None else row[label])
            begins = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"no valid row starts here ({error})",
            where=f"{where}, line {begins}",
            remedy='Double a quote inside quotes (""), or read it with --no-quotes.',
        ) from None
    finally:
        csv.field_size_limit(limit)


def _tsv(file: IO[bytes], columns: Columns, where: str) -> Iterator[Record]:
    return _csv(file, columns, where, delimiter="\t")


def _jsonl(file: IO[bytes], columns: Columns, where: str) -> Iterator[Record]:
    """Reads one JSON object a line; empty lines are passed over."""
    for number, line in enumerate(decoded_lines(file, where), 1):
        if not line.strip():
            continue
        place = f"{where}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"no valid JSON ({error})", where=place, remedy=ONE_OBJECT) from None
        if not isinstance(row, dict):
            what = f"expected a JSON object, got {type(row).__name__}"
            raise DataError(what, where=place, remedy=ONE_OBJECT)
        check_columns(list(row), columns, place)
        yield Record(number, row[columns.text], row.get(columns.label) if columns.label else None)


def _lines(file: IO[bytes], columns: Columns, where: str) -> Iterator[Record]:
    """Reads one text a line, without labels."""
    if columns.label is not None:
        raise DataError(
            "plain text has no labels", where=where, remedy="Give .csv, .tsv, .jsonl or .parquet."
        )
    for number, line in enumerate(decoded_lines(file, where), 1):
        yield Record(number, line.rstrip("\r\n"), None)


def _parquet(file: IO[bytes], columns: Columns, where: str) -> Iterator[Record]:
    """Reads the needed columns of a Parquet file, batch by batch."""
    import pyarrow
    from pyarrow import parquet

    try:
        with _seekable(file) as whole:
            table = parquet.ParquetFile(whole)
            check_columns(table.schema_arrow.names, columns, where)
            number = 0
            for batch in table.iter_batches(10_000, columns=list(columns.needed)):
                values = [batch.column(name).to_pylist() for name in columns.needed]
                labels = values[1] if columns.label else [None] * len(values[0])
                for text, label in zip(values[0], labels, strict=True):
                    number += 1
                    yield Record(number, text, label)
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError, *CUT_SHORT) as error:
        raise DataError(
            f"no whole Parquet file ({error})", where=where, remedy="Copy or write the file again."
        ) from None


@contextmanager
def _seekable(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Spools a gzip stream or a pipe to disk, since Parquet is read from its end."""
    if file.seekable() and not isinstance(file, gzip.GzipFile):
        yield file
        return
    with tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(file, spool)
        spool.seek(0)
        yield spool


Format = Callable[[IO[bytes], Columns, str], Iterator[Record]]

FORMATS: dict[str, Format] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
    ".txt": _lines,
}
UNIT = {".parquet": "row"}  # what a position counts; lines elsewhere
TEXT_ONLY = (".csv", ".tsv")  # formats without types, where every value is a text


def check_format(suffix: str, where: str) -> None:
    """Raises where no format has a suffix."""
    if suffix not in FORMATS:
        raise DataError(
            f"unknown format {suffix or 'without a suffix'!r}",
            where=where,
            remedy=f"Give one of {', '.join(FORMATS)}; a file may also be gzipped (.gz).",
        )


def format_of(path: Path) -> str:
    """Returns the suffix that names a file's format, without .gz.

    Raises:
        DataError: The format is unknown.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    suffix = suffixes[-1] if suffixes else ""
    check_format(suffix, str(path))
    return suffix


def file_records(path: Path, columns: Columns) -> Iterator[Record]:
    """Reads a file.

    Args:
        path: The file.
        columns: Which columns to read.

    Raises:
        DataError: The file is missing or damaged, or a column or a row cannot be read.
    """
    suffix = format_of(path)
    if not path.is_file():
        what = "expected a file, got a folder" if path.is_dir() else "no such file"
        raise DataError(what, where=str(path), remedy="Check the path.")
    try:
        with open_bytes(path) as file:
            yield from FORMATS[suffix](file, columns, str(path))
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror or error})", where=str(path)) from None


def standard_input_records(columns: Columns, suffix: str | None = None) -> Iterator[Record]:
    """Reads standard input: JSON lines where it begins with ``{``, else one text a line.

    Args:
        columns: Which columns to read.
        suffix: Name of the format, such as ``".csv"``; None looks at the first character.

    Raises:
        DataError: The format is unknown.
    """
    file = sys.stdin.buffer
    if suffix is None:
        head = file.peek(4) if hasattr(file, "peek") else b""
        suffix = ".jsonl" if head.removeprefix(b"\xef\xbb\xbf").startswith(b"{") else ".txt"
    check_format(suffix, "standard input")
    return FORMATS[suffix](file, columns, "standard input")
