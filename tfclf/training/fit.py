"""Model, batches and recipe -> a fitted model, by Keras's own ``fit``."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from tfclf.data import Batches
from tfclf.errors import ArgumentError
from tfclf.models import PretrainedModel
from tfclf.training.deferred_reweighting import DeferredReweighting
from tfclf.training.feature_batches import FeatureBatches, HeadOnly
from tfclf.training.figures import TrainingFigures, peak_memory_bytes
from tfclf.training.fused_adamw import FusedAdamW, one_device_of_tensorflow
from tfclf.training.head_plan import HeadPlan
from tfclf.training.late_best import LateBest, macro_f1_error
from tfclf.training.mean_score import MeanScore
from tfclf.training.mixup import Mixup
from tfclf.training.objective import Objective, objective
from tfclf.training.optimizer import adamw
from tfclf.training.recipe import Recipe
from tfclf.training.recipe_checks import AUTO
from tfclf.training.resuming import Saving, saved_fit
from tfclf.training.schedule import WarmupDecay
from tfclf.training.step_timer import StepTimer
from tfclf.training.thaw import Thaw
from tfclf.training.trainable import count_parameters, freeze, rate_multipliers
from tfclf.training.training_step import training_step

logger = logging.getLogger("tfclf")

BEYOND_DOUBT = 3.0  # of what two epochs differ by chance
LEAST_FALL = 0.03  # of the validation figure, where that chance is not known
EXPECTED_F1 = 0.9  # at which the error of a macro-F1 is estimated
AT_START = "score_at_start"  # a fact of a snapshot


def fit_model(
    model: PretrainedModel,
    train: Batches | FeatureBatches,
    validation: Batches | FeatureBatches | None,
    recipe: Recipe,
    plans: Sequence[HeadPlan],
    *,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    on_features: bool = False,
    keep_start: bool = False,
    saving: Saving | None = None,
) -> tuple[dict[str, list[float]], TrainingFigures]:
    """Trains a model.

    Args:
        model: The model; it gives logits.
        train: Shuffled batches with labels.
        validation: Batches with labels, or None: then the last epoch's weights are kept.
        recipe: A recipe that ``settle`` gave.
        plans: The heads.
        callbacks: More callbacks, such as a progress display.
        on_features: Whether the batches are vectors of a frozen encoder, for the head alone.
        keep_start: Whether the start is judged as well, and kept where every epoch is worse beyond
            doubt.
        saving: How the training is saved as it runs, and what it goes on from; None does neither.

    Returns:
        The history, one list of figures a name, and what the training cost.

    Raises:
        Interrupted: The process was asked to end, and what there is has been saved.
        RunError: The snapshot to go on from is of another training.
    """
    freeze(model, recipe.freeze)
    parameters = count_parameters(model)
    aim = objective(plans, recipe)
    _check_accumulation(recipe, train.steps * recipe.epochs)
    fitted = _fitted(model, recipe, on_features)
    optimizer = optimizer_of_recipe(model, recipe, train.steps * recipe.epochs)
    timer, clock = StepTimer(_shapes_of(train)), _Clock()
    best = at_start = None
    with training_step(model, train, recipe, optimizer) as setting:
        _compile(fitted, aim, optimizer, recipe)
        if validation is not None:
            at_start = _at_start(fitted, validation, aim, saving) if keep_start else None
            best = _late_best(aim, plans, recipe, at_start)
        watching = [*setting.callbacks, timer, clock, *_on_the_way(aim, plans, recipe)]
        watching += [*([best] if best else []), *callbacks]
        facts = {"batches": _batches_facts(train), AT_START: at_start}
        if saving is not None and saving.resumed is not None:
            _build_metrics(fitted, train)
        with saved_fit(train, watching, saving, facts) as begun:
            clock.start()
            history = fitted.fit(
                train.dataset(),
                validation_data=None if validation is None else validation.dataset(),
                epochs=recipe.epochs,
                initial_epoch=begun.epoch,
                shuffle=False,  # the batches shuffle themselves
                verbose=0,
                callbacks=[*watching, *begun.callbacks],
            )
            seconds = begun.seconds + clock.seconds
    figures = replace(
        _figures(model, train, parameters, len(history.epoch), seconds - clock.validation),
        steps=_updates(fitted.optimizer),
        compile_seconds=timer.compile_seconds,
        jit=setting.jit,
        resumed_from_step=begun.step,
        best_epoch=None if best is None else best.kept_epoch,
        score_at_start=at_start,
    )
    if setting.callbacks:  # the optimizer was over rows of a table that is whole again
        fitted.compiled = False
    return {name: [float(x) for x in values] for name, values in history.history.items()}, figures


def _figures(
    model: PretrainedModel, train: Any, parameters: tuple[int, int], epochs: int, seconds: float
) -> TrainingFigures:
    """Returns what is known of a training without having watched it."""
    examples, (trainable, every) = train.num_rows_read, parameters
    return TrainingFigures(
        examples=examples,
        parameters=every,
        trainable_parameters=trainable,
        epochs=epochs,
        steps=train.steps * epochs,
        seconds=seconds,
        examples_per_second=examples * epochs / seconds,
        compile_seconds=0.0,
        padding_share=train.padding_share(),
        peak_memory_bytes=peak_memory_bytes(),
        precision=model.compute_dtype,
        backend=keras.backend.backend(),
        jit="off",
    )


def _updates(optimizer: keras.optimizers.Optimizer) -> int:
    """Returns how often an optimizer has changed weights; overflows of float16 are left out."""
    counted = getattr(optimizer, "inner_optimizer", optimizer).iterations
    return int(keras.ops.convert_to_numpy(counted))


def _check_accumulation(recipe: Recipe, steps: int) -> None:
    """Raises where the optimizer would never step, and says what batches count for nothing."""
    every = recipe.gradient_accumulation_steps
    if every > steps:
        raise ArgumentError(
            f"{every} batches make a step of the optimizer, and the training has {steps}",
            remedy=f"Pass --gradient-accumulation-steps {steps} at most, or more epochs.",
        )
    if steps % every:
        logger.warning(
            "The last %s of %s batches make no step of the optimizer: it takes %s for one.",
            steps % every,
            steps,
            every,
        )


def _fitted(model: PretrainedModel, recipe: Recipe, on_features: bool) -> keras.Model:
    """Returns the model as ``fit`` sees it."""
    if recipe.mixup:
        return Mixup(model, recipe.mixup, recipe.seed)
    return HeadOnly(model) if on_features else model


def _compile(
    model: keras.Model, aim: Objective, optimizer: keras.optimizers.Optimizer, recipe: Recipe
) -> None:
    """Compiles a model, and builds its optimizer: in the first step that costs a second trace."""
    if recipe.precision == "float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    if recipe.thaw_epoch is None:  # else ``Thaw`` builds it, over what is frozen as well
        optimizer.build(model.trainable_variables)
    model.compile(
        optimizer=optimizer,
        loss=aim.loss,
        loss_weights=aim.loss_weights,
        metrics=aim.metrics,
        # TensorFlow compiles parts of the step, where the recipe has it so.
        jit_compile=keras.backend.backend() != "tensorflow",
        steps_per_execution=1 if recipe.steps_per_execution == AUTO else recipe.steps_per_execution,
    )


def _shapes_of(train: Any) -> Callable[[int], Sequence[tuple[int, int]]] | None:
    """Returns what says the shapes of an epoch's batches; None where all are alike."""
    if not hasattr(train, "plan"):
        return None
    return lambda epoch: [train.shape_of(batch) for batch in train.plan(epoch)]


