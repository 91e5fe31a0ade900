"""Candidates -> a file in which a person says which of them may enter training."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from tfclf.data import Columns, Rows
from tfclf.errors import ArgumentError
from tfclf.imbalance.screening import Screened

ACCEPT, ID, PROVENANCE = "accept", "id", "provenance"
NEAREST, NEAREST_SIMILARITY = "nearest_text", "similarity"
OWN_COLUMNS = (ACCEPT, NEAREST, NEAREST_SIMILARITY, PROVENANCE, ID)
DIGEST = 6  # bytes of a hash: among a million texts two are alike once in 500 files
GUARDED = (".csv", ".tsv")  # formats that spreadsheets open
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # what a spreadsheet takes for the beginning of a formula


def row_id(text: str, labels: Sequence[str]) -> str:
    """Returns a name for a row, by which a change of its text or of its labels shows.

    The hash of the text and that of the labels, whose order does not matter. It begins with a
    letter, since a spreadsheet would take digits around an ``e`` for a number.

    Example:
    >>> row_id("My card is gone", ["card"])
    'rbec4fdf868af-70f092d7402b'
    """
    return f"r{_digest(text)}-{_digest(json.dumps(sorted(labels)))}"


def guard(text: str) -> str:
    """Puts an apostrophe before what a spreadsheet would run, or garble, as a formula.

    ``unguard`` gives back every text as it was, those that begin with an apostrophe included.

    Example:
    >>> guard("=1+2"), guard("- two cards"), guard("It's gone")
    ("'=1+2", "'- two cards", "It's gone")
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def unguard(text: str) -> str:
    """Takes away what ``guard`` put before a text.

    Example:
    >>> unguard("'=1+2"), unguard("'tis gone")
    ('=1+2', "'tis gone")
    """
    guarded = text.startswith("'") and text.lstrip("'").startswith(FORMULA)
    return text[1:] if guarded else text


def check_review_file(path: Path, columns: Columns, label: str) -> None:
    """Raises where a review file cannot be written, before anything takes time.

    Args:
        path: File to write.
        columns: Which columns hold what.
        label: Column of the labels.

    Raises:
        ArgumentError: The format is unknown, the folder is missing, the file exists (somebody's
            work may be in it), or a column has the name of one of the review's own.
    """
    if path.suffix.lower() not in FORMATS:
        raise ArgumentError(
            f"a review is written as {', '.join(FORMATS)}, not as {path.suffix or 'no format'!r}",
            where=str(path),
        )
    if not path.parent.is_dir():
        raise ArgumentError("no such folder", where=str(path.parent))
    if path.exists():
        raise ArgumentError(
            "the file exists already",
            where=str(path),
            remedy="Give another name: its accept column may be somebody's work.",
        )
    for name in (columns.text, label):
        if name in OWN_COLUMNS:
            raise ArgumentError(
                f"the column {name!r} has the name of one that the review adds",
                remedy="Rename it in both files.",
            )


def write_review(
    path: Path,
    candidates: Rows,
    screened: Screened,
    provenance: Sequence[str],
    *,
    columns: Columns | None = None,
    accept: str = "",
    suffix: str | None = None,
) -> None:
    """Writes the candidates that are left, one row each.

    Columns: ``accept``, the label, the text, the closest training text and its similarity, the
    provenance, and an id. In .csv and .tsv, texts that look like a formula are guarded.

    Args:
        path: File to write.
        candidates: The candidates.
        screened: Which of them are left.
        provenance: Who made each candidate, for all of them.
        columns: Which columns hold what.
        accept: What stands in the accept column.
        suffix: Suffix that names the format; None takes that of the path.
    """
    columns = columns or Columns()
    left = candidates.select(screened.kept)
    texts = [text for part in left.texts() for text in part]
    labels = left.target.values()
    several = left.target.head.task == "multi-label"
    rows = [
        {
            ACCEPT: accept,
            left.target.head.label_column: own if several else own[0],
            columns.text: text,
            NEAREST: closest,
            NEAREST_SIMILARITY: round(float(similarity), 3),
            PROVENANCE: provenance[row],
            ID: row_id(text, own),
        }
        for row, own, text, closest, similarity in zip(
            screened.kept, labels, texts, screened.nearest, screened.similarity, strict=True
        )
    ]
    with open(path, "w", encoding="utf-8", newline="") as file:
        FORMATS[(suffix or path.suffix).lower()](file, rows, columns)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=DIGEST).hexdigest()


def _write_table(
    file: TextIO, rows: Sequence[Mapping[str, Any]], columns: Columns, delimiter: str
) -> None:
    """Writes a table; labels are training's own, so that only what others wrote is guarded."""
    # The line ends of RFC 4180: the module then quotes fields with either half of one.
    writer = csv.DictWriter(file, rows[0].keys() if rows else OWN_COLUMNS, delimiter=delimiter)
    writer.writeheader()
    guarded = (columns.text, NEAREST, PROVENANCE)
    for row in rows:
        cells = {name: guard(value) if name in guarded else value for name, value in row.items()}
        writer.writerow(
            {
                name: _spelt(value, columns.separator) if isinstance(value, list) else value
                for name, value in cells.items()
            }
        )


def _spelt(labels: list[str], separator: str) -> str:
    """Spells a list of labels so that it is read as the same list."""
    joined = separator.join(labels)
    clear = joined.split(separator) == labels and not joined.startswith("[")
    return joined if clear else json.dumps(labels, ensure_ascii=False)


def _write_jsonl(file: TextIO, rows: Sequence[Mapping[str, Any]], columns: Columns) -> None:
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


FORMATS: dict[str, Callable[[TextIO, Sequence[Mapping[str, Any]], Columns], None]] = {
    ".csv": partial(_write_table, delimiter=","),
    ".tsv": partial(_write_table, delimiter="\t"),
    ".jsonl": _write_jsonl,
}
