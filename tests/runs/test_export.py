"""A run out of the door: what is written, what is refused, and that a failure leaves nothing."""

import dataclasses
import json
import logging
import shutil

import numpy as np
import pytest

import tfclf
from tfclf import Columns, Job, Recipe
from tfclf.errors import (
    ArgumentError,
    DataError,
    ExportError,
    RunError,
    TokenizerError,
)
from tfclf.runs import export as export_module
from tfclf.runs.classifier import Classifier

TEXTS = {"good": "the film was good", "bad": "the film was bad .", "ugly": "ugly ! ugly"}
RECIPE = Recipe(epochs=1, learning_rate=1e-3, max_length=19, on_collapse="ignore")


def write_rows(path, count=60):
    names = list(TEXTS)
    rows = [f"{TEXTS[names[i % 3]]} {'abcdefgh'[i % 8]}{i},{names[i % 3]}" for i in range(count)]
    path.write_text("text,label\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def run(tiny_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    train = write_rows(folder / "rows.csv")
    tfclf.train(Job(train, folder / "run", model=tiny_encoder, recipe=RECIPE))
    return folder / "run"


@pytest.fixture
def few_hard_texts(monkeypatch):
    from tfclf.export.proving import proof

    monkeypatch.setattr(proof, "HARD_TEXTS", {"empty": "", "accent": "bäd"})


def test_a_saved_model(run, tmp_path):
    import tensorflow as tf

    done = tfclf.export_run(run, tmp_path / "served")
    facts = json.loads((done.folder / "signature.json").read_text())
    assert facts == done.facts
    assert facts["format"] == done.format == "saved-model"
    proof = facts["proof"]
    metrics = json.loads((run / "metrics.json").read_text())
    assert proof["texts"] == metrics["validation"]["rows"]
    assert (proof["source"], proof["ties"]) == ("validation texts of the run", 0)
    assert proof["largest_difference"] < proof["tolerance"] == 1e-5
    assert facts["run"]["metrics"]["validation"]["macro_f1"] == metrics["validation"]["macro_f1"]
    assert "per_class" not in facts["run"]["metrics"]["validation"]
    assert facts["versions"]["tensorflow"] == tf.__version__
    assert sum(done.sizes.values()) > 100_000
    assert [path.name for path in tmp_path.iterdir()] == ["served"]
    files = json.loads((done.folder / "manifest.json").read_text())["files"]
    assert {"saved_model.pb", "signature.json", "variables/variables.index"} <= files.keys()
    tfclf.runs.check_manifest(done.folder)
    loaded = tf.saved_model.load(str(done.folder))
    texts = ["the film was ugly", "bäd", ""]
    answer = loaded.signatures["serving_default"](text=tf.constant(texts))
    expected = tfclf.load(run).predict_proba(texts)
    np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-5, rtol=0)


def test_the_proof_goes_by_the_rows_of_training(run, few_hard_texts, tmp_path, caplog):
    """The file has moved: the texts that were held out are no longer known."""
    moved = shutil.copytree(run, tmp_path / "run")
    (moved / "manifest.json").unlink()
    facts = json.loads((moved / "tfclf.json").read_text())
    facts["arguments"]["train"] = str(tmp_path / "gone.csv")
    (moved / "tfclf.json").write_text(json.dumps(facts))
    with caplog.at_level(logging.WARNING, "tfclf"):
        done = tfclf.export_run(moved, tmp_path / "served")
    assert "proven on hard texts alone" in caplog.text
    assert "gone.csv: the file of the validation rows is no longer there" in caplog.text
    assert (done.facts["proof"]["texts"], done.facts["proof"]["hard_texts"]) == (0, 2)
    reason = "none: the file of the validation rows is no longer there"
    assert done.facts["proof"]["source"] == reason
    assert str(tmp_path) not in (done.folder / "signature.json").read_text()


