"""A model, looked at from outside: what it gives, what its loss and metrics read, its parts."""

from __future__ import annotations

import contextlib
import re
import warnings
from functools import cached_property
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from tfclf.diagnosis.evidence.anatomy import Anatomy
from tfclf.diagnosis.evidence.batch import first_rows
from tfclf.diagnosis.evidence.loss_facts import LossFacts, read_loss
from tfclf.diagnosis.evidence.metric_facts import MetricFacts, read_metric
from tfclf.diagnosis.evidence.noise import Noise, noise_between, without_dropout
from tfclf.diagnosis.evidence.outputs import (
    PROBABILITIES,
    OutputFacts,
    given_to,
    metrics_given_to,
    named_outputs,
    what_it_gives,
)
from tfclf.diagnosis.evidence.stateless import (
    NotBuilt,
    as_tensors,
    call,
    digest,
    is_seed,
    listening,
    to_float,
)
from tfclf.diagnosis.evidence.unbuilt import copy_with_weights

if TYPE_CHECKING:
    from tfclf.diagnosis.evidence.pipeline import Batch

MOST_ROWS = 32  # of a batch that are run: enough to see every pattern, cheap with a large encoder
TRACED_ROWS = 4  # of a batch that a loss is traced with
TOLD_LINES = 3  # of another library's message
LONGEST = 300  # characters of it
LARGE = 100.0  # times which a head's weights are taken, with the other sign, to see logits leave


