"""Which columns of a file hold what, and which of them a job needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from tfclf.errors import ArgumentError, DataError
from tfclf.tasks import Head, check_heads, find_task

ONLY_HEAD = "classifier"  # the name of the head of a job that has one task
SEPARATOR = "|"


@dataclass(frozen=True)
class Columns:
    """Which columns hold what.

    Attributes:
        text: Column of the text.
        label: Column of the label; None takes the task's own (``label``, ``labels`` or ``tags``).
        quotes: Whether fields of .csv and .tsv may be quoted with ``"``.
        text_pair: Column of the second text of a pair; None where there are no pairs.
        tokens: Column of the words, which are then read instead of a text; None takes ``tokens``
            where a task labels words.
        separator: What stands between labels where a list is written as one text.
        weight: Column of what each row counts for, a number of at least 0; None counts all alike.
    """

    text: str = "text"
    label: str | None = None
    quotes: bool = True
    text_pair: str | None = None
    tokens: str | None = None
    separator: str = SEPARATOR
    weight: str | None = None

    def __post_init__(self) -> None:
        if not self.separator or self.separator.isspace():
            raise ArgumentError(f"the separator of labels is {self.separator!r}, expected a sign")
        if self.text_pair is not None and self.text_pair == self.text:
            raise ArgumentError(
                f"text and text pair are one column, {self.text!r}",
                remedy="Declare the column of the second text: --text-pair COLUMN.",
            )

    def without_weight(self) -> Columns:
        """Returns the same columns of rows that are judged, which all count alike."""
        return replace(self, weight=None)


class Record(NamedTuple):
    """A row as its file has it."""

    position: int  # line of the file, or number of the row, counted from 1
    values: tuple[Any, ...]  # of the layout's columns, in its order


@dataclass(frozen=True)
class Layout:
    """The columns that a job reads, in order, and what is done with each.

    Attributes:
        inputs: Kind of each input (``"text"``, ``"text_pair"``, ``"words"``) and its column.
        heads: The heads; none where labels are not read.
        quotes: As in ``Columns``.
        separator: As in ``Columns``.
        weight: As in ``Columns``.
    """

    inputs: tuple[tuple[str, str], ...]
    heads: tuple[Head, ...]
    quotes: bool = True
    separator: str = SEPARATOR
    weight: str | None = None

    @property
    def words(self) -> bool:
        """Whether words are read instead of a text."""
        return self.inputs[0][0] == "words"

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns to read: inputs, labels, and the weight."""
        weight = () if self.weight is None else (self.weight,)
        return (*(column for _, column in self.inputs), *self.labels, *weight)

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns of the labels."""
        return tuple(head.label_column for head in self.heads)

    @property
    def optional(self) -> tuple[str, ...]:
        """The columns that a row may lack: labels, where rows have them for some heads only."""
        return self.labels if len(self.heads) > 1 else ()

    def flag(self, column: str) -> str:
        """Returns the option of the command line that declares a column."""
        for kind, name in self.inputs:
            if name == column:
                return {"text": "--text", "text_pair": "--text-pair", "words": "--tokens"}[kind]
        if column == self.weight:
            return "--weight"
        return "--label" if len(self.heads) == 1 else "--head"


def layout(columns: Columns, task: str | None, heads: Sequence[Head] = ()) -> Layout:
    """Returns what to read.

    Args:
        columns: Which columns hold what.
        task: Name of the task; None reads no labels.
        heads: The heads, where there are several tasks; ``task`` is then not looked at.

    Raises:
        ArgumentError: A task is unknown, words are asked for in pairs, or a column is to be both
            text and label.

    Example:
    >>> layout(Columns(text_pair="text_b"), "regression").needed
    ('text', 'text_b', 'label')
    """
    if not heads and task is not None:
        heads = (Head(ONLY_HEAD, task, columns.label),)
    check_heads(heads)
    words = columns.tokens
    if words is None and any(find_task(head.task).per_word for head in heads):
        words = "tokens"
    if words is not None and columns.text_pair is not None:
        raise ArgumentError(
            "words have no pairs: a tag belongs to a word of one text",
            remedy="Leave --text-pair or --tokens out.",
        )
    inputs: tuple[tuple[str, str], ...] = (
        (("words", words),) if words else (("text", columns.text),)
    )
    if columns.text_pair is not None:
        inputs += (("text_pair", columns.text_pair),)
    _check_apart(inputs, heads)
    weight = columns.weight if heads else None  # rows without labels are not trained on
    found = Layout(inputs, tuple(heads), columns.quotes, columns.separator, weight)
    if weight is not None and found.needed.count(weight) > 1:
        raise ArgumentError(
            f"the weight is to be in {weight!r}, which is a column of texts or labels",
            remedy="Declare the column of the weights: --weight COLUMN.",
        )
    return found


def _check_apart(inputs: Sequence[tuple[str, str]], heads: Sequence[Head]) -> None:
    """Raises where a column is both what the model reads and what it is to find."""
    for head in heads:
        for kind, column in inputs:
            if column == head.label_column:
                raise ArgumentError(
                    f"{kind.replace('_', ' ')} and label are one column, {column!r}",
                    remedy="The text would hold the answer. Declare the other: --label COLUMN.",
                )


def check_columns(present: Sequence[str], wanted: Layout, where: str) -> None:
    """Raises where a column is not there, naming those that are, or is there twice."""
    for name in wanted.needed:
        if present.count(name) > 1:
            raise DataError(
                f"{present.count(name)} columns are named {name!r}",
                where=where,
                remedy="Rename all but one of them.",
            )
        if name not in present and name not in wanted.optional:
            raise DataError(
                f"no column {name!r}, only {_listed(present)}",
                where=where,
                remedy=_separated(present) or f"Declare yours: {wanted.flag(name)} COLUMN.",
            )


def _listed(names: Sequence[Any], most: int = 12, longest: int = 60) -> str:
    """Names columns: some where they are many, and the beginning of those that are long."""
    shown = [name if len(name) <= longest else f"{name[:longest]}..." for name in map(repr, names)]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shown[:most]) + more if shown else "none"


def _separated(present: Sequence[Any]) -> str | None:
    """Returns the remedy for a header that was not divided, because another sign divides it."""
    signs = [sign for sign in ",;\t|" if len(present) == 1 and sign in str(present[0])]
    if not signs:
        return None
    return (
        f"Its columns seem to be separated by {signs[0]!r}: .csv has commas, .tsv has tabs. "
        "Rename the file, or save it again."
    )
