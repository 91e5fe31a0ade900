"""The whole job: rows in, a run directory out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfclf.data import (
    Batches,
    EncodedRows,
    LabelMap,
    Rows,
    Tokenizer,
    check_max_length,
    encode_rows,
    read_rows,
    split_rows,
)
from tfclf.errors import CheckpointError, RunError
from tfclf.evaluation import (
    all_labels,
    confusion,
    draw_confusion_matrix,
    draw_learning_curves,
    warnings_of,
)
from tfclf.models import TFBertForSequenceClassification, default_labels, resolve, stored_labels
from tfclf.runs.classifier import Classifier, warn_of_unseen
from tfclf.runs.job import Job
from tfclf.runs.loggers import LOGGERS
from tfclf.runs.run_directory import (
    FACTS,
    FORMAT,
    HISTORY,
    METRICS,
    is_finished,
    new_run,
    versions,
    write_json,
)
from tfclf.tasks import find_task
from tfclf.training import ProgressDisplay, Recipe, TrainingFigures, fit_model

logger = logging.getLogger("tfclf")


@dataclass(frozen=True)
class Prepared:
    """Rows and model, checked against each other, before the first step."""

    labels: LabelMap
    rows: dict[str, Rows]
    encoded: dict[str, EncodedRows]
    tokenizer: Tokenizer
    model: TFBertForSequenceClassification
    recipe: Recipe


def train(job: Job, *, display: ProgressDisplay | None = None) -> Classifier:
    """Trains a classifier and writes its run directory.

    The same arguments again find the finished run and do nothing. Every check of rows, tokenizer
    and checkpoint comes before the first step, and nothing is left behind by a failure.

    Args:
        job: What to do.
        display: Shows the progress; None shows none.

    Returns:
        The classifier, as ``tfclf.load`` gives it.

    Raises:
        TfclfError: The rows, the checkpoint or the output cannot be used.
    """
    output = Path(job.output)
    if is_finished(output, job.to_dict()):
        logger.info("%s is finished: the same arguments made it.", output)
        return Classifier.load(output)
    keras.utils.set_random_seed(job.recipe.seed)
    return train_prepared(job, prepare(job), display=display)


def train_prepared(
    job: Job, prepared: Prepared, *, display: ProgressDisplay | None = None
) -> Classifier:
    """Trains what ``prepare`` gave and writes the run directory."""
    with new_run(Path(job.output)) as folder:
        history, figures = _fit(job, prepared, folder, display)
        classifier = Classifier(
            prepared.model, prepared.tokenizer, prepared.recipe.max_length, job.rules, job.task
        )
        try:
            classifier.metrics = _write(job, prepared, classifier, history, figures, folder)
        except OSError as error:
            raise RunError(f"cannot be written ({error.strerror})", where=str(job.output)) from None
    return classifier


def prepare(job: Job) -> Prepared:
    """Reads and checks everything that a training needs."""
    rows = _read(job)
    folder = resolve(job.model)
    labels = _labels(job, rows["training"], folder)
    tokenizer = Tokenizer(folder)
    model = TFBertForSequenceClassification.from_pretrained(
        folder,
        id2label=labels.id2label,
        problem_type=find_task(job.task).problem_type,
        new_head=job.new_head,
    )
    logger.info("Model: %s.", model.load_report)
    tokenizer.check_against(model.config)
    check_max_length(job.recipe.max_length, model.config.max_position_embeddings)
    counts = np.bincount(labels.ids(rows["training"]), minlength=len(labels))
    recipe, said = job.recipe.settle(counts, model.config.hidden_size)
    for sentence in said:
        logger.info("Chosen: %s.", sentence)
    encoded = {}
    for split, split_of_rows in rows.items():
        encoded[split] = encode_rows(
            split_of_rows,
            tokenizer,
            recipe.max_length,
            rules=job.rules,
            label_ids=labels.ids(split_of_rows),
        )
        _say_split(split, split_of_rows, encoded[split], labels)
    return Prepared(labels, rows, encoded, tokenizer, model, recipe)


def _read(job: Job) -> dict[str, Rows]:
    """Reads the rows of each split, holding validation rows out where there is no file."""

    def read(source: Any) -> Rows:
        return read_rows(source, columns=job.columns, empty_text=job.empty_text)

    training = read(job.train)
    LabelMap.from_rows(training)  # raises on one label, before anything takes time
    rows = {"training": training}
    if job.validation is not None:
        rows["validation"] = read(job.validation)
    elif job.validation_share:
        kept, held_out = split_rows(training, job.validation_share, job.recipe.seed)
        rows = {"training": training.select(kept), "validation": training.select(held_out)}
    if job.test is not None:
        rows["test"] = read(job.test)
    return rows


def _labels(job: Job, training: Rows, folder: Path) -> LabelMap:
    """Returns the labels in order: that of the checkpoint's head where it has the same ones."""
    labels = LabelMap.from_rows(training)
    stored = stored_labels(folder)
    if stored is None or job.new_head:
        return labels
    if set(stored) == set(labels.names):
        return LabelMap(stored)
    if stored == default_labels(len(labels)):
        logger.warning("The head's labels have no names: they are taken to be %s.", labels.names)
        return labels
    raise CheckpointError(
        f"the head has {len(stored)} labels ({', '.join(stored[:5])} ...), "
        f"the rows have {len(labels)} ({', '.join(labels.names[:5])} ...)",
        where=str(folder),
        remedy="To train a new head on this encoder pass new_head=True (--new-head).",
    )


