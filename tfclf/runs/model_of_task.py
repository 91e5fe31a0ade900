"""The model class of each task, and the labels that a checkpoint's head brings along."""

from __future__ import annotations

import logging
from pathlib import Path

from tfclf.data import LabelMap
from tfclf.errors import CheckpointError
from tfclf.models import (
    PretrainedModel,
    TFBertForMultiTask,
    TFBertForSequenceClassification,
    TFBertForTokenClassification,
    default_labels,
    stored_head,
)
from tfclf.tasks import MULTI_TASK, Task

logger = logging.getLogger("tfclf")

MODELS: dict[str, type[PretrainedModel]] = {
    "single-label": TFBertForSequenceClassification,
    "multi-label": TFBertForSequenceClassification,
    "regression": TFBertForSequenceClassification,
    "token": TFBertForTokenClassification,
    MULTI_TASK: TFBertForMultiTask,
}
NEW_HEAD = "To train a new head on this encoder pass new_head=True (--new-head)."
NUMBER = ("LABEL_0",)  # the label of a head that gives a number, as Hugging Face names it


def model_class(task: str) -> type[PretrainedModel]:
    """Returns the class of the models of a task, or of several."""
    return MODELS[task]


def labels_of_head(folder: Path, task: Task, labels: LabelMap) -> LabelMap:
    """Returns labels in order: that of the checkpoint's head where it has the same ones.

    Args:
        folder: The checkpoint.
        task: The task.
        labels: The labels of the training rows.

    Raises:
        CheckpointError: The head is of another task, or has other labels.
    """
    stored = stored_head(folder)
    if stored is None:
        return labels
    if stored.architecture not in (None, model_class(task.name).architecture):
        return labels  # another class's head, which loading refuses with its own words
    if task.problem_type != stored.problem_type and None not in (
        task.problem_type,
        stored.problem_type,
    ):
        raise CheckpointError(
            f"the head is for {stored.problem_type}, and the task is {task.name}",
            where=str(folder),
            remedy=NEW_HEAD,
        )
    if task.name == "regression":
        if len(stored.labels) == 1:
            return LabelMap(stored.labels)
        raise CheckpointError(
            f"the head has {len(stored.labels)} labels, and a number needs one output",
            where=str(folder),
            remedy=NEW_HEAD,
        )
    if set(stored.labels) == set(labels.names):
        return LabelMap(stored.labels)
    if stored.labels == default_labels(len(labels)):
        logger.warning("The head's labels have no names: they are taken to be %s.", labels.names)
        return labels
    raise CheckpointError(
        f"the head has {len(stored.labels)} labels ({', '.join(stored.labels[:5])} ...), "
        f"the rows have {len(labels)} ({', '.join(labels.names[:5])} ...)",
        where=str(folder),
        remedy=NEW_HEAD,
    )