class ModelEvidence:
    """What is known of a model. It stays as it is: see ``digest``.

    Args:
        model: Any Keras model.
        batch: Rows to run it on, or None.

    Attributes:
        model: The model that was given.
        runs: The model that is run: itself, or a copy of one that has no weights yet.
        batch: The rows that it was run on, the first ``MOST_ROWS`` of the batch; or None.
        problems: Why it could not be run, or None.
        heads: Facts of each output; none where it was not run.
        noise: How far two passes without training differ; None where that is not known.
        is_stilled: Whether they differ, so that it is run without its dropout layers from then on.
        is_steady: Whether passes agree, be it without them: no change is taken for chance then.
    """

    def __init__(self, model: keras.Model, batch: Batch | None = None):
        self.model = self.runs = model
        self.problems: str | None = None
        self.batch = first_rows(batch, MOST_ROWS)
        self.heads: tuple[OutputFacts, ...] = ()
        self.noise: Noise | None = None
        self.is_stilled, self.is_steady = False, True
        if self.batch is None:
            return
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                named = self._first_run()
                self.heads = self._read_outputs(named)
                self._look_for_noise()
        except Exception as error:  # any code of a user may stand in a model
            self.problems = _short(error)

    @property
    def is_compiled(self) -> bool:
        """Whether ``compile`` was called."""
        return bool(getattr(self.model, "compiled", False))

    @property
    def several_outputs(self) -> tuple[str, ...]:
        """Names of the outputs where there are several."""
        return tuple(head.name for head in self.heads) if len(self.heads) > 1 else ()

    @property
    def _head(self) -> OutputFacts | None:
        return self.heads[0] if len(self.heads) == 1 else None

    @property
    def outputs(self) -> np.ndarray | None:
        """Values of the only output for ``batch``, without dropout, (batch, ..., outputs)."""
        return self._head.values if self._head else None

    @property
    def num_outputs(self) -> int | None:
        """Width of the only output."""
        return self._head.width if self._head else None

    @property
    def gives(self) -> str | None:
        """What the only output is, one of ``outputs.GIVES``."""
        return self._head.gives if self._head else None

    @property
    def loss(self) -> LossFacts | None:
        """The compiled loss of the only output; of a model that was not run, its only loss."""
        if self.heads:
            return self._head.loss if self._head else None
        if isinstance(self._given("loss"), list | tuple | dict):
            return None
        return read_loss(self._given("loss"), 2, None, 2)

    @property
    def metrics(self) -> tuple[MetricFacts, ...]:
        """The compiled metrics of the only output."""
        return self._head.metrics if self._head else ()

    @cached_property
    def anatomy(self) -> Anatomy:
        """The parts of the model."""
        return Anatomy(self.runs, tuple(head.width for head in self.heads))

    @property
    def num_parameters(self) -> int:
        """Number of weights."""
        return _size(self.runs.weights)

    @property
    def num_trainable(self) -> int:
        """Number of weights that training changes."""
        return _size(self.runs.trainable_weights)

    @property
    def hidden_size(self) -> int | None:
        """Width of the encoder's vectors."""
        return self.anatomy.hidden_size

    @property
    def num_layers(self) -> int | None:
        """Number of transformer layers."""
        return self.anatomy.num_layers

    @property
    def encoder_variables(self) -> list[Any]:
        """Variables of everything before the last projection."""
        return self.anatomy.encoder_variables

    @property
    def head_variables(self) -> list[Any]:
        """Variables of the last projection."""
        return self.anatomy.head_variables

    @property
    def has_encoder(self) -> bool:
        """Whether there are a vocabulary's embeddings and a normalisation of layers."""
        return self.anatomy.has_encoder

    @property
    def precision(self) -> str:
        """Name of the model's precision policy."""
        return str(self.model.dtype_policy.name)

    def digest(self) -> str:
        """Returns the sha256 of all weights, seeds and variables of the optimizer."""
        return digest(self.model)

    def forward(self, inputs: Any, training: bool = False, draw: int = 0) -> np.ndarray:
        """Runs the model, and changes nothing in it.

        Args:
            inputs: One batch, as its pipeline gives it.
            training: Whether dropout is on.
            draw: Number of the draw of random numbers; runs of one draw have the same dropout.

        Returns:
            The outputs, float64; of several the first.
        """
        with warnings.catch_warnings(), self._stilled(training):
            warnings.simplefilter("ignore")
            outputs = call(self.runs, inputs, training=training, draw=draw)
        return to_float(named_outputs(self.runs, outputs)[0][1])

    def forward_on(self, device: str, inputs: Any) -> np.ndarray:
        """Runs the model on another device of TensorFlow, with copies of its weights there.

        Args:
            device: Such as ``"/CPU:0"``.
            inputs: One batch, as its pipeline gives it.

        Returns:
            The outputs, float64; of several the first.
        """
        import tensorflow as tf

        with tf.device(device), warnings.catch_warnings(), self._stilled():
            warnings.simplefilter("ignore")
            copies = {id(v): (v, tf.identity(v.value)) for v in self.runs.variables}
            outputs = call(self.runs, inputs, values=copies)
        return to_float(named_outputs(self.runs, outputs)[0][1])

    def features(self, inputs: Any) -> np.ndarray | None:
        """Returns what the last projection reads, (batch, ..., hidden); None without one."""
        if not self.anatomy.heads:
            return None
        heard: list[Any] = []
        with listening(self.anatomy.heads[0], heard):
            self.forward(inputs)
        return to_float(heard[-1]) if heard else None

    def _first_run(self) -> list[tuple[str, Any]]:
        """Returns the outputs by their names; a model without weights is copied first."""
        assert self.batch is not None  # noqa: S101
        try:
            return named_outputs(self.model, call(self.model, self.batch.inputs))
        except NotBuilt as error:
            self.runs = copy_with_weights(self.model, self.batch.inputs, str(error))
        return self._run()

    def _run(self) -> list[tuple[str, Any]]:
        """Returns the outputs by their names, of a copy by those of the model."""
        assert self.batch is not None  # noqa: S101
        named = named_outputs(self.runs, call(self.runs, self.batch.inputs))
        is_copy = self.runs is not self.model
        return [(self.model.name, named[0][1])] if is_copy and len(named) == 1 else named

    def _look_for_noise(self) -> None:
        """Reads the outputs again without dropout where another draw of it changes them."""
        assert self.batch is not None  # noqa: S101
        inputs = self.batch.inputs
        self.noise = noise_between(self.heads[0].values, self.forward(inputs, draw=1))
        if self.noise is None or not self.noise.is_more_than_rounding:
            return
        self.is_stilled = True
        with self._stilled():
            self.heads = self._read_outputs(self._run())
        rest = noise_between(self.heads[0].values, self.forward(inputs, draw=1))
        self.is_steady = rest is not None and not rest.is_more_than_rounding

    def _stilled(self, training: bool = False) -> contextlib.AbstractContextManager[None]:
        """Keeps dropout that never ends out of what is no training."""
        is_still = self.is_stilled and not training
        return without_dropout(self.runs) if is_still else contextlib.nullcontext()

    def _given(self, what: str) -> Any:
        """Returns what ``compile`` was given."""
        config = getattr(self.model, "_compile_config", None)
        return getattr(config, "config", {}).get(what)

    def _read_outputs(self, named: list[tuple[str, Any]]) -> tuple[OutputFacts, ...]:
        """Returns the facts of each output."""
        assert self.batch is not None  # noqa: S101
        arrays = [to_float(tensor) for _, tensor in named]
        arrays = [array[:, None] if array.ndim == 1 else array for array in arrays]
        widths = tuple(array.shape[-1] for array in arrays if array.ndim)
        changed = self._changed(widths, len(arrays))
        facts = []
        for place, ((name, tensor), values) in enumerate(zip(named, arrays, strict=True)):
            dtype = keras.backend.standardize_dtype(tensor.dtype)
            width, rank = values.shape[-1], values.ndim
            labels = self._labels_of(name, place)
            chosen = (name, place, len(named))
            loss = read_loss(
                given_to(*chosen, self._given("loss")),
                width,
                _rank(labels, width),
                rank,
            )
            metrics = metrics_given_to(*chosen, self._given("metrics"))
            metrics += metrics_given_to(*chosen, self._given("weighted_metrics"))
            gives = what_it_gives(values, changed[place], dtype)
            facts.append(
                OutputFacts(
                    name,
                    values,
                    dtype,
                    gives,
                    loss,
                    tuple(read_metric(metric, width) for metric in metrics),
                    self._is_repaired(place, gives, loss, width, rank),
                )
            )
        return tuple(facts)

    def _labels_of(self, name: str, place: int) -> Any:
        """Returns the labels of one output in ``batch``, or None."""
        labels = self.batch.labels if self.batch is not None else None
        if isinstance(labels, dict):
            return labels.get(name)
        if isinstance(labels, list | tuple):
            return labels[place] if place < len(labels) else None
        return labels

    def _changed(self, widths: tuple[int, ...], count: int) -> list[np.ndarray | None]:
        """Returns each output of the model with heads whose weights are large and negated."""
        assert self.batch is not None  # noqa: S101
        heads = Anatomy(self.runs, widths).heads
        values: dict[int, tuple[Any, Any]] = {}
        for layer in heads:
            bias = getattr(layer, "bias", None)
            values[id(layer.kernel)] = (layer.kernel, -LARGE * layer.kernel.value)
            if bias is not None:
                values[id(bias)] = (bias, 7 - LARGE * bias.value)
        if not values:
            return [None] * count
        named = named_outputs(self.runs, call(self.runs, self.batch.inputs, values=values))
        return [to_float(tensor) for _, tensor in named]

    def _is_repaired(
        self, place: int, gives: str | None, loss: LossFacts | None, width: int, rank: int
    ) -> bool | None:
        """Tells whether the loss finds logits behind an activation.

        Keras's losses on TensorFlow look for them: on the tensor that ``keras.activations.softmax``
        or ``sigmoid`` gave, or in the graph. A cast, as mixed precision makes one, hides them. So
        the loss is traced as ``fit`` traces it, on the outputs and on a copy that tells nothing.
        """
        if gives not in (*PROBABILITIES, "one-unit-softmax") or loss is None:
            return None
        if not loss.looks_behind or keras.backend.backend() != "tensorflow":
            return False
        import tensorflow as tf

        few = first_rows(self.batch, TRACED_ROWS)
        assert few is not None  # noqa: S101
        few = as_tensors(few.inputs)
        found: list[bool] = []

        def probe(inputs: Any) -> Any:
            tensor = named_outputs(self.runs, call(self.runs, inputs))[place][1]
            read = keras.ops.convert_to_tensor(tensor, dtype=loss.loss.dtype)
            activation = "Sigmoid" if loss.kind == "binary" else "Softmax"
            in_graph = not tf.executing_eagerly() and read.op.type == activation
            found.append(hasattr(read, "_keras_logits") or in_graph)
            return tensor

        if getattr(self.model, "run_eagerly", False):
            probe(few)
        else:
            tf.function(probe).get_concrete_function(few)
        return found[-1]


def read_model(model: keras.Model, batch: Batch | None = None) -> ModelEvidence:
    """Looks at a model, compiled or not, built or not, and leaves it as it is.

    Args:
        model: Any Keras model.
        batch: Rows to run it on, as its pipeline gives them; None: it is not run.

    Returns:
        What is known of it.
    """
    return ModelEvidence(model, batch)


def _short(error: Exception) -> str:
    """Returns the first lines of an error in one: what a user of TensorFlow has to know is there.

    Keras often says where in the first of them, and what in the second.
    """
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))  # Keras writes in bold
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    said = " ".join([line for line in lines if "Exception encountered" not in line][:TOLD_LINES])
    said = said if len(said) <= LONGEST else said[: LONGEST - 3] + "..."
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _rank(labels: Any, width: int) -> int | None:
    """Returns the number of axes of labels; the last one does not count where it is 1 of more."""
    if labels is None:
        return None
    shape = np.shape(labels)
    return len(shape) - (len(shape) > 1 and shape[-1] == 1 < width)


def _size(variables: Any) -> int:
    return int(sum(np.prod(v.shape) for v in variables if not is_seed(v)))
