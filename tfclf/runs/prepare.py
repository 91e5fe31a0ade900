"""Rows, tokenizer and checkpoint, checked against each other, before the first step."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfclf.data import (
    ONLY_HEAD,
    Columns,
    EncodedRows,
    LabelIds,
    LabelMap,
    Rows,
    TagRules,
    Target,
    Tokenizer,
    check_max_length,
    read_rows,
    row_labels,
    split_rows,
)
from tfclf.data.batch_plan import check_lengths
from tfclf.data.batches import Sampler
from tfclf.errors import DataError
from tfclf.imbalance import SAMPLINGS, Accepted, Choice, make_sampler
from tfclf.models import HeadConfig, PretrainedModel, check_config, resolve
from tfclf.runs.augmentation import add_rows, read_accepted
from tfclf.runs.belonging import warn_of_unseen
from tfclf.runs.choice_table import choice_table
from tfclf.runs.classifier import Classifier
from tfclf.runs.deployment import deployment_offset
from tfclf.runs.fingerprint import fingerprint_of_checkpoint, sources_of
from tfclf.runs.job import Job
from tfclf.runs.model_of_task import NUMBER, labels_of_head, model_class
from tfclf.runs.reading import Reading
from tfclf.tasks import MULTI_TASK, find_task
from tfclf.training import HeadPlan, Recipe, reinitialize_layers, settle, start_bias
from tfclf.training.precision import policy_of, resolve_precision, why_slow
from tfclf.training.recipe_checks import AUTO, SMOTE

logger = logging.getLogger("tfclf")

TRAINED_WITH = ("training", "validation")  # splits that are read in batches of the recipe


@dataclass(frozen=True)
class Prepared:
    """Rows and model, checked against each other, before the first step.

    Attributes:
        rows: The rows of each split.
        encoded: The same as token ids, with labels.
        plans: The heads.
        classifier: The model with all that it needs to read rows.
        recipe: The recipe, without ``auto``.
        choices: What ``auto`` chose.
        sampler: Which items an epoch reads; None reads each once.
        accepted: Rows of a review that joined the training rows.
        sources: The fingerprint of what each split was read from.
        checkpoint: That of the files which the model was read from.
    """

    rows: dict[str, Rows]
    encoded: dict[str, EncodedRows]
    plans: tuple[HeadPlan, ...]
    classifier: Classifier
    recipe: Recipe
    choices: tuple[Choice, ...] = ()
    sampler: Sampler | None = None
    accepted: Accepted | None = None
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    checkpoint: Mapping[str, Any] = field(default_factory=dict)

    def drawn(self, plan: HeadPlan) -> np.ndarray:
        """Returns the labels of each class that an epoch reads, shape (classes,).

        Where rows have weights, what they count for together.
        """
        training = self.encoded["training"]
        if self.recipe.sampling == SMOTE:
            least = (self.recipe.sampling_ratio or 1.0) * plan.counts.max()
            return np.maximum(plan.counts, np.round(least).astype(int))
        weighted = self.sampler is not None or training.weights is not None
        if not (weighted and isinstance(training.labels, LabelIds)):
            return plan.counts
        items = np.arange(len(training)) if self.sampler is None else self.sampler(0)
        ids = training.labels.batch(training.row_of[items])
        weights = training.batch_weights(items)
        return np.bincount(ids[ids >= 0], weights[ids >= 0], minlength=len(plan.counts))


def prepare(job: Job, splits: Mapping[str, Rows] | None = None) -> Prepared:
    """Reads and checks everything that a training needs.

    Args:
        job: What to do.
        splits: The rows of each split, where they have been read; None reads them.

    Raises:
        TfclfError: The rows, the checkpoint or the recipe cannot be used.
    """
    rows = read_splits(job) if splits is None else dict(splits)
    sources = sources_of(job) if splits is None else {}
    accepted = None
    if job.augmented is not None:
        accepted = read_accepted(job.augmented, rows, columns=job.columns.without_weight())
        rows["training"] = add_rows(rows["training"], accepted.rows)
    folder = resolve(job.model)
    labels = {head.name: LabelMap.from_rows(rows["training"], head.name) for head in job.all_heads}
    if not job.heads and not job.new_head:
        labels[ONLY_HEAD] = labels_of_head(folder, find_task(job.task), labels[ONLY_HEAD])
    check_config(folder)
    tokenizer = Tokenizer(folder)
    model = load_model(job, folder, labels)
    logger.info("Model: %s.", model.load_report)
    checkpoint = fingerprint_of_checkpoint(folder)
    tokenizer.check_against(model.config)
    check_max_length(job.recipe.max_length, model.config.max_position_embeddings)
    reinitialize_layers(model, job.recipe.reinit_layers)
    for name, target in rows["training"].targets.items():
        start_bias(model, f"head_{name}" if job.heads else name, target, labels[name])
    plans = tuple(plan_of_head(head.name, labels[head.name], rows) for head in job.all_heads)
    recipe, choices = settle(
        job.recipe,
        plans[0].counts if not job.heads else None,
        model.config.hidden_size,
        task=None if job.heads else job.task,
        num_rows=len(rows["training"]),
        validated="validation" in rows,
        weighted=rows["training"].weights is not None,
    )
    for plan in plans:  # what does not fit the labels is said before anything takes time
        plan.weights(recipe)
        if recipe.deployment_prior is not None:
            deployment_offset(plan, recipe)
    if choices:
        logger.info("Chosen:\n%s", choice_table(choices))
    _warn_of_slow(job.recipe)
    _warn_of_jit(job.recipe)
    classifier = Classifier(model, tokenizer, reading_of(job, rows["training"], recipe))
    encoded = {}
    for split, some in rows.items():
        encoded[split] = encode_split(job, classifier, some, labels, recipe)
        _check_budget(split, some, encoded[split], recipe)
        _say_split(split, some, encoded[split], labels)
    sampler = sampler_of(encoded["training"], recipe)
    made_of = {"sources": sources, "checkpoint": checkpoint}
    chosen = tuple(choices)
    return Prepared(rows, encoded, plans, classifier, recipe, chosen, sampler, accepted, **made_of)


def sampler_of(training: EncodedRows, recipe: Recipe) -> Sampler | None:
    """Returns which items an epoch reads; None where each is read once."""
    if recipe.sampling not in SAMPLINGS:
        return None
    return make_sampler(training, recipe.sampling, ratio=recipe.sampling_ratio, seed=recipe.seed)


def read_splits(job: Job) -> dict[str, Rows]:
    """Reads the rows of each split, holding validation rows out where there is no file."""

    def read(source: Any, tag_rules: TagRules, columns: Columns) -> Rows:
        return read_rows(
            source,
            columns=columns,
            task=job.task,
            heads=job.heads,
            tag_rules=tag_rules,
            empty_text=job.empty_text,
        )

    training = read(job.train, job.tag_rules, job.columns)
    for head in job.all_heads:  # raises on one label, before anything takes time
        LabelMap.from_rows(training, head.name)
    rules = settled_tag_rules(job.tag_rules, training)
    rows, unweighted = {"training": training}, job.columns.without_weight()
    if job.validation is not None:
        rows["validation"] = read(job.validation, rules, unweighted)
    elif job.validation_share:
        kept, held_out = split_rows(training, job.validation_share, job.recipe.seed)
        rows = {"training": training.select(kept), "validation": training.select(held_out)}
    if "validation" in rows:  # figures count all rows alike
        rows["validation"] = dataclasses.replace(rows["validation"], weights=None)
    if job.test is not None:
        rows["test"] = read(job.test, rules, unweighted)
    for split in ("validation", "test"):
        if split in rows and not any(
            target.present.any() for target in rows[split].targets.values()
        ):
            raise DataError(
                f"no {split} row has a label",
                where=rows[split].source,
                remedy="Check the label columns, or leave the file out.",
            )
    return rows


def read_split(job: Job, split: str) -> Rows:
    """Reads the rows of one split again; those of a validation file by themselves, unlabelled.

    Raises:
        DataError: They cannot be read.
    """
    if split != "validation" or job.validation is None:
        return read_splits(job)[split]
    columns = job.columns.without_weight()
    if columns.tokens is None and any(find_task(head.task).per_word for head in job.all_heads):
        columns = dataclasses.replace(columns, tokens="tokens")
    return read_rows(job.validation, columns=columns, task=None, empty_text=job.empty_text)


def settled_tag_rules(rules: TagRules, training: Rows) -> TagRules:
    """Returns the rules with the scheme of the training rows: fewer rows may show another one."""
    schemes = {target.source_scheme for target in training.targets.values()} - {None}
    return dataclasses.replace(rules, scheme=schemes.pop()) if len(schemes) == 1 else rules


def load_model(job: Job, folder: Path, labels: dict[str, LabelMap]) -> PretrainedModel:
    """Loads the checkpoint with the heads of the job, to compute in its precision."""
    changes: dict[str, Any] = {}
    if job.recipe.head_hidden_size is not None:
        changes["head_hidden_size"] = job.recipe.head_hidden_size
    if job.heads:
        changes["heads"] = tuple(
            HeadConfig(head.name, head.task, labels[head.name].names or NUMBER)
            for head in job.heads
        )
    else:
        names = labels[ONLY_HEAD].names or NUMBER
        changes["id2label"] = dict(enumerate(names))
        changes["problem_type"] = find_task(job.task).problem_type
    precision = resolve_precision(job.recipe.precision)
    return model_class(job.kind).from_pretrained(
        folder, new_head=job.new_head, dtype=policy_of(precision), **changes
    )


def _warn_of_slow(recipe: Recipe) -> None:
    """Says where a precision that was asked for costs time instead of saving it."""
    slow = None if recipe.precision == AUTO else why_slow(recipe.precision)
    if slow is not None:
        logger.warning(
            "Precision %s is slower here than float32: %s. --precision auto takes the faster one.",
            recipe.precision,
            slow,
        )


def _warn_of_jit(recipe: Recipe) -> None:
    """Says where a step is compiled though it is asked not to be."""
    if recipe.jit == "off" and keras.backend.backend() == "jax":
        logger.warning(
            "jit is off, but JAX compiles every step: it changes nothing here. "
            "TensorFlow trains without (KERAS_BACKEND=tensorflow)."
        )


def plan_of_head(name: str, labels: LabelMap, rows: dict[str, Rows]) -> HeadPlan:
    """Returns what training has to know of a head."""
    target = rows["training"].targets[name]
    validation = rows.get("validation")
    held_out = None if validation is None else validation.targets[name]
    return HeadPlan(
        target.head,
        labels,
        _counts(target, labels),
        target.scheme,
        len(labels.unseen(held_out)) if held_out is not None else 0,
        _counts(held_out, labels) if held_out is not None else None,
    )


def _counts(target: Target, labels: LabelMap) -> np.ndarray:
    """Returns how often each label occurs, shape (labels,); of numbers none."""
    if target.flat.dtype.kind == "f":
        return np.array([], int)
    ids = labels.ids(target)
    return np.bincount(ids[ids >= 0], minlength=len(labels))


def reading_of(job: Job, training: Rows, recipe: Recipe) -> Reading:
    """Returns how rows are read, for the run to remember."""
    schemes = {
        name: target.scheme
        for name, target in training.targets.items()
        if target.scheme is not None
    }
    return Reading(
        recipe.max_length,
        MULTI_TASK if job.heads else job.task,
        job.heads,
        job.rules,
        job.long_text,
        schemes,
        settled_tag_rules(job.tag_rules, training),
        job.decoding,
        pairs="text_pair" in training.kinds,
        words="words" in training.kinds,
    )


def encode_split(
    job: Job, classifier: Classifier, rows: Rows, labels: dict[str, LabelMap], recipe: Recipe
) -> EncodedRows:
    """Tokenizes a split, with the labels of its heads."""
    forms = {
        name: row_labels(target, labels[name], subwords=recipe.subwords)
        for name, target in rows.targets.items()
    }
    return classifier.encode(rows, labels=forms if job.heads else forms[ONLY_HEAD])


def _check_budget(split: str, rows: Rows, encoded: EncodedRows, recipe: Recipe) -> None:
    """Raises where a text of a split that is read while training is above the budget of tokens."""
    if split in TRAINED_WITH:
        longest = encoded.lengths.max(keepdims=True)
        check_lengths(
            encoded,
            longest,
            recipe.batch_tokens,
            where=lambda row: f"{split} rows, {rows.where(row)}",
        )


def _say_split(split: str, rows: Rows, encoded: EncodedRows, labels: dict[str, LabelMap]) -> None:
    """Says what a split has, and what is lost, unknown or broken in it."""
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
    several = 0 if encoded.row_ends is None else int((np.diff(encoded.row_ends) > 1).sum())
    if several:
        logger.info("%s of them are read in several windows.", f"{several:,}")
    for name, target in rows.targets.items():
        if target.scheme is not None and split == "training":
            source = target.source_scheme
            done = "" if source == target.scheme else f", converted to {target.scheme}"
            logger.info("Tags: the scheme is %s%s.", source, done)
        if target.num_broken:
            logger.warning(
                "%s tags of %s break the scheme %s, such as an I- without its B-: repaired.",
                target.num_broken,
                rows.source,
                target.source_scheme,
            )
        if labels[name].names and target.flat.dtype.kind != "f":
            warn_of_unseen(labels[name], rows, name)
            absent = [label for label in labels[name].names if not target.label_counts.get(label)]
            if absent and split == "training":
                logger.warning("No training row has the label %s.", ", ".join(map(repr, absent)))
