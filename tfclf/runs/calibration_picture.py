"""Judged logits -> the reliability of a split before and after the decision."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tfclf.data import Rows, Target
from tfclf.evaluation import (
    Decider,
    Reliability,
    Scores,
    draw_reliability,
    multi_hot,
    reliability,
    sigmoid,
    softmax,
)
from tfclf.runs.decision import Decision


def draw_calibration(
    decisions: Mapping[str, Decision],
    deciders: Mapping[str, Decider],
    rows: Rows,
    logits: Mapping[str, Any],
    scores: Scores,
    split: str,
    folder: Path,
) -> dict[str, dict[str, float]]:
    """Draws confidence against accuracy before and after the decision of each head.

    Args:
        decisions: How each head decides.
        deciders: What turns its logits into answers.
        rows: The rows of the split.
        logits: Their logits, of the model as it is saved.
        scores: Their figures.
        split: Name of the split.
        folder: Where to.

    Returns:
        The expected calibration error ``before`` and ``after``, by the name of the head.
    """
    errors = {}
    for name, decision in decisions.items():
        own = scores["tasks"].get(name) if "tasks" in scores else scores
        if own is None:
            continue
        decider = deciders[name]
        before = dataclasses.replace(decider, thresholds=None), decision.undone(logits[name])
        both = [
            RELIABILITIES[decider.task](rows.targets[name], some, one)
            for one, some in (before, (decider, logits[name]))
        ]
        errors[name] = {"before": both[0].error, "after": both[1].error}
        suffix = f"{split}_{name}" if "tasks" in scores else split
        draw_reliability(*both, folder / f"reliability_{suffix}.png")
    return errors


def _one_label(target: Target, logits: np.ndarray, decider: Decider) -> Reliability:
    values = target.values()
    here = [row for row, value in enumerate(values) if value is not None]
    probabilities, said = softmax(logits[here]), decider.decide(logits[here])
    correct = [label == values[row][0] for label, row in zip(said, here, strict=True)]
    return reliability(probabilities.max(-1), np.array(correct))


def _several_labels(target: Target, logits: np.ndarray, decider: Decider) -> Reliability:
    values = target.values()
    here = [row for row, value in enumerate(values) if value is not None]
    known = set(decider.labels)
    truth = multi_hot([[x for x in values[row] if x in known] for row in here], decider.labels)
    probabilities = sigmoid(logits[here])
    said = multi_hot(decider.decide(logits[here]), decider.labels) > 0
    confidence = np.where(said, probabilities, 1 - probabilities)
    return reliability(confidence.ravel(), (said == truth).ravel())


RELIABILITIES: dict[str, Callable[[Target, Any, Decider], Reliability]] = {
    "single-label": _one_label,
    "multi-label": _several_labels,
}
