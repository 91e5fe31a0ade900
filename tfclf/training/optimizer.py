"""AdamW as BERT is fine-tuned with."""

from __future__ import annotations

from typing import Any

import keras

WITHOUT_DECAY = (
    "bias",
    "gamma",
    "beta",
)  # names of the biases and of layer normalisation's weights


def adamw(
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
    weight_decay: float = 0.01,
    clip_norm: float | None = 1.0,
    **kwargs: Any,
) -> keras.optimizers.AdamW:
    """Returns AdamW with decoupled decay, none on biases and layer normalisation.

    Args:
        learning_rate: Rate or schedule.
        weight_decay: Decay of kernels and embeddings, times the rate, at each step.
        clip_norm: Largest norm of all gradients together; None does not clip.
        **kwargs: Passed on to ``keras.optimizers.AdamW``.

    Reference: Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2.
    """
    optimizer = keras.optimizers.AdamW(
        learning_rate,
        weight_decay=weight_decay,
        epsilon=1e-8,
        global_clipnorm=clip_norm,
        **kwargs,
    )
    # Matches the names of variables, not their paths, and has to precede the build.
    optimizer.exclude_from_weight_decay(var_names=list(WITHOUT_DECAY))
    return optimizer
