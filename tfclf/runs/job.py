"""Everything that a training run is asked for, in one value."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfclf.data import Columns, TextRules
from tfclf.errors import ArgumentError
from tfclf.tasks import find_task
from tfclf.training import Recipe

DEFAULT_MODEL = "google-bert/bert-base-uncased"
VALIDATION_SHARE = 0.1
LOGGERS = ("tensorboard", "wandb")


@dataclass(frozen=True)
class Job:
    """What ``train`` is asked to do.

    Attributes:
        train: Training rows: anything that ``tfclf.data.read_rows`` reads.
        output: Run directory to make.
        validation: Validation rows; None holds some of the training rows out.
        validation_share: Share of the training texts to hold out; 0 trains without validation.
        test: Test rows, judged at the end; None for none.
        task: Name of the task.
        columns: Which columns hold what.
        model: Folder or hub id of the checkpoint.
        recipe: How to train.
        rules: What is done to each text.
        empty_text: ``"keep"`` or ``"drop"``: what becomes of rows without text.
        new_head: Whether a checkpoint's head is replaced by a new one.
        log_to: ``"tensorboard"``, ``"wandb"``, or None.
    """

    train: Any
    output: str | os.PathLike[str]
    validation: Any = None
    validation_share: float = VALIDATION_SHARE
    test: Any = None
    task: str = "single-label"
    columns: Columns = field(default_factory=Columns)
    model: str | os.PathLike[str] = DEFAULT_MODEL
    recipe: Recipe = field(default_factory=Recipe)
    rules: TextRules = field(default_factory=TextRules)
    empty_text: str = "keep"
    new_head: bool = False
    log_to: str | None = None

    def __post_init__(self) -> None:
        find_task(self.task)
        if not 0 <= self.validation_share < 1:
            raise ArgumentError(
                f"validation share is {self.validation_share}, expected a share in [0, 1)"
            )
        if self.log_to not in (None, *LOGGERS):
            raise ArgumentError(
                f"unknown log {self.log_to!r}, expected one of {', '.join(LOGGERS)}"
            )

    def to_dict(self) -> dict[str, Any]:
        """Returns the arguments as JSON; rows that are no file are told by their type."""
        return {
            "train": _named(self.train),
            "validation": _named(self.validation),
            "validation_share": self.validation_share,
            "test": _named(self.test),
            "task": self.task,
            "columns": vars(self.columns),
            "model": _named(self.model),
            "recipe": self.recipe.to_dict(),
            "text_rules": self.rules.to_dict(),
            "empty_text": self.empty_text,
            "new_head": self.new_head,
        }


def _named(source: Any) -> str | None:
    if source is None:
        return None
    if not isinstance(source, (str, os.PathLike)):
        return f"<{type(source).__name__}>"
    path = Path(source)
    return str(path.resolve()) if path.exists() else os.fspath(source)
