"""Measures one cell of ``cost_model.py``, in a process of its own; prints one JSON line.

    python benchmarks/cost_model_cells.py step --rows 32 --length 32 [--no-jit] [--checkpoint]
    python benchmarks/cost_model_cells.py forward|memory --rows 32 --length 32
    python benchmarks/cost_model_cells.py update [--whole]
    python benchmarks/cost_model_cells.py bandwidth|compile

On TensorFlow, in float32, with the embedded encoder and rows of random ids that have no padding.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfclf import TFBertForSequenceClassification
from tfclf.data import Batches
from tfclf.data.encode import EncodedRows
from tfclf.data.row_labels import as_row_labels
from tfclf.losses import SparseCategoricalCrossentropy
from tfclf.models.embedded import embedded_encoder
from tfclf.training import Recipe, adamw
from tfclf.training.training_step import training_step

CLASSES = 77
IDS = np.arange(1_000, 5_000, dtype="int32")  # so many different words has a small data set
STEPS = 24  # of which the first ones are not counted
NOT_COUNTED = 4
SECONDS = 3.0  # that a product of other things is repeated for
BIG = 64 * 2**20  # numbers that no cache holds
MEMORY_STEPS = 3
STATUS = Path("/proc/self/status")


class Clock(keras.callbacks.Callback):
    """Notes the seconds of each step.

    Attributes:
        seconds: Of each step.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts the clock."""
        self._last = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Notes a step."""
        now = time.perf_counter()
        self.seconds.append(now - self._last)
        self._last = now


def rows_of(lengths: list[int]) -> EncodedRows:
    """Returns rows of random ids."""
    draw = np.random.default_rng(0)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    labels = as_row_labels(draw.integers(0, CLASSES, len(lengths)))
    tokens = np.concatenate([IDS, draw.choice(IDS, offsets[-1])])[-offsets[-1] :]
    return EncodedRows(tokens, offsets, labels, 0, max(lengths), 0, 0, 0)


def encoder() -> TFBertForSequenceClassification:
    """Returns the embedded encoder with a new head."""
    keras.utils.set_random_seed(0)
    folder = embedded_encoder()
    return TFBertForSequenceClassification.from_pretrained(
        folder, num_labels=CLASSES, new_head=True
    )


def train(lengths: list[int], options: argparse.Namespace) -> Clock:
    """Trains on rows of these lengths as ``tfclf train`` does, short ones first."""
    model, clock = encoder(), Clock()
    batches = Batches(rows_of(lengths), options.rows, buckets=np.unique(lengths))
    recipe = Recipe(
        epochs=1,
        learning_rate=1e-4,
        batch_size=options.rows,
        jit="off" if options.no_jit else "on",
        gradient_checkpointing=options.checkpoint,
    )
    optimizer = adamw(1e-4)
    with training_step(model, batches, recipe, optimizer) as setting:
        optimizer.build(model.trainable_variables)
        loss = SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer, loss, jit_compile=False)
        model.fit(
            batches.dataset(), shuffle=False, verbose=0, callbacks=[*setting.callbacks, clock]
        )
    return clock


def step(options: argparse.Namespace) -> dict[str, float]:
    """Times training steps."""
    clock = train([options.length] * options.rows * STEPS, options)
    return {"seconds": statistics.median(clock.seconds[NOT_COUNTED:]), "first": clock.seconds[0]}


def memory(options: argparse.Namespace) -> dict[str, float]:
    """Returns the peak of the process's resident memory (bytes)."""
    train([options.length] * options.rows * MEMORY_STEPS, options)
    lines = STATUS.read_text().splitlines()
    return {"bytes": next(int(line.split()[1]) for line in lines if "VmHWM" in line) * 1024}


def compiling(options: argparse.Namespace) -> dict[str, float]:
    """Times the first step of all, and the first one of another shape, beside later ones."""
    options.rows = 32
    clock = train([32] * 32 * 4 + [64] * 32 * 4, options)
    own = clock.seconds
    return {"first": own[0] - min(own[1:4]), "another": own[4] - min(own[5:])}


def forward(options: argparse.Namespace) -> dict[str, float]:
    """Times forward passes of the graph of ``tfclf predict`` on one batch."""
    from tfclf.evaluation.predict import _graph

    model, rows = encoder(), rows_of([options.length] * options.rows)
    graph = _graph(model, rows)
    padded = rows.padded(np.arange(len(rows)), options.length)
    inputs = {name: tf.constant(ids) for name, ids in padded.items()}
    return {"seconds": median_seconds(lambda: graph(inputs).numpy())}


def update(options: argparse.Namespace) -> dict[str, float]:
    """Times the optimizer's update."""
    model = encoder()
    model.build()
    if not options.whole:
        model.bert.embeddings.word.narrow(IDS)
    optimizer = adamw(1e-4)
    optimizer.jit = True
    variables = model.trainable_variables
    optimizer.build(variables)
    gradients = [tf.fill(variable.shape, 1e-3) for variable in variables]

    @tf.function(autograph=False)
    def apply() -> None:
        optimizer.apply(gradients, variables)

    def once() -> None:
        apply()
        optimizer.iterations.numpy()

    weights = sum(int(np.prod(variable.shape)) for variable in variables)
    return {"seconds": median_seconds(once), "weights": weights}


def bandwidth(options: argparse.Namespace) -> dict[str, float]:
    """Times a program of XLA that adds a long array to another one (bytes a second)."""
    target, other = tf.Variable(tf.ones(BIG)), tf.ones(BIG)

    @tf.function(jit_compile=True, autograph=False)
    def add() -> None:
        target.assign_add(other)

    def once() -> None:
        add()
        target[0].numpy()

    seconds = median_seconds(once)
    return {"bytes_per_second": 3 * 4 * BIG / seconds}


def median_seconds(once: Callable[[], object]) -> float:
    """Returns the median seconds of what is repeated."""
    for _ in range(3):
        once()
    taken: list[float] = []
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        begun = time.perf_counter()
        once()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


MEASURES = {
    "step": step,
    "memory": memory,
    "compile": compiling,
    "forward": forward,
    "update": update,
    "bandwidth": bandwidth,
}


def main() -> None:
    """Measures a cell and prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=MEASURES)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--length", type=int, default=32)
    for name in ("--no-jit", "--checkpoint", "--whole"):
        parser.add_argument(name, action="store_true")
    options = parser.parse_args()
    print(json.dumps(MEASURES[options.what](options)), flush=True)


if __name__ == "__main__":
    main()
