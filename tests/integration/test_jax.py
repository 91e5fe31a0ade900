"""The command line where Keras runs on JAX, and what TensorFlow says of the runs that it leaves."""

import json

import numpy as np
import pytest

import tfclf
from tests.integration.on_backend import losses_of_steps, on_backend
from tfclf.data.samples import SAMPLES, write_sample
from tfclf.runs.bulk.lines import lines_of

pytestmark = pytest.mark.jax

# Of each task a sample, and what is asked of its training besides what the sample says.
TASKS = {
    "tickets": ["--loss", "focal", "--on-collapse", "warn"],
    "contracts": [],
    "similarity": [],
    "entities": ["--decoding", "viterbi"],
    "two-tasks": [],
}
PAIRS = "similarity"
LATER = {
    "frozen-first": ["--freeze", "encoder", "--thaw-epoch", "2"],
    "mixup": ["--mixup", "0.3"],
    "weights-later": ["--class-weights", "inverse", "--sampling", "none", "--reweight-epoch", "2"],
    "on-features": ["--freeze", "encoder", "--sampling", "smote"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("jax")


@pytest.fixture(scope="module")
def trained(folder, tiny_encoder):
    """A run of each task, trained, evaluated and asked on JAX."""
    commands = []
    for name, settings in TASKS.items():
        sample = SAMPLES[name]
        rows, run, out = folder / sample.file_name, folder / name, folder / f"{name}.out.jsonl"
        write_sample(name, rows, 96, 1)
        pair = ["--text-pair", "text_b"] if name == PAIRS else []
        commands += [
            ["train", rows, "--output", run, "--validation", rows, "--test", rows,
             "--model", tiny_encoder,
             *sample.train_with.split(), *settings, "--epochs", 2, "--learning-rate", "1e-3",
             "--max-length", 19, "--batch-size", 16],
            ["evaluate", run, rows, "--json", *pair],
            ["predict", run, rows, "--output", out, "--scores", *pair],
        ]  # fmt: skip
    done = on_backend("jax", "command_lines", commands=[list(map(str, one)) for one in commands])
    for command, (status, _, err) in zip(commands, done, strict=True):
        assert status == 0, (command, err)
    return {name: done[3 * i : 3 * i + 3] for i, name in enumerate(TASKS)}


def close(one, other, tolerance=1e-5):
    """Whether two JSON values are equal, numbers up to a tolerance."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(close(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(close, one, other))
    if isinstance(one, float):
        return one == pytest.approx(other, abs=tolerance)
    return one == other


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS)
def test_tensorflow_reads_what_jax_has_trained(name, trained, folder):
    """The same figures and the same answers."""
    run, rows = folder / name, folder / SAMPLES[name].file_name
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["training"]["backend"] == "jax"
    classifier = tfclf.load(run)
    columns = tfclf.Columns(text_pair="text_b") if name == PAIRS else None
    labelled = classifier.read(rows, columns=columns)
    scores = json.loads(json.dumps(classifier.evaluate(labelled)))
    assert close(scores, metrics["test"])
    assert close(json.loads(trained[name][1][1]), metrics["test"])
    lines = (folder / f"{name}.out.jsonl").read_text().splitlines()
    (logits,) = classifier.predict_rows(labelled)
    expected = list(lines_of(classifier, logits, all_scores=True))
    assert len(lines) == len(expected) == 96
    assert close(list(map(json.loads, lines)), list(map(json.loads, expected)))


@pytest.mark.slow
def test_it_learns_what_tensorflow_learns(trained, folder, tiny_encoder):
    """The whole job again: the same rows in the same order, so nearly the same losses.

    96 rows are six full batches: a short one is filled up on JAX, and Keras's mean of the losses
    then counts its lines.
    """
    facts = json.loads((folder / "tickets" / "tfclf.json").read_text())
    job = tfclf.Job.from_dict(facts["arguments"], folder / "tickets-on-tensorflow")
    tfclf.train(job)
    ours, theirs = (
        json.loads((run / "history.json").read_text()) for run in (job.output, folder / "tickets")
    )
    assert ours.keys() == theirs.keys()
    np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-4)
    np.testing.assert_allclose(ours["val_loss"], theirs["val_loss"], rtol=1e-4)


@pytest.mark.slow
def test_an_export_is_made_by_tensorflow(trained, folder):
    """The proof in it holds the graph against the run."""
    (status, out, err), (refused, _, why) = on_backend(
        "jax",
        "command_lines",
        commands=[
            ["export", str(folder / "tickets"), str(folder / "served")],
            ["export", str(folder / "tickets"), str(folder / "tickets")],
        ],
    )
    assert status == 0, err
    assert "Writing saved-model." in err and "Proven on " in out
    signature = json.loads((folder / "served" / "signature.json").read_text())
    assert signature["proof"]["largest_difference"] < 1e-5
    assert refused == 1 and "new or empty folder" in why


STEPS = {
    "all": {"learning_rate": 1e-3},
    "layers": {"learning_rate": 1e-3, "layer_decay": 0.5, "head_learning_rate": 1e-2},
    "embeddings-frozen": {"learning_rate": 1e-3, "freeze": "embeddings"},
}


@pytest.mark.parametrize(
    "name", ["all", *(pytest.param(each, marks=pytest.mark.slow) for each in list(STEPS)[1:])]
)
def test_steps_are_those_of_tensorflow(name, tiny_encoder):
    arguments = {"model": str(tiny_encoder), "steps": 5, "settings": STEPS[name]}
    theirs = on_backend("jax", "losses_of_steps", **arguments)
    np.testing.assert_allclose(theirs, losses_of_steps(**arguments), atol=1e-4, rtol=0)


@pytest.mark.slow
def test_what_changes_in_the_course_of_a_training(folder, trained, tiny_encoder):
    """Thawing, mixing, weighing later and the head alone, each as it is on TensorFlow."""
    rows = folder / SAMPLES["tickets"].file_name
    commands = [
        ["train", rows, "--output", folder / name, "--validation", rows,
         "--model", tiny_encoder, *settings,
         "--epochs", "3", "--learning-rate", "1e-3", "--max-length", "19", "--batch-size", "16",
         "--on-collapse", "warn"]
        for name, settings in LATER.items()
    ]  # fmt: skip
    commands = [list(map(str, command)) for command in commands]
    for command, (status, _, err) in zip(
        commands, on_backend("jax", "command_lines", commands=commands), strict=True
    ):
        assert status == 0, (command, err)
    for name in LATER:
        facts = json.loads((folder / name / "tfclf.json").read_text())
        job = tfclf.Job.from_dict(facts["arguments"], folder / f"{name}-on-tensorflow")
        tfclf.train(job)
        ours, theirs = (
            json.loads((run / "history.json").read_text()) for run in (job.output, folder / name)
        )
        if name != "mixup":  # whose ratios are drawn by the backend
            np.testing.assert_allclose(ours["loss"], theirs["loss"], rtol=1e-3, err_msg=name)
