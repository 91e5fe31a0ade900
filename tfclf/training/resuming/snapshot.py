"""Everything that the rest of a training is a function of, in one file."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from tfclf.errors import RunError
from tfclf.models import replace_file

FACTS, DIGEST = "facts", "sha256"  # in the metadata of the file
ARRAY = "$array"  # what stands for an array among the facts


@dataclass(frozen=True)
class Snapshot:
    """A moment of a training.

    Attributes:
        facts: What is no array, as JSON.
        arrays: Arrays by their names, such as ``weights/12``.
    """

    facts: dict[str, Any]
    arrays: dict[str, np.ndarray]

    def write(self, path: Path) -> None:
        """Writes the file beside its place and moves it there: there is the last one or this one.

        Raises:
            OSError: It cannot be written; the last one is as it was.
        """
        facts = json.dumps(self.facts)
        metadata = {FACTS: facts, DIGEST: digest(facts, self.arrays)}

        def write(place: Path) -> None:
            try:
                save_file(self.arrays, place, metadata)
            except SafetensorError as error:  # what the system says is in its words alone
                raise _as_os_error(error) from None

        replace_file(path, write)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads a file, and checks that it is the one that was written.

        Raises:
            RunError: It is damaged.
        """
        with _opened(path) as file:
            facts, metadata = _facts_of(file, path), file.metadata()
            arrays = {name: file.get_tensor(name) for name in file.keys()}
        if metadata.get(DIGEST) != digest(metadata[FACTS], arrays):
            raise _damaged(path, "its content is not what was written")
        return cls(facts, arrays)

    @staticmethod
    def read_facts(path: Path) -> dict[str, Any]:
        """Reads what is no array, without the rest.

        Raises:
            RunError: The file is damaged.
        """
        with _opened(path) as file:
            return _facts_of(file, path)


def pack(value: Any, name: str, arrays: dict[str, np.ndarray]) -> Any:
    """Returns a value as JSON, with its arrays put aside.

    Args:
        value: JSON, with arrays anywhere in it.
        name: What the names of the arrays begin with.
        arrays: Takes the arrays.

    Example:
    >>> arrays = {}
    >>> pack({"wait": 1, "best": [np.ones(2)]}, "early", arrays), list(arrays)
    ({'wait': 1, 'best': [{'$array': 'early/best/0'}]}, ['early/best/0'])
    """
    if isinstance(value, np.ndarray):
        arrays[name] = np.asarray(value, order="C")  # which keeps a scalar one
        return {ARRAY: name}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {key: pack(inner, f"{name}/{key}", arrays) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [pack(inner, f"{name}/{place}", arrays) for place, inner in enumerate(value)]
    return value


def unpack(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """Returns a value with its arrays in their places; tuples come back as lists.

    Args:
        value: What ``pack`` returned.
        arrays: The arrays by their names.
    """
    if isinstance(value, dict):
        if value.keys() == {ARRAY}:
            return arrays[value[ARRAY]]
        return {key: unpack(inner, arrays) for key, inner in value.items()}
    if isinstance(value, list):
        return [unpack(inner, arrays) for inner in value]
    return value


def digest(facts: str, arrays: Mapping[str, np.ndarray]) -> str:
    """Returns the sha256 of facts, and of arrays with their names, types and shapes."""
    found = hashlib.sha256(facts.encode())
    for name in sorted(arrays):
        array = arrays[name]
        found.update(f"{name} {array.dtype} {array.shape}\n".encode())
        # Of no size, arrays cannot be looked at as bytes.
        found.update(array.reshape(-1).view("uint8").data if array.size else b"")
    return found.hexdigest()


def _opened(path: Path) -> Any:
    try:
        return safe_open(path, framework="np")
    except (SafetensorError, OSError) as error:
        raise _damaged(path, str(error)) from None


def _facts_of(file: Any, path: Path) -> dict[str, Any]:
    try:
        facts = json.loads((file.metadata() or {})[FACTS])
    except (KeyError, json.JSONDecodeError):
        raise _damaged(path, "it has no facts") from None
    return facts


def _damaged(path: Path, what: str) -> RunError:
    return RunError(
        f"the state of the unfinished training is damaged ({what})",
        where=str(path),
        remedy="Begin again: --restart.",
    )


def _as_os_error(error: SafetensorError) -> OSError:
    """Returns what safetensors says of the system as Python would, with its number."""
    found = re.search(r"os error (\d+)", str(error))
    number = int(found[1]) if found else errno.EIO
    return OSError(number, os.strerror(number))
