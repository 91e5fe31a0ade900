"""One head of several: its task and its labels, as ``config.json`` has them under ``heads``."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from tfclf.errors import ConfigError
from tfclf.tasks import TASKS


@dataclasses.dataclass(frozen=True)
class HeadConfig:
    """One head of a model that does several tasks.

    Attributes:
        name: Name of the head: a letter, then letters, digits and underscores.
        task: Name of its task.
        labels: Label names in the order of their ids; one placeholder for a number.

    Raises:
        ConfigError: A value is of the wrong type or out of range.

    Example:
    >>> HeadConfig("slots", "token", ("O", "B-place", "I-place")).num_outputs
    3
    """

    name: str
    task: str
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", self.name):
            raise ConfigError(
                f"the name of a head is {self.name!r}, expected a letter, then letters, digits "
                "and underscores"
            )
        if not isinstance(self.task, str) or self.task not in TASKS:
            raise ConfigError(
                f"the task of {self.name} is {self.task!r}, expected one of {', '.join(TASKS)}"
            )
        listed = isinstance(self.labels, (list, tuple))
        if not listed or not all(isinstance(label, str) for label in self.labels):
            raise ConfigError(
                f"the labels of {self.name} are {repr(self.labels)[:80]}, expected a list of names"
            )
        object.__setattr__(self, "labels", tuple(self.labels))
        if not self.labels or len(set(self.labels)) != len(self.labels):
            raise ConfigError(
                f"expected at least one label of {self.name} and no name twice, "
                f"got {list(self.labels)[:10]}"
            )
        if self.task == "regression" and len(self.labels) != 1:
            raise ConfigError(
                f"{self.name} gives one number, and has {len(self.labels)} labels",
                remedy="Give it one placeholder for a label.",
            )

    @property
    def num_outputs(self) -> int:
        """Width of the head."""
        return len(self.labels)


def read_heads(values: Any) -> tuple[HeadConfig, ...]:
    """Reads the heads of a ``config.json``, a mapping from names to ``task`` and ``labels``.

    Raises:
        ConfigError: It is no such mapping.

    Example:
    >>> read_heads({"intent": {"task": "single-label", "labels": ["ask", "tell"]}})
    (HeadConfig(name='intent', task='single-label', labels=('ask', 'tell')),)
    """
    values = {} if values is None else values
    if not isinstance(values, Mapping) or not all(map(_is_head, values.values())):
        raise ConfigError(
            f"heads is {repr(values)[:80]}, expected a mapping from names to task and labels"
        )
    return tuple(HeadConfig(name, head["task"], head["labels"]) for name, head in values.items())


def _is_head(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"task", "labels"}
