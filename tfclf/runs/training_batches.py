"""Encoded rows and recipe -> the batches of a training."""

from __future__ import annotations

import logging

import keras
import numpy as np

from tfclf.data import Batches, Tokenizer
from tfclf.imbalance import CopyNoise, TokenNoise, smote_features
from tfclf.runs.prepare import Prepared
from tfclf.training import FeatureBatches, Recipe, pooled_outputs, shape_cost

logger = logging.getLogger("tfclf")


def training_batches(prepared: Prepared, *, static_shapes: bool = False) -> Batches:
    """Returns the shuffled batches of the training rows, sampled and changed as the recipe says.

    Args:
        prepared: The rows.
        static_shapes: Whether short batches are filled up also where each shape costs nothing.
    """
    recipe = prepared.recipe
    per_word = any(plan.task.per_word for plan in prepared.plans)
    training, model = prepared.encoded["training"], prepared.classifier.model
    updates = recipe.epochs * len(training) / recipe.batch_size
    cost = shape_cost(recipe.jit, model, recipe.epochs * len(training.tokens), updates)
    return Batches(
        training,
        recipe.batch_size,
        shuffle=True,
        seed=recipe.seed,
        sampler=prepared.sampler,
        change=copy_noise(recipe, prepared.classifier.tokenizer, per_word),
        batch_tokens=recipe.batch_tokens,
        # A budget of tokens leaves a short batch in many buckets; without one it is a single one.
        static_shapes=static_shapes
        or compiles_each_shape()
        or (cost > 0 and recipe.batch_tokens is not None),
        shape_cost=cost,
        epochs=recipe.epochs,
    )


def validation_batches(prepared: Prepared, *, static_shapes: bool = False) -> Batches | None:
    """Returns the batches of the validation rows, filled up alike; None without any."""
    rows, recipe = prepared.encoded.get("validation"), prepared.recipe
    if rows is None:
        return None
    return Batches(
        rows,
        recipe.batch_size,
        batch_tokens=recipe.batch_tokens,
        static_shapes=static_shapes or compiles_each_shape(),
    )


def compiles_each_shape() -> bool:
    """Tells whether a short batch would cost the compiling of another step."""
    return keras.backend.backend() != "tensorflow"


def smote_batches(prepared: Prepared) -> tuple[FeatureBatches, FeatureBatches | None]:
    """Returns vectors of the frozen encoder, rare classes filled up, and those of validation."""
    recipe, model = prepared.recipe, prepared.classifier.model
    parts = {}
    for split in ("training", "validation"):
        if split in prepared.encoded:
            rows = prepared.encoded[split]
            ids = rows.labels.batch(np.arange(rows.num_rows))
            known = np.flatnonzero(ids >= 0) if split == "training" else np.arange(len(ids))
            parts[split] = pooled_outputs(model, rows, known), ids[known]
    made = smote_features(*parts["training"], ratio=recipe.sampling_ratio or 1.0, seed=recipe.seed)
    logger.info(
        "SMOTE made %s vectors beside %s.", int(made.num_made.sum()), len(parts["training"][1])
    )
    for note in made.notes:
        logger.warning("%s.", note.capitalize())
    training = FeatureBatches(made.features, made.ids, recipe.batch_size, recipe.seed)
    if "validation" not in parts:
        return training, None
    return training, FeatureBatches(*parts["validation"], recipe.batch_size)


def copy_noise(recipe: Recipe, tokenizer: Tokenizer, per_word: bool) -> CopyNoise | None:
    """Returns what is done to repeated rows; None where nothing is.

    Swaps, deletions and masks share the recipe's rate. Where words have labels they stay in their
    places: there it is masks alone.
    """
    if not recipe.token_noise:
        return None
    kinds = ["mask"] if tokenizer.mask_id is not None else []
    kinds += [] if per_word else ["swap", "delete"]
    rates = dict.fromkeys(kinds, recipe.token_noise / max(len(kinds), 1))
    noise = TokenNoise(
        **rates,
        pad_id=tokenizer.pad_id,
        special_ids=(tokenizer.cls_id, tokenizer.sep_id),
        mask_id=tokenizer.mask_id,
    )
    return CopyNoise(noise, recipe.seed)
