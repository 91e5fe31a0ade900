"""Labels and logits -> the loss of each example; every loss works in anybody's ``compile``."""

from tfclf.losses.sparse_categorical import (
    SparseCategoricalCrossentropy,
    SparseCategoricalFocalCrossentropy,
    sparse_categorical_focal_crossentropy,
)

__all__ = [
    "SparseCategoricalCrossentropy",
    "SparseCategoricalFocalCrossentropy",
    "sparse_categorical_focal_crossentropy",
]
