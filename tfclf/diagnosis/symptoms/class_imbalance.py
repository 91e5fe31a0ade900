"""Labels that are much more frequent than others.

Of two labels at 80 to 20 a model was reported that says the first to everything
(ThilinaRajapakse/simpletransformers#18; also #280, amaiya/ktrain#186); for several labels a row
see kaushaltrivedi/fast-bert#52.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.label_view import LabelView, label_views
from tfclf.diagnosis.finding import NOTE, WARNING, Finding
from tfclf.diagnosis.registry import Symptom
from tfclf.imbalance import class_weights
from tfclf.imbalance.advice import BALANCED_UP_TO

MAJORITY = 4.0  # the largest class over the mean of the others: 80 to 20 was reported to collapse
LONG_TAIL = 20.0  # largest over smallest; 77 classes at 5 to 1 train well without anything
FEW = 10  # rows of a class from which a fine-tuned head learns little
MOST = 50.0  # ratio of two weights that are recommended: half of what is found extreme
RARE = 0.01  # share of rows with a label, where rows have several
SHOWN = 6  # labels
# Times that a row of the rarest label has to weigh one of the largest: of 80 to 20 even the square
# root, the mildest of the usual dampings, is 2.
LIFTED = 1.5
FOUND = 0.5  # recall of the rarest label at which a trained model plainly says it


def look(case: Case) -> list[Finding]:
    """Counts the labels of the training rows."""
    return [
        finding
        for view in label_views(case, "training")
        if view.counts is not None and view.counts.sum()
        if (finding := (_several if view.kind == "multi" else _one)(case, view)) is not None
    ]


def _one(case: Case, view: LabelView) -> Finding | None:
    counts = _occurring(view)
    if len(counts) < 2:
        return None
    ratio = counts.max() / counts.min()
    never = _never(case, view)
    if ratio < BALANCED_UP_TO and not never:
        return None
    skew = counts.max() * (len(counts) - 1) / (counts.sum() - counts.max())
    strong = view.kind == "single" and (skew >= MAJORITY or ratio >= LONG_TAIL)
    unit = "tags" if view.kind == "token" else "rows"
    rarest = view.names[int(np.where(view.counts > 0, view.counts, np.inf).argmin())]  # type: ignore[operator, arg-type]
    evidence = (
        f"{view.where} has {view.counted()}: the largest class has {ratio:.1f} times the {unit} "
        f"of the smallest, {rarest!r} with {counts.min():,}"
    )
    few = int((counts < FEW).sum())
    if few and view.is_whole:
        evidence += f"; {few} of {len(counts)} classes with fewer than {FEW} {unit}"
    if never:
        evidence += f"; classes of the model that never occur: {never}"
    untreated = strong and _is_untreated(case, view)
    if untreated and (weights := _weights(case, view)) is not None:
        largest = view.names[int(view.counts.argmax())]  # type: ignore[union-attr]
        evidence += (
            f"; a row of {largest!r} weighs {weights[1]:.3g}, one of {rarest!r} {weights[0]:.3g}"
        )
    if untreated and (recall := _recall_of_rarest(case, view)) is not None and recall >= FOUND:
        return Finding(
            SYMPTOM.name,
            NOTE,
            f"{evidence}; the trained model finds {recall:.0%} of the rows of {rarest!r}",
            "rare labels are learnt last, and these were",
            _remedy(case, view, False),
        )
    return Finding(
        SYMPTOM.name,
        WARNING if untreated else NOTE,
        evidence,
        _effect(case, view, untreated),
        _remedy(case, view, untreated),
    )


def _several(case: Case, view: LabelView) -> Finding | None:
    counts = view.counts
    if counts is None or not view.num_rows:
        return None
    shares = counts / view.num_rows
    never = np.flatnonzero(counts == 0)
    rare = np.flatnonzero((shares < RARE) & (counts > 0))
    if not len(never) and not len(rare):
        return None
    parts = []
    if len(rare):
        named = ", ".join(f"{view.names[i]} {shares[i]:.2%}" for i in rare[:SHOWN])
        parts.append(f"{len(rare)} labels have fewer than {RARE:.0%} of the rows ({named})")
    if len(never):
        named = ", ".join(view.names[i] for i in never[:SHOWN])
        parts.append(f"{len(never)} labels have no row at all ({named})")
    untreated = bool(len(never)) and view.is_whole and _is_untreated(case, view)
    return Finding(
        SYMPTOM.name,
        WARNING if untreated else NOTE,
        f"of {view.num_rows:,} rows of {view.where} " + " and ".join(parts),
        "their probability seldom passes 0.5, so that they are hardly ever said",
        "Tune a threshold for each label on validation rows (tfclf train does), and leave labels "
        "without rows out.",
    )


def _occurring(view: LabelView) -> np.ndarray:
    counts = np.empty(0, "int64") if view.counts is None else view.counts
    return counts[counts > 0]


def _never(case: Case, view: LabelView) -> int:
    """Returns how many of the model's classes have no row, where all rows were read."""
    if view.file is not None or not view.is_whole or case.model is None:
        return 0
    if view.counts is None or not case.model.num_outputs or case.model.num_outputs < 2:
        return 0
    return max(case.model.num_outputs - int((view.counts > 0).sum()), 0)


