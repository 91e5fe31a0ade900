"""TensorFlow's table of custom gradients, which would keep every model as long as the process.

``tf.custom_gradient`` enters each function that is traced into a table of the process, under a name
that is never used again. The entry holds the graph, and the graph the memory of every weight that
it reads: a second model, a fold, a trial of a study each stay beside the first.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras


@contextmanager
def kept_with(owner: Any) -> Iterator[None]:
    """Keeps the custom gradients that are traced here as long as their owner lives, and no longer.

    Args:
        owner: What is being traced, such as a layer; None keeps them as TensorFlow does.
    """
    table = _table() if owner is not None and keras.backend.backend() == "tensorflow" else None
    if table is None:
        yield
        return
    before = len(table)
    yield
    new = list(table)[before:]  # in the order in which they came
    if new:
        weakref.finalize(owner, _forget, table, new).atexit = False


def _table() -> dict[str, Any] | None:
    """Returns the table; None where a version of TensorFlow has it elsewhere."""
    try:
        from tensorflow.python.framework import ops

        return ops.gradient_registry._registry
    except (ImportError, AttributeError):
        return None


def _forget(table: dict[str, Any], names: list[str]) -> None:
    for name in names:
        table.pop(name, None)
