"""The doctor's doors: files, checkpoints, runs, and anybody's Keras model and pipelines."""

import hashlib
import json
import shutil
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfclf
from tfclf import Columns, Head, Job, Recipe
from tfclf.diagnosis.evidence.outcome import outcome_of_logits
from tfclf.errors import ArgumentError, DataError, RunError, TfclfError
from tfclf.runs import doctor, doctor_run
from tfclf.runs.doctor import FileOfRows, look_at_file
from tfclf.runs.doctor_run import look_at_run
from tfclf.runs.make_case import Looking, infer_task

WORDS = {"good": "the film was good", "bad": "the film was bad .", "ugly": "ugly ! ugly"}
RECIPE = Recipe(epochs=12, learning_rate=1e-2, batch_size=16, max_length=19)


def texts_and_labels(count=90):
    names = list(WORDS)
    texts = [
        f"{WORDS[names[i % 3]]} {'abcdefgh'[i % 8]} {'ijklmnopqrs'[i % 11]}" for i in range(count)
    ]  # noqa: E501
    return texts, [names[i % 3] for i in range(count)]


def write(path, texts, labels, name="label"):
    lines = [json.dumps({"text": t, name: v}) for t, v in zip(texts, labels, strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    return write(tmp_path_factory.mktemp("doctor") / "rows.jsonl", *texts_and_labels())


@pytest.fixture(scope="module")
def trained(rows, tiny_encoder):
    run = rows.parent / "run"
    tfclf.train(Job(rows, run, model=tiny_encoder, recipe=RECIPE))
    return run


def names(diagnosis, least="note"):
    severities = ("error", "warning", "note")
    return [f.name for f in diagnosis if severities.index(f.severity) <= severities.index(least)]


def digest(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_healthy_file(rows):
    diagnosis = look_at_file(FileOfRows(rows))
    assert names(diagnosis, "warning") == []
    assert diagnosis.healthy
    assert diagnosis.looked_at["rows"] == {"training": 90}
    assert diagnosis.looked_at["task"] == "single-label"
    assert "predicts-one-label" in diagnosis.looked_at["asked_for"]  # also without evidence
    assert "symptoms" not in diagnosis.looked_at


def test_a_healthy_file_with_its_model(rows, tiny_encoder, monkeypatch):
    monkeypatch.setattr(doctor, "SAMPLE", 50)
    before = digest(tiny_encoder)
    steps = []
    asked = FileOfRows(rows, model=tiny_encoder, recipe=RECIPE)
    diagnosis = look_at_file(asked, progress=steps.append)
    assert names(diagnosis, "error") == []
    assert "could-not-look" not in names(diagnosis)
    assert diagnosis.looked_at["sample"] == {"training": 50}
    assert diagnosis.looked_at["epochs"] == 12
    assert diagnosis.looked_at["steps"] == 12 * 6  # 81 of 90 rows, 16 a step
    assert steps[0] == "reading the rows"
    assert digest(tiny_encoder) == before


FILES = {
    "multi-label": ("labels", [["good"], ["bad", "ugly"], []] * 20),
    "regression": ("label", [0.5, 1.5, 2.5] * 20),
    "single-label": ("label", ["a", "b", "c"] * 20),
}


@pytest.mark.parametrize("task", list(FILES))
def test_the_columns_say_the_task(task, tmp_path):
    column, labels = FILES[task]
    path = write(tmp_path / "rows.jsonl", texts_and_labels(60)[0], labels, column)
    diagnosis = look_at_file(FileOfRows(path))
    assert diagnosis.looked_at["task"] == task
    assert diagnosis.looked_at["task_was"] == "read from the columns"
    declared = look_at_file(FileOfRows(path, task=task))
    assert declared.looked_at["task_was"] == "declared"


def test_words_with_tags(tmp_path):
    path = tmp_path / "rows.conll"
    path.write_text("the O\nfilm B-x\n\ngood O\n\n" * 20)
    diagnosis = look_at_file(FileOfRows(path, columns=Columns(tokens="1", label="2")))
    assert diagnosis.looked_at["task"] == "token"


def test_one_label_alone(tmp_path, tiny_encoder):
    path = write(tmp_path / "rows.jsonl", texts_and_labels(60)[0], ["a"] * 60)
    diagnosis = look_at_file(FileOfRows(path, model=tiny_encoder))
    assert diagnosis[0].name == "one-label-only"
    assert diagnosis[0].severity == "error"
    assert diagnosis.looked_at["model"].startswith("not built: ")


@pytest.mark.slow
def test_a_head_of_other_labels_is_replaced(trained, tmp_path):
    texts, labels = texts_and_labels()
    path = write(tmp_path / "rows.jsonl", texts, [label.upper() for label in labels])
    diagnosis = look_at_file(FileOfRows(path, model=trained, recipe=RECIPE))
    assert diagnosis.looked_at["model"]["name"] == "TFBertForSequenceClassification"


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (FileOfRows("missing.csv"), "missing.csv"),
        (FileOfRows((["a", "b"], ["x", "y"]), task="poetry"), "unknown task 'poetry'"),
        (FileOfRows((["a", "b"], [1.5, None])), "label"),
    ],
    ids=["no file", "no task", "no label"],
)
def test_what_cannot_be_read_is_said(asked, error):
    with pytest.raises(TfclfError, match=error):
        look_at_file(asked)


def test_a_healthy_run(trained):
    before = digest(trained)
    diagnosis = look_at_run(trained)
    assert names(diagnosis, "error") == []
    assert "could-not-look" not in names(diagnosis)
    assert digest(trained) == before
    assert diagnosis.looked_at["run"] == str(trained)
    assert diagnosis.looked_at["epochs_of_the_history"] == 12
    assert diagnosis.looked_at["answers"]["split"] == "validation"
    assert diagnosis.looked_at["rows"]["training"] == 81


@pytest.fixture
def copy(trained, tmp_path):
    """A run of before, without a manifest: what is changed in it is read all the same."""
    run = shutil.copytree(trained, tmp_path / "run")
    (run / "manifest.json").unlink()
    return run


def edit(path, change):
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def test_a_collapsed_run(copy):
    def collapse(metrics):
        scores = metrics["validation"]
        scores["predicted_classes"], scores["most_predicted"] = 1, "bad"
        for name, line in scores["per_class"].items():
            line["support"] = 30
            line["recall"] = float(name == "bad")
            line["precision"] = 1 / 3 if name == "bad" else 0.0

    edit(copy / "metrics.json", collapse)
    diagnosis = look_at_run(copy)
    assert diagnosis[0].name == "predicts-one-label"
    assert "every validation row got the label 'bad', which is true of 33%" in diagnosis[0].evidence
    assert "--learning-rate 0.0001" in diagnosis[0].remedy
    assert not diagnosis.healthy


def test_a_run_that_diverged(copy):
    edit(copy / "history.json", lambda history: history.update(loss=[0.7, float("nan")]))
    diagnosis = look_at_run(copy)
    assert "loss-not-finite" in names(diagnosis, "error")


def test_a_run_whose_rows_are_gone(copy):
    def elsewhere(facts):
        facts["arguments"]["train"] = "elsewhere.csv"

    edit(copy / "tfclf.json", elsewhere)
    diagnosis = look_at_run(copy)
    assert "no longer where they were" in diagnosis.looked_at["files"]
    assert names(diagnosis, "error") == []


def test_a_run_whose_rows_have_changed(copy, tmp_path):
    path = write(tmp_path / "rows.jsonl", *texts_and_labels(60))
    edit(copy / "tfclf.json", lambda facts: facts["arguments"].update(train=str(path)))
    assert "81 then, 54 now" in look_at_run(copy).looked_at["files"]


def test_a_run_on_other_rows(trained, tmp_path):
    """Rows whose labels have changed places are told from those of the training."""
    texts, labels = texts_and_labels()
    turned = [{"good": "bad", "bad": "good"}.get(label, label) for label in labels]
    other = write(tmp_path / "turned.jsonl", texts, turned)
    diagnosis = tfclf.diagnose(run=trained, validation=other)
    assert diagnosis.looked_at["answers"]["rows"] == 90
    assert diagnosis[0].name == "labels-permuted"
    assert set(diagnosis[0].rows) == {"good", "bad"}


def without(path, *keys):
    def change(values):
        for key in keys:
            values = values[key]
        values.pop(path)

    return change


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("metrics.json", without("training"), "metrics.json lacks 'training'"),
        ("tfclf.json", without("recipe"), "tfclf.json lacks 'recipe'"),
        ("tfclf.json", without("format"), "tfclf.json lacks 'format'"),
        ("tfclf.json", without("rows"), "tfclf.json lacks 'rows'"),
        (
            "tfclf.json",
            lambda values: values["recipe"].update(unknown=1),
            "tfclf.json has 'unknown', which this tfclf does not know",
        ),
        ("metrics.json", without("per_class", "validation"), "metrics.json lacks 'per_class'"),
        (
            "metrics.json",
            lambda values: values.update(training=3),
            "metrics.json does not hold what tfclf writes there",
        ),
    ],
    ids=["no figures", "no recipe", "no format", "no rows", "unknown setting", "no labels", "3"],
)
def test_a_damaged_run(copy, file, change, said):
    edit(copy / file, change)
    with pytest.raises(RunError) as caught:
        look_at_run(copy)
    assert str(caught.value).startswith(f"{copy}: the run is damaged: {said}. ")


