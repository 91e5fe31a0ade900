"""Rows -> lines of predictions, one a row, in the order of the rows."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tfclf.data import ONLY_HEAD
from tfclf.evaluation import Logits
from tfclf.models import replace_file
from tfclf.runs.bulk.partial_output import told
from tfclf.runs.classifier import Classifier
from tfclf.tasks import MULTI_TASK
from tfclf.terminal import json_text


def write_lines(portions: Iterable[Iterable[str]], output: str) -> None:
    """Writes lines as they come to standard output or a device, or to a file in one step.

    Args:
        portions: The lines, some at a time.
        output: A path, or ``"-"``.

    Raises:
        RunError: The file cannot be written.
    """
    if output == "-":
        with told("standard output"):
            for lines in portions:
                sys.stdout.writelines(lines)
                sys.stdout.flush()
        return

    def write(path: Path) -> None:
        with open(path, "w", encoding="utf-8") as file:
            for lines in portions:
                file.writelines(lines)

    path = Path(output)
    with told(path):
        if is_device(path):
            write(path)
        else:
            replace_file(path, write)


def is_device(path: Path) -> bool:
    """Tells whether a path is a pipe or another thing that no file may take the place of."""
    return path.exists() and not (path.is_file() or path.is_dir())


def lines_of(
    classifier: Classifier, logits: Mapping[str, Logits], all_scores: bool = False
) -> Iterator[str]:
    """Yields the line of each row.

    Args:
        classifier: The classifier.
        logits: Logits of the rows by the name of the head.
        all_scores: Whether each line has ``scores``, the probability of every label.
    """
    by_head = {
        name: decider.lines(logits[name], all_scores=all_scores)
        for name, decider in classifier.deciders.items()
    }
    for answers in zip(*by_head.values(), strict=True):
        line = dict(zip(by_head, answers, strict=True))
        answer = line if classifier.task == MULTI_TASK else line[ONLY_HEAD]
        yield json_text(answer) + "\n"
