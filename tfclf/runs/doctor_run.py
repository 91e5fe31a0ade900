"""A finished run -> findings: its figures, its history, its recipe, and its rows where they lie."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tfclf.data import (
    ONLY_HEAD,
    LabelMap,
    Rows,
    row_labels,
)
from tfclf.diagnosis.case import Case, Plan
from tfclf.diagnosis.diagnosis import Diagnosis
from tfclf.diagnosis.evidence.outcome import ROWS, Outcome, outcome_of_logits, outcome_of_scores
from tfclf.diagnosis.examine import examine, worst_first
from tfclf.diagnosis.finding import Finding
from tfclf.errors import TfclfError
from tfclf.evaluation.predict import WordLogits
from tfclf.runs.classifier import Classifier
from tfclf.runs.doctor import add_model
from tfclf.runs.job import Job, recipe_of
from tfclf.runs.make_case import Looking, Progress, sampled
from tfclf.runs.prepare import read_splits
from tfclf.runs.recipe_model import RecipeModel, compile_as_trained
from tfclf.runs.run_directory import (
    FACTS,
    HISTORY,
    METRICS,
    read_facts,
    read_json,
    what_is_damaged,
)
from tfclf.tasks import MULTI_TASK, Head, find_task
from tfclf.training import HeadPlan

JUDGED = ("validation", "test")  # splits with figures, the first that there is counts


def look_at_run(
    run: str | os.PathLike[str], *, validation: Any = None, progress: Progress | None = None
) -> Diagnosis:
    """Looks at a finished run: what it predicts, how it was trained, and on what.

    Its rows are read again where their files still are what they were.

    Args:
        run: Run directory.
        validation: Other validation rows to look at; None takes those of the training.
        progress: Is called with what is done next.

    Returns:
        The findings, worst first, with what was looked at.

    Raises:
        TfclfError: There is no run, or it is damaged.
    """
    looking = Looking(progress)
    facts = read_facts(run)
    looking.say("loading the run")
    classifier = Classifier.load(run)
    looking.looked_at["run"] = os.fspath(run)
    folder = Path(run)
    history = _history(folder, facts)
    with what_is_damaged(folder, METRICS):
        outcomes = _outcomes(classifier)
    if classifier.task == MULTI_TASK:
        return _look_at_heads(looking, classifier, outcomes, history)
    with what_is_damaged(folder, METRICS):
        examples = classifier.metrics["training"]["examples"] + 0
    with what_is_damaged(folder, FACTS):
        job = _job(facts)
        built, plan = _compiled(facts, classifier, job, examples)
    rows = _rows_again(looking, facts, job)
    if validation is not None:
        looking.say("reading the validation rows")
        rows["validation"] = classifier.read(validation, columns=job.columns.without_weight())
    case = Case(
        task=classifier.task,
        rows={split: rows[split] for split in ("training", "validation") if split in rows},
        history=history,
        handled=True,
    )
    case = add_model(looking, case, built, os.fspath(run), plan)
    sample = None
    if "validation" in rows:
        sample = looking.read("predicting rows", _predicted, classifier, rows["validation"])
    figures = outcomes.get(ONLY_HEAD) if validation is None else None
    return looking.examine(dataclasses.replace(case, outcome=_joined(figures, sample)))


def _history(folder: Path, facts: Mapping[str, Any]) -> dict[str, list[float]]:
    """Reads the figures of each epoch.

    Where class weights count from a later epoch on, the training loss changes its scale there, and
    is left out.
    """
    if not (folder / HISTORY).is_file():
        return {}
    history = read_json(folder, HISTORY)
    with what_is_damaged(folder, FACTS):
        if facts["recipe"].get("reweight_epoch") is not None:
            history.pop("loss", None)
    return history


def _outcomes(classifier: Classifier) -> dict[str, Outcome]:
    """Returns the figures of each head by its name."""
    for split in JUDGED:
        scores = classifier.metrics.get(split)
        if scores is not None:
            named = scores["tasks"] if "tasks" in scores else {ONLY_HEAD: scores}
            return {name: outcome_of_scores(own, split) for name, own in named.items()}
    return {}


def _look_at_heads(
    looking: Looking,
    classifier: Classifier,
    outcomes: Mapping[str, Outcome],
    history: dict[str, list[float]],
) -> Diagnosis:
    """Looks at what each of several heads predicts."""
    found: list[Finding] = []
    names: set[str] = set()
    for name, outcome in outcomes.items():
        task = classifier.deciders[name].task
        result = examine(Case(task=task, outcome=outcome, history=history, handled=True))
        names |= set(result.seconds)
        for finding in result.findings:
            own = dataclasses.replace(finding, evidence=f"head {name!r}: {finding.evidence}")
            is_new = all(finding.name != other.name for other in found)
            if finding.name in OF_THE_HISTORY:
                found += [finding] if is_new else []
            else:
                found.append(own)
    looking.looked_at |= {"task": MULTI_TASK, "heads": list(outcomes), "asked_for": sorted(names)}
    return Diagnosis(worst_first(found), looking.looked_at)


OF_THE_HISTORY = ("loss-not-finite", "loss-did-not-fall", "validation-got-worse")


def _job(facts: Mapping[str, Any]) -> Job:
    """Returns the job that a run was made by, with the recipe that was settled on."""
    return dataclasses.replace(Job.from_dict(facts["arguments"]), recipe=recipe_of(facts["recipe"]))


def _rows_again(looking: Looking, facts: Mapping[str, Any], job: Job) -> dict[str, Rows]:
    """Reads the rows of a run where their file is there and has as many rows as then."""
    if not isinstance(job.train, str) or not os.path.exists(job.train):
        looking.looked_at["files"] = "the training rows are no longer where they were"
        return {}
    looking.say("reading the rows")
    try:
        rows = read_splits(job)
    except TfclfError as error:
        looking.looked_at["files"] = f"the training rows could not be read again: {error}"
        return {}
    now = len(rows["training"])
    with what_is_damaged(Path(looking.looked_at["run"]), FACTS):
        then = facts["rows"]["training"]
        added = facts["arguments"]["augmented"] is not None  # with accepted rows of a review
        have_changed = now > then or (now < then and not added)
    if have_changed:
        looking.looked_at["files"] = f"the training rows have changed: {then:,} then, {now:,} now"
        return {}
    looking.looked_at["files"] = {split: some.source for split, some in rows.items()}
    return rows


def _compiled(
    facts: Mapping[str, Any], classifier: Classifier, job: Job, examples: int
) -> tuple[RecipeModel, Plan]:
    """Compiles the model of a run as it was compiled for its training."""
    recipe = job.recipe
    labels = LabelMap(() if job.task == "regression" else tuple(classifier.labels))
    counts = np.array([facts["label_counts"].get(name, 0) for name in labels.names], int)
    head = Head(ONLY_HEAD, job.task, job.columns.label)
    head_plan = HeadPlan(head, labels, counts, classifier.reading.schemes.get(ONLY_HEAD))
    steps = -(-examples // recipe.batch_size)
    compile_as_trained(classifier.model, recipe, [head_plan], steps)
    plan = Plan(int(recipe.epochs), steps, recipe.batch_size)
    return RecipeModel(classifier, head_plan, recipe, labels, job), plan


def _predicted(classifier: Classifier, rows: Rows) -> Outcome | None:
    """Lets the model of a run answer some of its validation rows."""
    some = sampled(rows, ROWS)
    decider = classifier.deciders[ONLY_HEAD]
    labels = LabelMap(decider.labels if decider.task != "regression" else ())
    form: Any = row_labels(some.targets[ONLY_HEAD], labels)
    logits = classifier.logits(classifier.encode(some))[ONLY_HEAD]
    if find_task(decider.task).per_word:
        words = logits.logits if isinstance(logits, WordLogits) else np.asarray(logits)
        truth = form.ids
        if len(truth) != len(words):
            return None  # some rows have no tags
    else:
        truth, words = form.batch(np.arange(len(some))), np.asarray(logits)
    if decider.task == "regression":
        truth = truth[:, 0]
    outcome = outcome_of_logits(
        decider.task, truth, words, decider.labels, thresholds=decider.thresholds
    )
    return outcome if outcome.num_rows else None  # none has a label that the model has


def _joined(figures: Outcome | None, sample: Outcome | None) -> Outcome | None:
    """Returns a run's figures, which are of all rows, with the logits of some of them."""
    if figures is None or sample is None:
        return figures or sample
    if figures.labels[: len(sample.labels)] != sample.labels:
        return figures
    if figures.predicted is None and figures.support is not None:
        return sample  # the figures do not tell how often each label is said
    return dataclasses.replace(
        figures, truth=sample.truth, logits=sample.logits, thresholds=sample.thresholds
    )
