"""Class weights so far apart that a rare row is a batch of its own (microsoft/CodeBERT#64)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.pipeline import PipelineEvidence
from tfclf.diagnosis.finding import WARNING, Finding
from tfclf.diagnosis.registry import Symptom

EXTREME = 100.0  # largest over smallest: one row then moves the weights like a hundred others


def look(case: Case) -> list[Finding]:
    """Compares the largest weight with the smallest, wherever weights are given."""
    loss = None if case.model is None else case.model.loss
    given = {
        "class_weight": _numbers(case.class_weight),
        "the class weights of the loss": _numbers(None if loss is None else loss.class_weights),
        "the mean sample weights of the classes": _means(case.train),
    }
    return [
        finding for what, w in given.items() if w is not None and (finding := _finding(what, w))
    ]


def _finding(what: str, weights: np.ndarray) -> Finding | None:
    positive = weights[weights > 0]
    zero = int((weights == 0).sum())
    broken = int((~np.isfinite(weights) | (weights < 0)).sum())
    if broken:
        evidence, effect = f"{broken} of {what} are negative or not finite", "the loss diverges"
    elif not len(positive) or positive.max() <= EXTREME * positive.min():
        return None
    else:
        evidence = (
            f"{what} reach from {positive.min():.3g} to {positive.max():.3g}, "
            f"{positive.max() / positive.min():,.0f} times as much"
        )
        effect = "batches with a rare class take huge steps, and training can diverge"
    if zero:
        evidence += f"; {zero} classes weigh 0"
    return Finding(
        SYMPTOM.name,
        WARNING,
        evidence,
        effect,
        'Dampen them: tfclf.imbalance.class_weights(counts, "sqrt_inverse", '
        f"max_ratio={EXTREME:.0f}), which have the mean 1.",
    )


def _numbers(given: Any) -> np.ndarray | None:
    if given is None:
        return None
    values = list(given.values()) if isinstance(given, Mapping) else given
    try:
        weights = np.asarray(values, "float64").ravel()
    except (TypeError, ValueError):
        return None  # what it is instead is another symptom's
    return weights if len(weights) else None


def _means(seen: PipelineEvidence | None) -> np.ndarray | None:
    """Returns the mean sample weight of each class; rows of no class count where they weigh."""
    if seen is None or seen.sample_weights is None or seen.class_ids is None:
        return None
    ids, weights = seen.class_ids, seen.sample_weights
    if ids.shape != weights.shape:
        return None
    classes, which = np.unique(ids.ravel(), return_inverse=True)
    means = np.bincount(which, weights.ravel().astype("float64")) / np.bincount(which)
    means = means[(classes >= 0) | (means != 0)]
    return means if len(means) else None


SYMPTOM = Symptom("class-weights-extreme", "Class weights that are too far apart", look)
