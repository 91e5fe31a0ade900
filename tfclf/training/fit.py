"""Model, batches and recipe -> a fitted model, by Keras's own ``fit``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np

from tfclf.data import UNSEEN, Batches
from tfclf.imbalance import class_weights
from tfclf.losses import SparseCategoricalCrossentropy, SparseCategoricalFocalCrossentropy
from tfclf.tasks import Task
from tfclf.training.macro_f1_callback import MacroF1Callback
from tfclf.training.optimizer import adamw
from tfclf.training.recipe import Recipe
from tfclf.training.schedule import WarmupDecay
from tfclf.training.step_timer import StepTimer

LossMaker = Callable[[Recipe, list[float] | None], keras.losses.Loss]

LOSSES: dict[str, LossMaker] = {
    "cross-entropy": lambda recipe, weights: SparseCategoricalCrossentropy(
        class_weights=weights, ignore_class=UNSEEN
    ),
    "focal": lambda recipe, weights: SparseCategoricalFocalCrossentropy(
        gamma=recipe.gamma, class_weights=weights, ignore_class=UNSEEN
    ),
}


@dataclass(frozen=True)
class TrainingFigures:
    """What a training cost.

    Attributes:
        examples: Training rows.
        epochs: Passes over them.
        steps: Optimizer steps.
        seconds: Wall time of ``fit``, validation left out.
        examples_per_second: ``examples * epochs / seconds``.
        compile_seconds: Of these, building the graph of the first step.
        padding_share: Share of padding among all tokens.
        peak_memory_bytes: Largest resident size of the process so far.
        precision: Type of the computations.
        backend: Keras's backend.
        resumed_from_step: 0 where training ran through.
    """

    examples: int
    epochs: int
    steps: int
    seconds: float
    examples_per_second: float
    compile_seconds: float
    padding_share: float
    peak_memory_bytes: int
    precision: str
    backend: str
    resumed_from_step: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Returns the figures as JSON."""
        return asdict(self)


def fit_model(
    model: keras.Model,
    train: Batches,
    validation: Batches | None,
    recipe: Recipe,
    task: Task,
    *,
    num_unseen: int = 0,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> tuple[dict[str, list[float]], TrainingFigures]:
    """Trains a model.

    Args:
        model: The model; it gives logits.
        train: Shuffled batches with labels.
        validation: Batches with labels, or None: then the last epoch's weights are kept.
        recipe: A recipe without ``auto``.
        task: The task.
        num_unseen: Number of labels that validation has and training has not.
        callbacks: More callbacks, such as a progress display.

    Returns:
        The history, one list of figures a name, and what the training cost.
    """
    counts = np.bincount(train.rows.label_ids, minlength=model.config.num_labels)
    total = train.steps * recipe.epochs
    schedule = WarmupDecay(
        recipe.learning_rate, total, int(recipe.warmup * total), decay=recipe.decay
    )
    model.compile(
        optimizer=adamw(schedule, recipe.weight_decay, recipe.clip_norm),
        loss=LOSSES[recipe.loss](recipe, weights_for(recipe, counts)),
        jit_compile=False,
    )
    timer = StepTimer()
    clock = _ValidationClock()
    watching = [MacroF1Callback(num_unseen=num_unseen), timer, clock]
    if validation is not None:
        watching.append(
            keras.callbacks.EarlyStopping(
                monitor=task.monitor,
                mode=task.monitor_mode,
                patience=recipe.patience or recipe.epochs,
                restore_best_weights=True,
            )
        )
    begun = time.perf_counter()
    history = model.fit(
        train.dataset(),
        validation_data=None if validation is None else validation.dataset(),
        epochs=recipe.epochs,
        shuffle=False,  # the batches shuffle themselves
        verbose=0,
        callbacks=[*watching, *callbacks],
    )
    seconds = time.perf_counter() - begun - clock.seconds
    epochs = len(history.epoch)
    figures = TrainingFigures(
        examples=len(train.rows),
        epochs=epochs,
        steps=timer.steps,
        seconds=seconds,
        examples_per_second=len(train.rows) * epochs / seconds,
        compile_seconds=timer.compile_seconds,
        padding_share=train.padding_share(),
        peak_memory_bytes=peak_memory_bytes(),
        precision=model.compute_dtype,
        backend=keras.backend.backend(),
    )
    return {name: [float(x) for x in values] for name, values in history.history.items()}, figures


def weights_for(recipe: Recipe, counts: np.ndarray) -> list[float] | None:
    """Returns the class weights of a recipe; a class without a row is counted as one row."""
    if recipe.class_weights == "none":
        return None
    return class_weights(np.maximum(counts, 1), recipe.class_weights).tolist()


def peak_memory_bytes() -> int:
    """Returns the largest resident size of this process so far (bytes)."""
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class _ValidationClock(keras.callbacks.Callback):
    """Adds up the time of the validation passes (seconds)."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = self._begun = 0.0

    def on_test_begin(self, logs: Any = None) -> None:
        self._begun = time.perf_counter()

    def on_test_end(self, logs: Any = None) -> None:
        self.seconds += time.perf_counter() - self._begun
