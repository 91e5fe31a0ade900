"""Where the bias of a new head starts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tfclf.data import LabelMap, Target
from tfclf.models import PretrainedModel


def start_bias(model: PretrainedModel, name: str, target: Target, labels: LabelMap) -> None:
    """Starts the bias of a new head at the answer that is best without reading the text.

    The mean of numbers, and the log-odds of each of several labels: otherwise the first hundreds of
    steps do little but move the bias there (Lin et al. 2017, Focal Loss, section 4.1). A head of
    one label a row starts at 0, where no class is ahead of another. A stored head is left alone.

    Args:
        model: The model, just loaded.
        name: Name of the head's last layer.
        target: The training labels.
        labels: Their ids.
    """
    biases = [
        v for v in model.weights if v.path.endswith((f"/{name}/bias", f"/{name}.output/bias"))
    ]
    new = model.load_report.new if model.load_report is not None else ()
    for bias in biases:
        path = bias.path.split("/", 1)[1]
        if path in new and target.head.task in STARTS:
            bias.assign(STARTS[target.head.task](target, labels))


def _mean(target: Target, labels: LabelMap) -> np.ndarray:
    return np.array([target.flat.mean()])


def _log_odds(target: Target, labels: LabelMap) -> np.ndarray:
    rows = int(target.present.sum())
    ids = labels.ids(target)
    counts = np.bincount(ids, minlength=len(labels))
    share = (counts + 0.5) / (rows + 1)  # never 0 or 1
    return np.log(share / (1 - share))


STARTS: dict[str, Callable[[Target, LabelMap], np.ndarray]] = {
    "regression": _mean,
    "multi-label": _log_odds,
}
