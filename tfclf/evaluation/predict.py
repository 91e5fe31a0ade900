"""Model and encoded rows -> logits in the order of the rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tfclf.data import ONLY_HEAD, Batch, EncodedRows
from tfclf.errors import ArgumentError
from tfclf.evaluation.static_batches import filled, static_batches

# Padded tokens of a batch, by the kind of device: more keep no CPU busier, and leave its caches.
MAX_TOKENS = {"CPU": 1_024, "GPU": 16_384, "TPU": 16_384}
STREAMS = 2  # batches that run at once: no core waits for the last one to end its part of a batch


@dataclass(frozen=True)
class WordLogits:
    """Logits of the words of all rows, one row's behind the other's.

    Attributes:
        logits: Shape (words, labels), float32.
        offsets: First word of each row and the end of the last, shape (rows + 1,), int64.
    """

    logits: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yields the logits of each row, shape (words, labels)."""
        for begin, end in zip(self.offsets, self.offsets[1:], strict=False):
            yield self.logits[begin:end]


Logits = np.ndarray | WordLogits


def predict_heads(
    model: keras.Model,
    rows: EncodedRows,
    *,
    batch_size: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> dict[str, Logits]:
    """Predicts rows, sorted by length on the way and put back in order.

    On TensorFlow one graph reads batches of any shape, each padded to its own longest item; on JAX
    batches have one of few shapes, since each is compiled.

    Args:
        model: The model.
        rows: The rows; labels are not looked at.
        batch_size: Most items in a batch; None leaves it to their lengths.
        progress: Called after each batch with the number of rows that it began.

    Returns:
        For each head by its name, or under ``ONLY_HEAD``, logits of the rows, shape (rows, labels),
        or of their words.

    Raises:
        ArgumentError: The batch size is below 1.
    """
    if batch_size is not None and batch_size < 1:
        raise ArgumentError(f"batch size is {batch_size}, expected at least 1")
    run = _run_compiled if keras.backend.backend() == "jax" else _run_graph
    ends = None if rows.words is None else _word_ends(rows)
    found: dict[str, Logits] = {}
    for batch, outputs in run(model, rows, batch_size):
        named = outputs if isinstance(outputs, Mapping) else {ONLY_HEAD: outputs}
        for name, logits in named.items():
            put = _put_rows if len(logits.shape) == 2 else _put_words
            put(found, name, np.asarray(logits), rows, batch, ends)
        if progress is not None:
            progress(int(rows.is_first[batch.indices].sum()))
    return found


def predict_logits(model: keras.Model, rows: EncodedRows, *, batch_size: int | None = None) -> Any:
    """Predicts rows with a model of one head.

    Args:
        model: The model.
        rows: The rows; labels are not looked at.
        batch_size: Most items in a batch; None leaves it to their lengths.

    Returns:
        Logits, shape (rows, labels), float32, or those of the rows' words.
    """
    return predict_heads(model, rows, batch_size=batch_size)[ONLY_HEAD]


def token_batches(
    lengths: np.ndarray, max_tokens: int, batch_size: int | None = None
) -> list[Batch]:
    """Cuts items into batches of like lengths, short ones first.

    Args:
        lengths: Tokens of each item, shape (items,).
        max_tokens: Most tokens of a batch with its padding; an item that has more stands alone.
        batch_size: Most items in a batch; None sets no bound.

    Returns:
        The batches, each padded to its longest item.

    Example:
    >>> [(batch.indices.tolist(), batch.length) for batch in token_batches(np.array([4, 9, 3]), 8)]
    [([2, 0], 4), ([1], 9)]
    """
    order = np.argsort(lengths, kind="stable")
    ascending = lengths[order]
    batches = []
    begin = 0
    while begin < len(order):
        # The first is the shortest: no more of its like or longer ones have room.
        most = max(1, max_tokens // int(max(1, ascending[begin])))
        some = ascending[begin : begin + min(most, batch_size or most)]
        padded = some * np.arange(1, len(some) + 1)  # tokens of a batch that ends with each
        end = begin + max(1, int(np.searchsorted(padded, max_tokens, "right")))
        batches.append(Batch(order[begin:end], int(ascending[end - 1])))
        begin = end
    return batches


def device_kind() -> str:
    """Returns ``"GPU"`` or ``"TPU"`` where the backend has one, else ``"CPU"``."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend().upper()
    import tensorflow as tf

    return "GPU" if tf.config.list_logical_devices("GPU") else "CPU"


def _run_graph(
    model: keras.Model, rows: EncodedRows, batch_size: int | None
) -> Iterator[tuple[Batch, Any]]:
    """Yields batches that the device likes, of any shape, and what the model's graph says."""
    import tensorflow as tf

    plan = token_batches(rows.lengths, MAX_TOKENS[device_kind()], batch_size)
    graph = _graph(model, rows)

    def outputs(batch: Batch) -> Any:
        inputs = rows.padded(batch.indices, batch.length)
        found = graph({name: tf.constant(ids) for name, ids in inputs.items()})
        return tf.nest.map_structure(lambda logits: logits.numpy(), found)

    if len(plan) == 1:  # of a single text the threads would take as long as the model
        yield plan[0], outputs(plan[0])
        return
    streams = ThreadPoolExecutor(STREAMS, "tfclf-predict")
    try:
        yield from zip(plan, streams.map(outputs, plan), strict=True)
    finally:
        streams.shutdown(cancel_futures=True)  # whoever interrupts does not wait for all batches


def _graph(model: keras.Model, rows: EncodedRows) -> Callable[[dict[str, Any]], Any]:
    """Returns the model's graph for batches of any shape, made once for each set of inputs.

    Keras itself would compile every shape with XLA, which takes longer than most batches run.
    """
    import tensorflow as tf

    names = ["input_ids", "attention_mask"]
    names += ["token_type_ids"] if rows.second is not None else []
    rank = 3 if rows.windowed and rows.row_ends is not None else 2
    key = (*names, rank)
    graphs = _kept_graphs(model)
    if key not in graphs:
        ids = tf.TensorSpec((None,) * rank, tf.int32)
        graphs[key] = tf.function(
            lambda inputs: model(inputs, training=False),
            input_signature=[{name: ids for name in names}],
            jit_compile=False,
        ).get_concrete_function()  # built here: threads have no policies of Keras
    return graphs[key]


def _kept_graphs(model: keras.Model) -> dict[Any, Any]:
    """Returns what was built of a model as it is, by what it was built for.

    A graph reads the weights anew each time; how windows are pooled is a part of it.
    """
    if "_graphs" not in model.__dict__:
        object.__setattr__(model, "_graphs", {})  # past Keras, which would look for weights in it
    return model.__dict__["_graphs"].setdefault(getattr(model, "window_pooling", None), {})


def _run_compiled(
    model: keras.Model, rows: EncodedRows, batch_size: int | None
) -> Iterator[tuple[Batch, Any]]:
    """Yields batches of few shapes, and what the model says, compiled by JAX for each shape."""
    import jax

    def call(trainable: Any, others: Any, inputs: Any) -> Any:
        return model.stateless_call(trainable, others, inputs, training=False)[0]

    if not model.built:
        model(rows.padded(np.arange(1), int(rows.lengths[0])))
    graph = _kept_graphs(model).setdefault("compiled", jax.jit(call))
    weights = [
        [variable.value for variable in variables]
        for variables in (model.trainable_variables, model.non_trainable_variables)
    ]
    running: deque[tuple[Batch, Any]] = deque()
    for batch, lines in static_batches(rows, MAX_TOKENS[device_kind()], batch_size):
        inputs = filled(rows.padded(batch.indices, batch.length), lines)
        running.append((batch, graph(*weights, inputs)))  # which does not wait for its end
        if len(running) > STREAMS:
            yield _without_filling(*running.popleft())
    yield from (_without_filling(*each) for each in running)


def _without_filling(batch: Batch, outputs: Any) -> tuple[Batch, Any]:
    """Returns a batch and the outputs of its items as arrays."""
    items = len(batch.indices)
    return batch, keras.tree.map_structure(lambda logits: np.asarray(logits)[:items], outputs)


def _put_rows(
    found: dict[str, Logits],
    name: str,
    logits: np.ndarray,
    rows: EncodedRows,
    batch: Batch,
    ends: np.ndarray | None,
) -> None:
    """Puts the logits of a batch of texts, shape (batch, labels), where their rows stand."""
    places = rows.row_of[batch.indices]
    if rows.row_ends is not None and not rows.windowed:
        # Of a text that is read in windows for its words the first window speaks.
        own = rows.row_ends[places] == batch.indices
        places, logits = places[own], logits[own]
    if name not in found:
        found[name] = np.empty((rows.num_rows, logits.shape[-1]), "float32")
    found[name][places] = logits


def _put_words(
    found: dict[str, Logits],
    name: str,
    logits: np.ndarray,
    rows: EncodedRows,
    batch: Batch,
    ends: np.ndarray,
) -> None:
    """Puts the logits of a batch of tokens, shape (batch, seq, labels), where their words stand."""
    words = rows.padded_words(batch.indices, batch.length)  # (batch, seq)
    here = words >= 0
    if name not in found:
        found[name] = WordLogits(np.empty((ends[-1], logits.shape[-1]), "float32"), ends)
    places = ends[rows.row_of[batch.indices]][:, None] + words
    found[name].logits[places[here]] = logits[here]


def _word_ends(rows: EncodedRows) -> np.ndarray:
    """Returns the first word of each row and the end of the last, shape (rows + 1,)."""
    firsts = np.flatnonzero(rows.words >= 0)
    piece_of = np.searchsorted(rows.offsets, firsts, side="right") - 1
    counts = np.bincount(rows.row_of[piece_of], minlength=rows.num_rows)
    return np.concatenate([[0], np.cumsum(counts)])


def softmax(logits: np.ndarray) -> np.ndarray:
    """Returns probabilities over the last axis, in float64.

    Example:
    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    shifted = np.exp(logits.astype("float64") - logits.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Returns the probability of each label by itself, in float64.

    Example:
    >>> sigmoid(np.array([0.0, 1000.0, -1000.0])).tolist()
    [0.5, 1.0, 0.0]
    """
    small = np.exp(-np.abs(logits.astype("float64")))
    return np.where(logits >= 0, 1, small) / (1 + small)
