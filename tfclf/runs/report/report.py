"""A classifier and its judged splits -> ``report.html``."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tfclf.data import LabelMap, Rows
from tfclf.errors import ArgumentError
from tfclf.evaluation import Logits, Scores
from tfclf.runs.card.facts import SPLITS, CardFacts
from tfclf.runs.classifier import Classifier, warn_of_unseen
from tfclf.runs.report.facts import SplitFacts
from tfclf.runs.report.page import ReportFacts, page
from tfclf.runs.report.read_head import read_head
from tfclf.runs.report.speed import MOST, measure_speed, seconds_after
from tfclf.runs.run_directory import HISTORY, read_facts, read_json

REPORT = "report.html"
GIVEN = "rows"  # name of a split that is no split of the run


class Report:
    """Gathers what is shown of each split as it is judged, and writes the page at the end.

    Of a split it keeps a few figures and rows; the most telling one is shown in full: test rows,
    else validation rows.

    Args:
        classifier: The classifier that is judged.
    """

    def __init__(self, classifier: Classifier):
        self.classifier = classifier
        self._splits: dict[str, SplitFacts] = {}
        self._rows: dict[str, Rows] = {}

    def add(self, split: str, rows: Rows, logits: Mapping[str, Logits], scores: Scores) -> None:
        """Takes a split.

        Args:
            split: Its name.
            rows: Its rows.
            logits: Their logits, by the name of the head.
            scores: Their figures.
        """
        judged = scores["tasks"] if "tasks" in scores else dict.fromkeys(logits, scores)
        deciders = self.classifier.deciders
        heads = tuple(
            read_head(name, rows, logits[name], deciders[name], own) for name, own in judged.items()
        )
        pairs = "text_pair" in rows.kinds
        source = os.path.basename(rows.source) or rows.source
        self._splits[split] = SplitFacts(split, source, len(rows), heads, pairs)
        self._rows[split] = rows

    def write(
        self,
        path: Path,
        facts: Mapping[str, Any],
        metrics: Mapping[str, Any],
        history: Mapping[str, Sequence[float]],
        *,
        name: str,
        seconds: float | None = None,
    ) -> None:
        """Writes the page.

        Args:
            path: Where to.
            facts: The content of the run's ``tfclf.json``.
            metrics: That of its ``metrics.json``.
            history: That of its ``history.json``.
            name: Name of the model.
            seconds: How long to measure the speed; None: as long as suits the training.
        """
        if seconds is None:
            seconds = seconds_after(metrics["training"]["seconds"])
        labels = {head: decider.labels for head, decider in self.classifier.deciders.items()}
        card = CardFacts(facts, metrics, name, labels)
        order = [split for split in (GIVEN, *SPLITS) if split in self._splits]
        speed = measure_speed(self.classifier, self._rows[order[0]], seconds) if order else None
        shown = tuple(_named(self._splits[split], card) for split in order)
        path.write_text(page(ReportFacts(card, history, shown, speed)), "utf-8")


def _named(facts: SplitFacts, card: CardFacts) -> SplitFacts:
    """Names the rows of a split of the run as its model card does."""
    if facts.split == GIVEN:
        return facts
    return dataclasses.replace(facts, source=card.source(facts.split))


def report_on(
    run: str | os.PathLike[str], classifier: Classifier, rows: Rows, path: str | os.PathLike[str]
) -> Scores:
    """Judges a run on labelled rows as ``Classifier.evaluate`` does, and writes a report of them.

    Args:
        run: The run directory.
        classifier: What ``tfclf.load`` made of it.
        rows: Rows with labels.
        path: The file to write, ``.html``; one that is there is replaced.

    Returns:
        The figures.

    Raises:
        ArgumentError: The file cannot be written there.
        RunError: The run is damaged.
    """
    folder, target = Path(run), Path(path)
    if not target.parent.is_dir() or target.is_dir():
        raise ArgumentError(
            "expected a file in a folder that exists",
            where=os.fspath(path),
            remedy="Make the folder, or give another name, such as report.html.",
        )
    facts, metrics = read_facts(folder), classifier.metrics
    history = read_json(folder, HISTORY) if (folder / HISTORY).is_file() else {}
    for name, decider in classifier.deciders.items():
        if name in rows.targets:
            warn_of_unseen(LabelMap(decider.labels), rows, name)
    logits = classifier.logits(classifier.encode(rows))
    scores = classifier.scores(rows, logits)
    report = Report(classifier)
    report.add(GIVEN, rows, logits, scores)
    name = folder.resolve().name
    try:
        report.write(target, facts, metrics, history, name=name, seconds=MOST)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ArgumentError(f"cannot be written ({reason})", where=os.fspath(path)) from None
    return scores