@pytest.mark.parametrize("file", ["metrics.json", "tfclf.json", "history.json"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a":', "is no JSON from line 1, column 6 on"),
        (b"[1]", "does not hold what tfclf writes there"),
        (b"\xff\xfe{", "is no text in UTF-8"),
    ],
    ids=["cut", "list", "bytes"],
)
def test_a_damaged_file_of_a_run(copy, file, content, said):
    (copy / file).write_bytes(content)
    with pytest.raises(RunError) as caught:
        look_at_run(copy)
    assert f"the run is damaged: {file} {said}." in str(caught.value)


def test_a_run_without_its_figures(copy):
    (copy / "metrics.json").unlink()
    with pytest.raises(RunError, match=r"the run is damaged: metrics\.json is missing\."):
        look_at_run(copy)


def test_a_run_on_rows_of_unknown_labels(trained, tmp_path):
    path = write(tmp_path / "rows.jsonl", texts_and_labels(30)[0], ["x", "y", "z"] * 10)
    diagnosis = tfclf.diagnose(run=trained, validation=path)
    assert "could-not-look" not in names(diagnosis), [str(one) for one in diagnosis]
    assert "unseen-labels" in names(diagnosis)
    assert "answers" not in diagnosis.looked_at


def test_no_run(tmp_path):
    with pytest.raises(RunError, match="holds no run"):
        tfclf.diagnose(run=tmp_path)


