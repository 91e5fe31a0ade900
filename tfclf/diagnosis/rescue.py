"""What is done about a collapse while ``fit`` goes on: back to good weights, gentler from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from tfclf.diagnosis.pulse import SLOTS
from tfclf.diagnosis.rate_limits import higher_rate_of, lower_rate_of
from tfclf.diagnosis.vital_signs import Facts
from tfclf.imbalance import class_weights
from tfclf.training import GentlerSchedule, config_without_rate, forget_traces

WARMUP_SHARE = 0.1  # of the steps that are left
FEWEST_WARMUP_STEPS = 8
LOOKED_AHEAD, SAMPLES = 10_000, 256  # steps of a schedule that are asked, and how many of them
BEFORE = "_loss_before_rescue"  # under which a model keeps its own way to compute its loss
CLIP = 1.0  # largest norm of all gradients together


@dataclass
class Patient:
    """A model that is being trained, and what can be put back.

    Attributes:
        model: The model.
        facts: What is known of its training.
        start: Weights that it began with.
        healthy: Weights of the last healthy epoch, and its step.
        safe_rate: A rate that is known to work for encoders of this width.
        steps: Steps of the whole training; None where it is not known.
        true: Rows of each label so far, shape (slots,).
    """

    model: keras.Model
    facts: Facts
    start: list[np.ndarray]
    healthy: list[np.ndarray]
    safe_rate: float
    steps: int | None
    true: np.ndarray


def lower_rate(patient: Patient) -> str:
    """Goes back to the weights of the start, with a lower rate, a new warm-up and clipping."""
    return _begin_again(patient, patient.start, _lower(patient), "the weights of the start")


def go_back(patient: Patient) -> str:
    """Goes back to the last healthy weights, with a lower rate, a new warm-up and clipping."""
    return _begin_again(patient, patient.healthy, _lower(patient), "the last healthy weights")


def raise_rate(patient: Patient) -> str:
    """Goes on from where it is, with a higher rate; does nothing where it is high enough."""
    rate = patient.facts.rate or patient.safe_rate
    higher = higher_rate_of(rate, patient.safe_rate)
    return _begin_again(patient, None, higher, "the weights") if higher > rate else ""


def full_precision(patient: Patient) -> str:
    """Goes back to the last healthy weights and computes in float32."""
    for layer in patient.model._flatten_layers(recursive=True, include_self=True):
        if getattr(layer.dtype_policy, "compute_dtype", "") == "float16":
            layer.dtype_policy = keras.DTypePolicy("float32")
    said = _begin_again(patient, patient.healthy, patient.facts.rate, "the last healthy weights")
    return f"{said}, in float32"


def read_as_logits(patient: Patient) -> str:
    """Goes back to the start and gives the loss probabilities, as it expects them."""
    _before_the_loss(
        patient.model,
        lambda y, y_pred, weight, training: (
            keras.tree.map_structure(_probabilities, y_pred),
            weight,
        ),
    )
    rate, limit = patient.facts.rate, patient.facts.limit
    if rate is not None and limit is not None and rate > limit:
        rate = patient.safe_rate
    said = _begin_again(patient, patient.start, rate, "the weights of the start")
    return f"{said}; until the end of this fit the loss is given probabilities"


def weigh_classes(patient: Patient) -> str:
    """Goes on from where it is, with classes weighed by the inverse of their rows so far."""
    model = patient.model
    if not patient.true.any():
        return ""
    width = int(np.flatnonzero(patient.true).max()) + 1
    weights = class_weights(np.maximum(patient.true[:width], 1), "inverse").astype("float32")

    def weighted(y: Any, y_pred: Any, weight: Any, training: bool) -> tuple[Any, Any]:
        if not training:  # the loss of validation is a figure that others watch
            return y_pred, weight
        ids = _ids(y, y_pred)
        own = ops.take(ops.convert_to_tensor(weights), ops.clip(ids, 0, width - 1))
        return y_pred, own if weight is None else weight * own

    _before_the_loss(model, weighted)
    forget_traces(model)
    model.make_train_function(force=True)
    shown = ", ".join(f"{weight:.2f}" for weight in weights[:8])
    return f"Goes on with class weights {shown}{' ...' if width > 8 else ''}"


REMEDIES: dict[str, Callable[[Patient], str]] = {
    "learning-rate-too-high": lower_rate,
    "not-finite": go_back,
    "fp16-without-loss-scaling": full_precision,
    "logits-read-as-probabilities": read_as_logits,
    "learning-rate-too-low": raise_rate,
    "class-imbalance": weigh_classes,
}


def restore_loss(model: keras.Model) -> None:
    """Takes away what ``read_as_logits`` and ``weigh_classes`` put before the loss."""
    original = model.__dict__.get(BEFORE)
    if original is None:
        return
    (method,) = original
    if method is None:
        del model.compute_loss
    else:
        model.compute_loss = method
    object.__delattr__(model, BEFORE)
    forget_traces(model)


def _before_the_loss(
    model: keras.Model, change: Callable[[Any, Any, Any, bool], tuple[Any, Any]]
) -> None:
    """Has outputs and sample weights changed before the model's loss sees them."""
    if BEFORE not in model.__dict__:
        object.__setattr__(model, BEFORE, (model.__dict__.get("compute_loss"),))
    compute_loss = model.compute_loss

    def changed(
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        y_pred, sample_weight = change(y, y_pred, sample_weight, training)
        return compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight)

    model.compute_loss = changed


