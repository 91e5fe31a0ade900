"""The labels' shares where a model will be used -> what is added to its logits."""

from __future__ import annotations

import numpy as np

from tfclf.evaluation import prior_offset
from tfclf.training import HeadPlan, Recipe


def deployment_offset(plan: HeadPlan, recipe: Recipe) -> np.ndarray:
    """Returns the correction of calibrated logits of the training rows, shape (classes,).

    Raises:
        ArgumentError: A label has no share or is unknown, a share is not positive, or they do not
            sum to 1.
    """
    shares = plan.some_counts / plan.some_counts.sum()
    training = dict(zip(plan.labels.names, shares.tolist(), strict=True))
    return prior_offset(training, dict(recipe.deployment_prior or ()), plan.labels.names)
