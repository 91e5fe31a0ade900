"""Labels that are true of several rows and that a trained model never says.

The first stage of the collapse: rare labels go one after the other, and accuracy hardly falls
(ThilinaRajapakse/simpletransformers#280, dmis-lab/biobert#44, amaiya/ktrain#186).
"""

from __future__ import annotations

import numpy as np

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.linear_probe import FOLDS, PENALTY, features_of
from tfclf.diagnosis.finding import NOTE, WARNING, Finding
from tfclf.diagnosis.registry import Symptom
from tfclf.imbalance import class_weights

NAME = "labels-never-predicted"
LEAST_ROWS = 5  # a model that finds half of a label's rows misses five of five once in 32 times
LEAST_STEPS = 100  # of the optimizer, before which a new head often says the frequent labels alone
SHOWN = 8  # labels in the evidence, and labels that are probed
PROBED_ROWS = 10  # of a label, with which each of five folds has two
FOUND = (
    0.8  # area under the curve: four of five pairs in order, which ten rows do not reach by luck
)
CARRIED = "the text carries them, and the training lost them"
NOT_YET = "the text carries them, and the training has not come to them yet"
NOT_CARRIED = "either the encoder has lost what tells them, or the text does not carry them"


def look(case: Case) -> Finding | None:
    """Finds labels with several true rows and no answer, unless all answers are one label."""
    outcome = case.outcome
    if outcome is None or outcome.predicted is None or outcome.support is None:
        return None
    if (outcome.num_predicted or 0) < 2:
        return None  # predicts-one-label or empty-predictions says it
    missed = np.flatnonzero((outcome.support >= LEAST_ROWS) & (outcome.predicted == 0))
    if not len(missed):
        return None
    missed = missed[np.argsort(-outcome.support[missed], kind="stable")]
    names = [outcome.labels[i] for i in missed]
    told = ", ".join(f"{outcome.labels[i]!r} ({outcome.support[i]:,})" for i in missed[:SHOWN])
    more = f" and {len(missed) - SHOWN} more" if len(missed) > SHOWN else ""
    occurring = int((outcome.support > 0).sum())
    found, unfinished = _found_by_probe(case, missed), _unfinished(case)
    evidence = (
        f"{len(missed)} of {occurring} labels that are true of {outcome.split} {outcome.unit}s are "
        f"never said: {told}{more}"
    )
    effect = "their F1 is 0, which accuracy hides"
    if found is not None:
        evidence += f"; a linear probe of the model's features finds {len(found)} of those it tried"
        effect += f"; {(NOT_YET if unfinished else CARRIED) if found else NOT_CARRIED}"
    if unfinished is not None:
        evidence += f"; the model was trained for {unfinished}"
        remedy = f"Train longer first, and ask again. Where they still stay away: {_remedy(case)}"
        return Finding(NAME, NOTE, evidence, effect, remedy, tuple(names))
    return Finding(NAME, WARNING, evidence, effect, _remedy(case), tuple(names))


def _found_by_probe(case: Case, missed: np.ndarray) -> list[int] | None:
    """Returns which labels a linear probe tells from the rest; None where it cannot be tried."""
    pipelines = [pipeline for pipeline in (case.train, case.validation) if pipeline is not None]
    if case.model is None or any(pipeline.label_names for pipeline in pipelines):
        return None
    features = features_of(case)
    if features is None:
        return None
    # They take a second, and most cases need none of them.
    from sklearn.linear_model import Ridge
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import cross_val_predict

    tried, found = 0, []
    for label in missed[:SHOWN].tolist():
        true = features.labels == label if features.labels.ndim == 1 else None
        if true is None and label < features.labels.shape[1]:
            true = features.labels[:, label] > 0
        if true is None or min(true.sum(), (~true).sum()) < PROBED_ROWS:
            continue
        tried += 1
        penalty = PENALTY * float((features.vectors**2).sum(1).mean())
        answers = cross_val_predict(
            Ridge(penalty), features.vectors, true.astype(float), cv=_folds(true)
        )
        if roc_auc_score(true, answers) >= FOUND:
            found.append(label)
    return found if tried else None