def _late_best(
    aim: Objective, plans: Sequence[HeadPlan], recipe: Recipe, at_start: float | None
) -> LateBest:
    """Returns what keeps the best epoch's weights."""
    return LateBest(
        f"val_{aim.monitor}",
        tolerance=chance_difference(plans),
        patience=recipe.patience or recipe.epochs,
        # A few validation rows flatter the start as easily as an epoch, and training reads ten
        # times as many: it has to be worse beyond doubt.
        at_start=None if at_start is None else at_start - doubt(plans),
    )


def _on_the_way(
    aim: Objective, plans: Sequence[HeadPlan], recipe: Recipe
) -> list[keras.callbacks.Callback]:
    """Returns what changes logs, weights and losses while a model trains."""
    mean = [MeanScore(aim.parts, aim.monitor)] if len(plans) > 1 else []
    thaw = [] if recipe.thaw_epoch is None else [Thaw(recipe.thaw_epoch)]
    return [*mean, *thaw, *_reweighting(plans, recipe)]


def _build_metrics(model: keras.Model, train: Any) -> None:
    """Makes the state of the metrics, which TensorFlow on one device makes in the first step."""
    if one_device_of_tensorflow():
        model.test_on_batch(*next(iter(train.dataset())))


def _batches_facts(train: Any) -> list[int]:
    """Returns what tells whether batches are those that a training was begun with."""
    return [train.steps, *np.ravel(getattr(train, "shapes", [])).tolist()]


