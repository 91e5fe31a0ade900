"""What the layers of BERT share: a configuration, which is saved with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from tfclf.models.config import BertConfig, as_config


class ConfiguredLayer(keras.layers.Layer):
    """Base of the layers that are made of a ``BertConfig``.

    Args:
        config: Sizes and rates of the model; a ``transformers.BertConfig`` or a dict of one is read
            as well.
    """

    def __init__(self, config: BertConfig | Mapping[str, Any] | Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.config = as_config(config)

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return super().get_config() | {"config": self.config.to_dict()}
