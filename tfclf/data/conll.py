"""Lines of a CoNLL file -> sentences: one word a line, columns beside it, blank lines between."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tfclf.data.columns import Layout, Record
from tfclf.errors import DataError

DOCUMENT = "-DOCSTART-"  # begins a document in the files of CoNLL 2003
# What CoNLL-U writes above a sentence; a bare # is a word like any other, and so is #newdocument.
COMMENT = re.compile(r"# ?((newdoc|newpar)( id = .*)?\s*$|[A-Za-z_][\w:-]* = )")
BLANKS = re.compile(" +")  # other white space, such as a no-break space, can be a word
FIRST, LAST = "tokens", "tags"  # the names of the first and of the last column
MAX_WORDS = 1_000_000  # of a sentence


def sentences(lines: Iterable[str], wanted: Layout, where: str) -> Iterator[Record]:
    """Reads sentences; the words of each are one value, and the entries of each column another.

    Columns are told by their number from 1, or by name: ``tokens`` is the first, ``tags`` the last.
    They are separated by tabs where the line has one, else by blanks.

    Args:
        lines: The lines.
        wanted: Which columns to read.
        where: Name of the file, for messages.

    Raises:
        DataError: A line has more or fewer columns than the first, or a column is not there.

    Example:
    >>> from tfclf.data.columns import Columns, layout
    >>> lines = ["Rome NNP B-LOC", "burns VBZ O", "", "Why WRB O"]
    >>> [record.values for record in sentences(lines, layout(Columns(), "token"), "a.conll")]
    [(['Rome', 'burns'], ['B-LOC', 'O']), (['Why'], ['O'])]
    """
    width: int | None = None
    tabs = False
    places: list[int | None] = []
    begins, words = 0, list[list[str | None]]()
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r\n")
        if not line.strip() or line.startswith(DOCUMENT):
            if words:
                yield _record(begins, words)
            words = []
            continue
        if not words and COMMENT.match(line):
            continue
        if width is None:
            tabs = "\t" in line
        _check_line(line, tabs, f"{where}, line {number}")
        fields = line.split("\t") if "\t" in line else BLANKS.split(line.strip(" "))
        if width is None:
            width = len(fields)
            places = _places(width, wanted, f"{where}, line {number}")
        if len(fields) != width:
            raise DataError(
                f"expected {width} columns as in the lines before, got {len(fields)}: {line!r:.80}",
                where=f"{where}, line {number}",
                remedy="Every word has a line of its own with the same columns, and a blank line "
                "ends a sentence.",
            )
        if not words:
            begins = number
        if len(words) == MAX_WORDS:
            raise DataError(
                f"a sentence of more than {MAX_WORDS:,} words",
                where=f"{where}, line {begins}",
                remedy="A blank line ends a sentence.",
            )
        words.append([None if i is None else fields[i].strip(" ") for i in places])
    if words:
        yield _record(begins, words)


def _record(begins: int, words: list[list[str | None]]) -> Record:
    columns = zip(*words, strict=True)
    return Record(begins, tuple(None if column[0] is None else [*column] for column in columns))


def _check_line(line: str, tabs: bool, where: str) -> None:
    """Raises where it cannot be told what separates the columns of a line.

    Args:
        line: The line, without its end.
        tabs: Whether tabs separate columns in the first line.
        where: Place of the line.
    """
    if "\r" in line:
        raise DataError(
            "a carriage return stands within the line",
            where=where,
            remedy="Convert its line ends: tr '\\r' '\\n'.",
        )
    if tabs != ("\t" in line) and " " in line.strip(" "):
        first, here = ("tabs", "blanks alone") if tabs else ("blanks", "a tab and blanks")
        raise DataError(
            f"{first} separate the columns of the first line, this one has {here}: {line!r:.60}",
            where=where,
            remedy="Separate all columns by tabs: a word may hold a blank then.",
        )


def _places(width: int, wanted: Layout, where: str) -> list[int | None]:
    """Returns the index of each column; None for those that are not there and need not be."""
    if not wanted.words:
        raise DataError(
            "a file of words has no column of texts",
            where=where,
            remedy="Give .csv, .tsv, .jsonl or .parquet; words with tags are for --task token.",
        )
    if wanted.weight is not None:
        raise DataError(
            "a file of words has no column of weights: a row is a sentence",
            where=where,
            remedy="Leave --weight out, or give .jsonl with tokens, tags and a weight.",
        )
    places = [_place(name, width, wanted, where) for name in wanted.needed]
    for name, place in zip(wanted.needed[1:], places[1:], strict=True):
        if place == places[0]:
            raise DataError(
                f"words and tags are one column, {wanted.needed[0]!r} and {name!r}",
                where=where,
                remedy=f"Declare the column of the tags by its number: {wanted.flag(name)} NUMBER.",
            )
    return places


def _place(name: str, width: int, wanted: Layout, where: str) -> int | None:
    """Returns the index of a column; None where it is not there and need not be."""
    number = int(name) if name.isascii() and name.isdecimal() else 0
    place = {FIRST: 1, LAST: width}.get(name, number)
    if name == LAST and width == 1:
        place = 0
    if 1 <= place <= width:
        return place - 1
    if name in wanted.optional:
        return None
    remedy = f"Declare a column by its number, 1 to {width}: {wanted.flag(name)} NUMBER."
    if width == 1:
        remedy = "Write the tag of each word behind it, with a blank or a tab between."
    raise DataError(f"no column {name!r}: the line has {width}", where=where, remedy=remedy)