def _folds(true: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Returns folds that each have their share of the label's rows."""
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    return list(splitter.split(np.zeros(len(true)), true))


def _unfinished(case: Case) -> str | None:
    """Says how far a training has come that rare labels cannot be expected of; None where it has.

    A run of tfclf is as long as it was to be: it may end before its last epoch on purpose.
    """
    if case.plan.epochs and case.history and not case.handled:
        epochs = max(len(values) for values in case.history.values())
        if epochs < case.plan.epochs:
            return f"{epochs} of {case.plan.epochs} epochs"
    steps = _steps(case)
    if steps is None:
        return None
    if case.plan.steps and steps < case.plan.steps and not case.handled:
        return f"{steps:,} of {case.plan.steps:,} steps"
    return f"{steps:,} steps" if steps < LEAST_STEPS else None


def _steps(case: Case) -> int | None:
    """Returns the optimizer steps that were made; None where nobody knows."""
    optimizer = getattr(getattr(case.model, "model", None), "optimizer", None)
    made = 0 if optimizer is None else int(optimizer.iterations)
    if made:
        return made
    epochs = max((len(values) for values in case.history.values()), default=0)
    return epochs * case.plan.steps_per_epoch if epochs and case.plan.steps_per_epoch else None


def _remedy(case: Case) -> str:
    if case.handled:
        return (
            "Train again with --head-start probe --class-weights sqrt_inverse "
            "--decisions validation, and more --epochs; then look at the rows of these labels."
        )
    gives = None if case.model is None else case.model.gives
    read = ", from_logits=False" if gives in ("softmax", "sigmoid") else ""
    if case.task == "multi-label":
        return (
            f"Count easy negatives less: tfclf.losses.BinaryFocalCrossentropy(alpha=0.75{read}), "
            "and say a label from a threshold of its own on, fitted on validation rows."
        )
    loss = None if case.model is None else case.model.loss
    if case.class_weight or (loss is not None and loss.treats_imbalance):
        return (
            "Rare labels are weighed already: train longer, or on more rows of these labels, and "
            "watch tfclf.MacroF1Callback() instead of accuracy."
        )
    watch = "and watch tfclf.MacroF1Callback() instead of accuracy."
    before, weights = _weights(case)
    is_ids = loss is None or loss.kind == "sparse"
    if case.task == "token" or (is_ids and gives in (None, "logits", "softmax")):
        left_out = f", ignore_class={loss.ignores[0]}" if loss is not None and loss.ignores else ""
        return (
            f"Weigh them in the loss: {before}tfclf.losses.SparseCategoricalFocalCrossentropy("
            f"class_weights={weights}{left_out}{read}), {watch}"
        )
    return f"Weigh them: {before}fit(class_weight=dict(enumerate({weights}))), {watch}"


def _weights(case: Case) -> tuple[str, str]:
    """Returns the weights of the labels as code, and what has to be run before it."""
    counts = None if case.train is None else getattr(case.train, "counts", None)
    num_labels = len(case.outcome.labels) if case.outcome is not None else 0
    if counts is None or num_labels > SHOWN or len(counts) != num_labels or not np.all(counts):
        return (
            f"counts = numpy.maximum(numpy.bincount(labels, minlength={num_labels}), 1), of the "
            "label ids of the training; ",
            "tfclf.imbalance.class_weights(counts, 'sqrt_inverse').tolist()",
        )
    weights = class_weights(counts, "sqrt_inverse")
    return "", str([round(float(weight), 3) for weight in weights])


SYMPTOM = Symptom(
    NAME,
    "Labels with several rows are never said",
    look,
    tasks=("single-label", "multi-label", "token"),
)
