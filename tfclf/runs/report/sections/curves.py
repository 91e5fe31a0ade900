"""Curves: precision over recall, confidence against accuracy, numbers, the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tfclf.evaluation import Reliability
from tfclf.runs.report.charts import Axis, Series, axis_over, chart
from tfclf.runs.report.facts import HeadFacts
from tfclf.runs.report.markup import Markup, cut_within, element

NAME = 30  # characters of a label
WATCHED = {  # figures of the history, the one that is drawn first
    "mean_score": "mean score",
    "macro_f1": "macro-F1",
    "f1": "entity F1",
    "r2": "R2",
}
UNIT = (0.0, 1.0)


def curves(head: HeadFacts) -> Markup:
    """Returns the pictures of a head."""
    parts = []
    if head.curves:
        parts.append(_precision_recall(head))
    if head.reliability is not None:
        parts.append(_reliability(head.reliability))
    if head.numbers is not None:
        parts.append(_numbers(head.numbers))
    return element("div", *parts, class_="charts")


def learning_curves(history: Mapping[str, Sequence[float]]) -> Markup:
    """Returns loss and watched figure over the epochs; nothing where no epoch ended.

    Args:
        history: Figures of each epoch, as Keras's history names them.
    """
    watched = next((name for name in WATCHED if name in history), None)
    shown = {"loss": "loss", **({watched: WATCHED[watched]} if watched else {})}
    parts = [_course(history, key, name) for key, name in shown.items() if history.get(key)]
    return element("div", *parts, class_="charts") if parts else Markup()


def _course(history: Mapping[str, Sequence[float]], key: str, name: str) -> Markup:
    both = {"training (dropout on)": history[key], "validation": history.get(f"val_{key}", ())}
    series = []
    for style, (title, values) in enumerate(both.items()):
        points = list(enumerate(map(float, values), 1))
        if points:
            drawn = "line" if len(points) > 1 else "dots"
            series.append(Series(title, points, drawn, style))
    values = [value for one in series for _, value in one.points]
    epochs = Axis("epoch", 1, max(len(history[key]), 2), whole=True)
    height = Axis(name, 0.0, 1.0) if key != "loss" and min(values) >= 0 else axis_over(name, values)
    return chart(f"{name[0].upper()}{name[1:]} over the epochs", series, epochs, height)


def _precision_recall(head: HeadFacts) -> Markup:
    series = []
    for style, (name, curve) in enumerate(head.curves.items()):
        told = f"{cut_within(name, NAME)} ({curve.average_precision:.2f})"
        points = list(zip(curve.recall, curve.precision, strict=True))
        series.append(Series(told, points, style=style))
    axes = Axis("recall", *UNIT), Axis("precision", *UNIT)
    title = "Precision over recall of the rarest labels (average precision)"
    return chart(title, series, *axes)


def _reliability(found: Reliability) -> Markup:
    width = 1 / len(found.counts)
    total = max(sum(found.counts), 1)
    share = [(i * width, count / total) for i, count in enumerate(found.counts)]
    there = [
        (confidence, accuracy)
        for confidence, accuracy, count in zip(
            found.confidence, found.accuracy, found.counts, strict=True
        )
        if count
    ]
    series = [
        Series("share of the answers", share, "bars", 0),
        Series("calibrated", [(0.0, 0.0), (1.0, 1.0)], "guide"),
        Series("accuracy", there, "line" if len(there) > 1 else "dots", 1),
    ]
    title = f"Confidence against accuracy: calibration error {found.error:.3f}"
    return chart(title, series, Axis("confidence", *UNIT), Axis("accuracy, share", *UNIT))


def _numbers(numbers: np.ndarray) -> Markup:
    ends = (float(numbers.min()), float(numbers.max()))
    series = [
        Series("equal", [(ends[0], ends[0]), (ends[1], ends[1])], "guide"),
        Series("rows", [(float(true), float(said)) for true, said in numbers], "dots", 0),
    ]
    axes = (axis_over(name, ends) for name in ("true", "predicted"))
    return chart("Predicted numbers over true ones", series, *axes)
