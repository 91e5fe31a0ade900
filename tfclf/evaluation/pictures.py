"""Scores and history -> pictures."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
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
    figure = new_figure(figsize=(side + 1, side), layout="constrained")
    axes = figure.add_subplot()
    share = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, ax=axes, label="share of the true label", shrink=0.8)
    names = [_shortened(name) for name in labels]
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
    save_figure(figure, path)


def draw_label_scores(
    per_label: Mapping[str, Mapping[str, float]], path: Path, title: str = "F1"
) -> None:
    """Draws the F1 of each label beside its support, the most frequent label on top.

    Args:
        per_label: Figures of each label, as ``metrics.json`` has them.
        path: PNG file to write.
        title: Name of the figure.
    """
    names = sorted(per_label, key=lambda name: per_label[name]["support"])
    figure = new_figure(figsize=(9, float(np.clip(1.2 + 0.26 * len(names), 2.5, 40))))
    figure.set_layout_engine("constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
    places = range(len(names))
    # Both are written out: many a bar is too short to be seen.
    bars = left.barh(places, [per_label[name]["f1"] for name in names], color="tab:blue")
    left.bar_label(bars, fmt="%.2f", padding=3, fontsize=8)
    left.set_yticks(places, [_shortened(name) for name in names], fontsize=8)
    left.set_ylim(-0.7, len(names) - 0.3)
    left.set_xlim(0, 1.08)  # room for 1.00
    left.set_xticks(np.linspace(0, 1, 6))
    left.set_xlabel(title)
    left.grid(axis="x", alpha=0.3)
    left.set_axisbelow(True)
    bars = right.barh(places, [per_label[name]["support"] for name in names], color="tab:gray")
    right.bar_label(bars, padding=3, fontsize=8)
    right.margins(x=0.3)
    right.tick_params(axis="y", left=False)
    right.set_xlabel("support")
    save_figure(figure, path)


def draw_numbers(truth: Sequence[float], predicted: Sequence[float], path: Path) -> None:
    """Draws predicted numbers over true ones.

    Args:
        truth: True numbers.
        predicted: Predicted numbers of the same rows.
        path: PNG file to write.
    """
    figure = new_figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot()
    ends = (min(*truth, *predicted), max(*truth, *predicted))
    axes.plot(ends, ends, color="gray", linewidth=1, label="equal")
    # The more points there are the paler they have to be: a crowd still shows where it is dense.
    pale = float(np.clip(10 / len(truth) ** 0.5, 0.08, 0.9))
    axes.scatter(truth, predicted, s=14, alpha=pale, edgecolors="none")
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel("true")
    axes.set_ylabel("predicted")
    axes.grid(alpha=0.3)
    axes.legend()
    save_figure(figure, path)


def draw_learning_curves(
    history: Mapping[str, Sequence[float]], path: Path, figure_name: str = "macro_f1"
) -> None:
    """Draws the loss and the watched figure over the epochs.

    Args:
        history: Figures of each epoch, as Keras's history names them.
        path: PNG file to write.
        figure_name: Name of the watched figure.
    """
    figure = new_figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots(1, 2)
    epochs = range(1, len(history["loss"]) + 1)
    name = {"macro_f1": "macro-F1", "f1": "entity F1", "r2": "R2"}.get(figure_name)
    pairs = (("loss", "loss"), (figure_name, name or figure_name))
    for axis, (key, shown) in zip(axes, pairs, strict=True):
        axis.plot(epochs, history[key], marker="o", label="training (dropout on)")
        if f"val_{key}" in history:
            axis.plot(epochs, history[f"val_{key}"], marker="o", label="validation")
        axis.set_xlabel("epoch")
        axis.set_ylabel(shown)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
        axis.legend()
    axes[1].set_ylim(min(0, *axes[1].get_ylim()), 1.03)
    save_figure(figure, path)


def new_figure(**settings: Any) -> Figure:
    """Returns an empty figure of Matplotlib, which no window shows."""
    from matplotlib.figure import Figure  # takes long: whoever draws nothing does not wait for it

    return Figure(**settings)


def _shortened(name: str) -> str:
    name = name if len(name) <= SHOWN_NAME else name[: SHOWN_NAME - 1] + "\u2026"
    return name.replace("$", r"\$")  # between two of them matplotlib reads formulas


def save_figure(figure: Figure, path: Path) -> None:
    """Writes a figure as PNG."""
    with warnings.catch_warnings():
        # Scripts that the font does not have are drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(path, dpi=110, format="png", bbox_inches="tight")
