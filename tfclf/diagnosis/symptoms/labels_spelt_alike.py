"""Labels that are one label in several spellings: each gets an output of its own."""

from __future__ import annotations

import unicodedata

from tfclf.diagnosis.case import Case
from tfclf.diagnosis.evidence.label_view import LabelView, label_views
from tfclf.diagnosis.finding import WARNING, Finding
from tfclf.diagnosis.registry import Symptom

TRUTH = {"true": 1.0, "false": 0.0}
INVISIBLE = ("Cf", "Cc")  # categories of Unicode: a zero-width space, a soft hyphen, a control
SHOWN = 4  # groups


def look(case: Case) -> Finding | None:
    """Looks for training labels that differ by case, blanks, invisible signs or zeros alone."""
    for view in label_views(case, "training"):
        if view.file is not None and (groups := _groups(view)):
            told = "; ".join(
                " and ".join(f"{name!r} ({count:,})" for name, count in group)
                for group in groups[:SHOWN]
            )
            more = f"; and {len(groups) - SHOWN} more" if len(groups) > SHOWN else ""
            return Finding(
                SYMPTOM.name,
                WARNING,
                f"labels of {view.where} differ in their spelling alone: {told}{more}",
                "one label gets several outputs, which take rows from each other",
                "Write each label in one way: labels.str.strip().str.lower() where case says "
                "nothing.",
            )
    return None


def _groups(view: LabelView) -> list[list[tuple[str, int]]]:
    """Returns the labels, with their counts, that come to the same."""
    if view.counts is None:
        return []
    by_key: dict[object, list[tuple[str, int]]] = {}
    for name, count in zip(view.names, view.counts.tolist(), strict=True):
        if count:
            by_key.setdefault(_key(name), []).append((name, count))
    return [group for group in by_key.values() if len(group) > 1]


def _key(name: str) -> object:
    """Returns what is equal for spellings of one label: a number by its value."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    visible = "".join(c for c in plain if unicodedata.category(c) not in INVISIBLE or c == "\t")
    words = " ".join(visible.split())
    if words in TRUTH:
        return TRUTH[words]
    try:
        return float(words) if words.isascii() and "_" not in words else words
    except ValueError:
        return words


SYMPTOM = Symptom(
    "labels-spelt-alike",
    "Labels that differ in their spelling alone",
    look,
    ("single-label", "multi-label", "token"),
)
