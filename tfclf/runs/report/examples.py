"""Places of rows and words -> what people read of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfclf.data import Rows
from tfclf.runs.report.facts import Example
from tfclf.runs.report.markup import cut

TEXT = 320  # characters of a text
AROUND = 120  # characters on each side of a word
NAMES = 8  # labels of a row
WORD = 60  # characters of a word


def example_of_row(rows: Rows, row: int, true: str, said: str, figure: float) -> Example:
    """Returns a row as an example.

    Args:
        rows: The rows.
        row: Which of them.
        true: Its label, in words.
        said: What the model says.
        figure: As in ``Example``.
    """
    record = rows.dataset[int(row)]
    pair = record.get("text_pair")
    shown = None if pair is None else cut(pair, TEXT)
    return Example(
        _place(rows, record), cut(_text(record), TEXT), "", "", shown, true, said, figure
    )


def example_of_word(
    rows: Rows, row: int, word: int, true: str, said: str, figure: float
) -> Example:
    """Returns a word of a row as an example; the others as in ``example_of_row``.

    Args:
        rows: The rows.
        row: Which of them.
        word: Which of its words, counted from 0.
        true: Its tag.
        said: The tag that the model says.
        figure: As in ``Example``.
    """
    record = rows.dataset[int(row)]
    words = record["words"]
    before, after = " ".join(words[:word]), cut(" ".join(words[word + 1 :]), AROUND)
    if len(before) > AROUND:
        before = "\u2026" + before[-AROUND:]
    place = _place(rows, record)
    return Example(place, before, cut(words[word], WORD), after, None, true, said, figure)


def list_of(labels: Sequence[str]) -> str:
    """Returns labels of a row in words.

    Example:
    >>> list_of(["late", "broken"]), list_of([])
    ('late, broken', '(none)')
    """
    if not labels:
        return "(none)"
    more = f" and {len(labels) - NAMES} more" if len(labels) > NAMES else ""
    return ", ".join(labels[:NAMES]) + more


def _text(record: dict[str, Any]) -> str:
    return record["text"] if "text" in record else " ".join(record["words"])


def _place(rows: Rows, record: dict[str, Any]) -> str:
    return f"{rows.unit} {record['position']:,}"
