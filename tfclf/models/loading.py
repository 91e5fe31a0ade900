"""A checkpoint's tensors -> a model's weights, every one of them accounted for."""

from __future__ import annotations

import logging
import numbers
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfclf.errors import ArgumentError, CheckpointError
from tfclf.models.checkpoint_names import WeightName, is_dropped, weight_name
from tfclf.models.checkpoint_reader import Checkpoint, open_checkpoint
from tfclf.models.config import BertConfig, default_labels, read_json

logger = logging.getLogger("tfclf")

SHOWN = 6  # tensors named in a message


@dataclass(frozen=True)
class LoadReport:
    """What became of every tensor.

    Attributes:
        source: The file that was read.
        used: Tensors that were loaded.
        new: Weights of the model that start at random: the head, where the checkpoint has none.
        replaced: Tensors of a head that did not fit and was replaced on request.
        dropped: Tensors that the model has no place for, all of an expected kind.
    """

    source: str
    used: tuple[str, ...]
    new: tuple[str, ...]
    replaced: tuple[str, ...]
    dropped: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"{len(self.used)} tensors loaded from {self.source}"]
        for title, names in (
            ("new", self.new),
            ("replaced", self.replaced),
            ("dropped", self.dropped),
        ):
            if names:
                parts.append(f"{title}: {', '.join(names)}")
        return "; ".join(parts)

    def parts(self) -> dict[str, list[str]]:
        """Returns the loaded tensors by the part of the model that they belong to.

        Example:
        >>> report = LoadReport("a.h5", ("bert/pooler/dense/bias", "classifier/bias"), (), (), ())
        >>> {part: len(names) for part, names in report.parts().items()}
        {'bert/pooler': 1, 'classifier': 1}
        """
        found: dict[str, list[str]] = {}
        for name in self.used:
            part = re.match(r"bert[./]encoder[./]layer[_./]+\d+|bert[./]\w+|[^./]+", name)
            found.setdefault(part[0] if part else name, []).append(name)
        return found


def named_weights(model: keras.Model) -> dict[str, tuple[WeightName, keras.Variable]]:
    """Returns the weights of a model by their path below it, with their names elsewhere."""
    weights = {}
    for variable in model.weights:
        path = variable.path.split("/", 1)[1]
        if "seed_generator" not in path:
            weights[path] = (weight_name(path), variable)
    return weights


def load_weights(
    model: keras.Model,
    checkpoint: Checkpoint,
    *,
    new_head: bool = False,
    replace_head: bool = False,
    new_pooler: bool = False,
    foreign_head: str | None = None,
) -> LoadReport:
    """Assigns the tensors of a checkpoint to a model; nothing is assigned where anything is wrong.

    Args:
        model: A TFBert model.
        checkpoint: The open checkpoint.
        new_head: Whether the model starts a new head whatever the checkpoint has.
        replace_head: Whether a head that does not fit is replaced by a new one.
        new_pooler: Whether a missing pooler starts at random.
        foreign_head: Name of another class that the checkpoint's head was trained for.

    Returns:
        What became of every tensor.

    Raises:
        CheckpointError: A tensor is missing, unexpected, or of another shape.
    """
    plan, new, replaced, problems = [], {}, [], []  # new: names in the checkpoint by path
    wanted, kept_layers = set(), set()
    for path, (names, variable) in named_weights(model).items():
        name = names.tf if checkpoint.layout == "tf" else names.torch
        wanted.add(name)
        shape = checkpoint.shapes.get(name)
        transposed = names.transposed and checkpoint.layout == "torch"
        expected = tuple(variable.shape)[::-1] if transposed else tuple(variable.shape)
        in_head = _in_head(model, path)
        fits = shape == expected and not (in_head and (foreign_head or new_head))
        if fits:
            plan.append((name, variable, transposed))
            kept_layers.add(_layer(path))
        elif in_head and shape is None:
            new[path] = name
        elif in_head and (new_head or replace_head):
            replaced.append(name)
            new[path] = name
        elif path.startswith("bert/pooler/") and shape is None and new_pooler:
            new[path] = name
        else:
            problems.append(_problem(name, shape, expected, foreign_head))
    extra = [name for name in checkpoint.shapes if name not in wanted]
    problems += [f"{name} is unexpected" for name in extra if not is_dropped(name)]
    # The same head, linear where the model has a perceptron or the other way round.
    reshaped = sorted(_forms_of_heads(model, checkpoint.layout).intersection(extra))
    if new_head or replace_head:
        replaced += reshaped
        extra = [name for name in extra if name not in reshaped]
    else:
        problems += [f"{name} is of a head with another head_hidden_size" for name in reshaped]
    problems += [
        f"{name} is missing or does not fit, and the rest of its layer does"
        for path, name in new.items()
        if _layer(path) in kept_layers
    ]
    if problems:
        raise CheckpointError(
            _sentence(problems), where=str(checkpoint.path), remedy=_remedy(problems)
        )
    _check_values(checkpoint, [name for name, _, _ in plan])
    for name, variable, transposed in plan:
        value = checkpoint.read(name)
        variable.assign(value.T if transposed else value)
    _start_head(model, new)
    if replaced:
        logger.warning("the checkpoint's head was replaced by a new one: %s", ", ".join(replaced))
    return LoadReport(
        str(checkpoint.path), tuple(p[0] for p in plan), tuple(new), tuple(replaced), tuple(extra)
    )


