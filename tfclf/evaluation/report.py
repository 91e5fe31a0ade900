"""Scores -> what a person reads on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from tfclf.terminal import printable

FLAT = 0.05  # share of the truth's spread below which predictions count as one number
SHOWN = 30  # labels in a table; of more, those with the lowest F1 are shown

OVERALL = {
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "weighted_f1": "weighted F1",
    "samples_f1": "samples F1",
    "accuracy": "accuracy",
    "hamming_loss": "Hamming loss",
    "f1": "entity F1",
    "spearman": "Spearman",
    "pearson": "Pearson",
    "mean_squared_error": "mean squared error",
    "mean_absolute_error": "mean absolute error",
    "expected_calibration_error": "calibration error",
}
REDUNDANT = {"micro_f1": "accuracy"}  # figures that another one equals where it is there


def score_table(scores: Mapping[str, Any], title: str) -> Table:
    """Returns the table of a split: one line a label, the weakest of many, and the means below.

    Where tags say entities, their types stand in the lines instead of the tags.
    """
    kind = "entity" if scores.get("per_entity") else "label"  # there may be no entity at all
    per_class = scores.get("per_entity") or scores.get("per_class") or {}
    names = list(per_class)
    if len(names) > SHOWN:
        weakest = sorted(names, key=lambda name: per_class[name]["f1"])[:SHOWN]
        names = [name for name in names if name in weakest]
        title = f"{title} (the {SHOWN} labels with the lowest F1 of {len(per_class)})"
    table = Table(title=title, title_justify="left", title_style="bold")
    overall = {
        heading: scores[key]
        for key, heading in OVERALL.items()
        if key in scores and REDUNDANT.get(key) not in scores
    }
    if not names:
        table.add_column("figure")
        table.add_column("value", justify="right", no_wrap=True)
        for heading, value in overall.items():
            table.add_row(heading, f"{value:.3f}")
        return table
    table.add_column(kind, overflow="fold")
    for heading in ("precision", "recall", "F1", "support"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name in names:
        row = per_class[name]
        shown = (f"{row[key]:.3f}" for key in ("precision", "recall", "f1"))
        table.add_row(Text(printable(name)), *shown, str(row["support"]))
    table.add_section()
    for heading, value in overall.items():
        table.add_row(heading, "", "", f"{value:.3f}", "")
    return table


def warnings_of(scores: Mapping[str, Any]) -> list[str]:
    """Returns what is wrong with the predictions, in plain words.

    Example:
    >>> row = {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    >>> scores = {"predicted_classes": 1, "most_predicted": "ham", "per_class": {
    ...     "ham": {"precision": 0.9, "recall": 1.0, "f1": 0.95, "support": 9},
    ...     "spam": {**row, "support": 1}}}
    >>> warnings_of(scores)
    ["every row was predicted as 'ham': the model has collapsed to one label"]
    """
    if "spread" in scores:
        if scores["spread"] < FLAT * scores["true_spread"]:
            return ["every prediction is nearly the same number: the model has collapsed"]
        return []
    per_class = scores["per_class"]
    if not scores["predicted_classes"] and any(row["support"] for row in per_class.values()):
        return ["no row was given any label: the model has collapsed to the empty list"]
    missed = [
        name
        for name, row in per_class.items()
        if row["support"] and not row["precision"] and not row["recall"]
    ]
    # Figures of earlier versions do not name it; where it has support its recall tells.
    only = scores.get("most_predicted") or max(
        per_class, key=lambda name: per_class[name]["recall"]
    )
    others = any(row["support"] for name, row in per_class.items() if name != only)
    what = "word" if "words" in scores else "row"
    if scores["predicted_classes"] == 1 and others:
        verb = "given" if "rows_without_label" in scores else "predicted as"
        who = f"every {what} was {verb} {only!r}"
        if scores.get("rows_without_label"):
            who = f"no label but {only!r} was ever given"
        return [f"{who}: the model has collapsed to one label"]
    if not missed:
        return []
    names = ", ".join(map(repr, missed[:8])) + (" ..." if len(missed) > 8 else "")
    count = sum(per_class[name]["support"] for name in missed)
    return [
        f"{len(missed)} of {len(per_class)} labels are never predicted right: {names} "
        f"({count} {what}s)"
    ]
