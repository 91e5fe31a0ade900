"""Scores and history -> pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

NUMBERS_UP_TO = 25  # labels of a confusion matrix that still has its counts written in
SHOWN_NAME = 24  # characters of a label


def draw_confusion_matrix(matrix: np.ndarray, labels: Sequence[str], path: Path) -> None:
    """Draws a confusion matrix, coloured by the share of each true label.

    Args:
        matrix: Counts, shape (labels, labels), true labels down, predicted ones across.
        labels: Their names.
        path: PNG file to write.
    """
    count = len(labels)
    side = float(np.clip(2.5 + 0.42 * count, 4.5, 22))
    figure = Figure(figsize=(side + 1, side), layout="constrained")
    axes = figure.add_subplot()
    share = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, ax=axes, label="share of the true label", shrink=0.8)
    names = [
        name if len(name) <= SHOWN_NAME else name[: SHOWN_NAME - 1] + "\u2026" for name in labels
    ]
    size = 9 if count <= NUMBERS_UP_TO else 8
    axes.set_xticks(range(count), names, rotation=90 if count > 4 else 0, fontsize=size)
    axes.set_yticks(range(count), names, fontsize=size)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    if count <= NUMBERS_UP_TO:
        for row, column in np.ndindex(*matrix.shape):
            axes.text(
                column,
                row,
                str(matrix[row, column]),
                ha="center",
                va="center",
                fontsize=size,
                color="white" if share[row, column] > 0.5 else "black",
            )
    _save(figure, path)


def draw_learning_curves(history: Mapping[str, Sequence[float]], path: Path) -> None:
    """Draws loss and macro-F1 over the epochs.

    Args:
        history: Figures of each epoch, as Keras's history names them.
        path: PNG file to write.
    """
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots(1, 2)
    epochs = range(1, len(history["loss"]) + 1)
    for axis, key, name in zip(axes, ("loss", "macro_f1"), ("loss", "macro-F1"), strict=True):
        axis.plot(epochs, history[key], marker="o", label="training (dropout on)")
        if f"val_{key}" in history:
            axis.plot(epochs, history[f"val_{key}"], marker="o", label="validation")
        axis.set_xlabel("epoch")
        axis.set_ylabel(name)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
        axis.legend()
    axes[1].set_ylim(0, 1.03)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=110, format="png", bbox_inches="tight")