@pytest.mark.slow
def test_a_run_of_several_heads(tmp_path, tiny_encoder):
    texts, labels = texts_and_labels(60)
    lines = [
        json.dumps({"text": text, "kind": label, "stars": float(len(label))})
        for text, label in zip(texts, labels, strict=True)
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines) + "\n")
    heads = (Head("kind", "single-label", "kind"), Head("stars", "regression", "stars"))
    run = tmp_path / "run"
    recipe = Recipe(epochs=1, learning_rate=1e-2, max_length=19)
    tfclf.train(Job(tmp_path / "rows.jsonl", run, heads=heads, model=tiny_encoder, recipe=recipe))
    diagnosis = look_at_run(run)
    assert diagnosis.looked_at["heads"] == ["kind", "stars"]
    assert "could-not-look" not in names(diagnosis)

    def collapse(metrics):
        metrics["validation"]["tasks"]["stars"].update(rows=30, spread=0.0, true_spread=1.0)

    (run / "manifest.json").unlink()
    edit(run / "metrics.json", collapse)
    diagnosis = look_at_run(run)
    assert diagnosis[0].name == "predictions-constant"
    assert diagnosis[0].evidence.startswith("head 'stars': ")


def test_what_several_heads_predict():
    healthy = outcome_of_logits("single-label", np.array([0, 1] * 10), np.eye(2)[[0, 1] * 10])
    flat = outcome_of_logits("regression", np.arange(20.0), np.zeros((20, 1)))
    classifier = SimpleNamespace(
        deciders={
            "kind": SimpleNamespace(task="single-label"),
            "stars": SimpleNamespace(task="regression"),
        }
    )
    history = {"loss": [float("nan")]}
    outcomes = {"kind": healthy, "stars": flat}
    diagnosis = doctor_run._look_at_heads(Looking(), classifier, outcomes, history)
    assert sorted(names(diagnosis)) == ["loss-not-finite", "predictions-constant"]  # each once
    assert any(finding.evidence.startswith("head 'stars': ") for finding in diagnosis)


# Anybody's model


def small_model(outputs=2, activation=None):
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(outputs, activation)]
    )


def small_rows(count=64):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(count, 4)).astype("float32")
    return x, (x[:, 0] > 0).astype("int32")