def _lower(patient: Patient) -> float:
    rate = patient.facts.rate
    return patient.safe_rate if rate is None else lower_rate_of(rate, patient.safe_rate)


def _begin_again(
    patient: Patient, weights: list[np.ndarray] | None, rate: float | None, where: str
) -> str:
    """Sets weights, forgets the optimizer's moments, and goes on at another rate."""
    model, optimizer = patient.model, patient.model.optimizer
    if weights is not None:
        model.set_weights(weights)
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    # Schedules count batches; with gradient accumulation the public count is that of the updates.
    begin = int(ops.convert_to_numpy(inner._iterations))
    if rate is not None:
        _set_rate(inner, rate, patient, begin)
    _forget_moments(inner)
    if not (inner.clipnorm or inner.global_clipnorm or inner.clipvalue):
        inner.global_clipnorm = CLIP
    # What the loss has added up may be no number.
    model._loss_tracker.reset_state()
    model.make_train_function(force=True)
    verb = "Back to" if weights is not None else "Goes on from"
    return f"{verb} {where}" + ("" if rate is None else f", at most at a rate of {rate:.1e}")


def _set_rate(
    optimizer: keras.optimizers.Optimizer, rate: float, patient: Patient, begin: int
) -> None:
    """Scales the rates that are left so that the highest is ``rate``, after a warm-up."""
    schedule = optimizer._learning_rate
    if not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        # A number stays a number: other callbacks may set it.
        optimizer.learning_rate = float(rate)
        return
    left = None if patient.steps is None else max(patient.steps - patient.facts.step, 1)
    ahead = np.unique(np.linspace(0, left or LOOKED_AHEAD, SAMPLES, dtype=int))
    highest = max(float(schedule(begin + step)) for step in ahead)
    warmup = max(FEWEST_WARMUP_STEPS, round(WARMUP_SHARE * (left or 0)))
    factor = rate / max(highest, 1e-12)
    # Where nobody knows how many steps are left, the rate may still rise: it is held down.
    optimizer.learning_rate = GentlerSchedule(schedule, begin, factor, warmup, most=rate)


def _forget_moments(optimizer: keras.optimizers.Optimizer) -> None:
    """Sets the state of an optimizer to that of its first step, but for its rate."""
    if not optimizer.built:
        return
    rate = getattr(optimizer._learning_rate, "path", None)
    fresh = type(optimizer).from_config(config_without_rate(optimizer))
    # As it was built: some variables may not train now.
    fresh.build(optimizer._trainable_variables)
    own = [variable for variable in optimizer.variables if variable.path != rate]
    new = [variable for variable in fresh.variables if variable is not fresh._learning_rate]
    for variable, first in zip(own, new, strict=True):
        variable.assign(first)


def _probabilities(outputs: Any) -> Any:
    return ops.sigmoid(outputs) if outputs.shape[-1] == 1 else ops.softmax(outputs, -1)


def _ids(y: Any, y_pred: Any) -> Any:
    """Returns the label id of each row or token, in the slots that classes are counted in."""
    y = ops.convert_to_tensor(y)
    if len(y.shape) == len(y_pred.shape):
        wide = y_pred.shape[-1] > 1 and y.shape[-1] == y_pred.shape[-1]
        y = ops.argmax(y, -1) if wide else y[..., 0]
    return ops.cast(y, "int32") % SLOTS
