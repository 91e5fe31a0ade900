"""Rows -> a file of predictions, one line a row, in the order of the rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tfclf.data import ONLY_HEAD, Rows
from tfclf.errors import RunError
from tfclf.models import replace_file
from tfclf.runs.classifier import Classifier
from tfclf.tasks import MULTI_TASK


def write_predictions(
    classifier: Classifier, rows: Rows, output: str, *, all_scores: bool = False
) -> None:
    """Predicts rows and writes one line of JSON for each.

    ``{"label": ..., "score": ...}``, ``{"labels": [...], "scores": {...}}``, ``{"value": ...}`` or
    ``{"tags": [...]}``, by the task; with several heads one of these under the name of each.

    Args:
        classifier: The classifier.
        rows: The rows.
        output: File to write, in one step when all is done; ``"-"`` writes to standard output.
        all_scores: Whether each line has ``scores``, the probability of every label.

    Raises:
        RunError: The file cannot be written.
    """
    lines = _lines(classifier, rows, all_scores)
    if output == "-":
        sys.stdout.writelines(lines)
        return

    def write(path: Path) -> None:
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(lines)

    try:
        replace_file(Path(output), write)
    except OSError as error:
        raise RunError(f"cannot be written ({error.strerror})", where=output) from None


def _lines(classifier: Classifier, rows: Rows, all_scores: bool) -> Iterator[str]:
    for logits in classifier.predict_rows(rows):
        by_head = {
            name: decider.lines(logits[name], all_scores=all_scores)
            for name, decider in classifier.deciders.items()
        }
        for answers in zip(*by_head.values(), strict=True):
            line = dict(zip(by_head, answers, strict=True))
            answer = line if classifier.task == MULTI_TASK else line[ONLY_HEAD]
            yield json.dumps(answer, ensure_ascii=False) + "\n"
