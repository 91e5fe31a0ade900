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
        fields = line.split("\t") if "\t" in line else BLANKS.split(line.strip(" "))
        if width is None:
            width = len(fields)
            places = [_place(name, width, wanted, where, number) for name in wanted.needed]
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


def _place(name: str, width: int, wanted: Layout, where: str, number: int) -> int | None:
    """Returns the index of a column; None where it is not there and need not be."""
    place = {FIRST: 1, LAST: width}.get(name, int(name) if name.isdecimal() else 0)
    if name == LAST and width == 1:
        place = 0
    if not 1 <= place <= width:
        if name in wanted.optional:
            return None
        raise DataError(
            f"no column {name!r}: the line has {width}",
            where=f"{where}, line {number}",
            remedy=f"Declare a column by its number, 1 to {width}: {wanted.flag(name)} NUMBER.",
        )
    return place - 1
