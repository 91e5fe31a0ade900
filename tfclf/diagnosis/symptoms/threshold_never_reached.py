"""A label of several ranks its rows well, and its probability never reaches the threshold.

With a label in one row of fifty a model that knows it well may never be surer than 0.3
(ThilinaRajapakse/simpletransformers#234).
"""

from __future__ import annotations

import numpy as np

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.finding import WARNING, Finding
from tfclf.diagnosis.registry import Symptom
from tfclf.evaluation import sigmoid

NAME = "threshold-never-reached"
LEAST = 5  # rows with the label, and without it, from which its ranking says something
RANKED = 0.6  # area under the curve above which the model knows something of the label
SHOWN = 5  # labels told with their numbers


def look(case: Case) -> Finding | None:
    """Finds labels whose highest probability is below their threshold though they rank well."""
    outcome = case.outcome
    if outcome is None or outcome.logits is None or outcome.thresholds is None:
        return None
    from sklearn.metrics import roc_auc_score  # takes a second, and most cases need none of it

    truth, probabilities = np.asarray(outcome.truth), sigmoid(outcome.logits)
    concerned, told, borders = [], [], {}
    for i, name in enumerate(outcome.labels):
        true, own = truth[:, i] > 0, probabilities[:, i]
        if min(true.sum(), (~true).sum()) < LEAST or own.max() > outcome.thresholds[i]:
            continue
        area = float(roc_auc_score(true, own))
        if area > RANKED:
            concerned.append(name)
            borders[name] = _best_border(true, own)
            told.append(
                f"{name!r} ({true.sum()} rows) is {own.max():.3f} at most, its threshold "
                f"{outcome.thresholds[i]:.2f}, the area under its curve {area:.2f}"
            )
    if not concerned:
        return None
    more = f"; and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    shown = ", ".join(f"{name!r}: {borders[name]:.3g}" for name in concerned[:SHOWN])
    return Finding(
        NAME,
        WARNING,
        "; ".join(told[:SHOWN]) + more,
        "the model can tell these rows from the others, and never says the label",
        f"Take a threshold for each label; of these rows {{{shown}}} would be best. tfclf train "
        "chooses them with --decisions validation.",
        tuple(concerned),
    )


def _best_border(true: np.ndarray, probabilities: np.ndarray) -> float:
    """Returns the threshold with the highest F1 on these rows."""
    from sklearn.metrics import f1_score

    values = np.unique(probabilities)
    middles = (values[:-1] + values[1:]) / 2
    tried = middles[np.linspace(0, len(middles) - 1, min(len(middles), 200)).astype(int)]
    return float(max(tried, key=lambda border: f1_score(true, probabilities > border)))


SYMPTOM = Symptom(
    NAME,
    "A label's probability never reaches its threshold",
    look,
    tasks=("multi-label",),
)
