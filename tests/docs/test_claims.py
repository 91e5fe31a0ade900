"""Numbers that the pages state are those of the code."""

import re
from importlib import import_module

import pytest

from tests.docs.pages import DOCS
from tfclf.tasks import TASKS

IMBALANCE, COLLAPSE = "imbalance.md", "collapse.md"
SINGLE, SEVERAL = "tasks/single_label.md", "tasks/multi_label.md"

# Page, what it says with a number in the place of {}, module, name of the number.
NUMBERS = [
    (SINGLE, "as many as make {} steps", "training.settle", "MIN_STEPS"),
    (SINGLE, "steps, {} to", "training.settle", "MIN_EPOCHS"),
    (SINGLE, "to {} | `--epochs`", "training.settle", "MAX_EPOCHS"),
    (SINGLE, "more than {} times the rows", "imbalance.advice", "BALANCED_UP_TO"),
    (SINGLE, "calibration error ({} bins)", "evaluation.scores", "CALIBRATION_BINS"),
    (IMBALANCE, "more than {} times the rows", "imbalance.advice", "BALANCED_UP_TO"),
    (IMBALANCE, "for at most {} rows", "training.head_start", "MOST_ROWS"),
    (IMBALANCE, "at most {} to 1 is taken", "imbalance.class_weights", "MAX_RATIO"),
    (IMBALANCE, "`--gamma {}`", "training.recipe_checks", "GAMMA"),
    (IMBALANCE, "rarest label, at most {} |", "imbalance.repeat_factors", "CAP"),
    (IMBALANCE, "fewer than {} true rows", "evaluation.thresholds", "MIN_POSITIVES"),
    (IMBALANCE, "fewer than {} validation rows", "evaluation.validation_rows", "MIN_ROWS"),
    (SEVERAL, "fewer than {} true validation", "evaluation.thresholds", "MIN_POSITIVES"),
    (COLLAPSE, "fewer than {} steps", "diagnosis.vital_signs", "FEWEST_STEPS"),
    (COLLAPSE, "an epoch and {} steps", "diagnosis.vital_signs", "PATIENCE"),
    (COLLAPSE, "to a norm of {} |", "diagnosis.rescue", "CLIP"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "said", "module", "name"), NUMBERS)
def test_numbers_are_those_of_the_code(page, said, module, name):
    number = getattr(import_module(f"tfclf.{module}"), name)
    text = " ".join((DOCS / page).read_text("utf-8").split())
    assert said.format(f"{number:,.10g}") in text


def test_the_rates_by_width():
    rates = dict(import_module("tfclf.training.settle").RATE_BY_WIDTH)
    assert rates == {1024: 2e-5, 768: 5e-5, 0: 1e-4}
    text = (DOCS / SINGLE).read_text("utf-8")
    assert "1e-4, from a width of 768 on 5e-5, from 1,024 on 2e-5" in text


def test_the_rescue_and_the_least_warm_up():
    watched = import_module("tfclf.runs.watched_fit")
    text = (DOCS / COLLAPSE).read_text("utf-8")
    assert watched.MOST_RESCUES == 2 and "at most twice" in text
    assert watched.LEAST_WARMUP == 0.1 and "over a tenth of the steps or more" in text
    for cause in watched.REMEDIES:
        assert f"`{cause}`" in text


def test_every_loss_and_weight_and_sampling_is_explained():
    text = (DOCS / IMBALANCE).read_text("utf-8")
    losses = {name for task in TASKS.values() for name in task.losses} - {"mean-squared-error"}
    strategies = import_module("tfclf.imbalance").STRATEGIES
    samplings = import_module("tfclf.imbalance").SAMPLINGS
    for name in [*losses, *strategies, *samplings, "smote"]:
        assert f"`{name}`" in text, name


def test_options_that_are_named_exist():
    """Each `--option` in the prose of a page is one of a verb."""
    import typer

    from tfclf.cli.app import app

    group = typer.main.get_command(app)
    known = {name for verb in group.commands.values() for p in verb.params for name in p.opts}
    known |= {name for param in group.params for name in param.opts} | {"--help"}
    known |= {"--enable_batching", "--tables"}  # TensorFlow Serving's, and a benchmark's
    for page in sorted(DOCS.rglob("*.md")):
        for code in re.findall(r"`(--[\w-]+)", page.read_text("utf-8")):
            assert code in known, f"{page}: {code}"


def test_the_shares_of_the_sample():
    from tfclf.data.samples import tickets

    labels = [row["label"] for row in tickets(1500, 1)]
    shares = {label: round(100 * labels.count(label) / len(labels)) for label in set(labels)}
    assert shares == {"question": 90, "bug": 8, "fraud": 2}
    text = (DOCS / "getting_started.md").read_text("utf-8")
    assert "90 to 8 to 2" in text and "98 % are none" in text
