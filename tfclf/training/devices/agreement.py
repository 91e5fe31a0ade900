"""Whether the processes of a training are about to train the same."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfclf.data import EncodedRows
from tfclf.data.mapped_files import in_parts
from tfclf.errors import RunError
from tfclf.training.devices.processes import Processes

SHOWN = 6  # differences that a message names
DIGITS = 12  # of a fingerprint


def rows_facts(split: str, rows: EncodedRows) -> dict[str, str]:
    """Returns what the rows of a split are known by: their number, and a fingerprint of them.

    Args:
        split: Its name.
        rows: The rows as token ids, with labels.

    Example:
    >>> tokens, offsets = np.array([4, 7, 5], "int32"), np.array([0, 1, 3])
    >>> rows = EncodedRows(tokens, offsets, None, pad_id=0, max_length=4, num_truncated=0,
    ...                    num_tokens_lost=0, num_unknown=0)
    >>> list(rows_facts("training", rows)), rows_facts("training", rows)["training rows"][:7]
    (['training rows', 'training texts', 'training labels'], '2')
    """
    labels = rows.labels
    texts = {
        field.name: getattr(rows, field.name)
        for field in dataclasses.fields(rows)
        if field.name != "labels"
    }
    return {
        f"{split} rows": str(rows.num_rows),
        f"{split} texts": fingerprint(texts),
        f"{split} labels": fingerprint(labels),
    }


def fingerprint(value: Any) -> str:
    """Returns the first digits of a hash of arrays and of what can be written as JSON.

    Args:
        value: An array, a dataclass or a mapping of them, or JSON.

    Example:
    >>> fingerprint({"a": np.arange(3)}) == fingerprint({"a": np.arange(4)})
    False
    """
    digest = hashlib.sha256()
    _feed(digest, value)
    return digest.hexdigest()[:DIGITS]


def _feed(digest: Any, value: Any) -> None:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        for name in sorted(value):
            digest.update(f"{name}:".encode())
            _feed(digest, value[name])
    elif isinstance(value, np.ndarray):
        digest.update(f"{value.dtype}{value.shape}".encode())
        for part in in_parts(value) if value.ndim else [value]:
            digest.update(np.ascontiguousarray(part).data)
    else:
        digest.update(json.dumps(value, sort_keys=True, default=str).encode())


def check_agreement(processes: Processes, facts: Mapping[str, str]) -> None:
    """Compares what every process is about to train with; all of them have to call it.

    Args:
        processes: The processes.
        facts: What this one has, by what it is called.

    Raises:
        RunError: Two of them differ; raised in each process.
    """
    if processes.number == 1:
        return
    found = [json.loads(text) for text in processes.gather(json.dumps(dict(facts)))]
    names = dict.fromkeys(name for one in found for name in one)
    differing = [name for name in names if len({one.get(name) for one in found}) > 1]
    if not differing:
        return
    said = "; ".join(f"{name}: {_who_has_what(name, found)}" for name in differing[:SHOWN])
    more = f"; and {len(differing) - SHOWN} more" if len(differing) > SHOWN else ""
    raise RunError(
        f"the {processes.number} processes disagree: {said}{more}",
        remedy="Start each with the same arguments, files and versions.",
    )


def _who_has_what(name: str, found: list[dict[str, str]]) -> str:
    """Returns which processes have what, such as ``8 (processes 0, 2), 7 (process 1)``."""
    places: dict[str, list[str]] = {}
    for place, one in enumerate(found):
        places.setdefault(one.get(name, "none"), []).append(str(place))
    return ", ".join(
        f"{what} (process{'es' if len(having) > 1 else ''} {', '.join(having)})"
        for what, having in places.items()
    )
