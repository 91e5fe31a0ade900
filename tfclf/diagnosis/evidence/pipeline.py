"""A pipeline -> what a look at its rows shows: labels, batches, order, and what broke it."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from tfclf.diagnosis.evidence.batch import Batch, leaves
from tfclf.diagnosis.evidence.label_forms import LabelForms, joined
from tfclf.diagnosis.evidence.operations import Operation
from tfclf.diagnosis.evidence.sources import Source, message_of, open_source

__all__ = ["Batch", "Operation", "PipelineEvidence", "read_pipeline"]

SAME_ORDER_ROWS = 64  # rows that a second pass is compared by
DISTINCT_ROWS = 8  # fewer different rows come in one order by chance


@dataclass(frozen=True)
class Frames:
    """How the token ids of each row begin and end, padding taken away.

    Attributes:
        first: First token, -1 for rows without any, shape (rows,).
        last: Last token, likewise.
        lengths: Tokens.
        widths: Tokens with padding.
        fractional: Whether a row has ids that are no whole numbers.
    """

    first: np.ndarray
    last: np.ndarray
    lengths: np.ndarray
    widths: np.ndarray
    fractional: np.ndarray


@dataclass(frozen=True)
class PipelineEvidence:
    """What was read of a pipeline.

    Attributes:
        name: ``"train"`` or ``"validation"``.
        error: What broke the reading, in one line; None where nothing did.
        error_batch: The batch that it broke at, from 0.
        num_batches: Batches read.
        num_rows: Rows read.
        is_whole: Whether it was read to its end.
        is_infinite: Whether it has no end.
        is_unbatched: Whether an element is a row rather than a batch; rows are then read as
            batches of one.
        size: Rows in all; None where that is not known.
        has_labels: Whether there are labels.
        labels: Labels of all rows read, as they came, shape (rows,), (rows, classes), or
            (rows, seq) filled up with -100; None without, and where there are several heads.
        label_dtype: Name of their type, ``"string"`` for texts.
        batch_sizes: Rows of each batch read, shape (batches,).
        batches: The first batches.
        operations: Steps of the pipeline from source to sink.
        same_order: Whether a second pass begins with the same rows; None where that is not known.
        shuffled_by_fit: Whether ``fit`` shuffles the rows by itself, as it does with arrays.
        sample_weights: Weight of each row read; None without.
        rows_fingerprints: A hash of each row read: equal rows have equal ones.
        frames: How the token ids begin and end; None without token ids.
        autotuned: Whether tf.data's autotuning runs in each pass.
        steps_of_pass: Batches of one pass over what an endless repeat repeats; None where there is
            none, or it cannot be told.
        forms: What the labels are.
    """

    name: str
    error: str | None = None
    error_batch: int | None = None
    num_batches: int = 0
    num_rows: int = 0
    is_whole: bool = False
    is_infinite: bool = False
    is_unbatched: bool = False
    size: int | None = None
    has_labels: bool = False
    labels: np.ndarray | None = None
    label_dtype: str | None = None
    batch_sizes: np.ndarray = field(default_factory=lambda: np.empty(0, "int64"))
    batches: tuple[Batch, ...] = ()
    operations: tuple[Operation, ...] = ()
    same_order: bool | None = None
    shuffled_by_fit: bool = False
    sample_weights: np.ndarray | None = None
    rows_fingerprints: tuple[int, ...] = ()
    frames: Frames | None = None
    per_token: bool | None = None
    steps_of_pass: int | None = None
    autotuned: bool = False

    @cached_property
    def forms(self) -> LabelForms | None:
        """What the labels are; None where there are none that can be looked at."""
        return None if self.labels is None else LabelForms(self.labels, self.is_per_token)

    @property
    def is_per_token(self) -> bool:
        """Whether each token has a label."""
        return bool(self.per_token)

    @property
    def class_ids(self) -> np.ndarray | None:
        """Label id of each row read, or of each token, shape (rows,) or (rows, seq).

        Read from ids and one-hot rows; of strings the place among their sorted names. None for
        several labels a row and for real numbers.
        """
        return None if self.forms is None else self.forms.class_ids

    @property
    def label_names(self) -> tuple[str, ...] | None:
        """Names of labels that are strings, sorted; None for others."""
        return None if self.forms is None else self.forms.names

    @property
    def counts(self) -> np.ndarray | None:
        """How often each class occurs, shape (classes,); None without class ids."""
        return None if self.forms is None else self.forms.counts

    @property
    def is_one_hot(self) -> bool:
        """Whether a row of labels is one 1 among zeros."""
        return self.forms is not None and self.forms.is_one_hot

    @property
    def is_multi_hot(self) -> bool:
        """Whether a row of labels has any number of ones among zeros."""
        return self.forms is not None and self.forms.is_multi_hot


def read_pipeline(
    source: Any,
    *,
    name: str = "train",
    most_rows: int = 20_000,
    seconds: float = 20.0,
    sample_rows: int = 256,
) -> PipelineEvidence:
    """Looks at a pipeline without moving it on.

    Args:
        source: A ``tf.data.Dataset``, a Keras ``PyDataset``, arrays as ``fit`` takes them, or
            batches of tfclf.
        name: ``"train"`` or ``"validation"``.
        most_rows: Rows to read at most.
        seconds: Time to read for at most.
        sample_rows: Rows whose batches are kept.

    Returns:
        What was seen, also where the pipeline breaks.

    Raises:
        ArgumentError: The source is an iterator, which reading would use up, or no pipeline.

    Example:
    >>> seen = read_pipeline((np.zeros((4, 3)), np.array([0, 1, 1, 1])))
    >>> seen.num_rows, seen.counts.tolist(), seen.shuffled_by_fit
    (4, [1, 3], True)
    """
    opened = open_source(source)
    reader = _Reader(most_rows, time.monotonic() + seconds, sample_rows)
    numpy_state, python_state = np.random.get_state(), random.getstate()
    try:
        reader.read(opened)
        same_order = _same_order(opened, reader)
    finally:
        opened.after()
        # A user's own function may have drawn from them.
        np.random.set_state(numpy_state)
        random.setstate(python_state)
    return reader.evidence(name, opened, same_order)


class _Reader:
    """Gathers what a pass gives.

    Args:
        most_rows: Rows to read at most.
        until: When to stop, on the monotonic clock (seconds).
        sample_rows: Rows whose batches are kept.
    """

    def __init__(self, most_rows: int, until: float, sample_rows: int):
        self.most_rows, self.until, self.sample_rows = most_rows, until, sample_rows
        self.error: str | None = None
        self.whole = self.unbatched = self.has_labels = False
        self.kept: list[Batch] = []
        self.sizes: list[int] = []
        self.labels: list[np.ndarray] = []
        self.weights: list[np.ndarray] = []
        self.fingerprints: list[int] = []
        self.frames: list[np.ndarray] = []
        self.per_token: list[bool] = []
        self.rows = 0

    def read(self, source: Source) -> None:
        """Reads elements until their end, a limit or an error."""
        unbatched = not any(step.kind == "batch" for step in source.operations) and bool(
            source.operations
        )
        try:
            for element in source.elements():
                if unbatched and not self.sizes:
                    self.unbatched = _is_row(_parts(element))
                self._add(element)
                if self.rows >= self.most_rows or time.monotonic() > self.until:
                    self.whole = len(self.sizes) == source.num_elements
                    return
            self.whole = True
        except Exception as error:  # whatever a user's own function raises is evidence
            self.error = message_of(error)

    def _add(self, element: Any) -> None:
        inputs, labels, weights = _parts(element)
        if self.unbatched:
            inputs, labels, weights = (_one_row(part) for part in (inputs, labels, weights))
        batch = Batch(inputs, labels, weights if isinstance(weights, np.ndarray) else None)
        fingerprints = batch.fingerprints()
        if self.rows < self.sample_rows:
            self.kept.append(batch)
        self.rows += len(batch)
        self.sizes.append(len(batch))
        self.fingerprints += fingerprints
        self.has_labels |= labels is not None
        if isinstance(labels, np.ndarray):
            self.labels.append(labels)
            self.per_token.append(_is_per_token(batch, labels))
        if batch.sample_weight is not None:
            self.weights.append(batch.sample_weight)
        if (tokens := batch.tokens()) is not None and (ids := batch.ids) is not None:
            self.frames.append(_frames(tokens, ids))

    def evidence(self, name: str, source: Source, same_order: bool | None) -> PipelineEvidence:
        """Returns what was gathered."""
        labels = joined(self.labels)
        size = source.size
        if size is None and self.whole:
            size = self.rows
        if size is None and source.num_elements is not None and self.sizes:
            size = source.num_elements * max(self.sizes)
        weights = joined(self.weights)
        return PipelineEvidence(
            name,
            error=self.error,
            error_batch=None if self.error is None else len(self.sizes),
            num_batches=len(self.sizes),
            num_rows=self.rows,
            is_whole=self.whole,
            is_infinite=source.is_infinite and not self.whole,
            is_unbatched=self.unbatched,
            size=None if source.is_infinite else size,
            has_labels=self.has_labels,
            labels=labels,
            label_dtype=_dtype(labels),
            batch_sizes=np.array(self.sizes, "int64"),
            batches=tuple(self.kept),
            operations=source.operations,
            same_order=same_order,
            shuffled_by_fit=source.shuffled_by_fit,
            sample_weights=weights if weights is not None and len(weights) == self.rows else None,
            rows_fingerprints=tuple(self.fingerprints),
            frames=_joined_frames(self.frames),
            steps_of_pass=source.steps_of_pass,
            autotuned=source.autotuned,
            per_token=bool(self.per_token) and all(self.per_token),
        )


def _parts(element: Any) -> tuple[Any, Any, Any]:
    """Returns inputs, labels and weights of an element, as ``fit`` takes it apart."""
    if isinstance(element, tuple) and 1 <= len(element) <= 3:
        inputs, labels, weights = (*element, None, None)[:3]
        if isinstance(labels, Mapping) and len(labels) == 1:
            labels = next(iter(labels.values()))
        if isinstance(labels, (tuple, list)) and len(labels) == 1:
            labels = labels[0]
        return inputs, labels, weights
    return element, None, None


def _is_row(parts: tuple[Any, Any, Any]) -> bool:
    """Returns whether an element is a row: something is a scalar, or lengths differ."""
    inputs, labels, _ = parts
    shapes = [array.shape for part in (inputs, labels) for array in leaves(part)]
    key = Batch(inputs).key_of("ids")
    if any(not shape for shape in shapes) or (key and np.ndim(inputs[key]) == 1):
        return True
    if labels is None or not shapes:
        return any(array.ndim == 1 and array.dtype.kind == "i" for array in leaves(inputs))
    return len({shape[0] for shape in shapes}) > 1


def _one_row(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {key: _one_row(value) for key, value in part.items()}
    if isinstance(part, tuple):
        return tuple(_one_row(value) for value in part)
    return None if part is None else np.asarray(part)[None]


def _is_per_token(batch: Batch, labels: np.ndarray) -> bool:
    """Returns whether labels have the shape of the token ids."""
    ids = batch.ids
    if labels.ndim == 3:
        return True
    return ids is not None and labels.ndim == 2 and labels.shape == ids.shape and ids.shape[1] > 1


def _frames(tokens: list[np.ndarray], ids: np.ndarray) -> np.ndarray:
    first = [row[0] if len(row) else -1 for row in tokens]
    last = [row[-1] if len(row) else -1 for row in tokens]
    lengths = [len(row) for row in tokens]
    fractional = (ids % 1 != 0).any(axis=1) if ids.dtype.kind == "f" else np.zeros(len(ids))
    widths = np.full(len(ids), ids.shape[1])
    return np.array([first, last, lengths, widths, fractional], "float64")


def _joined_frames(parts: list[np.ndarray]) -> Frames | None:
    if not parts:
        return None
    first, last, lengths, widths, fractional = np.concatenate(parts, axis=1)
    return Frames(first, last, lengths, widths, fractional.astype(bool))


def _dtype(labels: np.ndarray | None) -> str | None:
    if labels is None:
        return None
    return "string" if labels.dtype.kind in "OSU" else labels.dtype.name


def _same_order(source: Source, reader: _Reader) -> bool | None:
    """Returns whether a second pass begins as the first did."""
    if source.new_order is not None:
        return not source.new_order
    if reader.error is not None or not source.operations:
        return None
    begun = reader.fingerprints[:SAME_ORDER_ROWS]
    if len(set(begun)) < DISTINCT_ROWS:
        return None
    again: list[int] = []
    try:
        for element in source.elements():
            parts = [_one_row(p) if reader.unbatched else p for p in _parts(element)]
            again += Batch(*parts[:2]).fingerprints()
            if len(again) >= len(begun) or time.monotonic() > reader.until:
                break
    except Exception:  # a pipeline that can be read once only says nothing of its order
        return None
    compared = min(len(begun), len(again))
    return again[:compared] == begun[:compared] if compared else None
