"""The tasks, and one table that says how each is labelled, named and judged.

A verb looks its task up here; none asks for a task by an ``if``. What a room does differently for
each task stands in a table of that room, under the names of this one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tfclf.errors import ArgumentError

MULTI_TASK = "multi-task"  # the kind of a job with several heads
IGNORED = -100  # the label id of what has no label: padding, special tokens, rows of other heads


@dataclass(frozen=True)
class Task:
    """What distinguishes one kind of classification from another.

    Attributes:
        name: The task's name on the command line and in files.
        label_column: Where its labels stand unless another column is declared.
        label: What a row's label is, in words, for messages.
        problem_type: Hugging Face's name for its loss, written to ``config.json``; None where
            Hugging Face has none.
        per_word: Whether each word of a text has a label, rather than the text.
        losses: Names of the losses that it can be trained with, the default first.
        monitor: The figure that early stopping watches, ``val_`` in front of it.
    """

    name: str
    label_column: str
    label: str
    problem_type: str | None
    per_word: bool
    losses: tuple[str, ...]
    monitor: str


SINGLE_LABEL = Task(
    name="single-label",
    label_column="label",
    label="one label: a string, whole number or truth value",
    problem_type="single_label_classification",
    per_word=False,
    losses=("cross-entropy", "focal", "class-balanced-focal", "logit-adjusted", "ldam"),
    monitor="macro_f1",
)
MULTI_LABEL = Task(
    name="multi-label",
    label_column="labels",
    label="a list of labels, possibly empty",
    problem_type="multi_label_classification",
    per_word=False,
    losses=(
        "binary-cross-entropy",
        "binary-focal",
        "class-balanced-binary-focal",
        "asymmetric",
    ),
    monitor="macro_f1",
)
REGRESSION = Task(
    name="regression",
    label_column="label",
    label="one finite number",
    problem_type="regression",
    per_word=False,
    losses=("mean-squared-error",),
    monitor="r2",
)
TOKEN = Task(
    name="token",
    label_column="tags",
    label="one tag a word",
    problem_type=None,
    per_word=True,
    losses=("cross-entropy", "focal", "class-balanced-focal", "logit-adjusted", "ldam"),
    monitor="f1",
)

TASKS = {task.name: task for task in (SINGLE_LABEL, MULTI_LABEL, REGRESSION, TOKEN)}


def find_task(name: str) -> Task:
    """Returns the task of a name.

    Raises:
        ArgumentError: There is no such task.

    Example:
    >>> find_task("single-label").problem_type
    'single_label_classification'
    """
    if name not in TASKS:
        raise ArgumentError(f"unknown task {name!r}, expected one of {', '.join(TASKS)}")
    return TASKS[name]


@dataclass(frozen=True)
class Head:
    """A task that a model does, under a name of its own where it does several.

    Attributes:
        name: Name of the head: a letter, then letters, digits and underscores.
        task: Name of its task.
        column: Column of its labels; None takes the task's own.
        weight: Weight of its loss in the sum of all, positive.

    Raises:
        ArgumentError: A value is out of range.
    """

    name: str
    task: str
    column: str | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        find_task(self.task)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", self.name):
            raise ArgumentError(
                f"the name of a head is {self.name!r}, expected a letter, then letters, digits "
                "and underscores"
            )
        if not 0 < self.weight < float("inf"):
            raise ArgumentError(f"the weight of {self.name} is {self.weight}, expected above 0")

    @property
    def label_column(self) -> str:
        """Column of its labels."""
        return self.column or find_task(self.task).label_column


HEAD_SYNTAX = "NAME=TASK[:COLUMN][*WEIGHT]"


def read_head(text: str) -> Head:
    """Reads a head as the command line writes it.

    Example:
    >>> read_head("intent=single-label:label*0.5")
    Head(name='intent', task='single-label', column='label', weight=0.5)
    """
    match = re.fullmatch(r"([^=]+)=([^:*]+)(?::(.+?))?(?:\*([0-9.eE+-]+))?", text)
    if match is None:
        raise ArgumentError(f"head: expected {HEAD_SYNTAX}, got {text!r}")
    name, task, column, weight = match.groups()
    try:
        number = float(weight or 1)
    except ValueError:
        raise ArgumentError(f"head: expected {HEAD_SYNTAX}, got {text!r}") from None
    return Head(name, task, column, number)


def check_heads(heads: Sequence[Head]) -> None:
    """Raises where two heads have one name or read one column.

    Raises:
        ArgumentError: A name or a column occurs twice.
    """
    for what in ("name", "label_column"):
        values = [getattr(head, what) for head in heads]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ArgumentError(f"two heads have the {what.replace('_', ' ')} {twice[0]!r}")
