"""The one name table between our weights and those of Hugging Face, used for reading and writing.

A row holds the path of a Keras variable below its model, its name in a PyTorch checkpoint, and its
name in a TensorFlow one. PyTorch stores kernels as (out, in), TensorFlow and we as (in, out).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class WeightName(NamedTuple):
    """A weight's names; ``transposed`` tells whether PyTorch stores it the other way round."""

    ours: str
    torch: str
    tf: str

    @property
    def transposed(self) -> bool:
        """Whether the PyTorch tensor is the transpose of ours."""
        return self.ours.endswith("/kernel")


EMBEDDING_NAMES = (
    WeightName(
        "bert/embeddings/word/embeddings",
        "bert.embeddings.word_embeddings.weight",
        "bert/embeddings/word_embeddings/weight",
    ),
    WeightName(
        "bert/embeddings/position/embeddings",
        "bert.embeddings.position_embeddings.weight",
        "bert/embeddings/position_embeddings/embeddings",
    ),
    WeightName(
        "bert/embeddings/token_type/embeddings",
        "bert.embeddings.token_type_embeddings.weight",
        "bert/embeddings/token_type_embeddings/embeddings",
    ),
)

# Layers with two weights each: ours, PyTorch's. {} is the number of the layer.
DENSE_LAYERS = (
    ("bert/encoder/layer_{}/attention/query", "bert.encoder.layer.{}.attention.self.query"),
    ("bert/encoder/layer_{}/attention/key", "bert.encoder.layer.{}.attention.self.key"),
    ("bert/encoder/layer_{}/attention/value", "bert.encoder.layer.{}.attention.self.value"),
    ("bert/encoder/layer_{}/attention/output", "bert.encoder.layer.{}.attention.output.dense"),
    ("bert/encoder/layer_{}/intermediate", "bert.encoder.layer.{}.intermediate.dense"),
    ("bert/encoder/layer_{}/output", "bert.encoder.layer.{}.output.dense"),
    ("bert/pooler", "bert.pooler.dense"),
    ("classifier", "classifier"),
)
NORM_LAYERS = (
    ("bert/embeddings/norm", "bert.embeddings.LayerNorm"),
    (
        "bert/encoder/layer_{}/attention_norm",
        "bert.encoder.layer.{}.attention.output.LayerNorm",
    ),
    ("bert/encoder/layer_{}/output_norm", "bert.encoder.layer.{}.output.LayerNorm"),
)
# Heads that Hugging Face does not have; {} is the name of one of several.
OWN_LAYERS = (
    ("classifier.hidden", "classifier_hidden"),
    ("classifier.output", "classifier_output"),
    ("head_{}", "heads.{}"),
    ("head_{}.hidden", "heads_hidden.{}"),
    ("head_{}.output", "heads_output.{}"),
)
WEIGHTS_OF_DENSE = (("kernel", "weight"), ("bias", "bias"))
WEIGHTS_OF_NORM = (("gamma", "weight"), ("beta", "bias"))

# What other heads and older releases leave in a checkpoint; in TensorFlow with slashes for dots.
DROPPED = re.compile(
    r"bert\.embeddings\.(position_ids|token_type_ids)"  # buffers of older releases
    r"|cls\.(predictions|seq_relationship)\..*"  # pre-training: masked words, next sentence
    r"|(mlm___cls|nsp___cls)\..*"  # the same, in TensorFlow
    r"|qa_outputs\..*"
    r"|classifier(_hidden|_output)?\.(weight|kernel|bias)"  # a head that is not wanted
    r"|heads(_hidden|_output)?\.\w+\.(weight|kernel|bias)"  # heads of several tasks
    r"|bert\.pooler\.dense\.(weight|kernel|bias)"
)


def _rows(
    layers: Sequence[tuple[str, str]], weights: Sequence[tuple[str, str]]
) -> list[WeightName]:
    rows = []
    for ours, torch in layers:
        tf = torch.replace(".layer.", "/layer_._").replace(".", "/")
        tf = tf.replace("layer_/_", "layer_._")
        for own, other in weights:
            rows.append(WeightName(f"{ours}/{own}", f"{torch}.{other}", f"{tf}/{own}"))
    return rows


TABLE = (
    *EMBEDDING_NAMES,
    *_rows(DENSE_LAYERS, WEIGHTS_OF_DENSE),
    *_rows(NORM_LAYERS, WEIGHTS_OF_NORM),
)
OWN_TABLE = tuple(_rows(OWN_LAYERS, WEIGHTS_OF_DENSE))
_BY_PATH = {row.ours: row for row in (*TABLE, *OWN_TABLE)}


def weight_name(path: str) -> WeightName:
    """Returns the names of the weight at a path such as ``bert/encoder/layer_3/output/kernel``.

    Raises:
        KeyError: The path is not in the table.

    Example:
    >>> weight_name("bert/encoder/layer_3/output/kernel").torch
    'bert.encoder.layer.3.output.dense.weight'
    """
    # What stands for {}: the number of a layer, or the name of a head.
    found = re.search(r"(?<=/layer_)\d+(?=/)|(?<=^head_)\w+(?=[./])", path)
    if found is None:
        return _BY_PATH[path]
    row = _BY_PATH[f"{path[: found.start()]}{{}}{path[found.end() :]}"]
    return WeightName(*(name.replace("{}", found.group()) for name in row))


def standard_torch_names(names: Iterable[str]) -> dict[str, str]:
    """Maps the names of a PyTorch checkpoint to the table's: old names and a missing prefix.

    Before transformers 1.0 layer normalisation had ``gamma`` and ``beta``; a checkpoint that was
    saved from the bare encoder has no ``bert.`` in front.
    """
    names = list(names)
    bare = not any(name.startswith("bert.") for name in names)

    def standard(name: str) -> str:
        name = re.sub(r"LayerNorm\.gamma$", "LayerNorm.weight", name)
        name = re.sub(r"LayerNorm\.beta$", "LayerNorm.bias", name)
        inside = name.startswith(("embeddings.", "encoder.", "pooler."))
        return f"bert.{name}" if bare and inside else name

    return {name: standard(name) for name in names}


def standard_tf_names(names: Iterable[str]) -> dict[str, str]:
    """Maps the names of a TensorFlow checkpoint to the table's.

    HDF5 has ``bert/tf_bert_for_sequence_classification/bert/...:0``, safetensors ``bert/...:0``.

    Example:
    >>> standard_tf_names(["classifier/my_model/classifier/bias:0"])
    {'classifier/my_model/classifier/bias:0': 'classifier/bias'}
    """

    def standard(name: str) -> str:
        name = name.removesuffix(":0")
        return re.sub(r"^([^/]+)/[^/]+/(?=\1/)", "", name)

    return {name: standard(name) for name in names}


def is_dropped(standard_name: str) -> bool:
    """Tells whether a tensor that the model has no place for is expected to be left over."""
    return DROPPED.fullmatch(standard_name.replace("/", ".")) is not None