def compiled(loss=None):
    model = small_model()
    loss = loss or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    return model


def pipeline(count=64):
    return tf.data.Dataset.from_tensor_slices(small_rows(count)).shuffle(count, seed=1).batch(16)


def test_any_model_and_pipeline():
    model = compiled()
    before = [variable.numpy().copy() for variable in model.variables]
    diagnosis = tfclf.diagnose(model=model, train=pipeline(), validation=pipeline(), epochs=3)
    assert isinstance(diagnosis, list)
    assert all(isinstance(finding, tfclf.Finding) for finding in diagnosis)
    assert "could-not-look" not in names(diagnosis), diagnosis
    assert diagnosis.looked_at["task"] == "single-label"
    assert diagnosis.looked_at["train"]["rows_read"] == 64
    assert (diagnosis.looked_at["epochs"], diagnosis.looked_at["steps"]) == (3, 12)
    for variable, value in zip(model.variables, before, strict=True):
        assert np.array_equal(variable.numpy(), value)


def always_the_first(model):
    model.layers[-1].bias.assign([50.0, -50.0])
    return model


def test_a_fresh_model_may_say_one_label_and_a_trained_one_not():
    model = always_the_first(compiled())
    assert "predicts-one-label" not in names(tfclf.diagnose(model=model, train=pipeline()))
    for told in ({"trained": True}, {"history": {"loss": [0.7, 0.5]}}):
        diagnosis = tfclf.diagnose(model=model, train=pipeline(), **told)
        assert "predicts-one-label" in names(diagnosis, "error")
    model.optimizer.iterations.assign(10)
    assert "predicts-one-label" in names(tfclf.diagnose(model=model, train=pipeline()))
    untold = tfclf.diagnose(model=model, train=pipeline(), trained=False)
    assert "predicts-one-label" not in names(untold)


def test_a_history_alone():
    model = compiled()
    history = model.fit(pipeline(), epochs=2, verbose=0, shuffle=False)
    assert "loss-not-finite" not in names(tfclf.diagnose(history=history))
    assert names(tfclf.diagnose(history={"loss": [float("nan")]})) == ["loss-not-finite"]


def test_rows_of_a_file_with_a_model_of_ones_own(rows, tiny_encoder):
    model = tfclf.TFBertForSequenceClassification.from_pretrained(
        tiny_encoder, id2label=["ugly", "good", "bad"]
    )
    model.compile(
        tfclf.training.adamw(1e-4), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    diagnosis = tfclf.diagnose(model=model, train=rows, tokenizer=tiny_encoder)
    assert "label-map-mismatch" not in names(diagnosis)
    assert "labels-out-of-range" not in names(diagnosis)
    with pytest.raises(ArgumentError, match="tokenizer"):
        tfclf.diagnose(model=model, train=rows)


def test_a_checkpoint_folder(tiny_encoder):
    ids = np.array([[2, 7, 9, 3], [2, 8, 5, 3]] * 8)
    diagnosis = tfclf.diagnose(model=tiny_encoder, train=(ids, np.array([0, 1] * 8)))
    assert diagnosis.looked_at["model"]["name"] == "TFBertForSequenceClassification"
    assert diagnosis.looked_at["checkpoint"] == str(tiny_encoder)


def endless():
    return pipeline().repeat()


def two_outputs():
    inputs = keras.Input((4,))
    layers = {"a": keras.layers.Dense(2), "b": keras.layers.Dense(3)}
    model = keras.Model(inputs, {name: layer(inputs) for name, layer in layers.items()})
    model.compile("adam", {"a": "mse", "b": "mse"})
    return model


def broken():
    x, y = small_rows()

    def generate():
        for i in range(64):
            if i == 40:
                raise ValueError("row 40 is broken")
            yield x[i], y[i]

    signature = (tf.TensorSpec((4,), tf.float32), tf.TensorSpec((), tf.int32))
    return tf.data.Dataset.from_generator(generate, output_signature=signature).batch(16)


def half_precision():
    with_policy = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(2, dtype="mixed_float16")]
    )
    with_policy.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return with_policy


