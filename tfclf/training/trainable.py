"""Which weights of a model train, how fast, and which start anew."""

from __future__ import annotations

import math
import numbers
from typing import Any

import keras

from tfclf.errors import ArgumentError
from tfclf.models import BertConfig, PretrainedModel
from tfclf.models.embeddings import initializer
from tfclf.models.loading import named_weights

ENCODER, EMBEDDINGS = "encoder", "embeddings"


def freeze(model: PretrainedModel, what: str | int | None) -> None:
    """Freezes a part of the encoder, never the head.

    To be called before ``compile``: a training step that Keras has built keeps its weights. Dropout
    stays on in frozen layers: what the others learn from is as noisy as when all train. What was
    frozen before stays frozen.

    Args:
        model: A TFBert model.
        what: ``"encoder"``: the embeddings, all layers and the pooler; ``"embeddings"``; a number
            n: the embeddings and the n lowest layers; None: nothing.

    Raises:
        ArgumentError: ``what`` is none of these, or above the number of layers.

    Reference: Lee, Tang and Lin 2019, What Would Elsa Do? Freezing Layers During Transformer
    Fine-Tuning.

    Example:
    >>> import keras
    >>> from tfclf.models import BertConfig, TFBertForSequenceClassification
    >>> model = TFBertForSequenceClassification(BertConfig(
    ...     vocab_size=11, hidden_size=6, num_hidden_layers=2, num_attention_heads=2,
    ...     intermediate_size=7, max_position_embeddings=9, labels=("no", "yes")))
    >>> freeze(model, "encoder")
    >>> count_parameters(model)  # the head: 6 x 2 weights and 2 biases
    (14, 778)
    """
    bert = model.bert
    if what is None:
        frozen = []
    elif what == ENCODER:
        frozen = [bert]
    elif what == EMBEDDINGS:
        frozen = [bert.embeddings]
    else:
        number = _number_of_layers(model, what, least=1, name="the part to freeze")
        frozen = [bert.embeddings, *bert.encoder.layers[:number]]
    for part in frozen:
        # One by one: on TensorFlow ``trainable = False`` does nothing where it is False already,
        # though layers below be not.
        for layer in part._flatten_layers():
            layer.trainable = False


def rate_multipliers(
    model: PretrainedModel, layer_decay: float = 1.0, head_rate: float = 1.0
) -> dict[str, float]:
    """Returns what the learning rate of each part is multiplied by, for ``LayerwiseAdamW``.

    Args:
        model: A TFBert model.
        layer_decay: Of n layers, layer i counted from 0 gets ``layer_decay ** (n - 1 - i)``, the
            embeddings ``layer_decay ** n``; the pooler trains at the full rate. In (0, 1].
        head_rate: Multiplier of everything outside the encoder.

    Returns:
        Multipliers by the path of a layer below the model.

    Raises:
        ArgumentError: ``layer_decay`` is not in (0, 1], or ``head_rate`` is not positive.

    Reference: Howard and Ruder 2018, Universal Language Model Fine-tuning for Text Classification,
    section 3.2; Sun et al. 2019, How to Fine-Tune BERT for Text Classification?

    Example:
    >>> from tfclf.models import BertConfig, TFBertForSequenceClassification
    >>> model = TFBertForSequenceClassification(BertConfig(
    ...     vocab_size=11, hidden_size=6, num_hidden_layers=2, num_attention_heads=2,
    ...     intermediate_size=7, max_position_embeddings=9, labels=("no", "yes")))
    >>> for path, multiplier in rate_multipliers(model, layer_decay=0.5, head_rate=10).items():
    ...     print(path, multiplier)
    bert/embeddings 0.25
    bert/encoder/layer_0 0.5
    bert/encoder/layer_1 1.0
    bert/pooler 1.0
    classifier 10.0
    """
    if not 0 < layer_decay <= 1:
        raise ArgumentError(f"layer_decay is {layer_decay}, expected a number in (0, 1]")
    if not 0 < head_rate < float("inf"):
        raise ArgumentError(f"head_rate is {head_rate}, expected a positive number")
    layers = model.bert.encoder.layers
    rates = {"bert/embeddings": float(layer_decay) ** len(layers)}
    for depth, layer in enumerate(layers):
        rates[f"bert/encoder/{layer.name}"] = float(layer_decay) ** (len(layers) - 1 - depth)
    if model.bert.pooler is not None:
        rates["bert/pooler"] = 1.0
    heads = {path.split("/")[0] for path in named_weights(model)} - {"bert"}
    return rates | {head: float(head_rate) for head in sorted(heads)}


def reinitialize_layers(model: PretrainedModel, number: int) -> None:
    """Starts the pooler and the highest layers of the encoder anew.

    What pretraining has put into them serves its own task, and may be a worse start than none
    where there are few rows. ``keras.utils.set_random_seed`` decides on the values.

    Args:
        model: A TFBert model.
        number: Number of layers; 0 leaves the pooler as well.

    Raises:
        ArgumentError: ``number`` is negative, or above the number of layers.

    Reference: Zhang et al. 2021, Revisiting Few-sample BERT Fine-tuning, section 5.
    """
    number = _number_of_layers(model, number, least=0, name="the number of layers to start anew")
    if number == 0:
        return
    layers = list(model.bert.encoder.layers[-number:])
    if model.bert.pooler is not None:
        layers.append(model.bert.pooler)
    for layer in layers:
        for variable in layer.weights:
            if not _is_seed(variable):
                start = _initial(variable.name, model.config)
                variable.assign(start(variable.shape, variable.dtype))


def count_parameters(model: keras.Model) -> tuple[int, int]:
    """Returns how many parameters train, and how many there are; seeds of dropout are none."""
    trainable, every = (
        sum(math.prod(variable.shape) for variable in weights if not _is_seed(variable))
        for weights in (model.trainable_weights, model.weights)
    )
    return trainable, every


def _initial(name: str, config: BertConfig) -> keras.initializers.Initializer:
    """Returns the initialiser of a weight by its name.

    An initialiser draws the same numbers whenever it is called: two kernels of one would be equal.
    """
    table = {
        "kernel": lambda: initializer(config),
        "bias": keras.initializers.Zeros,
        "gamma": keras.initializers.Ones,
        "beta": keras.initializers.Zeros,
    }
    return table[name]()


def _number_of_layers(model: PretrainedModel, value: Any, *, least: int, name: str) -> int:
    """Returns a number of layers that the encoder has.

    Raises:
        ArgumentError: The value is no such number.
    """
    most = len(model.bert.encoder.layers)
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if whole and least <= value <= most:
        return int(value)
    words = "" if least == 0 else f'"{ENCODER}", "{EMBEDDINGS}" or '
    raise ArgumentError(
        f"{name} is {value!r}, expected {words}a number of layers from {least} to {most}",
        remedy=f"The encoder has {most} layers.",
    )


def _is_seed(variable: keras.Variable) -> bool:
    """Tells whether a weight is the state of a random generator."""
    return "seed_generator" in variable.path
