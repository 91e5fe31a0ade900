"""Rows and estimators of these tests: a tiny encoder, a short training."""

from tests.runs.test_train import rows
from tfclf import TextClassifier

__all__ = ["SETTINGS", "classifier", "rows"]

SETTINGS = {"on_collapse": "ignore", "head_start": "random"}


def classifier(model, **changes):
    """One epoch: enough to ask everything but how good it is."""
    settings = {
        "epochs": 1, "learning_rate": 1e-3, "max_length": 19, "batch_size": 16,
        "validation_share": 0, "random_state": 0, "settings": SETTINGS,
    }  # fmt: skip
    return TextClassifier(model, **(settings | changes))
