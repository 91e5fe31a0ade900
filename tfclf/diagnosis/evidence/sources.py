"""Anything that ``model.fit`` reads -> its batches as numpy arrays, without moving it on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tfclf.data import Batches
from tfclf.diagnosis.evidence.operations import (
    Operation,
    batches_behind,
    operations_of,
    private_copy,
)
from tfclf.errors import ArgumentError
from tfclf.training import FeatureBatches

ARRAY_BATCH = 32  # rows, as ``fit`` takes of arrays unless it is told otherwise
ACCEPTED = (
    "Give a tf.data.Dataset, a keras.utils.PyDataset, arrays as (x, y) or (x, y, sample_weight), "
    "or batches of tfclf."
)
INFINITE, UNKNOWN = -1, -2  # as tf.data's cardinality says it
KEEPING = ("map", "shuffle", "prefetch", "cache", "options")  # they give as many as they get
LONGEST_MESSAGE = 300  # characters


@dataclass(frozen=True)
class Source:
    """What can be read again and again.

    Attributes:
        elements: Begins a pass: yields the elements as the pipeline gives them.
        num_elements: Elements of a pass; None where it is not known.
        is_infinite: Whether a pass has no end.
        size: Rows of a pass; None where it is not known.
        operations: Steps from source to sink.
        shuffled_by_fit: Whether ``fit`` shuffles the rows by itself.
        new_order: Whether each pass has another order; None where only reading can tell.
        autotuned: Whether tf.data's autotuning runs in each pass.
        steps_of_pass: Elements that the rows before an endless repeat make; None where there is
            none, or it cannot be told.
        after: What is done after reading.
        kept: What has to live as long as it is read.
    """

    elements: Callable[[], Iterator[Any]]
    num_elements: int | None = None
    is_infinite: bool = False
    size: int | None = None
    operations: tuple[Operation, ...] = ()
    shuffled_by_fit: bool = False
    new_order: bool | None = None
    autotuned: bool = False
    steps_of_pass: int | None = None
    after: Callable[[], object] = lambda: None
    kept: Any = None


def open_source(source: Any) -> Source:
    """Returns how to read something.

    Raises:
        ArgumentError: It cannot be read twice, or is nothing that ``fit`` reads.
    """
    if isinstance(source, Batches):
        return _of_batches(source)
    if isinstance(source, FeatureBatches):
        return _of_dataset(source.dataset())
    if isinstance(source, keras.utils.PyDataset):
        return _of_py_dataset(source)
    if isinstance(source, list) and source and all(isinstance(item, tuple) for item in source):
        raise ArgumentError(
            f"expected a pipeline, got a list of {len(source)} "
            f"{'tuple' if len(source) == 1 else 'tuples'}",
            remedy="Give the arrays of all batches joined, as (x, y), or "
            "tf.data.Dataset.from_tensor_slices((x, y)).batch(32); of one batch, the tuple itself.",
        )
    if isinstance(source, (tuple, list)) and 1 <= len(source) <= 3:
        return _of_arrays(tuple(source))
    if hasattr(source, "element_spec") and hasattr(source, "_inputs"):
        return _of_dataset(source)
    if isinstance(source, Iterator):
        raise ArgumentError(
            f"expected a pipeline, got {type(source).__name__}, which reading would use up",
            remedy="Give a tf.data.Dataset: tf.data.Dataset.from_generator(make, ...).",
        )
    alone = "Pass (x, y). " if hasattr(source, "shape") and hasattr(source, "dtype") else ""
    raise ArgumentError(
        f"expected a pipeline, got {type(source).__name__}", remedy=alone + ACCEPTED
    )


def _of_batches(batches: Batches) -> Source:
    def elements() -> Iterator[Any]:
        return (batches.batch(batch) for batch in batches.plan(batches.epoch))

    steps = (Operation("shuffle"),) if batches.shuffle else ()
    return Source(
        elements,
        num_elements=batches.steps,
        size=batches.num_rows_read,
        operations=(*steps, Operation("batch", {"batch_size": batches.batch_size})),
        new_order=batches.shuffle,
    )


def _of_dataset(dataset: Any) -> Source:
    copy = private_copy(dataset)
    if copy is None:
        raise ArgumentError(
            "reading the pipeline would write the file of its cache",
            remedy="Give the pipeline without .cache(FILE).",
        )
    owner = batches_behind(dataset)
    epoch = 0 if owner is None else owner.epoch

    def restore() -> None:
        if owner is not None:
            owner.epoch = epoch

    def elements() -> Iterator[Any]:
        return (_as_numpy(element) for element in copy)

    cardinality, steps = int(dataset.cardinality()), operations_of(dataset)
    endless = [step.settings.get("count", 0) < 0 for step in steps if step.kind == "repeat"]
    # Behind a filter TensorFlow does not know. (A pass that ends is not infinite in any case.)
    infinite = cardinality == INFINITE or (cardinality == UNKNOWN and any(endless))
    return Source(
        elements,
        num_elements=cardinality if cardinality >= 0 else None,
        is_infinite=infinite,
        operations=steps,
        new_order=None if owner is None else owner.shuffle,
        autotuned=dataset.options().autotune.enabled is not False,
        steps_of_pass=_steps_of_pass(dataset) if infinite else None,
        after=restore,
        kept=dataset,
    )


def _steps_of_pass(dataset: Any) -> int | None:
    """Returns how many elements one pass over what an endless repeat repeats gives."""
    batch_size = 1
    while True:
        step, inputs = operations_of(dataset)[-1], dataset._inputs()
        if len(inputs) != 1:
            return None
        dataset = inputs[0]
        if step.kind == "repeat" and step.settings.get("count", 0) < 0:
            cardinality = int(dataset.cardinality())
            return cardinality // batch_size or None if cardinality > 0 else None
        if step.kind == "batch" and step.settings.get("batch_size"):
            batch_size *= step.settings["batch_size"]
        elif step.kind not in KEEPING:
            return None


def _of_py_dataset(source: Any) -> Source:
    number = source.num_batches

    def elements() -> Iterator[Any]:
        index = 0
        while number is None or index < number:
            yield _as_numpy(source[index])
            index += 1

    return Source(elements, num_elements=number, is_infinite=number is None)


def _of_arrays(source: tuple[Any, ...]) -> Source:
    parts = tuple(_as_numpy(part) for part in source)
    lengths = {len(array) for part in parts for array in _arrays(part)}
    if len(lengths) != 1:
        raise ArgumentError(
            f"arrays of different lengths: {', '.join(map(str, sorted(lengths)))} rows",
            remedy="Give a row of x, of y and of sample_weight for each example.",
        )
    rows = lengths.pop()

    def elements() -> Iterator[Any]:
        for start in range(0, rows, ARRAY_BATCH):
            yield tuple(
                keras.tree.map_structure(lambda a: a[start : start + ARRAY_BATCH], part)  # noqa: B023
                for part in parts
            )

    return Source(
        elements,
        num_elements=-(-rows // ARRAY_BATCH),
        size=rows,
        shuffled_by_fit=True,
        new_order=True,
    )


def _arrays(part: Any) -> list[np.ndarray]:
    return [array for array in keras.tree.flatten(part) if array is not None]


def _as_numpy(element: Any) -> Any:
    """Returns nested tensors as numpy arrays, ragged and sparse ones filled up with zeros."""
    if isinstance(element, Mapping):
        return {key: _as_numpy(value) for key, value in element.items()}
    if isinstance(element, tuple):
        return tuple(_as_numpy(part) for part in element)
    if isinstance(element, list) and any(hasattr(part, "shape") for part in element):
        return tuple(_as_numpy(part) for part in element)
    if element is None:
        return None
    if hasattr(element, "to_tensor"):  # ragged
        element = element.to_tensor()
    elif hasattr(element, "dense_shape"):  # sparse
        import tensorflow as tf

        element = tf.sparse.to_dense(element)
    if hasattr(element, "detach"):  # PyTorch
        element = element.detach().cpu()
    return np.asarray(element)


def message_of(error: BaseException) -> str:
    """Returns what an exception says in one line, without TensorFlow's names of nodes.

    Example:
    >>> message_of(ValueError("{{function_node __wrapped__X}} Boom. [Op:IteratorGetNext] name: "))
    'ValueError: Boom.'
    """
    text = str(getattr(error, "message", None) or error)
    text = re.sub(r"\{\{[^}]*\}\}", "", text)
    text = re.sub(
        r"Error in user-defined function passed to .*? with iterator: [\w:\[\]]+: ", "", text
    )
    text = re.sub(r"\[Op:.*", "", text, flags=re.DOTALL)
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if not re.match(r"\w*(Error|Exception|Warning)\b", line):
        line = f"{type(error).__name__}: {line}"
    return line[:LONGEST_MESSAGE]
