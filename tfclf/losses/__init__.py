"""Labels and logits -> the loss of each example; every loss works in anybody's ``compile``."""

from tfclf.losses.arguments import checked_class_weights
from tfclf.losses.asymmetric import AsymmetricLoss, asymmetric_loss
from tfclf.losses.binary import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    binary_focal_crossentropy,
)
from tfclf.losses.ldam import LDAMLoss, margin_crossentropy
from tfclf.losses.logit_adjusted import LogitAdjustedCrossentropy, logit_adjusted_crossentropy
from tfclf.losses.mean_squared_error import MeanSquaredError
from tfclf.losses.sparse_categorical import (
    SparseCategoricalCrossentropy,
    SparseCategoricalFocalCrossentropy,
    sparse_categorical_focal_crossentropy,
)

__all__ = [
    "AsymmetricLoss",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "LDAMLoss",
    "LogitAdjustedCrossentropy",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "SparseCategoricalFocalCrossentropy",
    "asymmetric_loss",
    "binary_focal_crossentropy",
    "checked_class_weights",
    "logit_adjusted_crossentropy",
    "margin_crossentropy",
    "sparse_categorical_focal_crossentropy",
]
