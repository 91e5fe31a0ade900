"""The batches of a run: what the recipe says of them reaches them."""

import keras
import pytest

from tfclf import Job, Recipe
from tfclf.errors import ArgumentError
from tfclf.runs.prepare import prepare
from tfclf.runs.training_batches import training_batches, validation_batches

TEXTS = [" ".join(["good film"] * (1 + i % 9)) for i in range(60)]
LABELS = ["ugly" if i % 3 else "bad" for i in range(60)]


def prepared(tiny_encoder, tmp_path, **settings):
    recipe = Recipe(batch_size=8, max_length=20, epochs=3, head_start="random", **settings)
    job = Job((TEXTS, LABELS), tmp_path / "run", model=tiny_encoder, recipe=recipe)
    return prepare(job)


@pytest.mark.parametrize("sampling", ["none", "undersample"])
def test_a_budget_of_tokens(tiny_encoder, tmp_path, sampling):
    made = prepared(tiny_encoder, tmp_path, batch_tokens=60, sampling=sampling)
    for batches in training_batches(made), validation_batches(made):
        assert batches.batch_tokens == 60
        for epoch in range(3):
            plan = batches.plan(epoch)
            assert len(plan) == len(batches)
            assert all(len(batch.indices) * batch.length <= 60 for batch in plan)
            assert all(len(batch.indices) <= 8 for batch in plan)


def test_without_a_budget(tiny_encoder, tmp_path):
    made = prepared(tiny_encoder, tmp_path)
    batches = training_batches(made)
    assert batches.batch_tokens is None
    assert len(batches) == -(-len(made.encoded["training"]) // 8)
    made.encoded.pop("validation")
    assert validation_batches(made) is None


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_one_shape_a_bucket_where_each_is_compiled(tiny_encoder, tmp_path, backend, monkeypatch):
    made = prepared(tiny_encoder, tmp_path)
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    for batches in training_batches(made), validation_batches(made):
        assert batches.static_shapes == (backend == "jax")


def test_a_budget_below_the_longest_text(tiny_encoder, tmp_path):
    with pytest.raises(ArgumentError, match="--batch-tokens 20"):
        prepared(tiny_encoder, tmp_path, batch_tokens=12)
