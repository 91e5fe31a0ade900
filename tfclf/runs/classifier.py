"""A trained classifier: texts in, labels out."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from tfclf.data import (
    Columns,
    EncodedRows,
    LabelMap,
    Rows,
    TextRules,
    Tokenizer,
    encode_rows,
    read_rows,
)
from tfclf.errors import ArgumentError, RunError
from tfclf.evaluation import Scores, predict_logits, single_label_scores, softmax
from tfclf.models import TFBertForSequenceClassification
from tfclf.runs.run_directory import METRICS, read_facts

logger = logging.getLogger("tfclf")

AT_ONCE = 8_192  # rows that are encoded, sorted by length and predicted together


class Classifier:
    """A model with its tokenizer, its text rules and its labels.

    ``tfclf.load(run)`` gives one.

    Args:
        model: The model.
        tokenizer: Its tokenizer.
        max_length: Longest text (tokens).
        rules: What is done to each text.
        task: Name of the task.
        metrics: The figures of its run, where there is one.
    """

    def __init__(
        self,
        model: TFBertForSequenceClassification,
        tokenizer: Tokenizer,
        max_length: int,
        rules: TextRules | None = None,
        task: str = "single-label",
        metrics: dict[str, Any] | None = None,
    ):
        self.model, self.tokenizer, self.max_length = model, tokenizer, max_length
        self.rules, self.task, self.metrics = rules or TextRules(), task, metrics or {}

    @classmethod
    def load(cls, run: str | os.PathLike[str]) -> Self:
        """Loads a run directory.

        Raises:
            RunError: There is no run, or it is damaged.
            CheckpointError: Its weights are damaged.
        """
        folder = Path(run)
        facts = read_facts(folder)
        try:
            return cls(
                TFBertForSequenceClassification.from_pretrained(folder),
                Tokenizer(folder),
                facts["max_length"],
                TextRules.from_dict(facts["text_rules"]),
                facts["task"],
                json.loads((folder / METRICS).read_text("utf-8")),
            )
        except (KeyError, json.JSONDecodeError, FileNotFoundError) as error:
            raise RunError(f"the run is damaged ({error})", where=str(folder)) from None

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the columns of ``predict_proba``."""
        return self.model.config.labels

    def predict(self, texts: Sequence[str]) -> list[str]:
        """Returns the label of each text."""
        return [self.labels[i] for i in self.predict_proba(texts).argmax(-1)]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Returns the probability of each label for each text, shape (texts, labels).

        Raises:
            ArgumentError: ``texts`` is one string, or holds something else than strings.
        """
        if isinstance(texts, str):
            raise ArgumentError("expected a list of texts, got one string", remedy="Pass [text].")
        if not len(texts):
            return np.empty((0, len(self.labels)))
        rows = read_rows(list(texts), columns=Columns(label=None))
        return np.concatenate(list(self.predict_rows(rows)))

    def predict_rows(self, rows: Rows) -> Iterator[np.ndarray]:
        """Yields the probabilities of some thousand rows after the other, in order."""
        for start in range(0, len(rows), AT_ONCE):
            some = rows.select(np.arange(start, min(start + AT_ONCE, len(rows))))
            yield self.probabilities(
                encode_rows(some, self.tokenizer, self.max_length, rules=self.rules)
            )

    def probabilities(self, rows: EncodedRows) -> np.ndarray:
        """Returns the probabilities of encoded rows, shape (rows, labels)."""
        return softmax(predict_logits(self.model, rows))

    def evaluate(self, rows: Rows) -> Scores:
        """Judges labelled rows; labels that the model does not have are misses, and said."""
        warn_of_unseen(LabelMap(self.labels), rows)
        return self.scores(rows.labels(), np.concatenate(list(self.predict_rows(rows))))

    def scores(self, truth: Sequence[str], probabilities: np.ndarray) -> Scores:
        """Judges probabilities."""
        return single_label_scores(truth, probabilities, self.labels)


def load(run: str | os.PathLike[str]) -> Classifier:
    """Loads a run directory.

    Args:
        run: Folder that ``tfclf train --output`` or ``tfclf.train`` made.

    Returns:
        The classifier, with ``predict(texts)``, ``predict_proba(texts)``, ``task`` and ``labels``.

    Raises:
        RunError: There is no run, or it is damaged.
    """
    return Classifier.load(run)


def warn_of_unseen(labels: LabelMap, rows: Rows) -> None:
    """Says which labels of rows the model does not have."""
    unseen = labels.unseen(rows)
    if unseen:
        logger.warning(
            "%s rows of %s have labels that training never had, and count as misses: %s.",
            f"{sum(unseen.values()):,}",
            rows.source,
            ", ".join(f"{name} ({count})" for name, count in unseen.most_common(8)),
        )
