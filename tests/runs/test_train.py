"""The whole job on a tiny encoder: rows in, run directory out, predictions back."""

import json

import numpy as np
import pytest

import tfclf
from tests.conftest import write_tokenizer
from tfclf import Columns, Job, Recipe
from tfclf.data import read_rows
from tfclf.diagnosis import Collapse
from tfclf.errors import CheckpointError, RunError, TfclfError
from tfclf.runs import watched_fit

WORDS = {"good": ["good", "the film was good", "good !"], "bad": ["bad", "the film was bad ."],
         "ugly": ["ugly", "ugly ugly", "was ugly !"]}  # fmt: skip


def rows(count, seed=0):
    generator = np.random.default_rng(seed)
    labels = generator.choice(list(WORDS), count, p=[0.6, 0.3, 0.1]).tolist()
    texts = [f"{generator.choice(WORDS[label])} {'abc'[i % 3]}" for i, label in enumerate(labels)]
    return texts, labels


RECIPE = Recipe(epochs=15, learning_rate=1e-2, batch_size=16, max_length=19)


@pytest.fixture(scope="module")
def job(tiny_encoder, tmp_path_factory):
    return Job(
        rows(300), tmp_path_factory.mktemp("runs") / "run", test=rows(60, seed=1),
        model=tiny_encoder, recipe=RECIPE,
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(job):
    return tfclf.train(job)


def test_it_learns(trained):
    """The best constant answer has a macro-F1 of 0.25: the largest of three labels, 60 %."""
    assert trained.metrics["test"]["macro_f1"] > 0.6
    assert trained.metrics["test"]["predicted_classes"] == 3


def test_metrics_have_what_others_rely_on(trained, job):
    metrics = json.loads((job.output / "metrics.json").read_text())
    assert metrics == trained.metrics
    assert metrics["task"] == "single-label"
    training = metrics["training"]
    assert set(training) == {
        "examples", "epochs", "steps", "seconds", "examples_per_second", "compile_seconds",
        "padding_share", "peak_memory_bytes", "precision", "backend", "resumed_from_step",
        "parameters", "trainable_parameters", "truncated_rows", "truncated_tokens",
        "best_epoch", "score_at_start", "rescues", "devices", "jit",
    }  # fmt: skip
    assert training["steps"] == training["epochs"] * -(-training["examples"] // 16)
    assert training["examples_per_second"] == pytest.approx(
        training["examples"] * training["epochs"] / training["seconds"]
    )
    for split in ("validation", "test"):
        assert set(metrics[split]) == {
            "macro_f1", "micro_f1", "weighted_f1", "accuracy", "expected_calibration_error",
            "predicted_classes", "per_class", "rows", "most_predicted",
        }  # fmt: skip
    assert sum(row["support"] for row in metrics["test"]["per_class"].values()) == 60


def test_history_agrees_with_the_report(trained, job):
    """The best epoch's weights were kept, and its macro-F1 is the one of the final report."""
    history = json.loads((job.output / "history.json").read_text())
    best = max(history["val_macro_f1"])
    assert trained.metrics["validation"]["macro_f1"] == pytest.approx(best, abs=1e-6)


def test_loaded_run_says_the_same(trained, job):
    loaded = tfclf.load(job.output)
    texts = rows(20, seed=2)[0]
    np.testing.assert_allclose(
        loaded.predict_proba(texts), trained.predict_proba(texts), atol=1e-5, rtol=0
    )
    assert loaded.labels == ("bad", "good", "ugly")
    assert loaded.task == "single-label"


def test_a_run_is_a_hugging_face_folder(trained, job):
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    texts = ["the film was bad .", "good", "ugly ! ugly !"]
    model = transformers.BertForSequenceClassification.from_pretrained(job.output).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(job.output)
    with torch.no_grad():
        logits = model(**tokenizer(texts, padding=True, return_tensors="pt")).logits
    expected = torch.softmax(logits, -1).numpy()
    np.testing.assert_allclose(trained.predict_proba(texts), expected, atol=1e-5)
    assert model.config.problem_type == "single_label_classification"


def test_the_same_arguments_find_the_finished_run(tiny_encoder, tmp_path):
    path = tmp_path / "rows.csv"
    texts, labels = rows(60)
    path.write_text(
        "text,label\n" + "".join(f"{t},{n}\n" for t, n in zip(texts, labels, strict=True))
    )
    recipe = Recipe(epochs=1, learning_rate=1e-3, max_length=19)
    job = Job(path, tmp_path / "run", model=tiny_encoder, recipe=recipe)
    tfclf.train(job)
    written = (tmp_path / "run" / "model.safetensors").stat().st_mtime_ns
    again = tfclf.train(job)
    assert (tmp_path / "run" / "model.safetensors").stat().st_mtime_ns == written
    assert again.metrics["training"]["epochs"] == 1
    with pytest.raises(RunError, match="recipe.epochs: 1 there, 2 asked for"):
        tfclf.train(Job(path, tmp_path / "run", model=tiny_encoder, recipe=Recipe(epochs=2)))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model(tiny_encoder, tmp_path):
    recipe = Recipe(epochs=2, learning_rate=1e-2, batch_size=16, max_length=19, seed=7)
    first, second = (
        tfclf.train(Job(rows(80), tmp_path / name, model=tiny_encoder, recipe=recipe))
        for name in ("first", "second")
    )
    texts = rows(30, seed=3)[0]
    np.testing.assert_array_equal(first.predict_proba(texts), second.predict_proba(texts))


@pytest.mark.slow
def test_validation_file_with_an_unseen_label(tiny_encoder, tmp_path, caplog):
    texts, labels = rows(40, seed=4)
    validation = ([*texts, "bad", "was bad"], [*labels, "boring", "dull"])
    recipe = Recipe(epochs=2, learning_rate=1e-2, max_length=19, decisions="none")
    job = Job(rows(80), tmp_path / "run", validation=validation, model=tiny_encoder, recipe=recipe)
    with caplog.at_level("WARNING", logger="tfclf"):
        metrics = tfclf.train(job).metrics["validation"]
    assert "labels that training never had" in caplog.text
    assert metrics["per_class"]["boring"]["support"] == 1
    assert metrics["per_class"]["boring"]["f1"] == 0
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert pytest.approx(metrics["macro_f1"], abs=1e-6) in history["val_macro_f1"]


def test_without_validation(tiny_encoder, tmp_path):
    recipe = Recipe(epochs=1, learning_rate=1e-3, max_length=19)
    job = Job(rows(60), tmp_path / "run", validation_share=0, model=tiny_encoder, recipe=recipe)
    metrics = tfclf.train(job).metrics
    assert set(metrics) == {"task", "training"}
    assert metrics["training"]["examples"] == 60


def test_text_rules_are_applied_in_training_and_prediction(tiny_encoder, tmp_path):
    rules = tfclf.TextRules(replacements=(("FILM", "good"), ("BUCH", "bad")))
    labels = ["good", "bad"] * 40
    texts = [("FILM" if label == "good" else "BUCH") for label in labels]
    recipe = Recipe(epochs=6, learning_rate=1e-2, max_length=19)
    job = Job((texts, labels), tmp_path / "run", validation_share=0, model=tiny_encoder,
              recipe=recipe, rules=rules)  # fmt: skip
    tfclf.train(job)
    assert tfclf.load(tmp_path / "run").predict(["FILM", "BUCH"]) == ["good", "bad"]
    assert tfclf.load(tmp_path / "run").predict(["good", "bad"]) == ["good", "bad"]


@pytest.mark.slow
def test_a_head_is_continued_in_its_own_order(trained, job, tmp_path):
    """Labels of the head in another order than ours: its order is kept."""
    folder = tmp_path / "reordered"
    config = json.loads((job.output / "config.json").read_text())
    from tfclf import TFBertForSequenceClassification

    model = TFBertForSequenceClassification.from_pretrained(
        job.output, id2label={0: "ugly", 1: "bad", 2: "good"}
    )
    model.save_pretrained(folder)
    write_tokenizer(folder)
    assert config["id2label"]["0"] == "bad"
    recipe = Recipe(epochs=1, learning_rate=1e-5, max_length=19)
    result = tfclf.train(Job(rows(60), tmp_path / "run", model=folder, recipe=recipe))
    assert result.labels == ("ugly", "bad", "good")


@pytest.mark.slow
def test_a_head_of_other_labels_is_replaced_only_when_asked(trained, job, tmp_path):
    texts, labels = rows(60)
    other = (texts, [f"other {label}" for label in labels])
    recipe = Recipe(epochs=1, learning_rate=1e-3, max_length=19)
    refused = Job(other, tmp_path / "run", model=job.output, recipe=recipe)
    with pytest.raises(CheckpointError, match="the head has 3 labels .*--new-head"):
        tfclf.train(refused)
    assert not (tmp_path / "run").exists()
    asked = Job(other, tmp_path / "run", model=job.output, recipe=recipe, new_head=True)
    result = tfclf.train(asked)
    assert result.labels == ("other bad", "other good", "other ugly")
    assert "classifier.weight" in result.model.load_report.replaced


@pytest.mark.slow
def test_the_figures_of_each_attempt_are_handed_to_tensorboard(tiny_encoder, tmp_path, monkeypatch):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    lost = Collapse(5, "lost", "worse than its start", ("learning-rate-too-high",))
    judged = iter([lost, None])
    monkeypatch.setattr(watched_fit, "_worse_than_the_start", lambda *fit: next(judged))
    recipe = Recipe(epochs=2, learning_rate=1e-3, max_length=19)
    tfclf.train(Job(rows(80), tmp_path / "run", model=tiny_encoder, recipe=recipe,
                    log_to="tensorboard"))  # fmt: skip
    for attempt in ("", "rescue-1"):
        folder = tmp_path / "run" / "tensorboard" / attempt / "validation"
        events = EventAccumulator(str(folder)).Reload()
        assert len(events.Tensors("epoch_macro_f1")) == 2


BAD = {
    "one label": (lambda: (["a b", "c"], ["x", "x"]), {}, "at least two labels, got only 'x'"),
    "no rows": (lambda: ([], []), {}, "no rows"),
    "max length": (lambda: rows(30), {"recipe": Recipe(max_length=42)}, "max_length is 42"),
    "no checkpoint": (lambda: rows(30), {"model": "/nowhere"}, "no such folder"),
    "task": (lambda: rows(30), {"task": "song"}, "unknown task 'song'"),
    "share": (lambda: rows(30), {"validation_share": 1.5}, "validation share is 1.5"),
    "logger": (lambda: rows(30), {"log_to": "paper"}, "unknown log 'paper'"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_leaves_nothing_behind(tiny_encoder, tmp_path, name):
    source, settings, message = BAD[name]
    with pytest.raises(TfclfError, match=message):
        tfclf.train(Job(source(), tmp_path / "run", **({"model": tiny_encoder} | settings)))
    assert list(tmp_path.iterdir()) == []


def test_a_failure_in_training_leaves_nothing_behind(tiny_encoder, tmp_path, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the device went away")

    monkeypatch.setattr("tfclf.runs.watched_fit.fit_model", broken)
    with pytest.raises(RuntimeError):
        tfclf.train(Job(rows(60), tmp_path / "run", model=tiny_encoder, recipe=RECIPE))
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_is_something_else(tiny_encoder, tmp_path):
    (tmp_path / "thesis.txt").write_text("not a run")
    with pytest.raises(RunError, match="exists and is no run of tfclf"):
        tfclf.train(Job(rows(60), tmp_path, model=tiny_encoder, recipe=RECIPE))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_evaluate_rows(trained):
    texts, labels = rows(45, seed=6)
    scores = trained.evaluate(read_rows((texts, labels)))
    assert scores["accuracy"] == pytest.approx(
        np.mean([a == b for a, b in zip(trained.predict(texts), labels, strict=True)])
    )


def test_more_rows_than_are_predicted_at_once(trained, monkeypatch):
    texts = rows(50, seed=8)[0]
    whole = trained.predict_proba(texts)
    monkeypatch.setattr("tfclf.runs.classifier.AT_ONCE", 7)
    np.testing.assert_allclose(trained.predict_proba(texts), whole, atol=1e-6)


def test_bad_texts(trained):
    with pytest.raises(TfclfError, match="expected a list of texts, got one string"):
        trained.predict("good")
    with pytest.raises(TfclfError, match="index 1: column 'text': expected a text"):
        trained.predict(["good", 3])
    assert trained.predict([]) == []


def test_load_of_no_run(tmp_path):
    with pytest.raises(RunError, match="no such run directory"):
        tfclf.load(tmp_path / "nowhere")
    with pytest.raises(RunError, match="this folder holds no run"):
        tfclf.load(tmp_path)
    (tmp_path / "tfclf.json").write_text("{")
    with pytest.raises(RunError, match="damaged"):
        tfclf.load(tmp_path)


def test_columns(tiny_encoder, tmp_path):
    texts, labels = rows(60)
    path = tmp_path / "rows.tsv"
    path.write_text(
        "wort\tart\n" + "".join(f"{t}\t{n}\n" for t, n in zip(texts, labels, strict=True))
    )
    recipe = Recipe(epochs=1, learning_rate=1e-3, max_length=19)
    job = Job(path, tmp_path / "run", columns=Columns("wort", "art"), model=tiny_encoder,
              recipe=recipe)  # fmt: skip
    assert tfclf.train(job).labels == ("bad", "good", "ugly")