def _is_untreated(case: Case, view: LabelView) -> bool:
    """Returns whether neither a compiled loss nor weights count rows of rare labels more."""
    if case.handled or case.model is None or case.model.loss is None:
        return False
    if case.model.loss.treats_imbalance:
        return False
    if view.file is not None or view.kind != "single":  # which weight is whose is not known
        return not _is_weighted(case, view)
    weights = _weights(case, view)
    return weights is None or not weights[0] >= LIFTED * weights[1]


def _is_weighted(case: Case, view: LabelView) -> bool:
    """Tells whether rows weigh differently; Keras refuses class weights that are no dict."""
    rows = None if view.pipeline is None else view.pipeline.sample_weights
    given = isinstance(case.class_weight, Mapping) and bool(case.class_weight)
    return given or (rows is not None and bool(np.ptp(rows) > 0))


def _weights(case: Case, view: LabelView) -> tuple[float, float] | None:
    """Returns what a row of the rarest and of the largest class weigh; None where all weigh 1."""
    if view.counts is None or view.ids is None or not _is_weighted(case, view):
        return None
    given = case.class_weight if isinstance(case.class_weight, Mapping) else {}
    rows = None if view.pipeline is None else view.pipeline.sample_weights
    weights = []
    for label in (np.where(view.counts > 0, view.counts, np.inf).argmin(), view.counts.argmax()):
        weight = given.get(int(label), 1.0)  # as Keras takes a class that is left out
        weight = float(weight) if np.isscalar(weight) and not isinstance(weight, str) else np.nan
        if rows is not None and rows.shape == view.ids.shape:
            weight *= float(rows[view.ids == label].mean())
        weights.append(weight)
    return weights[0], weights[1]


def _recall_of_rarest(case: Case, view: LabelView) -> float | None:
    """Returns which share of its rows a trained model finds; None where that is not known."""
    outcome, counts = case.outcome, view.counts
    if outcome is None or outcome.truth is None or outcome.logits is None or counts is None:
        return None
    rarest = int(np.where(counts > 0, counts, np.iinfo(counts.dtype).max).argmin())
    if view.file is not None:  # whose labels have no ids yet
        if view.names[rarest] not in outcome.labels:
            return None
        rarest = outcome.labels.index(view.names[rarest])
    if outcome.truth.ndim != 1 or outcome.logits.ndim != 2:
        return None
    rows = outcome.truth == rarest
    return float((outcome.logits[rows].argmax(-1) == rarest).mean()) if rows.any() else None


def _effect(case: Case, view: LabelView, untreated: bool) -> str:
    if untreated and _is_weighted(case, view):
        return "these weights do not lift the rare labels, and the loss falls by never saying them"
    if untreated:
        return "the loss takes every row alike, and falls fastest by never saying the rare labels"
    if case.handled:
        return "tfclf train chooses a loss that sees to it"
    return "rare labels are learnt last"


def _remedy(case: Case, view: LabelView, untreated: bool) -> str:
    if not untreated:
        return "Judge by macro-F1 instead of accuracy."
    counts = _occurring(view)
    model = case.model
    weigh = "Weigh the classes"
    if _is_weighted(case, view):
        weigh = "Leave the weights that are given out, and weigh the classes"
    if len(counts) > SHOWN or view.counts is None or len(counts) < len(view.counts):
        return (
            f"{weigh}: ids, counts = numpy.unique(labels, return_counts=True); "
            "weights = tfclf.imbalance.class_weights(counts, max_ratio=50); "
            "fit(class_weight=dict(zip(ids.tolist(), weights.tolist()))). Judge by macro-F1."
        )
    weights = [round(float(weight), 3) for weight in class_weights(counts, max_ratio=MOST)]
    loss = None if model is None else model.loss
    fits = model is not None and model.gives == "logits" and model.num_outputs == len(weights)
    if loss is None or loss.kind != "sparse" or not fits:
        given = dict(enumerate(weights))
        return f"{weigh}: fit(class_weight={given}); judge by macro-F1."
    better = f"tfclf.losses.SparseCategoricalFocalCrossentropy(class_weights={weights})"
    return f"{weigh}: compile(loss={better}); judge by macro-F1."


SYMPTOM = Symptom(
    "class-imbalance",
    "Some labels are much more frequent than others",
    look,
    ("single-label", "multi-label", "token"),
)
