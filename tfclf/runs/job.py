"""Everything that a training run is asked for, in one value."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tfclf.data import ONLY_HEAD, Columns, LongText, TagRules, TextRules
from tfclf.errors import ArgumentError, DataError
from tfclf.evaluation import DECODINGS
from tfclf.tasks import MULTI_TASK, Head, check_heads, find_task
from tfclf.training import Recipe
from tfclf.training.recipe_checks import AUTO
from tfclf.training.resuming import SAVE_EVERY

DEFAULT_MODEL = "google-bert/bert-base-uncased"
VALIDATION_SHARE = 0.1
TOKENS = "It is for tags: pass --task token, or leave it out."
WINDOWS = "It is for windows: pass --long-text windows, or leave it out."
VALIDATED = "It needs validation rows: pass --validation FILE, or leave it out."
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
        heads: The heads, where rows have labels for several tasks; ``task`` is then not looked at.
        columns: Which columns hold what.
        tag_rules: How tags are read.
        decoding: ``"argmax"``, or ``"viterbi"`` for tags that never break their scheme.
        model: Folder or hub id of the checkpoint.
        recipe: How to train.
        rules: What is done to each text.
        long_text: What becomes of texts that are longer than the model reads.
        empty_text: ``"keep"`` or ``"drop"``: what becomes of rows without text.
        new_head: Whether a checkpoint's head is replaced by a new one.
        augmented: Review file of ``tfclf augment``: what was accepted joins the training rows.
        devices: How many devices of this machine train together; ``"auto"``: all accelerators
            whose number divides the batch; one CPU.
        log_to: ``"tensorboard"``, ``"wandb"``, or None.
        save_every: Seconds between two savings of a training that is not finished, at least.
        restart: Whether an unfinished training is thrown away instead of gone on with.
    """

    train: Any
    output: str | os.PathLike[str]
    validation: Any = None
    validation_share: float = VALIDATION_SHARE
    test: Any = None
    task: str = "single-label"
    heads: tuple[Head, ...] = ()
    columns: Columns = field(default_factory=Columns)
    tag_rules: TagRules = field(default_factory=TagRules)
    decoding: str = "argmax"
    model: str | os.PathLike[str] = DEFAULT_MODEL
    recipe: Recipe = field(default_factory=Recipe)
    rules: TextRules = field(default_factory=TextRules)
    long_text: LongText = field(default_factory=LongText)
    empty_text: str = "keep"
    new_head: bool = False
    augmented: str | os.PathLike[str] | None = None
    devices: int | str = AUTO
    log_to: str | None = None
    save_every: float = SAVE_EVERY
    restart: bool = False

    def __post_init__(self) -> None:
        find_task(self.task)
        if len(self.heads) == 1:
            raise ArgumentError(
                f"one head, {self.heads[0].name!r}: several tasks need several",
                remedy=f"Pass task={self.heads[0].task!r} (--task {self.heads[0].task}) instead.",
            )
        check_heads(self.heads)
        per_word = any(find_task(head.task).per_word for head in self.all_heads)
        if self.decoding not in DECODINGS:
            raise ArgumentError(
                f"decoding is {self.decoding!r}, expected one of {', '.join(DECODINGS)}"
            )
        if self.decoding != "argmax" and not per_word:
            raise ArgumentError(f"decoding {self.decoding!r} is for tags", remedy="Leave it out.")
        self._check_without_effect(per_word)
        if per_word and self.long_text.how not in (LongText().how, "windows"):
            raise ArgumentError(
                f"long text: {self.long_text.how!r}, but words with tags are read in windows",
                remedy="Leave --long-text out.",
            )
        if not 0 <= self.validation_share < 1:
            raise ArgumentError(
                f"validation share is {self.validation_share}, expected a share in [0, 1)"
            )
        whole = isinstance(self.devices, int) and not isinstance(self.devices, bool)
        if self.devices != AUTO and not (whole and self.devices >= 1):
            raise ArgumentError(
                f"devices is {self.devices!r}, expected auto or a whole number >= 1",
                remedy="Pass --devices 1 to train on one of them.",
            )
        if not self.save_every >= 0:
            raise ArgumentError(
                f"save every {self.save_every!r} seconds, expected a number of at least 0",
                remedy=f"Leave --save-every out to take {SAVE_EVERY:.0f}.",
            )
        if self.log_to not in (None, *LOGGERS):
            raise ArgumentError(
                f"unknown log {self.log_to!r}, expected one of {', '.join(LOGGERS)}"
            )

    def _check_without_effect(self, per_word: bool) -> None:
        """Raises where something is asked for that would change nothing."""
        windows = self.long_text.how == "windows" or per_word
        validated = self.validation is not None or self.validation_share > 0
        for name, asked, effective, remedy in (
            ("tag-scheme", self.tag_rules.scheme != TagRules().scheme, per_word, TOKENS),
            ("convert-tags", self.tag_rules.convert is not None, per_word, TOKENS),
            ("subwords", self.recipe.subwords != Recipe().subwords, per_word, TOKENS),
            ("window-stride", self.long_text.stride is not None, windows, WINDOWS),
            ("window-pooling", self.long_text.pooling != LongText().pooling, windows, WINDOWS),
            ("max-windows", self.long_text.max_windows != LongText().max_windows, windows, WINDOWS),
            ("patience", self.recipe.patience is not None, validated, VALIDATED),
            ("decisions", self.recipe.decisions == "validation", validated, VALIDATED),
        ):
            if asked and not effective:
                raise ArgumentError(f"--{name} changes nothing here", remedy=remedy)

    @property
    def all_heads(self) -> tuple[Head, ...]:
        """The heads; the one of the task where there is one."""
        return self.heads or (Head(ONLY_HEAD, self.task, self.columns.label),)

    @property
    def kind(self) -> str:
        """Name of the task, or ``"multi-task"``."""
        return MULTI_TASK if self.heads else self.task

    def to_dict(self) -> dict[str, Any]:
        """Returns the arguments as JSON; rows that are no file are told by their type."""
        return {
            "train": _named(self.train),
            "validation": _named(self.validation),
            "validation_share": self.validation_share,
            "test": _named(self.test),
            "task": self.kind,
            "heads": {head.name: vars(head) for head in self.heads},
            "columns": vars(self.columns),
            "tag_rules": vars(self.tag_rules),
            "decoding": self.decoding,
            "model": _named(self.model),
            "recipe": self.recipe.to_dict(),
            "text_rules": self.rules.to_dict(),
            "long_text": self.long_text.to_dict(),
            "empty_text": self.empty_text,
            "new_head": self.new_head,
            "augmented": None if self.augmented is None else _content(self.augmented),
            "devices": self.devices,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], output: str | os.PathLike[str] = "") -> Self:
        """Reads what ``to_dict`` returned.

        Rows that were no file come back as the name of their type, such as ``"<tuple>"``. What a
        run of an earlier version does not have is as it was then.

        Args:
            values: The arguments as JSON.
            output: Run directory to make, which they do not have.

        Raises:
            ArgumentError: An argument is none that a job takes.
        """
        heads = tuple(Head(**head) for head in values["heads"].values())
        augmented = values["augmented"]
        own = {
            "task": cls.task if heads else values["task"],
            "heads": heads,
            "columns": Columns(**values["columns"]),
            "tag_rules": TagRules(**values["tag_rules"]),
            "recipe": recipe_of(values["recipe"]),
            "long_text": LongText(**values["long_text"]),
            "augmented": None if augmented is None else augmented["path"],
            "rules": TextRules.from_dict(values["text_rules"]),
        }
        as_they_are = values.keys() - own.keys() - {"text_rules"}
        return cls(output=output, **own, **{name: values[name] for name in as_they_are})


def recipe_of(values: Mapping[str, Any]) -> Recipe:
    """Reads what ``Recipe.to_dict`` wrote.

    Example:
    >>> recipe = Recipe(class_weights=(0.5, 1.5), deployment_prior=(("a", 0.9), ("b", 0.1)))
    >>> recipe_of(recipe.to_dict()) == recipe
    True
    """
    own = dict(values)
    if isinstance(own.get("class_weights"), list):
        own["class_weights"] = tuple(own["class_weights"])
    if own.get("deployment_prior") is not None:
        own["deployment_prior"] = tuple(own["deployment_prior"].items())
    return Recipe(**own)


def _named(source: Any) -> str | None:
    if source is None:
        return None
    if not isinstance(source, (str, os.PathLike)):
        return f"<{type(source).__name__}>"
    path = Path(source)
    # os.path, since Path's method raises over a name that is too long.
    return str(path.resolve()) if os.path.exists(path) else os.fspath(source)


def _content(file: str | os.PathLike[str]) -> dict[str, str]:
    """Returns the path and the hash of a file: other answers in it make another run."""
    try:
        digest = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror})", where=os.fspath(file)) from None
    return {"path": str(Path(file).resolve()), "sha256": digest}
