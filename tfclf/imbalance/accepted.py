"""A review that somebody filled in -> the rows that may enter training."""

from __future__ import annotations

import dataclasses
import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tfclf.data import Columns, LabelMap, Rows, read_rows
from tfclf.data.arrow_rows import ArrowRows
from tfclf.errors import DataError
from tfclf.imbalance.extra_columns import extra_columns
from tfclf.imbalance.review import ACCEPT, FORMATS, GUARDED, ID, PROVENANCE, row_id, unguard
from tfclf.imbalance.screening import check_augmentable

# What may stand in the accept column, in lower case. 1.0 is how a table program writes a 1 where
# other cells of the column are empty.
ANSWERS = {
    **dict.fromkeys(("yes", "y", "true", "1", "1.0"), True),
    **dict.fromkeys(("no", "n", "false", "0", "0.0", ""), False),
}
ANSWERS_TOLD = "yes or no (y/n, true/false, 1/0; an empty cell is no)"
ROW_ID = re.compile(r"r[0-9a-f]{12}-[0-9a-f]{12}")
WRITE_AGAIN = "Undo the change, or write the review again: tfclf augment."


@dataclass(frozen=True)
class Accepted:
    """The accepted rows of a review.

    Attributes:
        rows: The rows, under the lines of the review.
        provenance: Who made each row.
        edited: Whether its text or its labels were changed after the review was written, shape
            (rows,), bool.
        num_offered: Rows of the review, accepted or not.
        num_close: Accepted rows that were left out since, as they are close to held-out rows.
    """

    rows: Rows
    provenance: tuple[str, ...]
    edited: np.ndarray
    num_offered: int
    num_close: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    def without(self, close: np.ndarray) -> Accepted:
        """Leaves out rows that are close to held-out ones.

        Args:
            close: Which rows, shape (rows,), bool.
        """
        left = np.flatnonzero(~close)
        return dataclasses.replace(
            self,
            rows=self.rows.select(left),
            provenance=tuple(self.provenance[row] for row in left),
            edited=self.edited[left],
            num_close=self.num_close + int(close.sum()),
        )

    def to_dict(self) -> dict[str, Any]:
        """Returns what a report says of these rows, as JSON."""
        labels = {name: count for name, count in self.rows.label_counts.items() if count}
        return {
            "source": self.rows.source,
            "offered": self.num_offered,
            "accepted": len(self) + self.num_close,
            "close_to_held_out": self.num_close,
            "used": len(self),
            "edited": int(self.edited.sum()),
            "by_label": labels,
            "by_provenance": dict(Counter(self.provenance)),
        }


def read_review(
    path: str | os.PathLike[str], training: Rows, *, columns: Columns | None = None
) -> Accepted:
    """Reads a review and takes the accepted rows out of it.

    A person may correct texts and labels: such a row counts as edited. Whether its text is close to
    held-out rows now is for ``close_to`` to say, with the rows that are really held out.

    Args:
        path: The file that ``tfclf augment`` wrote, with its accept column filled in.
        training: The training rows, which say what the task is and which labels there are.
        columns: Which columns hold what, as for the training rows.

    Returns:
        The accepted rows.

    Raises:
        ArgumentError: The training rows take no rows made by others.
        DataError: A column is missing, an answer is none, an id is damaged, occurs twice or is
            that of another row's text, an accepted row has no text or a label that training does
            not have, or no row is accepted.
    """
    check_augmentable(training)
    if Path(path).suffix.lower() not in FORMATS:
        raise DataError(f"a review is one of {', '.join(FORMATS)}", where=str(path))
    head = training.target.head
    # A review has quotes of its own, whatever the training file has.
    columns = dataclasses.replace(columns or Columns(), label=head.label_column, quotes=True)
    rows = read_rows(path, columns=columns, task=head.task)
    answers, ids, makers = _own_columns(path, columns)
    texts = [text for part in rows.texts() for text in part]
    if Path(path).suffix.lower() in GUARDED:
        texts, makers = [unguard(text) for text in texts], [unguard(maker) for maker in makers]
    accepted = np.flatnonzero([_answer(value, rows, row) for row, value in enumerate(answers)])
    edited = _edited(rows, texts, ids)
    if not len(accepted):
        raise DataError(
            f"none of {len(rows)} rows is accepted",
            where=rows.source,
            remedy=f"Write {ANSWERS_TOLD} in the column {ACCEPT!r}.",
        )
    _check_accepted(rows, texts, accepted, set(LabelMap.from_rows(training).names))
    return Accepted(
        _with_texts(rows.select(accepted), [texts[row] for row in accepted], columns),
        tuple(makers[row] for row in accepted),
        edited[accepted],
        len(rows),
    )


