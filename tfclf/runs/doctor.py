"""What ``tfclf doctor FILE`` looks at: rows, and with a checkpoint the training that they await."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field
from typing import Any

from tfclf.data import Batches, Columns, Rows, TagRules, read_rows
from tfclf.diagnosis.case import Case, Plan
from tfclf.diagnosis.diagnosis import Diagnosis
from tfclf.diagnosis.evidence.model import read_model
from tfclf.diagnosis.evidence.pipeline import read_pipeline
from tfclf.diagnosis.evidence.vocabulary import read_vocabulary
from tfclf.errors import DataError
from tfclf.runs.job import VALIDATION_SHARE, Job
from tfclf.runs.make_case import Looking, Progress, sampled
from tfclf.runs.recipe_model import RecipeModel, recipe_model, steps_of
from tfclf.tasks import find_task
from tfclf.training import Recipe

SAMPLE = 2_000  # rows that are tokenized for the model
STANDARD_INPUT = "Give JSON lines, or name the format of standard input, such as --format csv."
WITHOUT_A_LABEL_COLUMN = ("multi-label", "token")  # tried where there is no column "label"


@dataclass(frozen=True)
class FileOfRows:
    """A file to look at, and how it would be trained on.

    Attributes:
        train: The file, or anything else that ``tfclf.data.read_rows`` reads.
        validation: Validation rows; None where training would hold some out.
        model: Folder or hub id of the checkpoint; None looks at the rows alone.
        task: Name of the task; None reads it from the columns.
        columns: Which columns hold what.
        recipe: How it would be trained.
        tag_rules: How tags are read.
        standard_input_format: As in ``tfclf.data.read_rows``, for ``train="-"``.
    """

    train: Any
    validation: Any = None
    model: str | os.PathLike[str] | None = None
    task: str | None = None
    columns: Columns = field(default_factory=Columns)
    recipe: Recipe = field(default_factory=Recipe)
    tag_rules: TagRules = field(default_factory=TagRules)
    standard_input_format: str | None = None


def look_at_file(asked: FileOfRows, *, progress: Progress | None = None) -> Diagnosis:
    """Looks at rows that tfclf would train on, and at the model where one is named.

    Args:
        asked: The rows and how they would be trained on.
        progress: Is called with what is done next.

    Returns:
        The findings, worst first, with what was looked at.

    Raises:
        TfclfError: The rows or the checkpoint cannot be read.
    """
    looking = Looking(progress)
    looking.say("reading the rows")
    task, training = _read_training(asked)
    rows = {"training": training}
    looking.looked_at["task_was"] = "declared" if asked.task else "read from the columns"
    if asked.validation is not None:
        rows["validation"] = _read(asked, asked.validation, task)
    looking.looked_at["files"] = {split: some.source for split, some in rows.items()}
    case = Case(task=task, rows=rows, handled=True)
    if asked.model is not None:
        case = _with_model(looking, asked, case)
    return looking.examine(case)


def _read(asked: FileOfRows, source: Any, task: str) -> Rows:
    try:
        return read_rows(
            source,
            columns=asked.columns,
            task=task,
            tag_rules=asked.tag_rules,
            standard_input_format=asked.standard_input_format if source == "-" else None,
        )
    except DataError as error:
        if source != "-" or not error.what.startswith("plain text"):
            raise
        # What does not begin as JSON is taken for texts without labels.
        raise DataError(error.what, where=error.where, remedy=STANDARD_INPUT) from None


def _read_training(asked: FileOfRows) -> tuple[str, Rows]:
    """Reads the training rows; where no task is named, as the columns say it."""
    if asked.task is not None:
        find_task(asked.task)
        return asked.task, _read(asked, asked.train, asked.task)
    name = os.fspath(asked.train) if isinstance(asked.train, (str, os.PathLike)) else ""
    if name.removesuffix(".gz").endswith(".conll") or asked.columns.tokens is not None:
        return "token", _read(asked, asked.train, "token")
    try:
        return "single-label", _read(asked, asked.train, "single-label")
    except DataError as error:
        if name != "-":  # standard input is read once
            for task in _other_tasks(asked.columns):
                try:
                    return task, _read(asked, asked.train, task)
                except DataError:
                    continue
        raise error


def _other_tasks(columns: Columns) -> tuple[str, ...]:
    """Returns the tasks that rows without a label of one kind may be of."""
    if columns.label is None:
        return (*WITHOUT_A_LABEL_COLUMN, "regression")
    return ("regression",)


def _with_model(looking: Looking, asked: FileOfRows, case: Case) -> Case:
    """Adds the model, the tokenizer and some encoded rows to a case."""
    job = Job(
        train=asked.train,
        output="",
        validation=asked.validation,
        validation_share=0.0 if asked.validation is not None else VALIDATION_SHARE,
        task=case.task,
        columns=asked.columns,
        tag_rules=asked.tag_rules,
        model=asked.model or "",
        recipe=asked.recipe,
    )
    try:
        built = looking.read("building the model", recipe_model, job, dict(case.rows))
    except DataError as error:  # such as a single label: the rows' own symptoms say it
        looking.looked_at["model"] = f"not built: {error}"
        return case
    if built is None:
        return case
    steps = steps_of(built.recipe, built.job, dict(case.rows))
    plan = Plan(int(built.recipe.epochs), steps, built.recipe.batch_size)
    return add_model(looking, case, built, str(asked.model), plan)


def add_model(
    looking: Looking, case: Case, built: RecipeModel, checkpoint: str, plan: Plan
) -> Case:
    """Encodes some rows and reads model, tokenizer and batches into a case.

    Args:
        looking: Takes down what is looked at.
        case: The case, with its rows.
        built: The compiled model.
        checkpoint: Folder or hub id of the weights.
        plan: Length of the training.
    """
    pipelines = {}
    looking.looked_at["sample"] = {}
    for split, name in (("training", "train"), ("validation", "validation")):
        if split in case.rows:
            some = sampled(case.rows[split], SAMPLE, seed=built.recipe.seed)
            looking.looked_at["sample"][split] = len(some)
            encoded = looking.read(f"tokenizing {split} rows", built.encode, some)
            if encoded is not None:
                batches = Batches(
                    encoded, built.recipe.batch_size, shuffle=split == "training", seed=0
                )
                pipelines[name] = looking.read(
                    f"reading {split} batches", read_pipeline, batches, name=name
                )
    train = pipelines.get("train")
    batch = train.batches[0] if train is not None and train.batches else None
    return dataclasses.replace(
        case,
        model=looking.read("reading the model", read_model, built.classifier.model, batch),
        train=train,
        validation=pipelines.get("validation"),
        vocabulary=looking.read(
            "reading the tokenizer", read_vocabulary, built.classifier.tokenizer
        ),
        checkpoint=checkpoint,
        plan=plan,
    )
