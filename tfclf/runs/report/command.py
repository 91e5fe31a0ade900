"""The arguments of a run -> the command that made it, as a shell reads it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfclf.runs.job import Job
from tfclf.runs.run_directory import flat
from tfclf.tasks import MULTI_TASK

# Options of the command line, by the names of the arguments in ``tfclf.json``.
OPTIONS = {
    "validation": "--validation",
    "validation_share": "--validation-share",
    "test": "--test",
    "task": "--task",
    "columns.text": "--text",
    "columns.text_pair": "--text-pair",
    "columns.tokens": "--tokens",
    "columns.label": "--label",
    "columns.separator": "--separator",
    "columns.quotes": "--quotes",
    "tag_rules.scheme": "--tag-scheme",
    "tag_rules.broken": "--broken-tags",
    "tag_rules.convert": "--convert-tags",
    "decoding": "--decoding",
    "empty_text": "--empty-text",
    "model": "--model",
    "new_head": "--new-head",
    "augmented.path": "--augmented",
    "devices": "--devices",
    "text_rules.unicode": "--normalize",
    "text_rules.contractions": "--expand-contractions",
    "text_rules.replacements": "--replace",
    "text_rules.whitespace": "--collapse-whitespace",
    "long_text.how": "--long-text",
    "long_text.stride": "--window-stride",
    "long_text.pooling": "--window-pooling",
    "long_text.max_windows": "--max-windows",
    "recipe.head_learning_rate": "--head-rate",
    "recipe.head_hidden_size": "--mlp-head",
}
FILES = {"validation", "test", "augmented.path"}
ONLY_IN_PYTHON = {"recipe.warmup", "recipe.weight_decay", "recipe.clip_norm"}
WHOLE_PATHS = "Folders are left out of the names of files; tfclf.json has them."
IN_PYTHON = "In Python, where the command line has no option for it: Recipe({})."
IN_MEMORY = "Rows in memory have no file: tfclf.train was given them in Python."
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        line: The command, quoted for a POSIX shell.
        notes: What it does not say.
    """

    line: str
    notes: tuple[str, ...]


def command_of(arguments: Mapping[str, Any], output: str) -> Command:
    """Returns the command that trains as a run was trained, without what is the default anyway.

    Args:
        arguments: The arguments as ``tfclf.json`` has them.
        output: Name of the run.

    Example:
    >>> command_of(Job("a b.csv", "run", model="org/base").to_dict(), "run").line
    "tfclf train 'a b.csv' --output run --model org/base"
    """
    values = flat({name: value for name, value in arguments.items() if name not in UNFLAT})
    values |= _whole(arguments)
    usual = Job(arguments["train"], output).to_dict()
    usual = flat({name: value for name, value in usual.items() if name not in UNFLAT}) | _whole(
        usual
    )
    words = ["tfclf", "train", _last(str(arguments["train"])), "--output", output]
    for head in arguments["heads"].values():
        column = f":{head['column']}" if head["column"] else ""
        weight = f"*{head['weight']:g}" if head["weight"] != 1 else ""
        words += ["--head", f"{head['name']}={head['task']}{column}{weight}"]
    python = []
    for name, value in values.items():
        if value == usual.get(name) or (name == "task" and value == MULTI_TASK):
            continue
        if name in ONLY_IN_PYTHON:
            python.append(f"{name.split('.')[1]}={value!r}")
        else:
            words += _option(name, value)
    notes = [WHOLE_PATHS]
    notes += [IN_PYTHON.format(", ".join(python))] if python else []
    notes += [IN_MEMORY] if any(word.startswith("<") for word in words) else []
    return Command(shlex.join(words), tuple(notes))


# Arguments that are one value though they are written as several.
UNFLAT = ("heads", "augmented", "recipe", "text_rules")


def _whole(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns arguments whose values are mappings or lists themselves."""
    found = {f"recipe.{name}": value for name, value in arguments["recipe"].items()}
    found |= {f"text_rules.{name}": value for name, value in arguments["text_rules"].items()}
    return found | {"augmented.path": (arguments["augmented"] or {}).get("path")}


def _option(name: str, value: Any) -> Iterator[str]:
    """Yields the words of an option."""
    option = OPTIONS.get(name) or f"--{name.removeprefix('recipe.').replace('_', '-')}"
    if value is True or value is False:
        yield option if value else option.replace("--", "--no-", 1)
    elif name == "text_rules.replacements":
        for old, new in value:
            yield from (option, f"{old}={new}")
    elif isinstance(value, Mapping):
        yield from (option, ",".join(f"{label}={share!r}" for label, share in value.items()))
    elif isinstance(value, (list, tuple)):
        yield from (option, ",".join(map(repr, value)))
    elif value is not None:
        is_folder = name == "model" and not HUB_ID.fullmatch(str(value))
        yield from (option, _last(str(value)) if name in FILES or is_folder else str(value))


def _last(path: str) -> str:
    """Returns the last part of a path of any system."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]
