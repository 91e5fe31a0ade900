"""How the step of a training runs: compiled or not, which rows of the table train, what is kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tfclf.data import Batches
from tfclf.data.mapped_files import in_parts
from tfclf.models import PretrainedModel
from tfclf.training.fused_adamw import FusedAdamW
from tfclf.training.jit_plan import LAYERS, OFF, plan_jit
from tfclf.training.narrow_table import narrow_table
from tfclf.training.recipe import Recipe

logger = logging.getLogger("tfclf")


@dataclass(frozen=True)
class StepSetting:
    """How the step runs.

    Attributes:
        jit: What XLA compiles, in words.
        callbacks: For ``fit``, to stand before those that read weights.
    """

    jit: str = OFF
    callbacks: tuple[keras.callbacks.Callback, ...] = ()


@contextmanager
def training_step(
    model: PretrainedModel, train: Any, recipe: Recipe, optimizer: FusedAdamW
) -> Iterator[StepSetting]:
    """Makes a model's training step fast, for as long as it trains.

    Args:
        model: The model, before it is compiled.
        train: Its batches; vectors of a frozen encoder leave the model as it is.
        recipe: A recipe without ``auto``.
        optimizer: Its optimizer, before it is built.

    Yields:
        How it runs.
    """
    if not hasattr(train, "shapes"):
        yield StepSetting()
        return
    shapes = [train.shape_of(batch) for batch in train.plan(0)]
    tokens = int(recipe.epochs) * sum(rows * length for rows, length in shapes)
    updates = recipe.epochs * len(shapes) / recipe.gradient_accumulation_steps
    plan = plan_jit(recipe.jit, model, tokens, len(train.shapes), updates)
    parts = [plan.layers] * (plan.layers != OFF) + ["update"] * plan.update
    jit = " and ".join(parts) or OFF
    logger.info("XLA: %s (%s).", jit, plan.why)
    embeddings, encoder = model.bert.embeddings, model.bert.encoder
    encoder.jit, embeddings.jit = plan.layers, plan.layers == LAYERS
    optimizer.jit = plan.update
    encoder.gradient_checkpointing = recipe.gradient_checkpointing
    try:
        with narrow_table(model, known_ids(train), optimizer) as callbacks:
            yield StepSetting(jit, tuple(callbacks))
    finally:
        encoder.jit = OFF
        embeddings.jit = optimizer.jit = encoder.gradient_checkpointing = False


def known_ids(train: Any) -> np.ndarray | None:
    """Returns the distinct ids that batches can have, padding among them; None where it is open."""
    if not isinstance(train, Batches) or train.change is not None:
        return None
    tokens = train.rows.tokens  # may be a file that is larger than memory
    seen = {train.rows.pad_id}
    for part in in_parts(tokens):
        seen.update(np.unique(part).tolist())
    return np.array(sorted(seen))
