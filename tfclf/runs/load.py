"""A run directory -> a classifier."""

from __future__ import annotations

import os

from tfclf.runs.classifier import Classifier


def load(run: str | os.PathLike[str]) -> Classifier:
    """Loads a run directory.

    Args:
        run: Folder that ``tfclf train --output`` or ``tfclf.train`` made.

    Returns:
        The classifier, with ``predict(texts)``, ``predict_proba(texts)``, ``task`` and ``labels``.

    Raises:
        RunError: There is no run, or it is damaged.
    """
    return Classifier.load(run)
