"""Files -> records, one at a time: the row's place in its file and its values.

Each format is one generator in ``FORMATS``. Files are read as streams of bytes, plain or gzipped,
and whatever is wrong in them is told with the line it stands on.
"""

from __future__ import annotations

import csv
import gzip
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from tfclf.data import decoding
from tfclf.data.columns import Layout, Record, check_columns
from tfclf.data.conll import sentences
from tfclf.data.decoding import CUT_SHORT, decoded_lines
from tfclf.data.json_lines import objects
from tfclf.data.swallowed_rows import SwallowedRows
from tfclf.errors import DataError

CARRIAGE_RETURN = "Convert its line ends: tr '\\r' '\\n'."


def open_bytes(path: Path) -> IO[bytes]:
    """Opens a file, gunzipping where its name ends in .gz."""
    file = gzip.open(path, "rb") if path.suffix.lower() == ".gz" else open(path, "rb")
    return cast("IO[bytes]", file)


def _csv(file: IO[bytes], wanted: Layout, where: str, delimiter: str = ",") -> Iterator[Record]:
    """Reads a table with a header; every row has as many fields as the header."""
    begins, length = 1, 0  # of the row that is read, which may be many lines in quotes

    def lines() -> Iterator[str]:
        nonlocal length
        for line in decoded_lines(file, where):
            length += len(line)
            if length > decoding.MAX_ROW:
                raise decoding.too_long(f"{where}, line {begins}")
            yield line

    reader = csv.reader(
        lines(),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if wanted.quotes else csv.QUOTE_NONE,
        strict=True,
    )
    limit = csv.field_size_limit(decoding.MAX_ROW)  # the csv module's own is 131,072 characters
    try:
        header = next((row for row in reader if row), None)
        if header is None:
            return
        check_columns(header, wanted, f"{where}, line {reader.line_num}")
        places = [header.index(name) if name in header else None for name in wanted.needed]
        swallowed = SwallowedRows(len(header), (*places, None)[len(wanted.inputs)], delimiter)
        begins, length = reader.line_num + 1, 0
        for row in reader:
            if row:
                _check_row(row, header, f"{where}, line {begins}")
                swallowed.look(row, f"{where}, line {begins}")
                yield Record(begins, tuple(None if i is None else row[i] for i in places))
            begins, length = reader.line_num + 1, 0
        swallowed.check()
    except csv.Error as error:
        raise _no_row(error, f"{where}, line {begins}") from None
    finally:
        csv.field_size_limit(limit)


def _check_row(row: list[str], header: list[str], where: str) -> None:
    """Raises where a row has another number of fields than the header, or is the header again."""
    if len(row) != len(header):
        raise DataError(
            f"expected {len(header)} fields as in the header, got {len(row)}",
            where=where,
            remedy='Put fields that hold a separator or a line break in "quotes".',
        )
    if row[-1] == header[-1] and len(row) > 1:
        if [row[0].removeprefix("\ufeff"), *row[1:]] == header:
            raise DataError(
                "the header stands here again",
                where=where,
                remedy="Delete this line: two files were put together.",
            )


def _no_row(error: csv.Error, where: str) -> DataError:
    """Says why no row can be read."""
    if str(error).startswith("new-line character"):
        return DataError(
            "a carriage return stands outside of quotes",
            where=where,
            remedy=f'Put the field in "quotes". {CARRIAGE_RETURN}',
        )
    return DataError(
        f"no valid row starts here ({error})",
        where=where,
        remedy='Double a quote inside quotes (""), or read it with --no-quotes.',
    )


def _tsv(file: IO[bytes], wanted: Layout, where: str) -> Iterator[Record]:
    return _csv(file, wanted, where, delimiter="\t")


def _jsonl(file: IO[bytes], wanted: Layout, where: str) -> Iterator[Record]:
    yield from objects(decoded_lines(file, where), wanted, where)


