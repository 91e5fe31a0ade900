"""The command line on every sample with the embedded encoder: the line that each one prints."""

import json
import subprocess
import sys

import pytest

from tests.sampled import sampled
from tfclf.data.samples import SAMPLES
from tfclf.models.embedded import embedded_encoder

pytestmark = pytest.mark.slow

FIGURE = {
    "single-label": "macro_f1",
    "multi-label": "macro_f1",
    "regression": "spearman",
    "token": "f1",
}
ANSWER = {"single-label": "label", "multi-label": "labels", "regression": "value", "token": "tags"}


def tfclf(*words):
    command = [sys.executable, "-m", "tfclf", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rounded(scores):
    """Figures to five digits: a loaded model's sums may end in another bit."""
    return json.loads(json.dumps(scores), parse_float=lambda text: round(float(text), 5))


@pytest.mark.parametrize("name", sampled(list(SAMPLES)))
def test_a_sample_trains_as_it_says(name, tmp_path):
    sample = SAMPLES[name]
    rows, run, out = tmp_path / sample.file_name, tmp_path / "run", tmp_path / "out.jsonl"
    said = tfclf("sample", name, "--rows", 96, "--output", rows)
    assert sample.train_with in said
    tfclf(
        "train", rows, "--output", run, "--test", rows, "--model", embedded_encoder(),
        *sample.train_with.split(), "--epochs", 1, "--max-length", 64, "--batch-size", 16,
    )  # fmt: skip
    test = json.loads((run / "metrics.json").read_text())["test"]
    pair = ["--text-pair", "text_b"] if "--text-pair" in sample.train_with else []
    tfclf("predict", run, rows, "--output", out, *pair)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(lines) == 96
    if "tasks" in test:
        assert test["tasks"].keys() == {"intent", "slots"} == lines[0].keys()
    else:
        assert FIGURE[sample.task] in test and ANSWER[sample.task] in lines[0]
    again = json.loads(tfclf("evaluate", run, rows, "--json", *pair))
    assert rounded(again) == rounded(test)
