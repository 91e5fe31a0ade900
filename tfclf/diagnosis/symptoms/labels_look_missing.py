"""A label that says that there is none: tables write down what is missing in many ways."""

from __future__ import annotations

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.label_view import label_views
from tfclf.diagnosis.finding import WARNING, Finding
from tfclf.diagnosis.registry import Symptom

# What pandas reads as missing, of what can be a label as well (pandas.read_csv, na_values).
MISSING = frozenset({"#n/a", "#na", "<na>", "n/a", "na", "nan", "none", "null", "-", "?"})


def look(case: Case) -> Finding | None:
    """Looks for training labels that read as missing ones."""
    for view in label_views(case, "training"):
        if view.file is None or view.counts is None or view.kind == "token":
            continue
        counts = zip(view.names, view.counts.tolist(), strict=True)
        found = [
            f"{name!r} ({count:,})" for name, count in counts if count and name.lower() in MISSING
        ]
        if found:
            return Finding(
                SYMPTOM.name,
                WARNING,
                f"a label of {view.where} reads as a missing one: {', '.join(found)}",
                "the model learns to say that a label is missing",
                "Delete those rows or fill them in; where it is a label, give it another name.",
            )
    return None


SYMPTOM = Symptom(
    "labels-look-missing",
    "A label that reads as a missing one",
    look,
    ("single-label", "multi-label"),
)
