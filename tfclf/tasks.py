"""The tasks, and one table that says how each is labelled, named and judged.

A verb looks its task up here; none asks for a task by an ``if``.
"""

from __future__ import annotations

from dataclasses import dataclass

from tfclf.errors import ArgumentError


@dataclass(frozen=True)
class Task:
    """What distinguishes one kind of classification from another.

    Attributes:
        name: The task's name on the command line and in files.
        label_column: Where its labels stand unless another column is declared.
        problem_type: Hugging Face's name for its loss, written to ``config.json``.
        monitor: The validation figure that early stopping watches.
        monitor_mode: ``"max"`` where more is better, else ``"min"``.
    """

    name: str
    label_column: str
    problem_type: str
    monitor: str
    monitor_mode: str


SINGLE_LABEL = Task(
    name="single-label",
    label_column="label",
    problem_type="single_label_classification",
    monitor="val_macro_f1",
    monitor_mode="max",
)

TASKS = {task.name: task for task in (SINGLE_LABEL,)}


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
