"""A trained model -> everything that a run directory has."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tfclf.data import Rows, Target
from tfclf.diagnosis import Finding
from tfclf.evaluation import (
    Decider,
    Logits,
    Scores,
    all_labels,
    confusion,
    draw_confusion_matrix,
    draw_label_scores,
    draw_learning_curves,
    draw_numbers,
    warnings_of,
)
from tfclf.models import write_json
from tfclf.runs.calibration_picture import draw_calibration
from tfclf.runs.card import model_card
from tfclf.runs.decision import Decision
from tfclf.runs.fingerprint import data_facts
from tfclf.runs.job import Job
from tfclf.runs.manifest import write_manifest
from tfclf.runs.prepare import Prepared
from tfclf.runs.report import REPORT, Report
from tfclf.runs.run_directory import FACTS, FORMAT, HISTORY, METRICS
from tfclf.runs.watched_fit import Watched
from tfclf.training import objective
from tfclf.versions import versions

logger = logging.getLogger("tfclf")


def write_run(
    job: Job,
    watched: Watched,
    decisions: dict[str, Decision],
    findings: Sequence[Finding],
    folder: Path,
) -> dict[str, Any]:
    """Judges the splits, writes everything that a run directory has, and returns the figures.

    Args:
        job: What was to be done.
        watched: The training, with rows and trained model.
        decisions: How each head decides, where that was chosen.
        findings: What the doctor said of the rows.
        folder: Where to.

    Returns:
        The content of ``metrics.json``.
    """
    prepared, history = watched.prepared, watched.history
    classifier = prepared.classifier
    truncated = prepared.encoded["training"]
    training = watched.figures.to_dict() | {
        "truncated_rows": truncated.num_truncated,
        "truncated_tokens": truncated.num_tokens_lost,
        "rescues": [event.to_dict() for event in watched.events],
        "devices": watched.devices,
    }
    if prepared.accepted is not None:
        training["augmented"] = prepared.accepted.to_dict()
    metrics = {"task": classifier.task, "training": training}
    report = Report(classifier)
    metrics |= _judge_splits(prepared, decisions, folder, report)
    classifier.model.save_pretrained(folder)
    classifier.tokenizer.save(folder)
    write_json(folder / METRICS, metrics)
    write_json(folder / HISTORY, history)
    monitor = objective(prepared.plans, prepared.recipe).monitor
    draw_learning_curves(history, folder / "learning_curves.png", monitor)
    facts = {
        "format": FORMAT,
        **classifier.reading.to_dict(),
        "decisions": {name: decision.to_dict() for name, decision in decisions.items()},
        "recipe": prepared.recipe.to_dict(),
        "chosen": [asdict(choice) for choice in prepared.choices],
        "findings": [finding.to_dict() for finding in findings],
        "rows": {split: len(rows) for split, rows in prepared.rows.items()},
        "label_counts": _label_counts(prepared.rows["training"]),
        "data": data_facts(job, prepared.rows, prepared.sources),
        "checkpoint": dict(prepared.checkpoint),
        "arguments": job.to_dict(),
        "versions": versions(),
    }
    write_json(folder / FACTS, facts)
    labels = {name: decider.labels for name, decider in classifier.deciders.items()}
    name = Path(job.output).resolve().name
    (folder / "README.md").write_text(model_card(facts, metrics, name, labels), "utf-8")
    report.write(folder / REPORT, facts, metrics, history, name=name)
    write_manifest(folder)
    return metrics


def _judge_splits(
    prepared: Prepared, decisions: dict[str, Decision], folder: Path, report: Report
) -> dict[str, Any]:
    """Judges validation and test rows, warns of what is wrong, and draws their pictures."""
    classifier = prepared.classifier
    metrics: dict[str, Any] = {}
    calibration = {}
    for split in ("validation", "test"):
        if split not in prepared.rows:
            continue
        rows = prepared.rows[split]
        logits = classifier.logits(prepared.encoded[split])
        metrics[split] = classifier.scores(rows, logits)
        for name, scores in by_head(metrics[split]).items():
            for warning in warnings_of(scores):
                logger.warning("%s%s: %s.", split.capitalize(), name and f", {name}", warning)
        judged = (classifier.deciders, rows, logits, metrics[split], split, folder)
        _draw(*judged)
        report.add(split, rows, logits, metrics[split])
        calibration[split] = draw_calibration(decisions, *judged)
    return metrics | ({"calibration": calibration} if decisions else {})


def by_head(scores: Scores) -> dict[str, Scores]:
    """Returns the figures of each head by its name; of one head under no name."""
    return scores["tasks"] if "tasks" in scores else {"": scores}


def _label_counts(rows: Rows) -> dict[str, Any]:
    counts = {name: target.label_counts for name, target in rows.targets.items()}
    return next(iter(counts.values())) if len(counts) == 1 else counts


def _draw(
    deciders: dict[str, Decider],
    rows: Rows,
    logits: dict[str, Logits],
    scores: Scores,
    split: str,
    folder: Path,
) -> None:
    """Draws the picture of each head."""
    for name, decider in deciders.items():
        own = scores["tasks"].get(name) if "tasks" in scores else scores
        if own is not None:
            suffix = f"{split}_{name}.png" if "tasks" in scores else f"{split}.png"
            PICTURES[decider.task](rows.targets[name], logits[name], decider, own, folder, suffix)


def _draw_confusion(
    target: Target, logits: Any, decider: Decider, scores: Scores, folder: Path, suffix: str
) -> None:
    labelled = [row for row, here in enumerate(target.present.tolist()) if here]
    truth = [value[0] for value in target.values() if value is not None]
    shown = all_labels(truth, decider.labels)
    matrix = confusion(truth, decider.decide(logits[labelled]), shown)
    draw_confusion_matrix(matrix, shown, folder / f"confusion_matrix_{suffix}")


def _draw_labels(
    target: Target, logits: Any, decider: Decider, scores: Scores, folder: Path, suffix: str
) -> None:
    draw_label_scores(scores["per_class"], folder / f"label_f1_{suffix}")


def _draw_tags(
    target: Target, logits: Any, decider: Decider, scores: Scores, folder: Path, suffix: str
) -> None:
    entities = scores.get("per_entity")
    if entities:
        draw_label_scores(entities, folder / f"entity_f1_{suffix}", "entity F1")
    elif "per_entity" not in scores:
        draw_label_scores(scores["per_class"], folder / f"label_f1_{suffix}")


def _draw_numbers(
    target: Target, logits: Any, decider: Decider, scores: Scores, folder: Path, suffix: str
) -> None:
    predicted = [
        number
        for number, here in zip(decider.decide(logits), target.present.tolist(), strict=True)
        if here
    ]
    draw_numbers(target.flat.tolist(), predicted, folder / f"numbers_{suffix}")


PICTURES: dict[str, Callable[[Target, Any, Decider, Scores, Path, str], None]] = {
    "single-label": _draw_confusion,
    "multi-label": _draw_labels,
    "regression": _draw_numbers,
    "token": _draw_tags,
}