def _say_split(split: str, rows: Rows, encoded: EncodedRows, labels: LabelMap) -> None:
    """Says what a split has, and what is lost or unknown in it."""
    logger.info("%s: %s rows from %s.", split.capitalize(), f"{len(rows):,}", rows.source)
    if rows.num_empty and split == "training":
        done = "left out" if rows.num_dropped else "kept"
        logger.warning("%s rows of %s have no text: %s.", rows.num_empty, rows.source, done)
    if encoded.num_truncated:
        logger.warning(
            "%s of %s %s rows are longer than %s tokens: %s tokens (%.1f %%) are cut off.",
            encoded.num_truncated,
            len(rows),
            split,
            encoded.max_length,
            encoded.num_tokens_lost,
            100 * encoded.num_tokens_lost / (len(encoded.tokens) + encoded.num_tokens_lost),
        )
    warn_of_unseen(labels, rows)
    if split == "training":
        absent = [name for name in labels.names if not rows.label_counts.get(name)]
        if absent:
            logger.warning("No training row has the label %s.", ", ".join(map(repr, absent)))


def _fit(
    job: Job, prepared: Prepared, folder: Path, display: ProgressDisplay | None
) -> tuple[dict[str, list[float]], TrainingFigures]:
    """Trains the prepared model."""
    recipe = prepared.recipe
    validation = prepared.encoded.get("validation")
    callbacks: list[keras.callbacks.Callback] = [display] if display else []
    if job.log_to is not None:
        callbacks += LOGGERS[job.log_to](folder)
    unseen = prepared.labels.unseen(prepared.rows["validation"]) if validation else ()
    with _closing(display):
        return fit_model(
            prepared.model,
            Batches(
                prepared.encoded["training"], recipe.batch_size, shuffle=True, seed=recipe.seed
            ),
            Batches(validation, recipe.batch_size) if validation else None,
            recipe,
            find_task(job.task),
            num_unseen=len(unseen),
            callbacks=callbacks,
        )


@contextmanager
def _closing(display: ProgressDisplay | None) -> Iterator[None]:
    try:
        yield
    finally:
        if display is not None:
            display.close()


def _write(
    job: Job,
    prepared: Prepared,
    classifier: Classifier,
    history: dict[str, list[float]],
    figures: TrainingFigures,
    folder: Path,
) -> dict[str, Any]:
    """Judges the splits, writes everything that a run directory has, and returns the figures."""
    metrics: dict[str, Any] = {"task": job.task, "training": figures.to_dict()}
    names = classifier.labels
    for split in ("validation", "test"):
        if split not in prepared.rows:
            continue
        truth = prepared.rows[split].labels()
        probabilities = classifier.probabilities(prepared.encoded[split])
        metrics[split] = classifier.scores(truth, probabilities)
        for warning in warnings_of(metrics[split]):
            logger.warning("%s: %s.", split.capitalize(), warning)
        predicted = [names[i] for i in probabilities.argmax(-1)]
        shown = all_labels(truth, names)
        draw_confusion_matrix(
            confusion(truth, predicted, shown), shown, folder / f"confusion_matrix_{split}.png"
        )
    prepared.model.save_pretrained(folder)
    prepared.tokenizer.save(folder)
    write_json(folder / METRICS, metrics)
    write_json(folder / HISTORY, history)
    draw_learning_curves(history, folder / "learning_curves.png")
    facts = {
        "format": FORMAT,
        "task": job.task,
        "max_length": prepared.recipe.max_length,
        "text_rules": job.rules.to_dict(),
        "recipe": prepared.recipe.to_dict(),
        "rows": {split: len(rows) for split, rows in prepared.rows.items()},
        "label_counts": prepared.rows["training"].label_counts,
        "arguments": job.to_dict(),
        "versions": versions(),
    }
    write_json(folder / FACTS, facts)
    return metrics