def test_texts_of_a_file(run, few_hard_texts, tmp_path):
    (tmp_path / "texts.txt").write_text("the film\nbad bad\nugly\n")
    done = tfclf.export_run(run, tmp_path / "served", texts=tmp_path / "texts.txt")
    proof = done.facts["proof"]
    assert (proof["texts"], proof["source"]) == (3, "texts of texts.txt")
    assert no_trace_of(str(tmp_path), done.folder)
    with pytest.raises(DataError, match="none.txt: no such file"):
        tfclf.export_run(run, tmp_path / "other", texts=tmp_path / "none.txt")
    assert not (tmp_path / "other").exists()


def no_trace_of(text, folder):
    return all(
        text.encode() not in path.read_bytes() for path in folder.rglob("*") if path.is_file()
    )


def test_texts_of_a_program_are_not_written_down(run, few_hard_texts, tmp_path):
    done = tfclf.export_run(run, tmp_path / "served", texts=["a very private film", "bad"])
    proof = done.facts["proof"]
    assert (proof["texts"], proof["source"]) == (2, "texts in memory")
    assert no_trace_of("very private", done.folder)


def test_the_run_may_answer_in_parts(run, few_hard_texts, tmp_path, monkeypatch):
    """How many rows the classifier takes at once is its own affair."""
    monkeypatch.setattr("tfclf.runs.classifier.AT_ONCE", 5)
    done = tfclf.export_run(run, tmp_path / "served", texts=[f"film {i}" for i in range(17)])
    assert done.facts["proof"]["texts"] == 17


def test_a_difference_leaves_nothing(run, few_hard_texts, tmp_path, monkeypatch):
    own = Classifier.logits

    def turned(self, rows):
        return {name: logits[:, ::-1] for name, logits in own(self, rows).items()}

    monkeypatch.setattr(Classifier, "logits", turned)
    with pytest.raises(ExportError, match="does not answer as the run: answer of ''"):
        tfclf.export_run(run, tmp_path / "served")
    assert list(tmp_path.iterdir()) == []


def damaged(run, folder, change):
    copy = shutil.copytree(run, folder / "copy")
    (copy / "manifest.json").unlink()
    change(copy)
    return copy


def without_tokenizer(run):
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (run / name).unlink()


def with_another_normaliser(run):
    tokenizer = json.loads((run / "tokenizer.json").read_text())
    tokenizer["normalizer"] = {"type": "Nmt"}
    (run / "tokenizer.json").write_text(json.dumps(tokenizer))


def without_weights(run):
    (run / "model.safetensors").unlink()


def without_facts(run):
    (run / "tfclf.json").unlink()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (without_tokenizer, TokenizerError, "no tokenizer: expected tokenizer.json or vocab.txt"),
        (with_another_normaliser, TokenizerError, "Nmt"),
        (without_weights, tfclf.TfclfError, "no weights"),
        (without_facts, RunError, "this folder holds no run: there is no tfclf.json"),
    ],
    ids=["tokenizer", "normaliser", "weights", "facts"],
)
def test_runs_that_cannot_go_out(run, tmp_path, change, error, message):
    copy = damaged(run, tmp_path, change)
    with pytest.raises(error, match=message):
        tfclf.export_run(copy, tmp_path / "served")
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_where_nothing_can_be_written(run, tmp_path):
    with pytest.raises(ExportError, match="new or empty folder, got one that holds "):
        tfclf.export_run(run, run.parent)
    (tmp_path / "file").touch()
    for place, message in (("file", "got a file"), ("file/served", "cannot be written")):
        with pytest.raises(ExportError, match=message):
            tfclf.export_run(run, tmp_path / place)
    with pytest.raises(RunError, match="no such run directory"):
        tfclf.export_run(tmp_path / "nowhere", tmp_path / "served")


def test_arguments_that_do_not_fit(run, tmp_path):
    with pytest.raises(ArgumentError, match="format 'pickle', expected one of saved-model, onnx"):
        tfclf.export_run(run, tmp_path / "served", format="pickle")
    with pytest.raises(ArgumentError, match="texts are for the proof of a SavedModel"):
        tfclf.export_run(run, tmp_path / "served", format="onnx", texts="texts.txt")
    assert list(tmp_path.iterdir()) == []


