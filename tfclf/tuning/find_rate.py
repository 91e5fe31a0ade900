"""Rows and a checkpoint -> the learning-rate range test, as figures and as a picture."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from tfclf.errors import ArgumentError
from tfclf.evaluation.pictures import new_figure, save_figure
from tfclf.runs.job import Job
from tfclf.runs.prepare import prepare
from tfclf.runs.train_run import start
from tfclf.runs.training_batches import training_batches
from tfclf.training import ProgressDisplay, RateRangeTest, adamw, freeze, objective, rate_of_width

logger = logging.getLogger("tfclf")

LOWEST, HIGHEST, STEPS = 1e-6, 1e-1, 100


@dataclass(frozen=True)
class FoundRate:
    """What a learning-rate range test has found.

    Attributes:
        suggestion: A tenth of the rate at which the smoothed loss is lowest.
        steepest: The rate at which it falls fastest.
        by_width: The rate that ``auto`` takes for encoders of this width.
        rates: Rate of each step.
        losses: Loss of each step's batch.
        smoothed: Their moving average.
    """

    suggestion: float
    steepest: float
    by_width: float
    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Returns it as JSON."""
        return dataclasses.asdict(self)


def find_rate(
    job: Job,
    *,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
    steps: int = STEPS,
    display: ProgressDisplay | None = None,
) -> FoundRate:
    """Trains from the checkpoint with a rate that grows, as the recipe says but for the rate.

    Loss, weights, sampling, batches and what is frozen are those of the recipe; the head starts
    where it would. Nothing of the model is kept.

    Args:
        job: What would be trained. Its ``output`` is the picture to draw, a .png file, or empty.
        lowest: Rate of the first step.
        highest: Rate of the last step.
        steps: Number of steps.
        display: Shows the progress.

    Raises:
        TfclfError: Rows, checkpoint or arguments cannot be used.
    """
    picture = Path(job.output) if str(job.output) not in ("", ".") else None
    _check_picture(picture)
    test = RateRangeTest(lowest, highest, steps)
    keras.utils.set_random_seed(job.recipe.seed)
    prepared = prepare(job)
    start(prepared)
    recipe, model = prepared.recipe, prepared.classifier.model
    freeze(model, recipe.freeze)
    aim = objective(prepared.plans, recipe)
    batches = training_batches(prepared)
    optimizer = adamw(lowest, recipe.weight_decay, recipe.clip_norm)
    model.compile(optimizer, aim.loss, loss_weights=aim.loss_weights, jit_compile=False)
    shown: list[Any] = [] if display is None else [display]
    model.fit(
        batches.dataset(),
        epochs=-(-steps // batches.steps),
        shuffle=False,
        verbose=0,
        callbacks=[test, *shown],
    )
    found = FoundRate(
        test.suggestion,
        test.steepest,
        rate_of_width(model.config.hidden_size),
        tuple(test.rates),
        tuple(test.losses),
        tuple(test.smoothed.tolist()),
    )
    if picture is not None:
        draw_rates(found, picture)
    return found


def _check_picture(path: Path | None) -> None:
    if path is None:
        return
    if path.suffix != ".png":
        raise ArgumentError(f"expected a .png file, got {path.name!r}", where="output")
    if not path.absolute().parent.is_dir():
        raise ArgumentError(
            "there is no such folder",
            where=str(path.parent),
            remedy="Make it, or choose another --output.",
        )


def draw_rates(found: FoundRate, path: Path) -> None:
    """Draws the loss over the rate, and what can be read from it.

    Args:
        found: The test.
        path: PNG file to write.
    """
    figure = new_figure(figsize=(8, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(found.rates, found.losses, color="tab:gray", alpha=0.5, label="loss of the batch")
    axes.plot(found.rates, found.smoothed, color="tab:blue", label="smoothed")
    lines: Mapping[str, tuple[float, str]] = {
        f"suggested: {found.suggestion:.1e}": (found.suggestion, "-"),
        f"falls fastest: {found.steepest:.1e}": (found.steepest, "--"),
        f"by the encoder's width: {found.by_width:.1e}": (found.by_width, ":"),
    }
    for label, (rate, style) in lines.items():
        axes.axvline(rate, color="black", linestyle=style, label=label)
    axes.set_xscale("log")
    smallest, largest = min(found.smoothed), max(found.smoothed)
    axes.set_ylim(smallest - 0.1 * (largest - smallest), min(2 * largest, max(found.losses)))
    axes.set_xlabel("learning rate")
    axes.set_ylabel("training loss")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    save_figure(figure, path)
