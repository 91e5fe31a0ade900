"""Whether a configuration fits its checkpoint in size, told before a model is made."""

from __future__ import annotations

import math
from pathlib import Path

from tfclf.errors import ConfigError
from tfclf.models.checkpoint_reader import Checkpoint
from tfclf.models.config import BertConfig

TIMES = 4  # more parameters than tensors hold; less than that is told weight by weight
SPARE = 2**26  # parameters beside them: a new head for many labels; 256 MiB


def check_size(config: BertConfig, checkpoint: Checkpoint, path: Path) -> None:
    """Raises where a configuration describes a model beyond all that its checkpoint holds.

    The sizes are numbers in a file that is somebody else's; a model of that size would be made
    before the first weight is found to be of another shape.

    Args:
        config: The configuration as the file has it.
        checkpoint: The open checkpoint.
        path: The file, for messages.

    Raises:
        ConfigError: It is far too large.
    """
    described = num_parameters(config)
    held = sum(math.prod(shape) for shape in checkpoint.shapes.values())
    if described > TIMES * held + SPARE:
        raise ConfigError(
            f"describes a model of {described:,} parameters, and {checkpoint.path.name} holds "
            f"{held:,}",
            where=str(path),
            remedy="They do not belong together: fetch both again.",
        )


def num_parameters(config: BertConfig) -> int:
    """Returns the number of weights of a model with pooler and head, without making one.

    Example:
    >>> num_parameters(BertConfig())  # 109,482,240 of bert-base-uncased and a head for two labels
    109483778
    """
    hidden, inner = config.hidden_size, config.intermediate_size
    rows = config.vocab_size + config.max_position_embeddings + config.type_vocab_size
    attention = 4 * (hidden * hidden + hidden)
    feed_forward = hidden * inner + inner + inner * hidden + hidden
    layer = attention + feed_forward + 2 * 2 * hidden  # and two normalisations
    pooler = hidden * hidden + hidden
    encoder = rows * hidden + 2 * hidden + config.num_hidden_layers * layer + pooler
    labels = sum(len(head.labels) for head in config.heads) or config.num_labels
    width = config.head_hidden_size or 0  # of the hidden layer of the head
    inside = (hidden + 1) * width * max(len(config.heads), 1)
    return encoder + inside + labels * ((width or hidden) + 1)
