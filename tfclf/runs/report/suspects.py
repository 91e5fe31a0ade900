"""Labels and held-out probabilities -> labels that are probably wrong, as cleanlab finds them.

Confident learning (Northcutt et al. 2021) compares the label of a row with what a model says of it
that never saw it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from tfclf.runs.report.facts import Example, Suspects

logger = logging.getLogger("tfclf")

SHOWN = 20
MOST = 50_000  # rows or words that are looked at
LEAST = 10  # rows from which on thresholds can be found
HOW = "cleanlab is not installed: pip install 'tfclf[report]' finds labels that are probably wrong."
RANKED = {"return_indices_ranked_by": "self_confidence", "n_jobs": 1}


def suspected_labels(
    true_ids: np.ndarray, probabilities: np.ndarray, example: Callable[[int], Example]
) -> Suspects:
    """Finds labels of one each that are probably wrong.

    Args:
        true_ids: Given label of each item; those that the model does not have are left out.
        probabilities: Shape (items, labels), of a model that was not trained on them.
        example: Makes an example of an item.
    """
    known = _some(np.flatnonzero(true_ids < probabilities.shape[1]))
    return _found("filter", true_ids[known], probabilities, known, example)


def suspected_lists(
    true_hot: np.ndarray, probabilities: np.ndarray, example: Callable[[int], Example]
) -> Suspects:
    """Finds rows with lists of labels that are probably wrong.

    Args:
        true_hot: Whether each row has each label of the model, shape (rows, labels).
        probabilities: Shape (rows, labels).
        example: Makes an example of a row.
    """
    some = _some(np.arange(len(true_hot)))
    lists = [np.flatnonzero(row).tolist() for row in true_hot[some]]
    return _found("multilabel_classification.filter", lists, probabilities, some, example)


def _some(items: np.ndarray) -> np.ndarray:
    """Returns items, some of very many, spread evenly."""
    if len(items) <= MOST:
        return items
    return np.asarray(items[np.linspace(0, len(items) - 1, MOST).astype(int)])


def _found(
    module: str,
    labels: Sequence[Any] | np.ndarray,
    probabilities: np.ndarray,
    items: np.ndarray,
    example: Callable[[int], Example],
) -> Suspects:
    """Finds items whose labels, in their order, are probably wrong."""
    if find_spec("cleanlab") is None:
        return Suspects(None, note=HOW)
    if len(labels) < LEAST:
        return Suspects(None, note=f"{len(labels)} rows are too few to look for wrong labels.")
    import warnings
    from importlib import import_module

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of labels that no row has, and of its own methods
            find = import_module(f"cleanlab.{module}").find_label_issues
            places = find(labels, probabilities[items], **RANKED)
    except Exception as error:  # a guest's failure is no reason to lose a run
        logger.warning("cleanlab could not look for wrong labels: %s.", error)
        return Suspects(None, note=f"cleanlab could not look for wrong labels: {error}.")
    note = f"Looked at {MOST:,} of them, spread evenly." if len(items) == MOST else ""
    shown = tuple(example(int(item)) for item in items[places[:SHOWN]])
    return Suspects(len(places), shown, note)
