"""What each setting of a recipe may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfclf.data import SUBWORDS
from tfclf.errors import ArgumentError
from tfclf.imbalance import SAMPLINGS, STRATEGIES
from tfclf.losses.arguments import checked_class_weights
from tfclf.tasks import TASKS
from tfclf.training.schedule import DECAYS

AUTO, NONE = "auto", "none"
SMOTE = "smote"  # of the vectors that the head of a frozen encoder reads
LOSSES = tuple(dict.fromkeys(loss for task in TASKS.values() for loss in task.losses))
HEAD_STARTS = ("probe", "random")
DECISIONS = ("validation", NONE)
ON_COLLAPSE = ("rescue", "stop", "warn", "ignore")
PRECISIONS = ("float32", "bfloat16", "float16")
JIT = (AUTO, "on", "off")
INFINITE = float("inf")
LARGEST = {"seed": 2**32 - 1}  # of whole numbers; others have to fit into 32 bits with a sign
MOST = 2**31 - 1

CHOICES = {
    "loss": (AUTO, *LOSSES),
    "sampling": (AUTO, NONE, *SAMPLINGS, SMOTE),
    "head_start": (AUTO, *HEAD_STARTS),
    "decisions": (AUTO, *DECISIONS),
    "on_collapse": ON_COLLAPSE,
    "decay": DECAYS,
    "subwords": SUBWORDS,
    "precision": (AUTO, *PRECISIONS),
    "jit": JIT,
}
REMEDIES = {"precision": "bfloat16 or float32 train on any hardware, auto takes the faster one."}
WHOLE = {
    "epochs": 1,
    "batch_size": 1,
    "max_length": 3,
    "patience": 1,
    "reweight_epoch": 2,
    "thaw_epoch": 2,
    "reinit_layers": 0,
    "head_hidden_size": 1,
    "batch_tokens": 1,
    "gradient_accumulation_steps": 1,
    "steps_per_execution": 1,
    "seed": 0,
}  # least value
FROM_ZERO = {
    "warmup": 1,
    "label_smoothing": 1,
    "token_noise": 1,
    "weight_decay": INFINITE,
    "gamma": INFINITE,
    "tau": INFINITE,
    "mixup": INFINITE,
}  # what it has to stay below
POSITIVE = {
    "learning_rate": INFINITE,
    "clip_norm": INFINITE,
    "head_learning_rate": INFINITE,
    "layer_decay": 1,
    "sampling_ratio": 1,
}  # greatest value
SWITCHES = {"gradient_checkpointing": bool}
# What may be left out, and how.
UNSET: dict[str, Any] = {
    "epochs": AUTO,
    "learning_rate": AUTO,
    "patience": None,
    "reweight_epoch": None,
    "thaw_epoch": None,
    "head_hidden_size": None,
    "head_learning_rate": None,
    "sampling_ratio": None,
    "batch_tokens": None,
    "steps_per_execution": AUTO,
}
GAMMA, TAU = 2.0, 1.0  # what they are where nobody asks for them
FROZEN = (None, "encoder", "embeddings")
RATIO_OF = ("oversample", "undersample", SMOTE)  # samplings that take a ratio


def check_recipe(recipe: Any) -> None:
    """Raises where a setting is out of range or contradicts another.

    Raises:
        ArgumentError: It does.
    """
    for name, known in CHOICES.items():
        check_choice(name, getattr(recipe, name), known)
    for table, fits, expected in RULES:
        for name, limit in table.items():
            value = getattr(recipe, name)
            if name in UNSET and value == UNSET[name]:
                continue
            if not fits(value, limit):
                raise ArgumentError(f"{name} is {value!r}, expected {expected(limit)}")
            if isinstance(value, int) and value > LARGEST.get(name, MOST):
                raise ArgumentError(
                    f"{name} is {value!r}, expected {expected(limit)}, "
                    f"at most {LARGEST.get(name, MOST)}"
                )
    _check_class_weights(recipe.class_weights)
    _check_frozen(recipe.freeze)
    values = vars(recipe)
    for name, contradicts, needed, remedy in CONTRADICTIONS:
        if contradicts(recipe):
            what = f"{name} is {values[name]}, but {needed.format(**values)}"
            raise ArgumentError(what, remedy=remedy.format(**values))


def check_choice(name: str, value: Any, known: Sequence[str]) -> None:
    """Raises where a setting is not one of those that are known.

    Raises:
        ArgumentError: It is not.
    """
    if value not in known:
        raise ArgumentError(
            f"{name} is {value!r}, expected one of {', '.join(known)}", remedy=REMEDIES.get(name)
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(value: Any, low: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= low


def _is_positive(value: Any, high: float) -> bool:
    return _is_number(value) and 0 < value <= high and value < INFINITE


RULES: tuple[tuple[dict[str, Any], Any, Any], ...] = (
    (WHOLE, _is_whole, lambda low: f"a whole number >= {low}"),
    (
        POSITIVE,
        _is_positive,
        lambda high: "a positive number" if high == INFINITE else f"a number in (0, {high}]",
    ),
    (
        FROM_ZERO,
        lambda value, high: _is_number(value) and 0 <= value < high,
        lambda high: f"a number in [0, {high})",
    ),
    (SWITCHES, isinstance, lambda kind: "True or False"),
)


def _check_class_weights(value: Any) -> None:
    """Raises where class weights are neither a strategy nor numbers."""
    if isinstance(value, tuple):
        checked_class_weights(value)
    elif value not in (AUTO, NONE, *STRATEGIES):
        known = ", ".join((AUTO, NONE, *STRATEGIES))
        raise ArgumentError(
            f"class_weights is {value!r}, expected one of {known}, or one number a label"
        )


def _check_frozen(value: Any) -> None:
    """Raises where what is frozen is no part of an encoder."""
    if value not in FROZEN and not _is_whole(value, 1):
        raise ArgumentError(
            f"freeze is {value!r}, expected encoder, embeddings, "
            "or a number of layers of at least 1"
        )


def _has(part: str, loss: str) -> bool:
    """Tells whether a loss has what a setting is of; that of auto is not known yet."""
    return loss == AUTO or part in loss


def _is_still(recipe: Any) -> bool:
    """Tells whether the encoder never trains."""
    return recipe.freeze == "encoder" and recipe.thaw_epoch is None


# Settings that need others: name, whether they are missing, what is, what to do.
CONTRADICTIONS: tuple[tuple[str, Callable[[Any], bool], str, str], ...] = (
    (
        "thaw_epoch",
        lambda recipe: recipe.thaw_epoch is not None and recipe.freeze is None,
        "nothing is frozen",
        "Say what is frozen until then: --freeze encoder.",
    ),
    (
        "reweight_epoch",
        lambda recipe: recipe.reweight_epoch is not None and recipe.class_weights in (AUTO, NONE),
        "there are no class weights",
        "Say which weights count from then on: --class-weights effective.",
    ),
    (
        "sampling_ratio",
        lambda recipe: recipe.sampling_ratio is not None and recipe.sampling not in RATIO_OF,
        "sampling is {sampling}",
        "Pass --sampling oversample, or leave it out.",
    ),
    (
        "sampling",
        lambda recipe: recipe.sampling == SMOTE and not _is_still(recipe),
        "it is for the head of a frozen encoder",
        "Pass --freeze encoder, or --sampling oversample.",
    ),
    (
        "sampling",
        lambda recipe: recipe.sampling == SMOTE and bool(recipe.mixup or recipe.token_noise),
        "vectors are made, and no text is read",
        "Leave out --mixup and --token-noise.",
    ),
    (
        "sampling",
        lambda recipe: recipe.sampling == SMOTE and recipe.batch_tokens is not None,
        "vectors are made, and have no tokens",
        "Leave out --batch-tokens, and set --batch-size.",
    ),
    (
        "mixup",
        lambda recipe: bool(recipe.mixup) and recipe.thaw_epoch is not None,
        "what is frozen thaws in between",
        "Leave out --mixup or --thaw-epoch.",
    ),
    (
        "token_noise",
        lambda recipe: bool(recipe.token_noise) and recipe.sampling in (AUTO, NONE),
        "no row is repeated",
        "Pass --sampling oversample, or leave it out.",
    ),
    (
        "batch_tokens",
        lambda recipe: recipe.batch_tokens is not None and recipe.batch_tokens < recipe.max_length,
        "a text may have {max_length} tokens, and would not fit into a batch",
        "Pass --batch-tokens {max_length} or more, or --max-length {batch_tokens}.",
    ),
    (
        "gamma",
        lambda recipe: recipe.gamma != GAMMA and not _has("focal", recipe.loss),
        "the loss {loss} has no focus",
        "Pass --loss focal, or leave --gamma out.",
    ),
    (
        "tau",
        lambda recipe: recipe.tau != TAU and not _has("logit-adjusted", recipe.loss),
        "the loss {loss} adjusts no logits",
        "Pass --loss logit-adjusted, or leave --tau out.",
    ),
    (
        "gradient_checkpointing",
        lambda recipe: recipe.gradient_checkpointing and _is_still(recipe),
        "a frozen encoder keeps nothing for a backward pass",
        "Leave it out.",
    ),
)
