"""Rows -> a file of predictions, one line a row, in the order of the rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tfclf.data import Rows
from tfclf.errors import RunError
from tfclf.models import replace_file
from tfclf.runs.classifier import Classifier


def write_predictions(
    classifier: Classifier, rows: Rows, output: str, *, all_scores: bool = False
) -> None:
    """Predicts rows and writes ``{"label": ..., "score": ...}`` for each.

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
    for probabilities in classifier.predict_rows(rows):
        for row in probabilities:
            yield json.dumps(_prediction(row, classifier.labels, all_scores), ensure_ascii=False)
            yield "\n"


def _prediction(row: np.ndarray, labels: tuple[str, ...], all_scores: bool) -> dict[str, Any]:
    best = int(row.argmax())
    prediction: dict[str, Any] = {"label": labels[best], "score": round(float(row[best]), 6)}
    if all_scores:
        scores = (round(float(score), 6) for score in row)
        prediction["scores"] = dict(zip(labels, scores, strict=True))
    return prediction