def test_another_format_gets_the_servable(run, tmp_path, monkeypatch):
    def write(servable, folder):
        (folder / "model").write_text(str(servable.max_length))
        return {"largest_difference": 1e-6}

    monkeypatch.setitem(export_module.FORMATS, "onnx", write)
    done = tfclf.export_run(run, tmp_path / "onnx", format="onnx")
    assert (done.folder / "model").read_text() == "19"
    assert done.facts["largest_difference"] == 1e-6 and "proof" not in done.facts


PAIRS = Columns(text_pair="text_b")


@pytest.mark.slow
def test_pairs_and_their_validation_file(tiny_encoder, tmp_path, few_hard_texts):
    rows = [{"text": f"good {i}", "text_b": f"bad {i}", "label": i % 2} for i in range(40)]
    for name, some in (("train", rows[:30]), ("validation", rows[30:])):
        lines = "".join(json.dumps(row) + "\n" for row in some)
        (tmp_path / f"{name}.jsonl").write_text(lines)
    job = Job(
        tmp_path / "train.jsonl", tmp_path / "run", validation=tmp_path / "validation.jsonl",
        model=tiny_encoder, recipe=RECIPE, columns=PAIRS,
    )  # fmt: skip
    tfclf.train(job)
    done = tfclf.export_run(job.output, tmp_path / "served")
    assert done.facts["reads"] == "pairs"
    assert done.facts["proof"]["texts"] == 10
    (tmp_path / "validation.jsonl").write_text(json.dumps(rows[0]) + "\n")
    again = tfclf.export_run(job.output, tmp_path / "again")
    reason = "none: the validation rows have changed: 10 then, 1 now"
    assert again.facts["proof"]["source"] == reason


@pytest.mark.slow
def test_several_heads_and_no_validation(tiny_encoder, tmp_path, few_hard_texts):
    path = tmp_path / "rows.jsonl"
    rows = [
        {"tokens": ["the", "film", "abc"[i % 3]], "tags": ["O", "B-x", "O"], "mood": "ab"[i % 2]}
        for i in range(30)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    heads = (tfclf.Head("mood", "single-label", "mood"), tfclf.Head("slots", "token"))
    job = Job(
        path, tmp_path / "run", heads=heads, validation_share=0.0, model=tiny_encoder,
        recipe=dataclasses.replace(RECIPE, epochs=1),
    )  # fmt: skip
    tfclf.train(job)
    done = tfclf.export_run(job.output, tmp_path / "served")
    assert set(done.facts["heads"]) == {"mood", "slots"}
    assert done.facts["proof"]["source"] == "training texts of the run"
    assert done.facts["proof"]["texts"] == 30


TOKENS = {"task": "token", "decoding": "viterbi"}
SLOTS_AND_MOOD = {
    "heads": (tfclf.Head("mood", "single-label", "mood"), tfclf.Head("slots", "token"))
}


@pytest.mark.slow
@pytest.mark.parametrize("settings", [TOKENS, SLOTS_AND_MOOD], ids=["tags", "heads"])
def test_words_and_their_validation_file(settings, tiny_encoder, tmp_path, few_hard_texts):
    """Its texts are the words, whatever column is called text."""
    rows = [
        {
            "tokens": ["the", "film", "abc"[i % 3]],
            "tags": ["O", "B-x", "I-x"],
            "mood": "ab"[i % 2],
            "text": "no words of the model's",
        }
        for i in range(40)
    ]
    for name, some in (("train", rows[:30]), ("validation", rows[30:])):
        lines = "".join(json.dumps(row) + "\n" for row in some)
        (tmp_path / f"{name}.jsonl").write_text(lines)
    job = Job(
        tmp_path / "train.jsonl", tmp_path / "run", validation=tmp_path / "validation.jsonl",
        model=tiny_encoder, recipe=RECIPE, **settings,
    )  # fmt: skip
    tfclf.train(job)
    proof = tfclf.export_run(job.output, tmp_path / "served").facts["proof"]
    assert (proof["texts"], proof["source"]) == (10, "validation texts of the run")
