"""Scores -> what a person reads on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

SHOWN = 30  # labels in a table; of more, those with the lowest F1 are shown

OVERALL = {
    "macro_f1": "macro-F1",
    "weighted_f1": "weighted F1",
    "accuracy": "accuracy",
    "expected_calibration_error": "calibration error",
}


def score_table(scores: Mapping[str, Any], title: str) -> Table:
    """Returns the table of a split: one line a label, the weakest of many, and the means below."""
    per_class = scores["per_class"]
    names = list(per_class)
    if len(names) > SHOWN:
        weakest = sorted(names, key=lambda name: per_class[name]["f1"])[:SHOWN]
        names = [name for name in names if name in weakest]
        title = f"{title} (the {SHOWN} labels with the lowest F1 of {len(per_class)})"
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("label", overflow="fold")
    for heading in ("precision", "recall", "F1", "support"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name in names:
        row = per_class[name]
        shown = (f"{row[key]:.3f}" for key in ("precision", "recall", "f1"))
        table.add_row(_escaped(name), *shown, str(row["support"]))
    table.add_section()
    for key, heading in OVERALL.items():
        table.add_row(heading, "", "", f"{scores[key]:.3f}", "")
    return table


def warnings_of(scores: Mapping[str, Any]) -> list[str]:
    """Returns what is wrong with the predictions, in plain words.

    Example:
    >>> row = {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    >>> scores = {"predicted_classes": 1, "per_class": {
    ...     "ham": {"precision": 0.9, "recall": 1.0, "f1": 0.95, "support": 9},
    ...     "spam": {**row, "support": 1}}}
    >>> warnings_of(scores)
    ["every row was predicted as 'ham': the model has collapsed to one label"]
    """
    per_class = scores["per_class"]
    missed = [
        name
        for name, row in per_class.items()
        if row["support"] and not row["precision"] and not row["recall"]
    ]
    if scores["predicted_classes"] == 1 and len(per_class) > 1:
        only = max(per_class, key=lambda name: per_class[name]["recall"])
        return [f"every row was predicted as {only!r}: the model has collapsed to one label"]
    if not missed:
        return []
    names = ", ".join(map(repr, missed[:8])) + (" ..." if len(missed) > 8 else "")
    rows = sum(per_class[name]["support"] for name in missed)
    return [
        f"{len(missed)} of {len(per_class)} labels are never predicted right: {names} ({rows} rows)"
    ]


def _escaped(name: str) -> str:
    """Keeps a label such as ``[b]`` from being read as a style."""
    return name.replace("[", r"\[")