def _start_head(model: keras.Model, new: Iterable[str]) -> None:
    """Starts the kernels of a new head with the variance 1 / hidden.

    Its logits then spread as widely as what it reads (LeCun et al. 1998, section 4.6). The spread
    of ``initializer_range``, half of that or less, costs a fine-tuning of few steps much of them.
    """
    for path, (_, variable) in named_weights(model).items():
        if path in new and _in_head(model, path) and path.endswith("/kernel"):
            variable.assign(keras.initializers.LecunNormal()(variable.shape, variable.dtype))


def _check_values(checkpoint: Checkpoint, names: list[str]) -> None:
    """Reads every tensor before the first is assigned: to hold all of them would double the memory.

    Raises:
        CheckpointError: A tensor is damaged or holds a number that is none, or all are constant.
    """
    different = False
    for name in names:
        value = checkpoint.read(name)
        if not np.isfinite(value).all():
            raise CheckpointError(
                f"{name} holds NaN or infinity",
                where=str(checkpoint.path),
                remedy="Its training went wrong or it is damaged: take another checkpoint.",
            )
        different = different or (value.ndim > 1 and value.min() < value.max())
    if names and not different:
        raise CheckpointError(
            "in each weight matrix all numbers are the same",
            where=str(checkpoint.path),
            remedy="It was never trained or it is damaged: take another checkpoint.",
        )


def choose_labels(
    stored: BertConfig,
    num_labels: int | None,
    id2label: Mapping[int, str] | Iterable[str] | None,
    label2id: Mapping[str, int] | None,
) -> tuple[str, ...]:
    """Returns the label names that the caller asks for, else the checkpoint's.

    Raises:
        ArgumentError: The three arguments contradict each other, or one of them names no labels.
    """
    whole = isinstance(num_labels, numbers.Integral) and not isinstance(num_labels, bool)
    if num_labels is not None and not (whole and num_labels >= 1):
        raise ArgumentError(f"num_labels is {num_labels!r}, expected a whole number of at least 1")
    if id2label is None and label2id is not None:
        id2label = {i: label for label, i in label2id.items()}
    if id2label is None:
        if num_labels in (None, stored.num_labels):
            return stored.labels
        return default_labels(num_labels)
    by_id = dict(id2label) if isinstance(id2label, Mapping) else dict(enumerate(id2label))
    order = {str(i): label for i, label in by_id.items()}
    if not by_id or order.keys() != {str(i) for i in range(len(by_id))}:
        raise ArgumentError(
            f"expected id2label with the ids 0 to {max(len(by_id) - 1, 0)}, got {list(by_id)}"
        )
    labels = tuple(str(order[str(i)]) for i in range(len(by_id)))
    if len(set(labels)) != len(labels):
        raise ArgumentError(f"expected no label twice, got {list(labels)}")
    if num_labels not in (None, len(labels)):
        raise ArgumentError(f"num_labels is {num_labels}, but id2label has {len(labels)} labels")
    if label2id is not None and dict(label2id) != {label: i for i, label in enumerate(labels)}:
        raise ArgumentError(f"label2id {dict(label2id)} is not the inverse of id2label {by_id}")
    return labels


def _in_head(model: keras.Model, path: str) -> bool:
    """Tells whether a weight belongs to a head."""
    return path.split("/")[0].split(".")[0] in model.heads


def _forms_of_heads(model: keras.Model, layout: str) -> set[str]:
    """Returns the names of all weights that the model's heads could have, linear or not."""
    names = {
        weight_name(f"{head}{part}/{weight}")
        for head in model.heads
        for part in ("", ".hidden", ".output")
        for weight in ("kernel", "bias")
    }
    return {name.tf if layout == "tf" else name.torch for name in names}


def _layer(path: str) -> str:
    """Returns the path of the layer that a weight belongs to."""
    return path.rpartition("/")[0]


def _problem(name: str, shape: Any, expected: tuple[int, ...], foreign_head: str | None) -> str:
    if shape is None:
        return f"{name} is missing"
    if shape == expected:
        return f"{name} is the head of a {foreign_head}"
    return f"{name} has the shape {shape}, expected {expected}"


def _sentence(problems: list[str]) -> str:
    rest = len(problems) - SHOWN
    return "; ".join(problems[:SHOWN]) + (f"; and {rest} more" if rest > 0 else "")


def _remedy(problems: list[str]) -> str:
    """Returns the arguments that cure the problems, where they cure all of them."""
    cures = {_cure(problem) for problem in problems}
    if None in cures:
        return "The checkpoint is not of the model that its config.json describes."
    return " ".join(sorted(filter(None, cures)))


def _cure(problem: str) -> str | None:
    if problem.startswith(("classifier", "head")) and "is unexpected" not in problem:
        return (
            "To start a new head on this encoder pass new_head=True "
            "(on the command line --new-head)."
        )
    if problem.startswith(("bert.pooler.", "bert/pooler/")) and problem.endswith("is missing"):
        return "To start a new pooler on this encoder pass new_pooler=True."
    return None


@dataclass(frozen=True)
class StoredHead:
    """What a checkpoint says of its head.

    Attributes:
        labels: Its labels.
        problem_type: What it was trained for, where that is said.
        architecture: The class that it belongs to, where that is said.
    """

    labels: tuple[str, ...]
    problem_type: str | None
    architecture: str | None


def stored_head(folder: Path) -> StoredHead | None:
    """Returns what a checkpoint says of its head; None where it has none."""
    with open_checkpoint(folder) as checkpoint:
        if not any(name.startswith("classifier") for name in checkpoint.shapes):
            return None
    values = read_json(folder / "config.json")
    config = BertConfig.from_dict(values, ignore_keys=tuple(values))
    names = [name.removeprefix("TF") for name in values.get("architectures") or () if "For" in name]
    return StoredHead(config.labels, config.problem_type, names[0] if names else None)
