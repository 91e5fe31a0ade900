"""Whether rows and files belong to a model: its labels, and the task of its head."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from tfclf.data import LabelMap, Rows
from tfclf.errors import ArgumentError, DataError
from tfclf.models import BertConfig
from tfclf.runs.reading import Reading
from tfclf.runs.run_directory import CONFIG
from tfclf.tasks import MULTI_TASK, find_task

logger = logging.getLogger("tfclf")


def warn_of_unseen(labels: LabelMap, rows: Rows, head: str) -> None:
    """Says which labels of rows the model does not have.

    Raises:
        DataError: It has none of them.
    """
    target = rows.targets[head]
    unseen = labels.unseen(target)
    if unseen and unseen.total() == len(target.flat):
        raise DataError(
            f"no label of the column {target.head.label_column!r} is one that training had: "
            f"{_listed(unseen)} beside {_listed(labels.names)}",
            where=rows.source,
            remedy="Check the file and its label column: --label COLUMN.",
        )
    if unseen:
        logger.warning(
            "%s %s of %s have labels that training never had, and count as misses: %s.",
            f"{sum(unseen.values()):,}",
            "words" if find_task(target.head.task).per_word else "rows",
            rows.source,
            ", ".join(f"{name} ({count})" for name, count in unseen.most_common(8)),
        )


def _listed(names: Iterable[str], most: int = 5) -> str:
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more


def check_task(reading: Reading, config: BertConfig) -> None:
    """Raises where the head of a model is of another task than its run says."""
    if reading.task == MULTI_TASK or config.problem_type is None:
        return
    expected = find_task(reading.task).problem_type
    if expected is not None and expected != config.problem_type:
        raise ArgumentError(f"task is {reading.task!r}, and {CONFIG} says {config.problem_type!r}")
