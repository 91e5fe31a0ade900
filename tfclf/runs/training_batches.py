"""Encoded rows and recipe -> the batches of a training."""

from __future__ import annotations

from tfclf.data import Batches, Tokenizer
from tfclf.imbalance import CopyNoise, TokenNoise
from tfclf.runs.prepare import Prepared
from tfclf.training import Recipe


def training_batches(prepared: Prepared) -> Batches:
    """Returns the shuffled batches of the training rows, sampled and changed as the recipe says."""
    recipe = prepared.recipe
    per_word = any(plan.task.per_word for plan in prepared.plans)
    return Batches(
        prepared.encoded["training"],
        recipe.batch_size,
        shuffle=True,
        seed=recipe.seed,
        sampler=prepared.sampler,
        change=copy_noise(recipe, prepared.classifier.tokenizer, per_word),
    )


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
