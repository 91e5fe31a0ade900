"""A batch that does not fit into memory: which it is, and what would fit."""

import numpy as np
import pytest
import tensorflow as tf

import tfclf
from tests.data.test_batches import encoded
from tests.runs.test_train import rows
from tfclf import Job, Recipe
from tfclf.data import Batches
from tfclf.errors import RunError
from tfclf.runs import watched_fit
from tfclf.runs.out_of_memory import explain_memory
from tfclf.training import FeatureBatches

ERRORS = {
    "tensorflow": tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"),
    "jax": type("JaxRuntimeError", (RuntimeError,), {})("RESOURCE_EXHAUSTED: Out of memory"),
    "python": MemoryError(),
}


@pytest.mark.parametrize("name", ERRORS)
def test_a_training_says_what_would_fit(name, tiny_encoder, tmp_path, monkeypatch):
    def fit(*arguments, **settings):
        raise ERRORS[name]

    monkeypatch.setattr(watched_fit, "fit_model", fit)
    recipe = Recipe(epochs=1, batch_size=16, max_length=19, head_start="random")
    job = Job(rows(60), tmp_path / "run", model=tiny_encoder, recipe=recipe)
    with pytest.raises(
        RunError, match=r"out of memory: the largest batch has 16 rows x \d+ tok"
    ) as e:
        tfclf.train(job)
    assert "Pass --batch-size 8 with --gradient-accumulation-steps 2 (the same" in str(e.value)
    assert "--batch-tokens" in str(e.value) and "--gradient-checkpointing" in str(e.value)
    assert not job.output.exists()


@pytest.mark.parametrize("error", [ValueError("bad"), RuntimeError("INTERNAL")], ids=repr)
def test_other_errors_stay_what_they_are(error):
    with pytest.raises(type(error), match=str(error)), explain_memory(None, Recipe()):
        raise error


def said(train, recipe, devices=1):
    with pytest.raises(RunError) as raised, explain_memory(train, recipe, devices):
        raise MemoryError
    return str(raised.value)


LENGTHS = [100] * 40 + [20] * 40
# A batch of 32 rows x 100 tokens has 3,200; half of its rows have 1,600.
SAID = {
    "halves": (
        {}, 1,
        "32 rows x 100 tokens. Pass --batch-size 16 with --gradient-accumulation-steps 2 (the same "
        "step), or --batch-tokens 1600 (fewer long texts in a batch), or --gradient-checkpointing",
    ),
    "gathered": ({"gradient_accumulation_steps": 3}, 1, "16 with --gradient-accumulation-steps 6"),
    "devices": ({}, 4, "x 100 tokens, divided by 4 devices. Pass --batch-size 16 with"),
    "a row each": ({}, 32, "divided by 32 devices. Pass --batch-tokens 1600"),
    "thirds": ({"batch_size": 15}, 1, "--batch-size 5 with --gradient-accumulation-steps 3"),
    # 400 tokens: 4 rows of 100.
    "budget": ({"batch_tokens": 400}, 1, "4 rows x 100 tokens. Pass --batch-tokens 200 (fewer"),
    "frozen": ({"batch_size": 1, "freeze": "encoder"}, 1, "Pass a --max-length below 100."),
    "one row": ({"batch_size": 1}, 1, "1 rows x 100 tokens. Pass --gradient-checkpointing"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("static_shapes", [False, True])
def test_what_would_fit(name, static_shapes):
    settings, devices, expected = SAID[name]
    recipe = Recipe(max_length=100, **settings)
    batches = Batches(
        encoded(LENGTHS), recipe.batch_size, batch_tokens=recipe.batch_tokens,
        static_shapes=static_shapes,
    )  # fmt: skip
    assert expected in said(batches, recipe, devices)


def test_vectors():
    vectors = FeatureBatches(np.zeros((9, 4), "float32"), np.zeros(9), 8)
    recipe = Recipe(batch_size=8, freeze="encoder", sampling="smote")
    assert said(vectors, recipe) == (
        "out of memory: the largest batch has 8 vectors. Pass --batch-size 4 with "
        "--gradient-accumulation-steps 2 (the same step)."
    )
