"""Validation rows -> how a trained model decides: thresholds, a logit offset, a temperature."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from tfclf.data import ONLY_HEAD, EncodedRows
from tfclf.evaluation import (
    choose_multi_label_temperature,
    choose_offset,
    choose_temperature,
    choose_thresholds,
    sigmoid,
)
from tfclf.runs.decision import Decision
from tfclf.runs.deployment import deployment_offset
from tfclf.runs.prepare import Prepared
from tfclf.training import HeadPlan, linear_layer, log_prior
from tfclf.training.precision import in_float32

logger = logging.getLogger("tfclf")

# Standard errors by which an offset has to beat what training aimed at, and what aimed at nothing.
BEYOND_DOUBT, BY_CHANCE = 2.0, 1.0
NO_AIM = 0.05


def decide(prepared: Prepared) -> dict[str, Decision]:
    """Chooses how each head decides on the validation rows, and puts it into model and classifier.

    The model computes in float32 from here on, whatever it was trained in.

    Shift and temperature go into the last layer of the head, so that all who read the model find
    the same answer; thresholds of several labels go into the classifier.

    Args:
        prepared: Rows and trained model.

    Returns:
        The decision of each head by its name; heads over words and of numbers have none.
    """
    recipe, classifier = prepared.recipe, prepared.classifier
    classifier.model = in_float32(classifier.model)  # as whoever loads the run computes
    encoded = prepared.encoded.get("validation") if recipe.decisions != "none" else None
    if encoded is None and recipe.deployment_prior is None:
        return {}
    logits = {} if encoded is None else classifier.logits(encoded)
    for plan in prepared.plans:
        name = plan.head.name
        if plan.head.task not in DECISIONS:
            continue
        some, truth = _validation(plan, encoded, logits)
        seen = log_prior(plan, recipe, prepared.drawn(plan))
        if recipe.deployment_prior is not None:
            correction = deployment_offset(plan, recipe)
            decision = _for_deployment(plan, seen, some, truth, correction)
        else:
            decision = DECISIONS[plan.head.task](plan, seen, some, truth)
        for reason in decision.reasons:
            logger.info("Decided%s: %s.", "" if name == ONLY_HEAD else f", {name}", reason)
        _fold(decision, linear_layer(classifier.model, name))
        classifier.deciders[name] = dataclasses.replace(
            classifier.deciders[name], thresholds=decision.thresholds
        )
        classifier.decisions[name] = decision
    return classifier.decisions


def _validation(
    plan: HeadPlan, encoded: EncodedRows | None, logits: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """Returns logits and labels of the validation rows of a head; none of each where there are."""
    if encoded is None:
        return np.empty((0, len(plan.labels))), np.empty(0, int)
    labels = encoded.labels
    if isinstance(labels, Mapping):
        labels = labels[plan.head.name]
    return logits[plan.head.name], labels.batch(np.arange(encoded.num_rows))


def _for_deployment(
    plan: HeadPlan,
    seen: np.ndarray,
    logits: np.ndarray,
    label_ids: np.ndarray,
    correction: np.ndarray,
) -> Decision:
    """Corrects a head of one label for the labels' shares where it will be used."""
    put_back = np.log(plan.some_counts) - seen
    temperature = choose_temperature(logits + put_back, label_ids)
    # On calibrated logits, and the temperature of the training rows stays that of the new ones.
    shift = put_back + temperature.value * correction
    shift = shift - shift.mean()
    told = "corrected for the shares of the labels where the model will be used"
    return Decision(tuple(shift.tolist()), temperature.value, None, (told, temperature.reason))


def _one_label(
    plan: HeadPlan, seen: np.ndarray, logits: np.ndarray, label_ids: np.ndarray
) -> Decision:
    """Chooses a shift for macro-F1 and a temperature for what is shifted."""
    prior = np.log(plan.some_counts)
    prior = prior - prior.mean()
    # What the loss, weights and sampling took out of the prior is put back: then these are the
    # logits of the training rows' own frequencies, of which a share is taken out again.
    put_back = prior - seen
    # What the training aimed at stands unless another offset is better beyond doubt: half way from
    # the logits as they are to calibrated ones, where a model that is too sure of itself falls
    # short of it by its temperature.
    aim = float(put_back @ prior / (prior @ prior)) if prior.any() else 0.0
    sure = choose_temperature(logits + put_back, label_ids).value
    errors = BEYOND_DOUBT if abs(aim) > NO_AIM else BY_CHANCE
    offset = choose_offset(
        logits + put_back, label_ids, prior, prefer=aim * max(sure, 1.0) ** 0.5, errors=errors
    )
    shift = put_back + np.array(offset.values)
    temperature = choose_temperature(logits + shift, label_ids)
    reasons = (offset.reason, temperature.reason)
    return Decision(tuple(shift.tolist()), temperature.value, None, reasons)


def _several_labels(
    plan: HeadPlan, seen: np.ndarray, logits: np.ndarray, truth: np.ndarray
) -> Decision:
    """Chooses a temperature and a threshold for each label."""
    temperature = choose_multi_label_temperature(logits, truth)
    calibrated = sigmoid(logits / temperature.value)
    thresholds = choose_thresholds(calibrated, truth, plan.labels.names)
    reasons = (temperature.reason, *thresholds.reasons)
    none = (0.0,) * len(plan.labels)
    return Decision(none, temperature.value, thresholds.values, reasons)


DECISIONS: dict[str, Callable[[HeadPlan, np.ndarray, np.ndarray, np.ndarray], Decision]] = {
    "single-label": _one_label,
    "multi-label": _several_labels,
}


def _fold(decision: Decision, layer: keras.layers.Dense) -> None:
    """Puts shift and temperature into the last layer of a head."""
    layer.kernel.assign(layer.kernel / decision.temperature)
    layer.bias.assign((layer.bias + np.array(decision.shift)) / decision.temperature)
