"""The model that ``tfclf train`` would train, compiled as it would be, without the training."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from tfclf.data import ONLY_HEAD, EncodedRows, LabelMap, Rows, Tokenizer, check_max_length
from tfclf.errors import CheckpointError
from tfclf.models import PretrainedModel, check_config, resolve
from tfclf.runs.classifier import Classifier
from tfclf.runs.job import Job
from tfclf.runs.model_of_task import labels_of_head
from tfclf.runs.prepare import encode_split, load_model, plan_of_head, reading_of
from tfclf.tasks import find_task
from tfclf.training import (
    HeadPlan,
    Recipe,
    freeze,
    objective,
    optimizer_of_recipe,
    reinitialize_layers,
    settle,
    start_bias,
)


@dataclass(frozen=True)
class RecipeModel:
    """A compiled model with what belongs to it.

    Attributes:
        classifier: The model with its tokenizer and how it reads rows.
        plan: What training knows of its head.
        recipe: The recipe, without ``auto``.
        labels: The labels.
        job: The job, whose ``new_head`` says whether the checkpoint's head was replaced.
    """

    classifier: Classifier
    plan: HeadPlan
    recipe: Recipe
    labels: LabelMap
    job: Job

    def encode(self, rows: Rows) -> EncodedRows:
        """Returns rows as the model reads them, with labels."""
        return encode_split(self.job, self.classifier, rows, {ONLY_HEAD: self.labels}, self.recipe)


def recipe_model(job: Job, rows: dict[str, Rows]) -> RecipeModel:
    """Builds and compiles the model of a job with one head, as ``prepare`` and ``fit`` do.

    A head of the checkpoint that does not fit the rows is replaced, where training would stop: the
    rest can be looked at all the same.

    Args:
        job: What would be trained.
        rows: The rows of each split, ``"training"`` among them.

    Raises:
        TfclfError: The rows, the checkpoint or the tokenizer cannot be used.
    """
    folder = resolve(job.model)
    labels = LabelMap.from_rows(rows["training"], ONLY_HEAD)
    if not job.new_head:
        try:
            labels = labels_of_head(folder, find_task(job.task), labels)
        except CheckpointError:
            job = dataclasses.replace(job, new_head=True)
    check_config(folder)
    tokenizer = Tokenizer(folder)
    model = load_model(job, folder, {ONLY_HEAD: labels})
    tokenizer.check_against(model.config)
    check_max_length(job.recipe.max_length, model.config.max_position_embeddings)
    reinitialize_layers(model, job.recipe.reinit_layers)
    start_bias(model, ONLY_HEAD, rows["training"].targets[ONLY_HEAD], labels)
    plan = plan_of_head(ONLY_HEAD, labels, rows)
    recipe, _ = settle(
        job.recipe,
        plan.counts,
        model.config.hidden_size,
        task=job.task,
        num_rows=len(rows["training"]),
        validated="validation" in rows or bool(job.validation_share),
    )
    compile_as_trained(model, recipe, [plan], steps_of(recipe, job, rows))
    classifier = Classifier(model, tokenizer, reading_of(job, rows["training"], recipe))
    return RecipeModel(classifier, plan, recipe, labels, job)


def steps_of(recipe: Recipe, job: Job, rows: dict[str, Rows]) -> int:
    """Returns the steps of an epoch; rows that training would hold out are not read in it."""
    share = 0.0 if "validation" in rows else job.validation_share
    return max(int(-(-len(rows["training"]) * (1 - share) // recipe.batch_size)), 1)


def compile_as_trained(
    model: PretrainedModel, recipe: Recipe, plans: Sequence[HeadPlan], steps: int
) -> None:
    """Compiles a model with the loss, the metrics and the schedule of its training.

    Args:
        model: The model.
        recipe: A recipe without ``auto``.
        plans: The heads.
        steps: Steps of an epoch.
    """
    freeze(model, recipe.freeze)
    aim = objective(plans, recipe)
    model.compile(
        optimizer=optimizer_of_recipe(model, recipe, steps * int(recipe.epochs)),
        loss=aim.loss,
        loss_weights=aim.loss_weights,
        metrics=aim.metrics,
        jit_compile=False,
    )
