"""Reports of made-up logits: every figure in them is known beforehand."""

from types import SimpleNamespace

import numpy as np
import pytest

from tfclf.data import read_rows
from tfclf.evaluation import Decider, judge
from tfclf.runs.job import Job
from tfclf.runs.reading import Reading
from tfclf.runs.report import Report
from tfclf.training import Recipe

TRAINING = {
    "epochs": 2, "best_epoch": 1, "steps": 160, "seconds": 0.0, "precision": "float32",
    "backend": "tensorflow", "rescues": [],
}  # fmt: skip
FINDING = {
    "name": "class-imbalance", "severity": "note", "rows": [], "evidence": "bug: 90, fraud: 3",
    "effect": "a loss sees to it", "remedy": "Judge by macro-F1.",
}  # fmt: skip
HISTORY = {
    "loss": [1.5, 0.5], "macro_f1": [0.25, 0.75], "val_loss": [1.25, 0.75],
    "val_macro_f1": [0.5, 0.625],
}  # fmt: skip


def facts_of(task="single-label", **more):
    """The content of ``tfclf.json``."""
    job = Job("/home/somebody/tickets.csv", "run", test="test.csv", model="org/base")
    return {
        **Reading(64, task=task).to_dict(),
        "decisions": {},
        "recipe": Recipe(epochs=2).to_dict(),
        "chosen": [{"setting": "loss", "value": "focal", "why": "bugs abound", "risk": "little"}],
        "findings": [FINDING],
        "rows": {"training": 93, "validation": 9, "test": 12},
        "arguments": job.to_dict(),
        "versions": {"tfclf": "0.1.0", "keras": "3.15.1"},
    } | more


def logits_of(labels, answers, confidence):
    """Logits that say each answer with a probability, and share the rest evenly."""
    rest = (1 - np.asarray(confidence, float)[:, None]) / (len(labels) - 1)
    probabilities = np.repeat(rest, len(labels), 1)
    probabilities[np.arange(len(answers)), [labels.index(one) for one in answers]] = confidence
    return np.log(probabilities)


@pytest.fixture
def written(tmp_path):
    """Writes a report of splits, each its rows and their logits; returns its text and figures."""

    def write(splits, deciders, *, facts=None, training=TRAINING, name="tickets", **read):
        report, metrics = Report(SimpleNamespace(deciders=deciders)), {"training": training}
        for split, (source, logits) in splits.items():
            rows = source if hasattr(source, "targets") else read_rows(source, **read)
            judged = {
                head: judge(rows.targets[head], logits[head], decider)
                for head, decider in deciders.items()
            }
            several = len(deciders) > 1
            metrics[split] = {"tasks": judged} if several else next(iter(judged.values()))
            report.add(split, rows, logits, metrics[split])
        path = tmp_path / "report.html"
        report.write(path, facts or facts_of(), metrics, HISTORY, name=name)
        return path.read_text("utf-8"), metrics

    return write


@pytest.fixture
def one_label(written):
    """Twelve texts of which nine are labelled right; of two frauds one is found."""
    labels = ("bug", "fraud", "question")
    truth = ["question"] * 6 + ["bug"] * 4 + ["fraud"] * 2
    answers = ["question"] * 5 + ["bug"] + ["bug"] * 3 + ["question"] + ["question", "fraud"]
    confidence = [0.9] * 5 + [0.55] + [0.8] * 3 + [0.95] + [0.7, 0.6]
    rows = [f"text number {i}" for i in range(12)], truth
    logits = {"classifier": logits_of(labels, answers, confidence)}
    return written({"test": (rows, logits)}, {"classifier": Decider("single-label", labels)})