def _lines(file: IO[bytes], wanted: Layout, where: str) -> Iterator[Record]:
    """Reads one text a line, without labels."""
    if len(wanted.needed) > 1:
        what = "labels" if wanted.heads else "pairs"
        raise DataError(
            f"plain text has no {what}", where=where, remedy="Give .csv, .tsv, .jsonl or .parquet."
        )
    for number, line in enumerate(decoded_lines(file, where), 1):
        text = line.rstrip("\r\n")
        if "\r" in text:
            raise DataError(
                "a carriage return stands within the line",
                where=f"{where}, line {number}",
                remedy=CARRIAGE_RETURN,
            )
        yield Record(number, (text,))


def _conll(file: IO[bytes], wanted: Layout, where: str) -> Iterator[Record]:
    yield from sentences(decoded_lines(file, where), wanted, where)


def _parquet(file: IO[bytes], wanted: Layout, where: str) -> Iterator[Record]:
    """Reads the needed columns of a Parquet file, batch by batch."""
    import pyarrow
    from pyarrow import parquet

    try:
        with _seekable(file) as whole:
            table = parquet.ParquetFile(whole)
            present = table.schema_arrow.names
            check_columns(present, wanted, where)
            found = [name for name in wanted.needed if name in present]
            number = 0
            for batch in table.iter_batches(10_000, columns=found):
                columns = {name: batch.column(name).to_pylist() for name in found}
                absent = [None] * batch.num_rows
                lists = (columns.get(name, absent) for name in wanted.needed)
                for values in zip(*lists, strict=True):
                    number += 1
                    yield Record(number, values)
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


Format = Callable[[IO[bytes], Layout, str], Iterator[Record]]

FORMATS: dict[str, Format] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
    ".conll": _conll,
    ".txt": _lines,
}
# Nothing is unpacked: paths in archives lead out of them, and they grow without bound.
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar")
UNIT = {".parquet": "row"}  # what a position counts; lines elsewhere
TEXT_ONLY = (".csv", ".tsv")  # formats without types, where every value is a text


def check_format(suffix: str, where: str) -> None:
    """Raises where no format has a suffix."""
    if where.lower().endswith(ARCHIVES):
        raise DataError(
            "this is an archive, and expected was a file with rows",
            where=where,
            remedy="Unpack it, look at what is in it, and give the file.",
        )
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


def file_records(path: Path, wanted: Layout) -> Iterator[Record]:
    """Reads a file.

    Args:
        path: The file.
        wanted: Which columns to read.

    Raises:
        DataError: The file is missing or damaged, or a column or a row cannot be read.
    """
    suffix = format_of(path)
    if not os.path.isfile(path):  # Path's own raises over a name that is too long
        raise _no_file(path)
    try:
        with open_bytes(path) as file:
            yield from FORMATS[suffix](file, wanted, str(path))
    except OSError as error:
        raise DataError(
            f"cannot be read ({error.strerror or error})",
            where=str(path),
            remedy="Check the path and who may read it.",
        ) from None


def _no_file(path: Path) -> DataError:
    """Says what stands where a file was expected."""
    if os.path.isdir(path):
        return DataError("expected a file, got a folder", where=str(path), remedy="Check the path.")
    if os.path.exists(path):
        return DataError(
            "expected a file, got a pipe or a device",
            where=str(path),
            remedy="Read it as standard input: - < PIPE.",
        )
    return DataError("no such file", where=str(path), remedy="Check the path.")


def standard_input_records(wanted: Layout, suffix: str | None = None) -> Iterator[Record]:
    """Reads standard input: JSON lines where it begins with ``{``, else one text a line.

    Args:
        wanted: Which columns to read.
        suffix: Name of the format, such as ``".csv"``; None looks at the first character.

    Raises:
        DataError: The format is unknown.
    """
    file = sys.stdin.buffer
    if suffix is None:
        head = file.peek(4) if hasattr(file, "peek") else b""
        suffix = ".jsonl" if head.removeprefix(b"\xef\xbb\xbf").startswith(b"{") else ".txt"
    check_format(suffix, "standard input")
    return FORMATS[suffix](file, wanted, "standard input")
