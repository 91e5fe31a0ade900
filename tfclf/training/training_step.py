"""How the step of a training runs: compiled or not, which rows of the table train, what is kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from tfclf.data import Batches
from tfclf.models import PretrainedModel
from tfclf.training.fused_adamw import FusedAdamW
from tfclf.training.jit_plan import plan_jit
from tfclf.training.narrow_table import narrow_table
from tfclf.training.recipe import Recipe

logger = logging.getLogger("tfclf")

AT_ONCE = 1 << 22  # tokens that are looked through together


@contextmanager
def training_step(
    model: PretrainedModel, train: Any, recipe: Recipe, optimizer: FusedAdamW
) -> Iterator[list[keras.callbacks.Callback]]:
    """Makes a model's training step fast, for as long as it trains.

    Args:
        model: The model, before it is compiled.
        train: Its batches; vectors of a frozen encoder leave the model as it is.
        recipe: A recipe without ``auto``.
        optimizer: Its optimizer, before it is built.

    Yields:
        Callbacks for ``fit``, to stand before those that read weights.
    """
    if not hasattr(train, "shapes"):
        yield []
        return
    tokens = recipe.epochs * sum(len(batch.indices) * batch.length for batch in train.plan(0))
    plan = plan_jit(recipe.jit, model, tokens, len(train.shapes))
    parts = [name for name in ("layers", "update") if getattr(plan, name)]
    logger.info("XLA: %s (%s).", " and ".join(parts) or "off", plan.why)
    embeddings, encoder = model.bert.embeddings, model.bert.encoder
    encoder.jit = embeddings.jit = plan.layers
    optimizer.jit = plan.update
    encoder.gradient_checkpointing = recipe.gradient_checkpointing
    try:
        with narrow_table(model, known_ids(train), optimizer) as callbacks:
            yield callbacks
    finally:
        encoder.jit = embeddings.jit = optimizer.jit = encoder.gradient_checkpointing = False


def known_ids(train: Any) -> np.ndarray | None:
    """Returns the distinct ids that batches can have, padding among them; None where it is open."""
    if not isinstance(train, Batches) or train.change is not None:
        return None
    tokens = train.rows.tokens  # may be a file that is larger than memory
    seen = {train.rows.pad_id}
    for begin in range(0, len(tokens), AT_ONCE):
        seen.update(np.unique(tokens[begin : begin + AT_ONCE]).tolist())
    return np.array(sorted(seen))
