"""What a model card says, read from the two files of a run: ``tfclf.json`` and ``metrics.json``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tfclf.data import ONLY_HEAD
from tfclf.tasks import MULTI_TASK, find_task
from tfclf.terminal import printable

SPLITS = ("test", "validation")  # the one that says most first
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")  # a folder stands there with its whole path


@dataclass(frozen=True)
class CardFacts:
    """A run as its files tell of it.

    Attributes:
        facts: The content of ``tfclf.json``.
        metrics: The content of ``metrics.json``.
        name: Name of the model.
        labels: The model's labels in the order of their ids, by the name of the head.
    """

    facts: Mapping[str, Any]
    metrics: Mapping[str, Any]
    name: str
    labels: Mapping[str, Sequence[str]]

    @property
    def tasks(self) -> dict[str, str]:
        """Name of the task of each head, by its name."""
        heads = {head["name"]: head["task"] for head in self.facts.get("heads", ())}
        return heads or {ONLY_HEAD: self.facts["task"]}

    @property
    def has_several(self) -> bool:
        """Whether there are several heads."""
        return self.facts["task"] == MULTI_TASK

    @property
    def pipeline_tag(self) -> str:
        """The hub's name for what the model does."""
        all_tags = all(find_task(task).per_word for task in self.tasks.values())
        return "token-classification" if all_tags else "text-classification"

    @property
    def in_transformers(self) -> bool:
        """Whether transformers has a class for the model: one head, and a linear one."""
        return not self.has_several and not self.facts["recipe"].get("head_hidden_size")

    @property
    def reads(self) -> str:
        """What the model is given, in words."""
        return "pair of texts" if self.facts.get("pairs") else "text"

    @property
    def base(self) -> str:
        """The checkpoint that training began from, in words, without the path of a folder."""
        model = self.facts["arguments"]["model"]
        return code(model) if self.base_id else f"the checkpoint in a folder {code(_last(model))}"

    @property
    def base_id(self) -> str | None:
        """The checkpoint's id on the hub; None for a folder."""
        model = self.facts["arguments"]["model"]
        return model if HUB_ID.fullmatch(model) else None

    def source(self, split: str) -> str:
        """The rows of a split in words: the name of their file, without its folder."""
        given = self.facts["arguments"].get({"training": "train"}.get(split, split))
        if given is None:
            return "rows held out of training"
        return "rows in memory" if given.startswith("<") else _last(given)

    def label_counts(self, head: str) -> dict[str, int]:
        """Training rows, or words, with each label of the model, in the order of their ids."""
        counts = self.facts.get("label_counts", {})
        own = counts.get(head, {}) if self.has_several else counts
        return {name: own.get(name, 0) for name in self.labels[head]}

    def scores(self, split: str) -> dict[str, Mapping[str, Any]]:
        """The figures of each head on a split, by its name; none where it was not judged."""
        scores = self.metrics.get(split)
        if scores is None:
            return {}
        return scores["tasks"] if "tasks" in scores else {ONLY_HEAD: scores}

    def without_folders(self, text: str) -> str:
        """Takes the folders of this machine away from the names of files in a text."""
        arguments = self.facts["arguments"]
        paths = [arguments.get(key) for key in ("train", *SPLITS)]
        paths += [] if self.base_id else [arguments["model"]]
        paths += [(arguments.get("augmented") or {}).get("path")]
        for path in filter(None, paths):
            name, parts = _last(path), re.split(r"[/\\]", path.rstrip("/\\"))
            for start in range(len(parts) - 1):  # also from a folder below the root on
                text = text.replace("/".join(parts[start:]), name)
            text = re.sub(rf"[^\s'\"]*[/\\](?={re.escape(name)})", "", text)
        return text


def code(text: str) -> str:
    """Returns a name as code, which no sign in it ends.

    Example:
    >>> print(code("a`b"))
    `a'b`
    """
    return f"`{printable(' '.join(text.split())).replace('`', chr(39))}`"


def _last(path: str) -> str:
    """Returns the last part of a path of any system."""
    return os.path.basename(path.replace("\\", "/").rstrip("/"))
