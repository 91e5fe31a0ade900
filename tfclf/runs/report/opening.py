"""Figures -> the sentences that stand at the top: what was right, and what of the rarest label."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tfclf.evaluation.bootstrap import wilson
from tfclf.runs.report.facts import HeadFacts, LabelTable, SplitFacts
from tfclf.runs.report.markup import share

FEW = 30  # of a label, below which its figures are told with how unsure they are


def opening(facts: SplitFacts) -> Iterator[str]:
    """Yields the sentences about each head of a split.

    Args:
        facts: The split.
    """
    for head in facts.heads:
        name = f"{head.name}: " if len(facts.heads) > 1 else ""
        for sentence in OPENINGS[head.task](head, texts_of(facts)):
            yield name + sentence
            name = ""


def texts_of(facts: SplitFacts) -> str:
    """Returns what rows are, in words."""
    rows = "pairs of texts" if facts.pairs else "texts"
    return {"test": f"new {rows}", "validation": f"held-out {rows}"}.get(facts.split, rows)


def _one_label(head: HeadFacts, texts: str) -> Iterator[str]:
    rows = head.scores["rows"]
    right = rows - head.num_mistakes
    yield f"Of {rows:,} {texts} {right:,} ({share(right / rows)}) are labelled right."
    yield from _rarest(head.table)
    yield _always(head, rows)


def _tags(head: HeadFacts, texts: str) -> Iterator[str]:
    words = head.scores["words"]
    right = words - head.num_mistakes
    table = head.table
    if table is not None and table.kind == "entity":
        found, said, true = (int(part.sum()) for part in (table.found, table.said, table.true))
        yield (
            f"Of {true:,} entities in {head.scores['rows']:,} {texts} {found:,} are found whole "
            f"and named right; {_of(said - found, said, 'that are marked')} are wrong."
        )
    else:
        yield (
            f"Of {words:,} words in {head.scores['rows']:,} {texts} {right:,} "
            f"({share(right / words)}) are tagged right."
        )
    yield from _rarest(table)
    if table is None or table.kind != "entity":
        yield _always(head, words)


def _several_labels(head: HeadFacts, texts: str) -> Iterator[str]:
    table, rows = head.table, head.scores["rows"]
    if table is None:
        return
    found, said, true = (int(part.sum()) for part in (table.found, table.said, table.true))
    yield (
        f"Of the {true:,} labels that {rows:,} {texts} have {found:,} are found, and "
        f"{_of(said - found, said, 'that are given')} are wrong. Of {head.exact or 0:,} texts "
        "the list is right to the last label."
    )
    yield from _rarest(table)


def _numbers(head: HeadFacts, texts: str) -> Iterator[str]:
    scores = head.scores
    yield (
        f"On {scores['rows']:,} {texts} the number is off by {scores['mean_absolute_error']:.3g} "
        f"on average; always saying {head.always} would be off by {head.baseline:.3g}."
    )
    yield f"Predicted and true numbers correlate with {scores['pearson']:.2f} (1 is perfect)."


OPENINGS: dict[str, Callable[[HeadFacts, str], Iterator[str]]] = {
    "single-label": _one_label,
    "multi-label": _several_labels,
    "regression": _numbers,
    "token": _tags,
}


def _rarest(table: LabelTable | None) -> Iterator[str]:
    """Tells of the rarest label how often it is found, and how sure that is."""
    if table is None or table.rarest is None:
        return
    i = table.rarest
    found, said, true = int(table.found[i]), int(table.said[i]), int(table.true[i])
    times = "time" if found == 1 else "times"
    sentence = f"The rarest {table.kind}, {table.names[i]}, is found {found:,} {times} of {true:,}"
    if said:
        sentence += f"; of the {said:,} times that it is said {found:,} are right"
    if true < FEW:
        low, high = wilson(found, true)
        sentence += (
            f". With so few of them, the share that is found on other texts may be anything from "
            f"{share(low)} to {share(high)}"
        )
    yield f"{sentence}."


def _always(head: HeadFacts, number: int) -> str:
    """Tells what saying one label always would reach."""
    right = round((head.baseline or 0.0) * number)
    return f"Always saying {head.always} would be right {right:,} times."


def _of(part: int, whole: int, what: str) -> str:
    return f"{part:,} of the {whole:,} {what}" if whole else f"none {what}"