def _at_start(
    model: keras.Model,
    validation: Batches | FeatureBatches,
    aim: Objective,
    saving: Saving | None,
) -> float:
    """Returns the figure that early stopping watches, of the weights that training begins with."""
    if saving is not None and saving.resumed is not None:
        return float(saving.resumed.facts[AT_START])
    figures = model.evaluate(validation.dataset(), verbose=0, return_dict=True)
    return sum(float(figures[name]) for name in aim.parts) / len(aim.parts)


def _reweighting(plans: Sequence[HeadPlan], recipe: Recipe) -> list[keras.callbacks.Callback]:
    """Returns what switches class weights on in a later epoch; several heads have none."""
    if recipe.reweight_epoch is None:
        return []
    return [DeferredReweighting(recipe.reweight_epoch, plans[0].weights(recipe))]


def doubt(plans: Sequence[HeadPlan]) -> float:
    """Returns by how much the watched figure has to fall to be worse than at the start."""
    return max(BEYOND_DOUBT * chance_difference(plans), LEAST_FALL)


def chance_difference(plans: Sequence[HeadPlan]) -> float:
    """Returns about how far the watched figure of two epochs differs by chance."""
    if len(plans) > 1 or plans[0].monitor != "macro_f1" or plans[0].held_out is None:
        return 0.0
    return macro_f1_error(EXPECTED_F1, plans[0].held_out)


def optimizer_of_recipe(model: PretrainedModel, recipe: Recipe, steps: int) -> FusedAdamW:
    """Returns AdamW with the recipe's schedule and the rates of its layers."""
    schedule = WarmupDecay(
        recipe.learning_rate, steps, int(recipe.warmup * steps), decay=recipe.decay
    )
    head_rate = (recipe.head_learning_rate or recipe.learning_rate) / recipe.learning_rate
    return adamw(
        schedule,
        recipe.weight_decay,
        recipe.clip_norm,
        rates=rate_multipliers(model, recipe.layer_decay, head_rate),
        thaws=recipe.thaw_epoch is not None,
        gradient_accumulation_steps=(
            recipe.gradient_accumulation_steps if recipe.gradient_accumulation_steps > 1 else None
        ),
    )


class _Clock(keras.callbacks.Callback):
    """Takes the time of ``fit``, and that of the validation passes of all fits (seconds)."""

    def __init__(self) -> None:
        super().__init__()
        self.validation = self._tested = self._started = 0.0

    def start(self) -> None:
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started

    def on_test_begin(self, logs: Any = None) -> None:
        self._tested = time.perf_counter()

    def on_test_end(self, logs: Any = None) -> None:
        self.validation += time.perf_counter() - self._tested

    def state(self) -> dict[str, Any]:
        return {"validation": self.validation}

    def restore(self, state: dict[str, Any]) -> None:
        self.validation = state["validation"]
