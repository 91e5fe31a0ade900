"""The card against the files of a run, as the hub's own classes read it."""

import copy
import json
import re

import numpy as np
import pytest
from huggingface_hub import ModelCard

from tfclf.evaluation.scores import (
    multi_label_scores,
    regression_scores,
    single_label_scores,
    tag_scores,
)
from tfclf.runs.card.model_card import METRICS, model_card
from tfclf.runs.card.sections import cell
from tfclf.runs.decision import Decision
from tfclf.runs.reading import Reading
from tfclf.tasks import Head
from tfclf.terminal import COMMANDS
from tfclf.training import Recipe

LABELS = ("bug", "a|b <i>*c*", "praise")
TRUTH = ["bug"] * 40 + ["praise"] * 5
COUNTS = {"praise": 12, "bug": 1_234, "a|b <i>*c*": 31}
FINDING = {
    "name": "class-imbalance", "severity": "note", "rows": [],
    "evidence": "data/private/tickets.csv has bug: 1234 | praise: 12",
    "effect": "tfclf train chooses a loss that sees to it", "remedy": "Judge by macro-F1.",
}  # fmt: skip
TRAINING = {
    "epochs": 4, "best_epoch": 3, "steps": 160, "seconds": 95.3, "precision": "float32",
    "backend": "tensorflow", "truncated_rows": 17, "rescues": [],
}  # fmt: skip


def judged(seed):
    """Figures of random predictions of one label."""
    probabilities = np.random.default_rng(seed).dirichlet((1, 1, 1), len(TRUTH))
    scores = single_label_scores(TRUTH, probabilities, LABELS)
    return {"rows": len(TRUTH)} | scores


def facts_of(reading, **more):
    """The content of ``tfclf.json`` as a run writes it."""
    return {
        "format": 1,
        **reading.to_dict(),
        "decisions": {},
        "recipe": Recipe(epochs=4, learning_rate=3e-5, loss="focal", seed=0).to_dict(),
        "chosen": [{"setting": "loss", "value": "focal", "why": "bugs abound", "risk": "little"}],
        "findings": [FINDING],
        "rows": {"training": 1_277, "validation": 45, "test": 45},
        "label_counts": COUNTS,
        "arguments": {
            "train": "/home/somebody/data/private/tickets.csv", "validation": None,
            "test": "C:\\Users\\somebody\\test.csv", "model": "google-bert/bert-base-uncased",
        },
        "versions": {"tfclf": "0.1.0", "keras": "3.15.1"},
    } | more  # fmt: skip


FACTS = facts_of(
    Reading(128),
    decisions={
        "classifier": Decision((0.5, 0.0, -0.5), 1.25, None, ("offset of tau 0.9",)).to_dict()
    },
)
OWN = {"classifier": LABELS}  # the labels of the model
SCORES = {
    "task": "single-label", "training": TRAINING, "validation": judged(0), "test": judged(1)
}  # fmt: skip


def section(card, title):
    """The text below a heading of the second level."""
    return card.split(f"\n## {title}\n\n")[1].split("\n## ")[0]


@pytest.fixture(scope="module")
def card():
    return model_card(FACTS, SCORES, "tickets", OWN)


def test_the_hub_reads_the_header_and_finds_the_figures(card):
    data = ModelCard(card).data
    assert (data.library_name, data.pipeline_tag) == ("transformers", "text-classification")
    assert data.base_model == "google-bert/bert-base-uncased"
    assert data.license is None and data.language is None
    assert data.model_name == "tickets"
    found = {
        (result.dataset_split, result.metric_name): result.metric_value
        for result in data.eval_results
    }
    names = {
        "macro_f1": "macro-F1", "weighted_f1": "weighted F1", "accuracy": "accuracy",
        "expected_calibration_error": "calibration error",
    }  # fmt: skip
    assert found == {
        (split, name): pytest.approx(SCORES[split][key], abs=1e-6)
        for split in ("test", "validation")
        for key, name in names.items()
    }
    sources = {result.dataset_split: result.dataset_name for result in data.eval_results}
    assert sources == {"test": "test.csv", "validation": "rows held out of training"}
    assert {result.metric_type for result in data.eval_results} <= set(METRICS.values())


def test_every_label_stands_with_its_figures(card):
    told = section(card, "What was measured").split("### Validation")[0]
    for name, row in SCORES["test"]["per_class"].items():
        figures = " | ".join(f"{row[key]:.3f}" for key in ("precision", "recall", "f1"))
        assert f"| {cell(name)} | {figures} | {row['support']} |" in told
    counted = section(card, "Labels")
    assert "| bug | 1,234 |" in counted and "| praise | 12 |" in counted


