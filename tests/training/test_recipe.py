"""What a recipe admits, and what auto chooses."""

import re

import numpy as np
import pytest

from tfclf import Recipe
from tfclf.errors import ArgumentError
from tfclf.training import settle

BAD = [
    ({"epochs": 0}, "epochs is 0"),
    ({"epochs": 2.5}, "epochs is 2.5"),
    ({"epochs": True}, "epochs is True"),
    ({"learning_rate": 0}, "learning_rate is 0"),
    ({"learning_rate": "fast"}, "learning_rate is 'fast'"),
    ({"learning_rate": float("nan")}, "learning_rate is nan"),
    ({"batch_size": 0}, "batch_size is 0"),
    ({"max_length": 2}, "max_length is 2"),
    ({"loss": "mse"}, "loss is 'mse', expected one of auto, cross-entropy, focal"),
    ({"class_weights": "big"}, "class_weights is 'big'"),
    ({"sampling": "double"}, "sampling is 'double'"),
    ({"decay": "stairs"}, "decay is 'stairs'"),
    ({"warmup": 1.0}, "warmup is 1.0"),
    ({"weight_decay": -0.1}, "weight_decay is -0.1"),
    ({"clip_norm": 0}, "clip_norm is 0"),
    ({"patience": 0}, "patience is 0"),
    ({"seed": -1}, "seed is -1"),
    (
        {"precision": "fp8"},
        "precision is 'fp8', expected one of auto, float32, bfloat16, float16. bf",
    ),
    ({"precision": None}, "precision is None"),
    ({"batch_tokens": 0}, "batch_tokens is 0, expected a whole number >= 1"),
    ({"batch_tokens": 4096.0}, "batch_tokens is 4096.0"),
    ({"gradient_accumulation_steps": 0}, "gradient_accumulation_steps is 0"),
    ({"gradient_accumulation_steps": "auto"}, "gradient_accumulation_steps is 'auto'"),
    ({"gradient_checkpointing": 1}, "gradient_checkpointing is 1, expected True or False"),
    ({"gradient_checkpointing": "yes"}, "gradient_checkpointing is 'yes'"),
    ({"jit": True}, "jit is True, expected one of auto, on, off"),
    ({"steps_per_execution": 0}, "steps_per_execution is 0"),
    ({"steps_per_execution": "many"}, "steps_per_execution is 'many'"),
]


@pytest.mark.parametrize("settings, message", BAD)
def test_bad_values(settings, message):
    with pytest.raises(ArgumentError, match=message):
        Recipe(**settings)


