"""Random configurations of BERT, each with inputs and targets, all of it from one seed.

Within a configuration all sizes differ pairwise, so that a swapped axis cannot pass. Weights are
far from their initial values, so that a missing bias or a transposed kernel shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import numpy as np

from tests.conftest import randomised
from tfclf import TFBertForSequenceClassification, TFBertForTokenClassification, TFBertModel
from tfclf.losses import BinaryCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from tfclf.models import BertConfig, default_labels

IGNORED = -100  # of a token without a label


class Task(NamedTuple):
    """A class of ours, the one of Hugging Face, the loss, and what ``config.json`` says."""

    model: type
    theirs: str
    loss: Callable[[], keras.losses.Loss] | None
    problem_type: str | None


SEQUENCE = (TFBertForSequenceClassification, "TFBertForSequenceClassification")
TOKEN = (TFBertForTokenClassification, "TFBertForTokenClassification")
TASKS = {
    "single-label": Task(*SEQUENCE, SparseCategoricalCrossentropy, "single_label_classification"),
    "multi-label": Task(*SEQUENCE, BinaryCrossentropy, "multi_label_classification"),
    "regression": Task(*SEQUENCE, MeanSquaredError, "regression"),
    "token": Task(*TOKEN, lambda: SparseCategoricalCrossentropy(ignore_class=IGNORED), None),
    "undeclared": Task(*SEQUENCE, SparseCategoricalCrossentropy, None),
    "encoder": Task(TFBertModel, "TFBertModel", None, None),
}

# From, to (exclusive). The longest sequence is below the fewest positions.
RANGES = {
    "batch": (2, 10),
    "seq": (3, 24),
    "num_hidden_layers": (1, 5),
    "num_attention_heads": (2, 9),
    "head_size": (2, 11),
    "intermediate_size": (11, 90),
    "vocab_size": (30, 160),
    "max_position_embeddings": (24, 70),
    "type_vocab_size": (1, 6),
    "labels": (2, 12),
}
# Those of the ten names of ours that the last TFBert knows.
ACTIVATIONS = (
    "gelu", "gelu_new", "gelu_fast", "quick_gelu", "relu", "tanh", "silu", "swish", "sigmoid",
)  # fmt: skip
EPSILONS = (1e-12, 1e-7, 1e-5, 1e-3)
MASKS = ("none", "full", "ragged", "holes")


@dataclass(frozen=True)
class Case:
    """A configuration with what it is asked about.

    Attributes:
        name: Its task and its seed.
        task: A row of ``TASKS``.
        seed: Of everything random in it, the weights as well.
        config: The configuration of the model; nothing is dropped out.
        inputs: ``input_ids`` and, as drawn, ``attention_mask`` and ``token_type_ids``.
        targets: What the loss of the task reads.
    """

    name: str
    task: str
    seed: int
    config: BertConfig
    inputs: dict[str, np.ndarray]
    targets: np.ndarray

    def model(self) -> Any:
        """Builds our model with its random weights."""
        return randomised(TASKS[self.task].model(self.config), self.seed)


def draw_case(task: str, seed: int) -> Case:
    """Draws a configuration, inputs and targets.

    Activations, masks and the use of token types go in turns, so that all of them occur in any
    dozens of seeds in a row.
    """
    generator = np.random.default_rng(seed)
    sizes = draw_sizes(generator, one_label=task == "regression")
    num_labels, head_size = sizes.pop("labels"), sizes.pop("head_size")
    shape = sizes.pop("batch"), sizes.pop("seq")
    config = BertConfig(
        **sizes,
        hidden_size=sizes["num_attention_heads"] * head_size,
        hidden_act=ACTIVATIONS[seed % len(ACTIVATIONS)],
        layer_norm_eps=float(generator.choice(EPSILONS)),
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        labels=default_labels(num_labels),
        problem_type=TASKS[task].problem_type,
    )
    mask = draw_mask(generator, shape, MASKS[seed // 5 % len(MASKS)])
    inputs = {"input_ids": generator.integers(0, config.vocab_size, shape, "int32")}
    if mask is not None:
        inputs["attention_mask"] = mask
    if seed // len(ACTIVATIONS) % 3:
        inputs["token_type_ids"] = generator.integers(0, config.type_vocab_size, shape, "int32")
    targets = draw_targets(generator, task, shape, num_labels)
    return Case(f"{task}-seed{seed}", task, seed, config, inputs, targets)


def draw_sizes(generator: np.random.Generator, one_label: bool) -> dict[str, int]:
    """Draws sizes until all of them differ, the width of the encoder among them."""
    while True:
        sizes = {name: int(generator.integers(*ends)) for name, ends in RANGES.items()}
        if one_label:
            sizes["labels"] = 1
        drawn = {*sizes.values(), sizes["num_attention_heads"] * sizes["head_size"]}
        if len(drawn) == len(sizes) + 1:
            return sizes


def draw_mask(
    generator: np.random.Generator, shape: tuple[int, int], kind: str
) -> np.ndarray | None:
    """Draws a mask of shape (batch, seq) in which every text has a token."""
    batch, seq = shape
    if kind == "none":
        return None
    if kind == "ragged":
        lengths = generator.integers(1, seq + 1, batch)
        lengths[0] = seq
        return (np.arange(seq) < lengths[:, None]).astype("int32")
    mask = np.ones(shape, "int32")
    if kind == "holes":  # anywhere but at the first token
        mask[:, 1:] = generator.random((batch, seq - 1)) < 0.6
    return mask


def draw_targets(
    generator: np.random.Generator, task: str, shape: tuple[int, int], num_labels: int
) -> np.ndarray:
    """Draws what the loss of a task reads; some tokens have no label."""
    if task == "regression":
        return generator.normal(size=shape[0]).astype("float32")
    if task == "multi-label":
        return (generator.random((shape[0], num_labels)) < 0.4).astype("float32")
    if task != "token":
        return generator.integers(0, num_labels, shape[0], "int32")
    targets = generator.integers(0, num_labels, shape, "int32")
    targets[generator.random(shape) < 0.3] = IGNORED
    targets[0, 0] = 0  # at least one has a label
    return targets


CLASSIFIERS = [name for name in TASKS if name != "encoder"]
CASES = [draw_case(CLASSIFIERS[seed % len(CLASSIFIERS)], seed) for seed in range(60)]
ENCODERS = [draw_case("encoder", seed) for seed in range(100, 106)]
