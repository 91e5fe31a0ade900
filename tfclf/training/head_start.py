"""Where a new head starts: at a linear probe of the frozen encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np

from tfclf.data import ONLY_HEAD, EncodedRows, LabelIds, RowLabels, TagIds, copy_numbers
from tfclf.models import PretrainedModel
from tfclf.training.features import pooled_outputs
from tfclf.training.head_plan import HeadPlan
from tfclf.training.probe import fit_probe

MOST_ROWS = 4_096  # that a probe reads: more hardly move it, and each costs a forward pass


def start_heads(
    model: PretrainedModel,
    rows: EncodedRows,
    plans: Sequence[HeadPlan],
    log_priors: Mapping[str, np.ndarray],
    seed: int = 0,
) -> list[str]:
    """Starts each new linear head over texts at a linear probe, and returns the names of these.

    A head that starts at random spends a short training finding its rare classes, and what it does
    to the encoder meanwhile is in vain (Kumar et al. 2022, Fine-Tuning can Distort Pretrained
    Features and Underperform Out-of-Distribution, section 3.4: linear probing, then fine-tuning).
    The probe costs a forward pass over at most ``MOST_ROWS`` rows. A stored head, one with a hidden
    layer and one over words are left alone.

    Args:
        model: The model, just loaded.
        rows: The training rows, with labels.
        plans: The heads.
        log_priors: Logarithm of each label's share as the loss of a head sees it, shape (labels,);
            a head of one label a row that has none starts as if all labels were equally frequent.
        seed: Seed of the draw of rows.

    Returns:
        Names of the heads that start at a probe.
    """
    started = []
    for plan in plans:
        name = plan.head.name
        labels = rows.labels[name] if isinstance(rows.labels, Mapping) else rows.labels
        layer = linear_layer(model, name)
        if labels is None or isinstance(labels, TagIds) or not _is_new(model, layer):
            continue
        items = _drawn(labels, rows, seed)
        vectors = pooled_outputs(model, rows, items)
        weights = None if rows.weights is None else rows.batch_weights(items)
        probe = fit_probe(vectors, labels, rows.row_of[items], layer.units, weights)
        if probe is not None:
            layer.kernel.assign(probe.kernel)
            layer.bias.assign(probe.bias + log_priors.get(name, 0.0))
            started.append(name)
    return started


def linear_layer(model: PretrainedModel, name: str) -> keras.layers.Dense:
    """Returns the last layer of a head by the head's name."""
    own = name if name == ONLY_HEAD else f"head_{name}"
    names = (own, f"{own}.output")
    return next(layer for layer in model._flatten_layers() if layer.name in names)


def _is_new(model: PretrainedModel, layer: keras.layers.Dense) -> bool:
    """Tells whether a layer is a linear head that no checkpoint gave."""
    new = model.load_report.new if model.load_report is not None else ()
    return f"{layer.name}/kernel" in new and not layer.name.endswith(".output")


def _drawn(labels: RowLabels, rows: EncodedRows, seed: int) -> np.ndarray:
    """Returns at most ``MOST_ROWS`` items; of one label a row the rare labels lose none."""
    items = np.flatnonzero(rows.is_first)
    if len(items) <= MOST_ROWS:
        return items
    items = np.random.default_rng(seed).permutation(items)
    if not isinstance(labels, LabelIds):
        return np.sort(items[:MOST_ROWS])
    place = copy_numbers(labels.batch(rows.row_of[items]))  # of each among those of its label
    return np.sort(items[np.argsort(place, kind="stable")[:MOST_ROWS]])
