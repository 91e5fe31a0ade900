"""Runs that were trained in half precision: what is saved, judged, loaded and said is float32's."""

import itertools
import json

import numpy as np
import pytest
from safetensors.numpy import load_file

import tfclf
from tfclf import Head, Job, Recipe
from tfclf.evaluation import WordLogits
from tfclf.runs.prepare import prepare
from tfclf.training import precision as module
from tfclf.training.hardware import Hardware

WORDS = ["good", "bad", "ugly"]


def told(index):
    return f"the film was {WORDS[index % 3]} {'abcdefgh'[index % 8]}"


def row_of(index):
    """One row with a label for every task."""
    words = told(index).split()
    return {
        "text": told(index),
        "tokens": words,
        "label": WORDS[index % 3],
        "labels": WORDS[index % 3 : index % 3 + 2],
        "value": float(index % 3),
        "tags": ["O", "O", "O", f"B-{WORDS[index % 3]}", "O"],
    }


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    lines = [json.dumps(row_of(index)) for index in range(60)]
    path.write_text("\n".join(lines) + "\n")
    return path


HEADS = (Head("mood", "single-label", "label"), Head("slots", "token", "tags"))
SETTINGS = {
    "single-label": {},
    "multi-label": {"task": "multi-label"},
    "regression": {"task": "regression", "columns": tfclf.Columns(label="value")},
    "token": {"task": "token", "columns": tfclf.Columns(tokens="tokens")},
    "several tasks": {"heads": HEADS, "columns": tfclf.Columns(tokens="tokens")},
}
FIRST = ("single-label", "bfloat16")  # stands for all of them in a default run
CASES = [
    pytest.param(*case, marks=[] if case == FIRST else pytest.mark.slow, id=" in ".join(case))
    for case in itertools.product(SETTINGS, ("bfloat16", "float16"))
]


@pytest.mark.parametrize("task, precision", CASES)
def test_a_run(task, precision, rows, tiny_encoder, tmp_path):
    recipe = Recipe(
        epochs=1, learning_rate=1e-4, batch_size=16, max_length=19, precision=precision,
        on_collapse="warn",  # four steps from a probe on may be none for the better
    )  # fmt: skip
    job = Job(rows, tmp_path / "run", test=rows, model=tiny_encoder, recipe=recipe,
              **SETTINGS[task])  # fmt: skip
    trained = tfclf.train(job)
    assert trained.metrics["training"]["precision"] == precision
    assert all(event["kind"] == "lost" for event in trained.metrics["training"]["rescues"])
    facts = json.loads((job.output / "tfclf.json").read_text())
    assert facts["recipe"]["precision"] == facts["arguments"]["recipe"]["precision"] == precision
    tensors = load_file(job.output / "model.safetensors").values()
    assert {tensor.dtype for tensor in tensors} == {np.dtype("float32")}
    loaded = tfclf.load(job.output)
    assert loaded.model.compute_dtype == trained.model.compute_dtype == "float32"
    test = loaded.read(rows, columns=job.columns)
    by_head = zip(
        *(one.logits(one.encode(test)).values() for one in (trained, loaded)), strict=True
    )
    for ours, theirs in by_head:
        if isinstance(ours, WordLogits):
            ours, theirs = ours.logits, theirs.logits
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert rounded(loaded.evaluate(test)) == rounded(trained.metrics["test"])


def rounded(scores):
    """Figures to five digits: a loaded model's sums may end in another bit."""
    return json.loads(json.dumps(scores), parse_float=lambda text: round(float(text), 5))


def test_auto_is_chosen_before_the_model_is_built(rows, tiny_encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "find_hardware", lambda: Hardware("GPU", (9, 0)))
    recipe = Recipe(epochs=1, max_length=19, precision="auto")
    prepared = prepare(Job(rows, tmp_path / "run", model=tiny_encoder, recipe=recipe))
    assert prepared.recipe.precision == prepared.classifier.model.compute_dtype == "bfloat16"
    (said,) = [str(choice) for choice in prepared.choices if choice.setting == "precision"]
    assert said == ("precision bfloat16: bfloat16 is fast: the GPU has compute capability 9.0")
