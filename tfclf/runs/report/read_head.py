"""Labels and logits of a head -> what a report shows of it, one way for each task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tfclf.data import Rows
from tfclf.evaluation import (
    Decider,
    Logits,
    Scores,
    all_labels,
    entities_of,
    multi_hot,
    reliability,
    sigmoid,
    softmax,
)
from tfclf.evaluation.bootstrap import bootstrap_labels, bootstrap_numbers
from tfclf.evaluation.label_counts import LabelCounts
from tfclf.runs.report.examples import example_of_row, example_of_word, list_of
from tfclf.runs.report.facts import Example, HeadFacts, LabelTable
from tfclf.runs.report.items import Items, largest, rare_curves
from tfclf.runs.report.suspects import suspected_lists

POINTS = 800  # of a cloud of numbers


def read_head(name: str, rows: Rows, logits: Logits, decider: Decider, scores: Scores) -> HeadFacts:
    """Returns what a report shows of a head on the rows that have a label for it.

    Args:
        name: Name of the head.
        rows: The rows.
        logits: Their logits.
        decider: What turns them into answers.
        scores: The figures of the head.
    """
    values = rows.targets[name].values()
    here = [row for row, value in enumerate(values) if value is not None]
    truth = [values[row] for row in here]
    facts = READERS[decider.task](rows, np.array(here, int), truth, logits, decider)
    return HeadFacts(name=name, task=decider.task, scores=scores, **facts)


def _one_label(
    rows: Rows, here: np.ndarray, truth: list[Any], logits: np.ndarray, decider: Decider
) -> dict[str, Any]:
    labels = [label for (label,) in truth]
    items = Items.of(labels, decider.decide(logits[here]), softmax(logits[here]), decider.labels)
    counts = LabelCounts.of_one_label(items.true, items.said, len(items.names))

    def example(item: int, *told: Any) -> Example:
        return example_of_row(rows, here[item], *told)

    known = {"micro_f1": "accuracy", "macro_f1": "macro_f1"}
    return _table("label", items.names, counts, known) | items.shown(example)


def _tags(
    rows: Rows, here: np.ndarray, truth: list[Any], logits: Any, decider: Decider
) -> dict[str, Any]:
    every = list(logits)
    own: Any = [every[row] for row in here]
    said = decider.decide(own)
    sizes = np.array([len(tags) for tags in truth])
    true_tags, said_tags = ([tag for tags in side for tag in tags] for side in (truth, said))
    probabilities = softmax(np.concatenate([words for words in own if len(words)]))
    items = Items.of(true_tags, said_tags, probabilities, decider.labels)
    row_of = np.repeat(np.arange(len(sizes)), sizes)
    first = np.cumsum(sizes) - sizes

    def example(item: int, *told: Any) -> Example:
        row = row_of[item]
        return example_of_word(rows, here[row], int(item - first[row]), *told)

    by_row = _counted(items.true, items.said, row_of, len(sizes), len(items.names))
    known = {"micro_f1": "accuracy", "macro_f1": "macro_f1"}
    facts = _table("label", items.names, by_row, known)
    if decider.scheme not in (None, "none"):
        names, entities = _entities(truth, said)
        if names:
            own_table = _table("entity", names, entities, {"micro_f1": "f1"})
            facts = own_table | {"intervals": facts["intervals"] | own_table["intervals"]}
    return facts | items.shown(example)


def _several_labels(
    rows: Rows, here: np.ndarray, truth: list[Any], logits: np.ndarray, decider: Decider
) -> dict[str, Any]:
    answers, probabilities = decider.decide(logits[here]), sigmoid(logits[here])
    names = tuple(all_labels([label for row in truth for label in row], decider.labels))
    number = len(decider.labels)
    true, said = (multi_hot(side, names).astype(bool) for side in (truth, answers))
    counts = LabelCounts.of_rows(true & said, said, true)
    sure = np.where(said[:, :number], probabilities, 1 - probabilities)
    # Labels that the model does not have it leaves out without a doubt.
    sure = np.pad(sure, ((0, 0), (0, len(names) - number)), constant_values=1.0)
    worst = np.where(true != said, sure, 0.0).max(1)
    wrong = np.flatnonzero((true != said).any(1))

    def example(row: int, figure: float) -> Example:
        given, answer = list_of(truth[row]), list_of(answers[row])
        return example_of_row(rows, here[row], given, answer, figure)

    def suspect(row: int) -> Example:
        given = np.where(true[row, :number], probabilities[row], 1 - probabilities[row])
        return example(row, float(given.min()))

    known = {"micro_f1": "micro_f1", "macro_f1": "macro_f1"}
    return _table("label", names, counts, known) | {
        "curves": rare_curves(
            names, true.sum(0)[:number], lambda i: (true[:, i], probabilities[:, i])
        ),
        "reliability": reliability(sure[:, :number].ravel(), (true == said)[:, :number].ravel()),
        "exact": int((true == said).all(1).sum()),
        "mistakes": tuple(example(row, float(worst[row])) for row in largest(worst, wrong)),
        "num_mistakes": len(wrong),
        "suspects": suspected_lists(true[:, :number], probabilities, suspect),
    }


def _numbers(
    rows: Rows, here: np.ndarray, truth: list[Any], logits: np.ndarray, decider: Decider
) -> dict[str, Any]:
    true = np.array([value for (value,) in truth], "float64")
    said = np.array(decider.decide(logits[here]), "float64")
    off = np.abs(true - said)
    middle = float(np.median(true))
    some = np.linspace(0, len(true) - 1, min(len(true), POINTS)).astype(int)
    intervals = bootstrap_numbers(true, said)

    def example(row: int) -> Example:
        told = (f"{true[row]:.3g}", f"{said[row]:.3g}", float(off[row]))
        return example_of_row(rows, here[row], *told)

    return {
        "intervals": intervals.figures,
        "resamples": intervals.resamples,
        "numbers": np.column_stack([true, said])[some],
        "baseline": float(np.abs(true - middle).mean()),
        "always": f"{middle:.3g}",
        "mistakes": tuple(map(example, largest(off, np.arange(len(off))))),
        "num_mistakes": len(off),
    }


READERS: dict[str, Callable[[Rows, np.ndarray, list[Any], Any, Decider], dict[str, Any]]] = {
    "single-label": _one_label,
    "multi-label": _several_labels,
    "regression": _numbers,
    "token": _tags,
}


def _table(
    kind: str,
    names: tuple[str, ...],
    counts: LabelCounts,
    known: Mapping[str, str],
) -> dict[str, Any]:
    """Returns the table of labels, with the intervals that other figures have of it."""
    intervals = bootstrap_labels(counts)
    return {
        "table": LabelTable(kind, names, *counts.totals(), intervals),
        "intervals": {known[own]: both for own, both in intervals.figures.items() if own in known},
        "resamples": intervals.resamples,
    }


def _counted(
    true: np.ndarray, said: np.ndarray, row_of: np.ndarray, rows: int, number: int
) -> LabelCounts:
    """Counts words by row, for words of a row are drawn together."""

    def by_row(ids: np.ndarray, of: np.ndarray) -> np.ndarray:
        return np.bincount(of * number + ids, minlength=rows * number).reshape(rows, number)

    right = true == said
    found = by_row(true[right], row_of[right])
    return LabelCounts.of_rows(found, by_row(said, row_of), by_row(true, row_of))


def _entities(
    truth: Sequence[Sequence[str]], said: Sequence[Sequence[str]]
) -> tuple[tuple[str, ...], LabelCounts]:
    """Counts the entities of each row by their type."""
    both = [[entities_of(tags) for tags in side] for side in (truth, said)]
    names = tuple(sorted({kind for side in both for row in side for kind, _, _ in row}))
    ids = {name: i for i, name in enumerate(names)}
    found, given, true = np.zeros((3, len(truth), len(names)), int)
    for row, (own, guesses) in enumerate(zip(*both, strict=True)):
        parts = ((true, own), (given, guesses), (found, set(own) & set(guesses)))
        for counts, entities in parts:
            for kind, number in Counter(kind for kind, _, _ in entities).items():
                counts[row, ids[kind]] = number
    return names, LabelCounts.of_rows(found, given, true)
