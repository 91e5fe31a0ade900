"""A second model of the same weights."""

from __future__ import annotations

import keras

from tfclf.models import PretrainedModel


def twin_of(model: PretrainedModel) -> PretrainedModel:
    """Returns another model with the same configuration, weights and random numbers to come."""
    twin = type(model).from_config(model.get_config())
    twin.build()
    twin.load_report = model.load_report
    for own, other in zip(twin.variables, model.variables, strict=True):
        own.assign(keras.ops.convert_to_numpy(other))
    return twin
