"""The figures of a split: the few at the top, and the table of the labels."""

from __future__ import annotations

import math

from tfclf.evaluation import warnings_of
from tfclf.evaluation.bootstrap import Interval
from tfclf.evaluation.report import OVERALL, REDUNDANT
from tfclf.runs.report.facts import HeadFacts, LabelTable
from tfclf.runs.report.markup import Markup, element, joined, table
from tfclf.runs.report.opening import FEW

TILES = ("accuracy", "macro_f1", "f1", "micro_f1", "mean_absolute_error", "pearson", "spearman")


def tiles(head: HeadFacts) -> Markup:
    """Returns the few figures that have an interval, large."""
    shown = []
    for key in TILES:
        if key not in head.intervals or key not in head.scores:
            continue
        value = element("b", f"{head.scores[key]:.3f}")
        own = _between(head.intervals[key])
        shown.append(element("li", OVERALL[key], value, element("span", own, class_="interval")))
    return element("ul", *shown, class_="tiles") if shown else Markup()


def figures(head: HeadFacts) -> Markup:
    """Returns all figures of a head, and its labels one by one."""
    minds = [element("p", f"Mind: {said}.", class_="mind") for said in warnings_of(head.scores)]
    rows = [
        [name, f"{head.scores[key]:.3f}", _between(head.intervals.get(key))]
        for key, name in OVERALL.items()
        if key in head.scores and REDUNDANT.get(key) not in head.scores
    ]
    overall = table(["figure", "value", "95 % interval"], rows)
    parts = [*minds] + ([_labels(head.table), _few(head.table)] if head.table else [])
    note = (
        f"Intervals: percentile bootstrap, {head.resamples:,} resamples of the rows. They say how "
        "far the figures may move on as many other rows of the same kind, and nothing of rows of "
        "another kind."
    )
    return joined(*parts, overall, element("p", note, class_="faint"))


def _labels(labels: LabelTable) -> Markup:
    rows = []
    for i in sorted(range(len(labels.names)), key=lambda i: -labels.true[i]):
        found, said, true = (int(part[i]) for part in (labels.found, labels.said, labels.true))
        f1 = 2 * found / (said + true) if said + true else 0.0
        low, high = labels.intervals.f1[i]
        rows.append(
            [
                labels.names[i],
                element("span", f"{true:,}", class_="few" if true < FEW else None),
                element("b", f"{f1:.3f}"),
                element("span", _between((low, high)), class_="interval"),
                _ratio(found, said),
                _ratio(found, true),
            ]
        )
    heads = [labels.kind, "support", "F1", "95 % interval", "precision", "recall"]
    return table(heads, rows, caption=f"Each {labels.kind}, the most frequent first")


def _few(labels: LabelTable) -> Markup:
    """Says of which labels there are too few for their intervals to be trusted."""
    if not (labels.true < FEW).any():
        return Markup()
    return element(
        "p",
        f"Support in red: fewer than {FEW} of a {labels.kind}. Where all or none of so few are "
        "found the interval is too narrow.",
        class_="faint",
    )


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "\u2013"


def _between(interval: Interval | None) -> str:
    if interval is None or math.isnan(interval[0]):
        return "\u2013"
    return f"{interval[0]:.3f} to {interval[1]:.3f}"
