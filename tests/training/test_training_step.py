"""However a step runs, the training is the same."""

import dataclasses
import logging

import keras
import numpy as np
import pytest

from tests.conftest import randomised
from tfclf.data import ONLY_HEAD, Batches, EncodedRows, LabelIds, LabelMap
from tfclf.errors import ArgumentError
from tfclf.models import TFBertForSequenceClassification
from tfclf.tasks import Head
from tfclf.training import HeadPlan, Recipe, fit_model
from tfclf.training.training_step import known_ids

RECIPE = Recipe(
    epochs=3,
    learning_rate=3e-3,
    weight_decay=5.0,  # what only decays has to show
    batch_size=4,
    loss="cross-entropy",
    class_weights="none",
    sampling="none",
    head_start="random",
    decisions="none",
    jit="off",
    seed=3,
)
COUNTS = np.array([9, 8, 6])


def rows(seed=0, words=20):
    """Rows of 3 to 7 tokens out of a third of the vocabulary."""
    generator = np.random.default_rng(seed)
    lengths = generator.integers(3, 8, COUNTS.sum())
    tokens = generator.integers(5, words, lengths.sum()).astype("int32")
    labels = LabelIds(np.repeat(np.arange(3), COUNTS))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return EncodedRows(
        tokens, offsets, labels, pad_id=0, max_length=9, num_truncated=0, num_tokens_lost=0,
        num_unknown=0,
    )  # fmt: skip


PLAN = HeadPlan(Head(ONLY_HEAD, "single-label", "label"), LabelMap(("bad", "good", "ugly")), COUNTS)


def fit(tiny_config, recipe=RECIPE, *, words=20, validation=None, dtype="float32"):
    """Trains a tiny model; returns its weights, its figures and its history."""
    keras.utils.set_random_seed(4)
    model = randomised(TFBertForSequenceClassification(tiny_config, dtype=dtype))
    batches = Batches(rows(words=words), recipe.batch_size, shuffle=True, seed=recipe.seed)
    held_out = None if validation is None else Batches(rows(validation, words=60), 4)
    history, figures = fit_model(model, batches, held_out, recipe, [PLAN])
    weights = {variable.path.partition("/")[2]: variable.numpy() for variable in model.weights}
    return weights, figures, history


def same(ours, theirs, atol=2e-5):
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        if name.endswith("attention/key/bias"):
            continue  # its gradient is rounding noise, which Adam turns into steps
        np.testing.assert_allclose(ours[name], value, rtol=0, atol=atol, err_msg=name)


CHANGES = {"jit": {"jit": "on"}, "checkpointing": {"gradient_checkpointing": True}}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_how_a_step_runs_changes_rounding_alone(tiny_config, change):
    plain, _, _ = fit(tiny_config)
    other, figures, _ = fit(tiny_config, dataclasses.replace(RECIPE, **change))
    same(other, plain)
    assert figures.steps == 3 * 6


def test_a_narrow_table_trains_as_a_whole_one(tiny_config, monkeypatch):
    """Rows that no text has decay as AdamW has it, and so do those that some texts have."""
    narrow, _, _ = fit(tiny_config)
    monkeypatch.setattr("tfclf.training.narrow_table.WORTH_WHILE", 0.0)
    whole, _, _ = fit(tiny_config)
    same(narrow, whole)
    table = whole["bert/embeddings/word/embeddings"]
    start = randomised(TFBertForSequenceClassification(tiny_config)).bert.embeddings.word
    shrunk = table[40:] / start.embeddings.numpy()[40:]
    assert 0.5 < shrunk.mean() < 0.95


def test_validation_reads_what_was_trained(tiny_config, monkeypatch):
    """Validation texts have words that no training text has: the table has to be up to date."""
    _, figures, history = fit(tiny_config, validation=1)
    monkeypatch.setattr("tfclf.training.narrow_table.WORTH_WHILE", 0.0)
    _, other, expected = fit(tiny_config, validation=1)
    assert history.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, atol=1e-4, err_msg=name)
    assert figures.best_epoch == other.best_epoch


@pytest.mark.parametrize("every", [1, 4], ids=["one_by_one", "four_at_once"])
def test_steps_that_run_together_are_counted(tiny_config, every):
    _, figures, _ = fit(tiny_config, dataclasses.replace(RECIPE, steps_per_execution=every))
    assert figures.steps == 3 * 6  # 23 rows by 4


def test_what_is_frozen_thaws(tiny_config):
    recipe = dataclasses.replace(RECIPE, freeze="encoder", thaw_epoch=2)
    weights, figures, _ = fit(tiny_config, recipe)
    start = randomised(TFBertForSequenceClassification(tiny_config))
    for variable in start.trainable_variables:
        moved = np.abs(weights[variable.path.partition("/")[2]] - variable.numpy()).max()
        assert moved > 0, variable.path
    assert figures.trainable_parameters < figures.parameters


def test_loss_scaling_keeps_the_table(tiny_config):
    """float16: what only decays is multiplied as in float32."""
    recipe = dataclasses.replace(RECIPE, precision="float16")
    half, figures, _ = fit(tiny_config, recipe, dtype="mixed_float16")
    whole, _, _ = fit(tiny_config)
    name = "bert/embeddings/word/embeddings"
    np.testing.assert_allclose(half[name][40:], whole[name][40:], rtol=1e-5)
    assert figures.steps == 3 * 6


def test_groups_of_batches_are_counted_and_what_is_left_is_said(tiny_config, caplog):
    recipe = dataclasses.replace(RECIPE, gradient_accumulation_steps=4)
    _, figures, _ = fit(tiny_config, recipe)
    assert figures.steps == 4  # of 18 batches
    assert "The last 2 of 18 batches" in caplog.text
    with pytest.raises(ArgumentError, match="19 batches make a step .* has 18"):
        fit(tiny_config, dataclasses.replace(RECIPE, gradient_accumulation_steps=19))


class Stop(keras.callbacks.Callback):
    """Breaks a training off in the middle of an epoch."""

    def on_train_batch_end(self, batch, logs=None):
        if batch == 3:
            raise KeyboardInterrupt


def test_a_training_that_is_broken_off_leaves_a_whole_table(tiny_config, monkeypatch):
    tables = []
    for worth_while in (0.5, 0.0):
        monkeypatch.setattr("tfclf.training.narrow_table.WORTH_WHILE", worth_while)
        keras.utils.set_random_seed(4)
        model = randomised(TFBertForSequenceClassification(tiny_config))
        batches = Batches(rows(), RECIPE.batch_size, shuffle=True, seed=RECIPE.seed)
        with pytest.raises(KeyboardInterrupt):
            fit_model(model, batches, None, RECIPE, [PLAN], callbacks=[Stop()])
        tables.append(model.bert.embeddings.word.embeddings.numpy())
        assert model.bert.embeddings.word.narrow_rows is None
    np.testing.assert_allclose(*tables, atol=1e-5)


def test_which_ids_batches_can_have(tiny_config):
    batches = Batches(rows(), 4)
    found = known_ids(batches)
    assert found.tolist() == sorted({0, *batches.rows.tokens.tolist()})
    changed = Batches(rows(), 4, change=lambda inputs, items, copies, epoch: inputs)
    assert known_ids(changed) is None
    assert known_ids(object()) is None


def test_the_decision_is_said(tiny_config, caplog):
    with caplog.at_level(logging.INFO, "tfclf"):
        fit(tiny_config, dataclasses.replace(RECIPE, epochs=1, jit="auto"))
    assert [message for message in caplog.messages if message.startswith("XLA: ")]
