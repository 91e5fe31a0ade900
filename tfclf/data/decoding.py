"""Bytes of a text file -> its lines; and what the file is where it is no text in UTF-8."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from functools import partial
from typing import IO

from tfclf.errors import DataError

MAX_ROW = 16 * 2**20  # bytes of a row: War and Peace, five times; a gzipped file may hold anything
CUT_SHORT = (gzip.BadGzipFile, EOFError, zlib.error)  # what gzip raises on damaged files
UTF8_MARK = b"\xef\xbb\xbf"
# Byte order marks of other encodings; that of UTF-32 begins with one of UTF-16.
OTHER_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
AS_TEXT = "Save its table as a text file: .csv in UTF-8."
# What files that are no text begin with, what they are, and what to do with them.
BINARY = (
    (b"PK\x03\x04", "a zip archive, as .xlsx is", f"Unpack it, or open it. {AS_TEXT}"),
    (b"\x1f\x8b", "gzip", "Give it a name that ends in .gz, or unpack it: gzip -d."),
    (b"BZh", "bzip2", "Unpack it: bzip2 -d."),
    (b"\xfd7zXZ", "xz", "Unpack it: xz -d."),
    (b"\x28\xb5\x2f\xfd", "Zstandard", "Unpack it: zstd -d."),
    (b"PAR1", "Parquet", "Give it a name that ends in .parquet."),
    (b"ARROW1", "an Arrow file", AS_TEXT),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", AS_TEXT),
    (b"%PDF", "a PDF", AS_TEXT),
    (b"\x80\x04\x95", "a pickle, which is never opened", AS_TEXT),
    (b"\x89HDF", "HDF5", AS_TEXT),
    (b"SQLite format 3", "an SQLite database", AS_TEXT),
)


def decoded_lines(file: IO[bytes], where: str) -> Iterator[str]:
    """Decodes UTF-8 line by line, without a byte order mark.

    Raises:
        DataError: A line is not UTF-8, holds a NUL byte or is longer than any row, or the gzip
            stream is damaged.
    """
    number, head = 0, b""
    try:
        for number, raw in enumerate(iter(partial(file.readline, MAX_ROW + 1), b""), 1):
            if len(raw) > MAX_ROW:
                raise too_long(f"{where}, line {number}")
            if number == 1:
                head = raw
                raw = raw.removeprefix(UTF8_MARK)
                _check_mark(raw, where)
            if b"\0" in raw:
                raise _no_text(head, raw, f"{where}, line {number}")
            if raw:  # a file of nothing but the mark has no line
                yield raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if found := _binary(head, f"{where}, line 1"):
            raise found from None
        byte = error.object[error.start]
        raise DataError(
            f"expected UTF-8, got the byte 0x{byte:02x} at column {error.start + 1}",
            where=f"{where}, line {number}",
            remedy="Save the file as UTF-8, or convert it: iconv -f latin1 -t utf-8.",
        ) from None
    except CUT_SHORT as error:
        whole = number or not str(error).startswith("Not a gzipped file")
        raise DataError(
            f"no whole gzip file ({error})",
            where=f"{where}, line {number + 1}",
            remedy="Copy the file again; gzip -t checks it."
            if whole
            else "Take .gz off its name where it is not packed, or copy it again.",
        ) from None


def too_long(where: str) -> DataError:
    """Says that a row has no end."""
    return DataError(
        f"a row of more than {MAX_ROW:,} bytes",
        where=where,
        remedy="Cut its text, or check that the file has line breaks and closed quotes.",
    )


def _check_mark(raw: bytes, where: str) -> None:
    """Raises where a file begins as another encoding does, or is a PDF, whose head is text."""
    if raw.startswith(b"%PDF-") and (found := _binary(raw, f"{where}, line 1")):
        raise found
    for mark, encoding in OTHER_MARKS.items():
        if raw.startswith(mark):
            raise DataError(
                f"expected UTF-8, got {encoding.upper()}",
                where=f"{where}, line 1",
                remedy=f"Save the file as UTF-8, or convert it: iconv -f {encoding} -t utf-8.",
            )


def _no_text(head: bytes, raw: bytes, where: str) -> DataError:
    """Says what a NUL byte tells of a file: it stands in no text, and in every other encoding."""
    if found := _binary(head, where):
        return found
    place = raw.index(0)
    wide = 3 * raw.count(0) >= len(raw)  # of UTF-16 nearly half of the bytes, where text is Latin
    return DataError(
        f"expected text in UTF-8, got a NUL byte at column {place + 1}",
        where=where,
        remedy="It looks like UTF-16; convert it: iconv -f utf-16le -t utf-8."
        if wide
        else "Copy the file again, or take them out: tr -d '\\000'.",
    )


def _binary(head: bytes, where: str) -> DataError | None:
    """Names the format of a file that is no text."""
    for begins, name, remedy in BINARY:
        if head.startswith(begins):
            return DataError(f"expected text in UTF-8, got {name}", where=where, remedy=remedy)
    return None
