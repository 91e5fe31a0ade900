"""Files -> records, one at a time: the row's place in its file and its values.

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
from functools import partial
from pathlib import Path
from typing import IO, cast

from tfclf.data.columns import Layout, Record, check_columns
from tfclf.data.conll import sentences
from tfclf.errors import DataError

MAX_ROW = 16 * 2**20  # bytes of a row: War and Peace, five times; a gzipped file may hold anything
CUT_SHORT = (gzip.BadGzipFile, EOFError, zlib.error)  # what gzip raises on damaged files
ONE_OBJECT = 'Write one JSON object a line: {"text": "...", "label": "..."}.'


def open_bytes(path: Path) -> IO[bytes]:
    """Opens a file, gunzipping where its name ends in .gz."""
    file = gzip.open(path, "rb") if path.suffix.lower() == ".gz" else open(path, "rb")
    return cast("IO[bytes]", file)


def decoded_lines(file: IO[bytes], where: str) -> Iterator[str]:
    """Decodes UTF-8 line by line, without a byte order mark.

    Raises:
        DataError: A line is not UTF-8 or longer than any row, or the gzip stream is damaged.
    """
    number = 0
    try:
        for number, raw in enumerate(iter(partial(file.readline, MAX_ROW + 1), b""), 1):
            if len(raw) > MAX_ROW:
                raise _too_long(f"{where}, line {number}")
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


def _too_long(where: str) -> DataError:
    return DataError(
        f"a row of more than {MAX_ROW:,} bytes",
        where=where,
        remedy="Cut its text, or check that the file has line breaks and closed quotes.",
    )


def _csv(file: IO[bytes], wanted: Layout, where: str, delimiter: str = ",") -> Iterator[Record]:
    """Reads a table with a header; every row has as many fields as the header."""
    begins, length = 1, 0  # of the row that is read, which may be many lines in quotes

    def lines() -> Iterator[str]:
        nonlocal length
        for line in decoded_lines(file, where):
            length += len(line)
            if length > MAX_ROW:
                raise _too_long(f"{where}, line {begins}")
            yield line

    reader = csv.reader(
        lines(),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if wanted.quotes else csv.QUOTE_NONE,
        strict=True,
    )
    limit = csv.field_size_limit(MAX_ROW)  # the csv module's own is 131,072 characters
    try:
        header = next((row for row in reader if row), None)
        if header is None:
            return
        check_columns(header, wanted, f"{where}, line {reader.line_num}")
        places = [header.index(name) if name in header else None for name in wanted.needed]
        begins, length = reader.line_num + 1, 0
        for row in reader:
            if row:
                if len(row) != len(header):
                    raise DataError(
                        f"expected {len(header)} fields as in the header, got {len(row)}",
                        where=f"{where}, line {begins}",
                        remedy='Put fields that hold a separator or a line break in "quotes".',
                    )
                yield Record(begins, tuple(None if i is None else row[i] for i in places))
            begins, length = reader.line_num + 1, 0
    except csv.Error as error:
        raise DataError(
            f"no valid row starts here ({error})",
            where=f"{where}, line {begins}",
            remedy='Double a quote inside quotes (""), or read it with --no-quotes.',
        ) from None
    finally:
        csv.field_size_limit(limit)


def _tsv(file: IO[bytes], wanted: Layout, where: str) -> Iterator[Record]:
    return _csv(file, wanted, where, delimiter="\t")


def _jsonl(file: IO[bytes], wanted: Layout, where: str) -> Iterator[Record]:
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
        check_columns(list(row), wanted, place)
        yield Record(number, tuple(row.get(name) for name in wanted.needed))


def _lines(file: IO[bytes], wanted: Layout, where: str) -> Iterator[Record]:
    """Reads one text a line, without labels."""
    if len(wanted.needed) > 1:
        what = "labels" if wanted.heads else "pairs"
        raise DataError(
            f"plain text has no {what}", where=where, remedy="Give .csv, .tsv, .jsonl or .parquet."
        )
    for number, line in enumerate(decoded_lines(file, where), 1):
        yield Record(number, (line.rstrip("\r\n"),))


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
    if not path.is_file():
        what = "expected a file, got a folder" if path.is_dir() else "no such file"
        raise DataError(what, where=str(path), remedy="Check the path.")
    try:
        with open_bytes(path) as file:
            yield from FORMATS[suffix](file, wanted, str(path))
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror or error})", where=str(path)) from None


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
