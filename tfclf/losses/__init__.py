"""Labels and logits -> the loss of each example; every loss works in anybody's ``compile``."""

from tfclf.losses.binary import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    binary_focal_crossentropy,
)
from tfclf.losses.mean_squared_error import MeanSquaredError
from tfclf.losses.sparse_categorical import (
    SparseCategoricalCrossentropy,
    SparseCategoricalFocalCrossentropy,
    sparse_categorical_focal_crossentropy,
)

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "SparseCategoricalFocalCrossentropy",
    "binary_focal_crossentropy",
    "sparse_categorical_focal_crossentropy",
]
