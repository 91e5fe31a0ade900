"""What a page says of its own blocks, asserted once they have run, in the folder of the page."""

import json
from pathlib import Path

import numpy as np

ROWS = {"new.csv": 40, "similarity.csv": 60}


def facts():
    return json.loads(Path("run/tfclf.json").read_text())


def num_lines(path):
    return len(Path(path).read_text().splitlines())


def getting_started(names):
    metrics = json.loads(Path("run/metrics.json").read_text())
    assert metrics["test"]["macro_f1"] == names["classifier"].metrics["test"]["macro_f1"]
    assert metrics["test"]["rows"] == 60 and num_lines("predictions.jsonl") == ROWS["new.csv"]
    for name in ("report.html", "README.md", "history.json", "manifest.json", "config.json"):
        assert Path("run", name).is_file()
    assert "<script" not in Path("other.html").read_text() and num_lines("sample.csv") == 1501


def single_label(names):
    chosen = {choice["setting"]: choice["value"] for choice in facts()["chosen"]}
    assert chosen["loss"] == "logit-adjusted" and chosen["learning rate"] == 1e-4
    assert chosen["head start"] == "probe" and chosen["decisions"] == "validation"


def multi_label(names):
    chances, (answer,) = names["chances"], names["answers"]
    assert chances.shape == (1, 21) and isinstance(answer, list)
    assert abs(chances.sum() - 1) > 1e-3
    (decision,) = facts()["decisions"].values()
    assert len(decision["thresholds"]) == 21 and decision["reasons"]


def pairs_and_regression(names):
    assert num_lines("predictions.jsonl") == ROWS["similarity.csv"]
    (number,) = names["classifier"].predict(["a"], ["b"])
    assert isinstance(number, float) and facts()["recipe"]["loss"] == "mean-squared-error"


def tokens(names):
    assert facts()["schemes"] == {"classifier": "bio"}
    tags = names["classifier"].predict([["Lena", "flew"], "four words of text"])
    assert list(map(len, tags)) == [2, 4]


def several_tasks(names):
    assert names["answers"].keys() == {"intent", "slots"} and len(names["answers"]["slots"][0]) == 5
    assert Path("intent-alone/config.json").is_file() and "multi" not in facts()["recipe"]["loss"]


def imbalance(names):
    batches = names["batches"]
    sampled = np.bincount(names["encoded"].labels.batch(names["sampler"](0)))
    counts = np.array(names["counts"])
    assert sampled.sum() == counts.sum()  # as many rows as there are, nearer to each other
    assert sampled.max() / sampled.min() < counts.max() / counts.min() and batches.steps == 3
    assert [choice.value for choice in names["advise"](counts)] == [
        "logit-adjusted",
        "none",
        "none",
    ]
    assert {name["setting"] for name in facts()["chosen"]} >= {"loss", "class weights", "sampling"}


def collapse(names):
    first = names["monitor"].events[0]
    assert (first.step, first.repaired) == (8, True)
    assert first.causes == ("logits-read-as-probabilities",)
    assert "rescues" in json.loads(Path("run/metrics.json").read_text())["training"]


def estimator(names):
    import tfclf

    assert set(tfclf.load("run").labels) == set(names["classifier"].classes_)
    assert names["search"].best_params_.keys() == {"loss"}


def bulk_prediction(names):
    assert num_lines("predicted.jsonl") == 7
    assert not Path("predicted.jsonl.journal").exists()


def serving(names):
    assert names["answer"]["label"].shape == (1,) and names["ids"].shape[0] == 1


CLAIMS = {
    "getting_started.md": getting_started,
    "tasks/single_label.md": single_label,
    "tasks/multi_label.md": multi_label,
    "tasks/pairs_and_regression.md": pairs_and_regression,
    "tasks/tokens.md": tokens,
    "tasks/several_tasks.md": several_tasks,
    "imbalance.md": imbalance,
    "collapse.md": collapse,
    "estimator.md": estimator,
    "bulk_prediction.md": bulk_prediction,
    "serving.md": serving,
}