def test_no_figure_is_typed_by_hand(card):
    """Every number with a point in it is one of the two files, or said there in words."""
    files = json.dumps([FACTS, SCORES])
    known = {float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", files)}
    body = card.split("\n---\n", 1)[1]
    body = body[: body.index("Versions:")] + body[body.index("## What the doctor found") :]
    for number in re.findall(r"\d+\.\d+", body):
        if number not in files:
            digits = len(number.split(".")[1])
            assert any(f"{value:.{digits}f}" == number for value in known), number


def test_other_figures_are_told_of_another_run():
    other = copy.deepcopy(SCORES)
    other["test"]["macro_f1"] = 0.8125
    card = model_card(FACTS, other, "tickets", OWN)
    assert "| macro-F1 | 0.812 |" in card and "value: 0.8125" in card


def test_no_folder_of_this_machine_is_told(card):
    assert "somebody" not in card and "private" not in card
    assert "tickets.csv has bug" in section(card, "What the doctor found")
    local = copy.deepcopy(FACTS)
    local["arguments"]["model"] = "/home/somebody/checkpoints/my-bert/"
    card = model_card(local, SCORES, "tickets", OWN)
    assert "somebody" not in card and "a folder `my-bert`" in card
    assert ModelCard(card).data.base_model is None


def test_no_folder_stands_in_what_was_found():
    """Whatever the file is, and however its name was given."""
    facts = copy.deepcopy(FACTS)
    facts["arguments"] |= {
        "model": "/home/somebody/my models/base/",
        "augmented": {"path": "/home/somebody/private data/more.csv", "sha256": "0"},
    }
    facts["findings"] = [
        FINDING | {"evidence": f"{place} is odd"}
        for place in (
            "/home/somebody/my models/base", "my models/base", "private data/more.csv",
            "../private/more.csv", "D:\\private\\test.csv, row 3",
        )
    ]  # fmt: skip
    told = section(model_card(facts, SCORES, "tickets", OWN), "What the doctor found")
    found = re.findall(r"\(note\): (.*) is odd", told)
    assert found == ["base", "base", "more.csv", "more.csv", "test.csv, row 3"]
    assert "google-bert/bert-base-uncased" in section(
        model_card(
            facts_of(
                Reading(128),
                findings=[FINDING | {"evidence": "google-bert/bert-base-uncased is odd"}],
            ),
            SCORES, "tickets", OWN,
        ),
        "What the doctor found",
    )  # fmt: skip


def test_how_it_decides_is_told(card):
    told = section(card, "How it decides")
    assert "temperature 1.250" in told and "An offset was added" in told
    assert "- offset of tau 0.9" in told


def test_training_is_told(card):
    told = section(card, "Training")
    assert "| learning rate | 3e-05 |" in told and "| loss | focal |" in told
    assert "| seed | 0 |" in told and "mixup" not in told
    assert "4 epochs, of which epoch 3 was kept, 160 steps, 95 s" in told
    assert "- loss: focal, since bugs abound." in told


def test_limits_are_told(card):
    told = section(card, "Limits")
    assert "Fewer than 30 training rows have these labels: praise." in told
    rare = told.split("figures are rough: ")[1].splitlines()[0]
    assert "praise" in rare and "bug" not in rare  # 5 and 40 test rows
    assert "17 training rows were longer" in told
    without = {key: value for key, value in SCORES.items() if key != "test"}
    assert "There were no test rows" in model_card(FACTS, without, "tickets", OWN)
    neither = {key: value for key, value in without.items() if key != "validation"}
    card = model_card(FACTS, neither, "tickets", OWN)
    assert "Nothing was measured" in card and ModelCard(card).data.eval_results is None


def test_a_collapse_is_said_and_what_was_done():
    collapsed = copy.deepcopy(SCORES)
    always = np.tile([[1.0, 0.0, 0.0]], (len(TRUTH), 1))
    collapsed["test"] = {"rows": len(TRUTH)} | single_label_scores(TRUTH, always, LABELS)
    event = {"step": 48, "seen": "every row is 'bug'", "remedy": "The rate was halved."}
    collapsed["training"] = TRAINING | {"rescues": [event]}
    card = model_card(facts_of(Reading(128), findings=[]), collapsed, "tickets", OWN)
    assert "**Mind: every row was predicted as 'bug': the model has collapsed" in card
    found = section(card, "What the doctor found")
    assert found == "- step 48 of the training: every row is 'bug'. The rate was halved.\n"


def test_thresholds_stand_with_their_labels():
    """They are in the order of the ids; no split and no training row has the second label."""
    truth = [["bug"], ["praise", "bug"], []]
    probabilities = np.random.default_rng(3).random((3, 3))
    scores = multi_label_scores(truth, probabilities, LABELS, truth)
    del scores["per_class"][LABELS[1]]
    metrics = {"task": "multi-label", "training": TRAINING, "test": {"rows": 3} | scores}
    decision = Decision((0.0,) * 3, 1.0, (0.125, 0.25, 0.75)).to_dict()
    facts = facts_of(
        Reading(64, task="multi-label"),
        decisions={"classifier": decision},
        label_counts={"praise": 12, "bug": 1_234},
    )
    card = model_card(facts, metrics, "topics", OWN)
    told = section(card, "How it decides")
    rows = ["| bug | 0.125 |", f"| {cell(LABELS[1])} | 0.250 |", "| praise | 0.750 |"]
    assert "\n".join(rows) in told
    assert "temperature" not in told and "offset" not in told
    assert "any number of 3 labels" in card
    assert f"| {cell(LABELS[1])} | 0 |" in section(card, "Labels")
    assert f"these labels: {cell(LABELS[1])}, praise." in section(card, "Limits")


def test_numbers_of_pairs():
    scores = regression_scores([1.0, 2.0, 4.0], np.array([1.5, 2.0, 3.5]))
    metrics = {"task": "regression", "training": TRAINING, "test": {"rows": 3} | scores}
    reading = Reading(64, task="regression", pairs=True)
    card = model_card(
        facts_of(reading, label_counts={}), metrics, "grades", {"classifier": ("LABEL_0",)}
    )
    assert "gives each pair of texts a number" in card and "\n## Labels" not in card
    kinds = {result.metric_type for result in ModelCard(card).data.eval_results}
    assert kinds == {"spearmanr", "pearsonr", "mse", "mae"}
    assert f"| mean absolute error | {1 / 3:.3f} |" in card  # 0.5, 0 and 0.5


def test_several_heads():
    heads = (Head("mood", "single-label"), Head("slots", "token"))
    truth, said = [["O", "B-place"], ["B-place", "O"]], [["O", "B-place"], ["O", "O"]]
    certain = [np.eye(2)[[0, 1]], np.eye(2)[[0, 0]]]
    tags = {"rows": 2} | tag_scores(truth, certain, ("O", "B-place"), said, "bio")
    metrics = {"task": "multi-task", "training": TRAINING}
    metrics["test"] = {"tasks": {"mood": judged(2), "slots": tags}}
    reading = Reading(64, task="multi-task", heads=heads, words=True, schemes={"slots": "bio"})
    counts = {"mood": COUNTS, "slots": {"O": 800, "B-place": 40}}
    facts = facts_of(reading, label_counts=counts, decoding="viterbi")
    own = {"mood": LABELS, "slots": ("O", "B-place")}
    card = model_card(facts, metrics, "both", own)
    data = ModelCard(card).data
    assert (data.library_name, data.pipeline_tag) == ("tfclf", "text-classification")
    assert {"mood: macro-F1", "slots: entity F1"} <= {one.metric_name for one in data.eval_results}
    assert "`slots` gives each word of a text one of 2 tags." in card
    assert "| place | 1.000 | 0.500 | 0.667 | 2 |" in card  # one of two found, none wrong
    assert "| O | 800 |" in card
    assert "scheme bio" in section(card, "How it decides")
    assert "save_head" in section(card, "How to use it")


@pytest.mark.parametrize("hidden", [None, 5])
@pytest.mark.parametrize("task", ["single-label", "multi-label", "regression", "token"])
def test_what_it_shows_is_python_and_of_the_library_that_it_names(task, hidden):
    facts = facts_of(Reading(64, task=task, schemes={"classifier": "none"}))
    facts["recipe"]["head_hidden_size"] = hidden
    card = model_card(facts, {"task": task, "training": TRAINING}, "one", OWN)
    library = ModelCard(card).data.library_name
    blocks = re.findall(r"```python\n(.*?)```", section(card, "How to use it"), re.DOTALL)
    for block in blocks:
        compile(block, "README.md", "exec")
    assert library == ("tfclf" if hidden else "transformers")
    assert len(blocks) == (1 if hidden else 2)  # a perceptron transformers does not read


def test_a_cell_stays_in_its_row():
    assert cell("a\nb | c") == "a b \\| c"
    assert "<" not in cell("<script>") and cell("`x`") == "\\`x\\`"


HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![x](http://a.example/b.png)",
    "[click](javascript:alert(1))", "a | b\n| c", "`code` *bold* __it__ ~~no~~", "# heading\n---",
    "&lt;b&gt; &#60;b>", "a\x1b[2Jb\u202ec", "$x$ \\", "```\n<b>\n```",
]  # fmt: skip


def test_labels_and_reasons_are_no_markdown_and_no_html():
    """What a parser of Markdown finds in the card, beside what our own sections are made of."""
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark", {"html": True})
    markdown = markdown.enable("table")
    row = next(iter(SCORES["test"]["per_class"].values()))
    scores = copy.deepcopy(SCORES)
    scores["test"]["per_class"] = dict.fromkeys(HOSTILE, row | {"support": 3})
    facts = copy.deepcopy(FACTS)
    facts["label_counts"] = dict.fromkeys(HOSTILE, 3)
    facts["arguments"]["train"] = "/home/me/<b>`x`.csv"
    facts["arguments"]["model"] = "/home/me/`<i>evil</i>` model"
    facts["decisions"]["classifier"]["reasons"] = HOSTILE
    card = model_card(facts, scores, "<b>name</b> `x`", {"classifier": HOSTILE})
    body = card.split("\n---\n", 1)[1]
    found = set()
    shown = []
    for token in markdown.parse(body):
        found.add(token.type)
        for inner in token.children or ():
            found.add(inner.type)
            shown.append(inner.content)
    assert not found & {"html_block", "html_inline", "link_open", "image", "em_open", "s_open"}
    assert not COMMANDS.search(card)
    text = "".join(shown)
    for label in HOSTILE[:4]:
        assert label in text  # what people see is the label as it is
