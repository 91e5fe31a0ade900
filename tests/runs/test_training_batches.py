"""The batches of a run: what the recipe says of them reaches them."""

import keras
import pytest

from tfclf import Job, LongText, Recipe
from tfclf.errors import ArgumentError
from tfclf.runs import prepare as module
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


@pytest.mark.parametrize("split", ["training", "validation"])
def test_a_text_of_windows_above_the_budget(tiny_encoder, tmp_path, split):
    """Four windows of 20 tokens: the checks of the recipe alone cannot know of them."""
    files = {name: tmp_path / f"{name}.csv" for name in ("training", "validation")}
    for name, file in files.items():
        texts = [
            " ".join(["good film"] * (30 if name == split and i == 4 else 2)) for i in range(8)
        ]
        rows = [f"{text},{'ab'[i % 2]}" for i, text in enumerate(texts)]
        file.write_text("\n".join(["text,label", *rows]))
    recipe = Recipe(max_length=20, batch_tokens=79, epochs=1)
    job = Job(
        files["training"], tmp_path / "run", validation=files["validation"], model=tiny_encoder,
        recipe=recipe, long_text=LongText("windows", max_windows=4),
    )  # fmt: skip
    place = rf"{split} rows, .*{split}\.csv, line 6: 80 tokens, but a batch may have 79"
    with pytest.raises(ArgumentError, match=place) as raised:
        prepare(job)
    assert "--batch-tokens 80 or more, or a smaller --max-windows" in str(raised.value)


@pytest.mark.parametrize("backend, said", [("tensorflow", False), ("jax", True)])
def test_where_a_step_is_compiled_all_the_same(backend, said, monkeypatch, caplog):
    monkeypatch.setattr(module.keras.backend, "backend", lambda: backend)
    module._warn_of_jit(Recipe(jit="off"))
    assert ("jit is off, but JAX compiles every step" in caplog.text) == said
    caplog.clear()
    module._warn_of_jit(Recipe())
    assert not caplog.text
