"""The demonstration, with the real encoder: what the README promises at its top."""

import json
import os
import subprocess
import sys

import pytest

import tfclf


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("integration") / "demo"
    command = [sys.executable, "-m", "tfclf", "demo", "--output", str(path)]
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    (path / "out").write_text(done.stdout)
    (path / "err").write_text(done.stderr)
    return path


@pytest.mark.slow
def test_every_label_is_found(folder):
    scores = json.loads((folder / "run" / "metrics.json").read_text())["test"]
    assert scores["predicted_classes"] == 3
    assert scores["macro_f1"] > 0.8
    assert scores["per_class"]["fraud"]["f1"] > 0.6


@pytest.mark.slow
def test_the_naive_recipe_stands_beside_it(folder):
    out = (folder / "out").read_text()
    row = next(line for line in out.splitlines() if "macro-F1" in line and line.count("│") == 5)
    naive, ours = (float(cell) for cell in row.split("│")[3:5])
    assert naive < 0.5 < ours


@pytest.mark.slow
def test_nothing_of_other_libraries_is_printed(folder):
    err = (folder / "err").read_text()
    for noise in ("absl", "oneDNN", "cuda", "Warning", "Loading weights", "PyTorch"):
        assert noise not in err


@pytest.mark.slow
def test_a_loaded_run_predicts(folder):
    classifier = tfclf.load(folder / "run")
    text = "A code for the voucher was sent to me tonight. It was not me, nor my wife."
    assert classifier.predict([text]) == ["fraud"]