CONTRADICTIONS = {
    "a text that fits into no batch": (
        {"batch_tokens": 100, "max_length": 128},
        "batch_tokens is 100, but a text may have 128 tokens, and would not fit into a batch. "
        "Pass --batch-tokens 128 or more, or --max-length 100.",
    ),
    "tokens of vectors": (
        {"batch_tokens": 512, "sampling": "smote", "freeze": "encoder"},
        "sampling is smote, but vectors are made, and have no tokens",
    ),
    "nothing to compute again": (
        {"gradient_checkpointing": True, "freeze": "encoder"},
        "gradient_checkpointing is True, but a frozen encoder keeps nothing for a backward pass",
    ),
    "vectors of a moving encoder": (
        {"sampling": "smote"},
        "sampling is smote, but it is for the head of a frozen encoder",
    ),
    "vectors and texts": (
        {"sampling": "smote", "freeze": "encoder", "token_noise": 0.1},
        "sampling is smote, but vectors are made, and no text is read",
    ),
    "a ratio of nothing": (
        {"sampling_ratio": 0.5, "sampling": "balanced"},
        "sampling_ratio is 0.5, but sampling is balanced",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_settings_that_contradict_each_other(name):
    settings, message = CONTRADICTIONS[name]
    with pytest.raises(ArgumentError, match=re.escape(message)):
        Recipe(**settings)


def test_what_fits_together():
    assert Recipe(batch_tokens=128, max_length=128).batch_tokens == 128
    assert Recipe(gradient_checkpointing=True, freeze="encoder", thaw_epoch=2).thaw_epoch == 2
    assert Recipe(gradient_checkpointing=True, freeze=3).gradient_checkpointing


@pytest.mark.parametrize("accumulated, epochs", [(1, 6), (2, 12), (10, 20)])
def test_epochs_count_the_steps_of_the_optimizer(accumulated, epochs):
    """50 batches an epoch: 300 steps take 6 epochs, of two batches each 12; 20 are the most."""
    recipe = Recipe(batch_size=32, gradient_accumulation_steps=accumulated)
    assert settle(recipe, np.array([800, 800]), 384)[0].epochs == epochs


@pytest.mark.parametrize("width, rate", [(128, 1e-4), (384, 1e-4), (768, 5e-5), (1024, 2e-5)])
def test_rate_falls_with_width(width, rate):
    recipe, choices = settle(Recipe(), np.array([500, 500]), width)
    assert recipe.learning_rate == rate
    assert str(choices[0]) == f"learning rate {rate}: the encoder is {width} wide"


@pytest.mark.parametrize(
    "rows, epochs",
    [
        (64, 20),  # 2 steps an epoch: 150 epochs would reach 300 steps, 20 are the most
        (1600, 6),  # 50 steps: 300 / 50
        (32_000, 3),  # 1,000 steps: 3 are the fewest
    ],
)
def test_epochs_reach_enough_steps(rows, epochs):
    recipe, _ = settle(Recipe(batch_size=32), np.array([rows // 2, rows // 2]), 384)
    assert recipe.epochs == epochs


def test_nothing_is_auto_afterwards_and_nothing_given_is_changed():
    recipe, _ = settle(Recipe(), np.array([90, 8, 2]), 384)
    left = {name for name, value in recipe.to_dict().items() if value == "auto"}
    assert left == {"jit", "steps_per_execution"}  # by the steps and shapes that there are
    assert (recipe.loss, recipe.class_weights) == ("logit-adjusted", "none")
    given = Recipe(
        epochs=2,
        learning_rate=3e-4,
        loss="focal",
        class_weights="none",
        sampling="none",
        head_start="random",
        decisions="none",
    )
    assert settle(given, np.array([90, 8, 2]), 384) == (given, [])


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"freeze": "pooler"}, "freeze is 'pooler', expected encoder, embeddings, or a number"),
        ({"freeze": 0}, "freeze is 0"),
        ({"freeze": True}, "freeze is True"),
        ({"thaw_epoch": 2}, "nothing is frozen"),
        ({"freeze": 2, "thaw_epoch": 1}, "thaw_epoch is 1"),
        ({"layer_decay": 0}, r"layer_decay is 0, expected a number in \(0, 1\]"),
        ({"layer_decay": 1.1}, "layer_decay is 1.1"),
        ({"head_learning_rate": 0}, "head_learning_rate is 0"),
        ({"head_learning_rate": "auto"}, "head_learning_rate is 'auto'"),
        ({"reinit_layers": -1}, "reinit_layers is -1"),
        ({"head_hidden_size": 0}, "head_hidden_size is 0"),
        ({"subwords": "last"}, "subwords is 'last', expected one of first, all"),
    ],
)
def test_what_trains_is_checked(settings, message):
    with pytest.raises(ArgumentError, match=message):
        Recipe(**settings)


@pytest.mark.parametrize(
    "task, loss",
    [
        ("single-label", "binary-cross-entropy"),
        ("multi-label", "cross-entropy"),
        ("regression", "cross-entropy"),
        ("token", "binary-focal"),
        (None, "cross-entropy"),
    ],
)
def test_a_loss_of_another_task_is_refused(task, loss):
    with pytest.raises(ArgumentError, match=f"loss '{loss}', expected one of auto"):
        settle(Recipe(loss=loss), np.array([3, 4]), 384, task=task)


@pytest.mark.parametrize(
    "task, loss",
    [
        ("multi-label", "binary-cross-entropy"),
        ("regression", "mean-squared-error"),
        ("token", "cross-entropy"),
        (None, "auto"),
    ],
)
def test_each_task_has_its_own_loss_and_no_weights(task, loss):
    recipe, _ = settle(Recipe(), np.array([90, 8, 2]), 384, task=task, num_rows=700)
    assert (recipe.loss, recipe.class_weights) == (loss, "none")


def test_numbers_have_no_class_weights():
    with pytest.raises(ArgumentError, match="class_weights is 'inverse', but numbers have none"):
        settle(Recipe(class_weights="inverse"), np.array([]), 384, task="regression", num_rows=5)


@pytest.mark.parametrize("start", ["auto", "probe", "random"])
def test_a_head_starts_at_a_probe_unless_told_otherwise(start):
    recipe, choices = settle(Recipe(head_start=start), np.array([70, 7]), 384)
    assert recipe.head_start == ("probe" if start == "auto" else start)
    assert any(choice.setting == "head start" for choice in choices) == (start == "auto")


@pytest.mark.parametrize("validated, decisions", [(True, "validation"), (False, "none")])
@pytest.mark.parametrize("task", ["single-label", "multi-label"])
def test_without_validation_rows_there_are_no_decisions(task, validated, decisions):
    recipe, choices = settle(Recipe(), np.array([70, 7]), 384, task=task, validated=validated)
    assert recipe.decisions == decisions
    assert choices[-1].setting == "decisions" and choices[-1].risk


def test_a_thaw_behind_the_last_epoch_is_refused():
    recipe = Recipe(epochs=3, freeze="encoder", thaw_epoch=4)
    with pytest.raises(ArgumentError, match="thaw_epoch is 4, but there are 3 epochs"):
        settle(recipe, np.array([50, 50]), 384)