ODD = {
    "two outputs": lambda: {"model": two_outputs(), "train": pipeline(), "trained": True},
    "no labels": lambda: {"model": compiled(), "train": pipeline().map(lambda x, y: x)},
    "endless": lambda: {"model": compiled(), "train": endless()},
    "raises": lambda: {"model": compiled(), "train": broken()},
    "half precision": lambda: {"model": half_precision(), "train": pipeline(), "trained": True},
    "one-hot": lambda: {"train": (small_rows()[0], np.eye(2)[small_rows()[1]])},
    "strings": lambda: {"train": (small_rows()[0], np.array(["a", "b"])[small_rows()[1]])},
    "floats": lambda: {"train": (small_rows()[0], small_rows()[1].astype("float32"))},
    "not compiled": lambda: {"model": small_model(), "train": pipeline(), "trained": True},
    "not built": lambda: {"model": keras.Sequential([keras.layers.Dense(2)]), "train": pipeline()},
    "model alone": lambda: {"model": compiled()},
    "empty": lambda: {"train": pipeline().take(0), "model": compiled()},
}


@pytest.mark.parametrize("odd", list(ODD))
def test_odd_input_is_handled_or_named(odd):
    diagnosis = tfclf.diagnose(**ODD[odd]())
    assert "could-not-look" not in names(diagnosis), [str(f) for f in diagnosis]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "nothing to look at"),
        ({"run": "run", "model": "folder"}, "a run and model"),
        ({"train": "rows.csv", "validation": (1, 2)}, "the other is not"),
        ({"task": "poetry", "history": {}}, "unknown task"),
        ({"history": [1, 2]}, "expected a history, got list"),
        ({"history": {"loss": 0.5}}, "expected a history, got dict"),
    ],
    ids=["nothing", "run and model", "file and pipeline", "task", "list", "numbers"],
)
def test_arguments(given, said):
    with pytest.raises(ArgumentError, match=said):
        tfclf.diagnose(**given)


def test_an_empty_history_is_no_training():
    for history, is_trained in (({}, False), ({"loss": []}, False), ({"loss": [0.5]}, True)):
        looked_at = tfclf.diagnose(model=compiled(), train=pipeline(), history=history).looked_at
        assert ("answers" in looked_at) == is_trained


def test_a_missing_file_is_said():
    with pytest.raises(DataError, match=r"missing\.csv"):
        tfclf.diagnose(train="missing.csv")


def labels_like(labels, **known):
    facts = dict.fromkeys(("is_per_token", "is_multi_hot", "is_one_hot", "label_names"))
    return SimpleNamespace(has_labels=True, labels=labels, **(facts | known))


def model_like(outputs=2, kind="sparse", ndim=2):
    return SimpleNamespace(
        model=object(), loss=SimpleNamespace(kind=kind), num_outputs=outputs,
        outputs=np.zeros((2,) * (ndim - 1) + (outputs,)),
    )  # fmt: skip


TASKS = {
    "ids": (None, labels_like(np.array([0, 1, 2])), "single-label"),
    "tags": (None, labels_like(np.zeros((2, 3)), is_per_token=True), "token"),
    "multi-hot": (None, labels_like(np.ones((2, 3)), is_multi_hot=True), "multi-label"),
    "one-hot": (None, labels_like(np.eye(2), is_one_hot=True), "single-label"),
    "strings": (None, labels_like(np.array(["a"]), label_names=("a",)), "single-label"),
    "real numbers": (None, labels_like(np.array([0.5, 1.0])), "regression"),
    "stars": (model_like(1, "squared"), labels_like(np.array([1.0, 5.0])), "regression"),
    "stars under a loss of classes": (
        model_like(1),
        labels_like(np.array([1.0, 5.0])),
        "single-label",
    ),
    "ids under a squared loss": (
        model_like(3, "squared"),
        labels_like(np.array([0, 2])),
        "single-label",
    ),
    "zeros and ones": (model_like(1), labels_like(np.array([0.0, 1.0])), "single-label"),
    "ids as floats": (model_like(3), labels_like(np.array([0.0, 2.0])), "single-label"),
    "squared": (model_like(1, "squared"), labels_like(np.array([1, 5])), "regression"),
    "only a model": (model_like(3, "binary"), None, "multi-label"),
    "only a model of tags": (model_like(3, "sparse", 3), None, "token"),
    "only a model of numbers": (model_like(1, "squared"), None, "regression"),
    "nothing": (None, None, "single-label"),
}


@pytest.mark.parametrize("case", list(TASKS))
def test_the_task_is_inferred(case):
    model, labels, task = TASKS[case]
    assert infer_task(model, labels) == task
