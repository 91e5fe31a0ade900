"""Lists of labels that were read as one label each, because another sign separates them."""

from __future__ import annotations

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.label_view import label_views
from tfclf.diagnosis.finding import WARNING, Finding
from tfclf.diagnosis.registry import Symptom

SIGNS = ";,|"  # that lists are written with; a slash stands in names of kinds of kinds


def look(case: Case) -> Finding | None:
    """Looks for training labels whose parts are labels as well."""
    for view in label_views(case, "training"):
        if view.file is None:
            continue
        for sign in SIGNS:
            lists = [name for name in view.names if sign in name]
            parts = [{part.strip() for part in name.split(sign)} for name in lists]
            single = set(view.names) - set(lists)
            if lists and all(some & single for some in parts):
                return Finding(
                    SYMPTOM.name,
                    WARNING,
                    f"{len(lists)} labels of {view.where} look like lists with {sign!r} between "
                    f"them: {', '.join(map(repr, lists[:4]))}",
                    "each combination gets an output of its own, which has few rows",
                    f"Say what separates labels: --task multi-label --separator '{sign}'.",
                )
    return None


SYMPTOM = Symptom(
    "labels-look-like-lists",
    "Lists of labels that were read as one label",
    look,
    ("single-label", "multi-label"),
)