def _own_columns(path: str | os.PathLike[str], columns: Columns) -> tuple[list[Any], ...]:
    """Returns the answers, the ids, and who made each row."""
    names = (ACCEPT, ID, PROVENANCE)
    found = extra_columns(path, names, columns)
    for name in names:
        if found[name] is None:
            raise DataError(
                f"no column {name!r}, or nothing in it", where=str(path), remedy=WRITE_AGAIN
            )
    answers, ids, makers = (found[name] or [] for name in names)
    return answers, ids, ["" if maker is None else str(maker) for maker in makers]


def _answer(value: Any, rows: Rows, row: int) -> bool:
    """Reads a cell of the accept column."""
    answer = "" if value is None else str(value).strip().casefold()
    if answer not in ANSWERS:
        raise DataError(
            f"{ACCEPT} is {value!r:.60}",
            where=rows.where(row),
            remedy=f"Write {ANSWERS_TOLD}.",
        )
    return ANSWERS[answer]


def _edited(rows: Rows, texts: list[str], ids: list[Any]) -> np.ndarray:
    """Tells which rows were changed since the review was written, shape (rows,), bool."""
    lines: dict[str, int] = {}  # first half of each id, which the text alone decides -> its row
    for row, name in enumerate(ids):
        if not ROW_ID.fullmatch(str(name)):
            raise DataError(
                f"{ID} is {name!r:.60}, expected r and two hashes",
                where=rows.where(row),
                remedy=WRITE_AGAIN,
            )
        half = name.split("-")[0]
        if half in lines:
            raise DataError(
                f"{ID} {name} stands in {rows.where(lines[half])} already",
                where=rows.where(row),
                remedy="Delete one of the two.",
            )
        lines[half] = row
    edited = np.zeros(len(rows), bool)
    for row, (text, labels) in enumerate(zip(texts, rows.target.values(), strict=True)):
        name = row_id(text, labels)
        edited[row] = name != ids[row]
        owner = lines.get(name.split("-")[0], row)
        if owner != row:
            raise DataError(
                f"this text belongs to the {ID} of {rows.where(owner)}: columns were sorted, or "
                "moved, without the others",
                where=rows.where(row),
                remedy=WRITE_AGAIN,
            )
    return edited


def _check_accepted(rows: Rows, texts: list[str], accepted: np.ndarray, known: set[str]) -> None:
    """Raises where an accepted row cannot be trained on."""
    labels = rows.target.values()
    for row in accepted.tolist():
        if not texts[row].strip():
            raise DataError(
                "an accepted row has no text",
                where=rows.where(row),
                remedy=f"Write one, or no in the column {ACCEPT!r}.",
            )
        unknown = sorted(set(labels[row]) - known)
        if unknown:
            raise DataError(
                f"training has no label {unknown[0]!r}",
                where=rows.where(row),
                remedy=f"Correct it, or write no in the column {ACCEPT!r}.",
            )


def _with_texts(rows: Rows, texts: list[str], columns: Columns) -> Rows:
    """Returns rows with other texts, under their old places."""
    written = read_rows(texts, columns=columns, task=None)
    places = {"text": texts, "position": list(rows.dataset["position"])}
    return dataclasses.replace(
        written,
        dataset=ArrowRows.of(places),
        source=rows.source,
        unit=rows.unit,
        targets=rows.targets,
    )
