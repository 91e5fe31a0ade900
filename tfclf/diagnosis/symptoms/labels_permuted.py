"""Answers are right under other names: the labels of the model and of the rows are in two orders.

A map of labels that is made anew from a set or from the order of rows gives other ids
(ProsusAI/finBERT#17, huggingface/transformers#3093, huggingface/setfit#587).
"""

from __future__ import annotations

import numpy as np

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.finding import ERROR, Finding
from tfclf.diagnosis.registry import Symptom

NAME = "labels-permuted"
LEAST_ROWS = 5  # of a label, from which its most frequent answer says something
SURE = 0.7  # share of a label's rows that have one and the same other answer
LEAST_MOVED = 2  # labels that have changed places: of one alone the answers are merely wrong
SHOWN = 12  # labels in the evidence


def look(case: Case) -> Finding | None:
    """Finds labels whose rows nearly all have the answer of another label, each of its own."""
    outcome = case.outcome
    if outcome is None or outcome.logits is None or outcome.truth is None:
        return None
    if not len(outcome.truth):
        return None  # all labels are unknown to the model: unseen-labels says it
    # They take a second: whoever looks at no predictions does not wait for them.
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import confusion_matrix

    width = len(outcome.labels)
    counts = confusion_matrix(outcome.truth, outcome.logits.argmax(-1), labels=range(width))
    own = np.arange(width)
    _, best = linear_sum_assignment(-counts)
    support = np.maximum(counts.sum(1), 1)
    moved = (best != own) & (counts.sum(1) >= LEAST_ROWS) & (counts[own, best] >= SURE * support)
    if moved.sum() < LEAST_MOVED:
        return None
    before = counts.trace() / counts.sum()
    after = counts[own, best].sum() / counts.sum()
    places = np.flatnonzero(moved)
    pairs = [f"{outcome.labels[i]!r} is called {outcome.labels[best[i]]!r}" for i in places]
    more = f", and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
    order = [outcome.labels[i] for i in np.argsort(best)]  # the true name of each answer
    return Finding(
        NAME,
        ERROR,
        f"{', '.join(pairs[:SHOWN])}{more}; accuracy is {before:.2f}, and {after:.2f} with the "
        "names in their places",
        "the model has learnt the labels, and its ids stand for other names than those of the rows",
        f"Read the ids with the map of the training: labels = {order}; and save that map with "
        "the model (config.id2label).",
        tuple(outcome.labels[i] for i in places),
    )


SYMPTOM = Symptom(
    NAME,
    "Answers are right under other names",
    look,
    tasks=("single-label", "token"),
)
