"""A trained classifier: texts in, labels out."""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from tfclf.data import (
    ONLY_HEAD,
    Columns,
    EncodedRows,
    LabelMap,
    Rows,
    Tokenizer,
    check_max_length,
    encode_rows,
    read_rows,
)
from tfclf.data.one_ahead import one_ahead
from tfclf.errors import ArgumentError
from tfclf.evaluation import Decider, Logits, Scores, judge, predict_heads
from tfclf.models import PretrainedModel
from tfclf.runs.belonging import check_task, warn_of_unseen
from tfclf.runs.decision import Decision
from tfclf.runs.manifest import check_run
from tfclf.runs.model_of_task import model_class
from tfclf.runs.reading import Reading
from tfclf.runs.run_directory import (
    CONFIG,
    FACTS,
    METRICS,
    read_facts,
    read_json,
    what_is_damaged,
)
from tfclf.tasks import MULTI_TASK, find_task

logger = logging.getLogger("tfclf")

AT_ONCE = 8_192  # rows that are encoded, sorted by length and predicted together


class Classifier:
    """A model with its tokenizer, its text rules and its labels.

    ``tfclf.load(run)`` gives one. Where a model has several heads, what is said below of answers
    and labels holds for each of them, in a dict by its name.

    Args:
        model: The model.
        tokenizer: Its tokenizer.
        reading: How rows are read and answered.
        metrics: The figures of its run, where there is one.
        decisions: How each head decides, by its name; None takes the most probable label, and 0.5.
    """

    def __init__(
        self,
        model: PretrainedModel,
        tokenizer: Tokenizer,
        reading: Reading,
        metrics: dict[str, Any] | None = None,
        decisions: Mapping[str, Decision] | None = None,
    ):
        self.model, self.tokenizer, self.reading = model, tokenizer, reading
        self.metrics = metrics or {}
        model.window_pooling = reading.long_text.pooling
        if reading.task == MULTI_TASK:
            settings = {head.name: (head.task, head.labels) for head in model.config.heads}
        else:
            settings = {ONLY_HEAD: (reading.task, model.config.labels)}
        self.decisions = dict(decisions or {})
        self.deciders = {
            name: Decider(
                task,
                labels,
                reading.schemes.get(name),
                reading.decoding,
                self.decisions[name].thresholds if name in self.decisions else None,
            )
            for name, (task, labels) in settings.items()
        }

    @classmethod
    def load(cls, run: str | os.PathLike[str]) -> Self:
        """Loads a run directory.

        Raises:
            RunError: There is no run, or a file that it needs is missing, cut or damaged.
            CheckpointError: Its weights are damaged.
        """
        folder = Path(run)
        facts = read_facts(folder)
        check_run(folder)
        metrics = read_json(folder, METRICS)
        with what_is_damaged(folder, FACTS):
            reading = Reading.from_dict(facts)
            decisions = {
                name: Decision.from_dict(values)
                for name, values in facts.get("decisions", {}).items()
            }
            kind = model_class(reading.task)
        model, tokenizer = kind.from_pretrained(folder), Tokenizer(folder)
        with what_is_damaged(folder, FACTS):
            check_task(reading, model.config)
            check_max_length(reading.max_length, model.config.max_position_embeddings)
        tokenizer.check_against(model.config)
        with what_is_damaged(folder, CONFIG):
            return cls(model, tokenizer, reading, metrics, decisions)

    @property
    def task(self) -> str:
        """Name of the task, or ``"multi-task"``."""
        return self.reading.task

    @property
    def max_length(self) -> int:
        """Longest piece (tokens)."""
        return self.reading.max_length

    @property
    def labels(self) -> Any:
        """The labels, in the order of the columns of ``predict_proba``."""
        return self._only({name: decider.labels for name, decider in self.deciders.items()})

    def predict(self, texts: Sequence[Any], text_pairs: Sequence[str] | None = None) -> Any:
        """Returns the answer to each text: a label, a list of labels, a number or a list of tags.

        Args:
            texts: Texts; where words have tags, lists of words, or texts with blanks between them.
            text_pairs: The second text of each pair, where the model reads pairs.

        Raises:
            ArgumentError: ``texts`` is one string, or pairs are missing or not wanted.
            DataError: A text is no string.
        """
        answers: dict[str, list[Any]] = {name: [] for name in self.deciders}
        for logits in self._predicted(texts, text_pairs):
            for name, decider in self.deciders.items():
                answers[name] += decider.decide(logits[name])
        return self._only(answers)

    def predict_proba(self, texts: Sequence[Any], text_pairs: Sequence[str] | None = None) -> Any:
        """Returns the probability of each label for each text, shape (texts, labels).

        Of several labels each has a probability of its own; where words have tags there is a list
        of arrays, shape (words, labels).

        Raises:
            ArgumentError: As ``predict``, or the task is a regression.
        """
        parts = [
            {name: decider.probabilities(logits[name]) for name, decider in self.deciders.items()}
            for logits in self._predicted(texts, text_pairs)
        ]
        joined = {}
        for name, decider in self.deciders.items():
            if find_task(decider.task).per_word:
                joined[name] = [words for part in parts for words in part[name]]
            else:
                empty = np.empty((0, len(decider.labels)))
                joined[name] = np.concatenate([empty, *(part[name] for part in parts)])
        return self._only(joined)

    def _predicted(
        self, texts: Sequence[Any], text_pairs: Sequence[str] | None
    ) -> Iterator[dict[str, Logits]]:
        """Checks texts and yields the logits of some of them after the other."""
        for given in (texts, text_pairs):
            if isinstance(given, str):
                raise ArgumentError(
                    "expected a list of texts, got one string", remedy="Pass [text]."
                )
        if self.reading.pairs != (text_pairs is not None):
            known = "pairs of texts" if self.reading.pairs else "single texts"
            raise ArgumentError(
                f"the model was trained on {known}",
                remedy="Call predict(texts, text_pairs)." if self.reading.pairs else "Pass texts.",
            )
        if not len(texts):
            return
        source = list(texts) if text_pairs is None else (list(texts), list(text_pairs))
        columns = Columns(text_pair=None if text_pairs is None else "text_pair")
        yield from self.predict_rows(self.read(source, columns=columns, labelled=False))

    def read(
        self,
        source: Any,
        *,
        columns: Columns | None = None,
        labelled: bool = True,
        standard_input_format: str | None = None,
    ) -> Rows:
        """Reads rows as this classifier was trained on.

        Args:
            source: Anything that ``tfclf.data.read_rows`` reads.
            columns: Which columns hold what.
            labelled: Whether labels are read.
            standard_input_format: As in ``tfclf.data.read_rows``.

        Raises:
            ArgumentError: Pairs are missing or not wanted.
            DataError: The source cannot be used.
        """
        reading = self.reading
        return read_rows(
            source,
            columns=self.columns(columns or Columns()),
            task=reading.task if labelled and not reading.heads else None,
            heads=reading.heads if labelled else (),
            tag_rules=reading.tag_rules,
            standard_input_format=standard_input_format,
        )

    def columns(self, columns: Columns) -> Columns:
        """Returns columns with those that the model reads of them.

        Raises:
            ArgumentError: Pairs are missing or not wanted.
        """
        reading = self.reading
        if reading.pairs != (columns.text_pair is not None):
            raise ArgumentError(
                f"the model was trained on {'pairs of texts' if reading.pairs else 'single texts'}",
                remedy="Declare the column of the second text: --text-pair COLUMN."
                if reading.pairs
                else "Leave --text-pair out.",
            )
        if columns.tokens is not None and not reading.words:
            raise ArgumentError(
                "the model was trained on texts, not on words", remedy="Leave --tokens out."
            )
        if reading.words and columns.tokens is None:
            return dataclasses.replace(columns, tokens="tokens")
        return columns

    def predict_rows(self, rows: Rows) -> Iterator[dict[str, Logits]]:
        """Yields the logits of some thousand rows after the other, by the name of the head."""
        if len(rows) <= AT_ONCE:  # nothing to make ahead: a single text waits for no thread
            yield self.logits(self.encode(rows))
            return
        portions = (
            rows.select(np.arange(start, min(start + AT_ONCE, len(rows))))
            for start in range(0, len(rows), AT_ONCE)
        )
        yield from map(self.logits, one_ahead(map(self.encode, portions)))

    def encode(self, rows: Rows, labels: Any = None) -> EncodedRows:
        """Returns rows as the model reads them."""
        return encode_rows(
            rows,
            self.tokenizer,
            self.reading.max_length,
            rules=self.reading.rules,
            long_text=self.reading.long_text,
            labels=labels,
        )

    def logits(
        self, rows: EncodedRows, progress: Callable[[int], object] | None = None
    ) -> dict[str, Logits]:
        """Returns the logits of encoded rows by the name of the head.

        Args:
            rows: The rows.
            progress: Called with a number of rows now and then.
        """
        return predict_heads(self.model, rows, progress=progress)

    def evaluate(self, rows: Rows) -> Scores:
        """Judges labelled rows; labels that the model does not have are misses, and said."""
        for name, decider in self.deciders.items():
            if name in rows.targets:
                warn_of_unseen(LabelMap(decider.labels), rows, name)
        return self.scores(rows, self.logits(self.encode(rows)))

    def scores(self, rows: Rows, logits: dict[str, Logits]) -> Scores:
        """Judges the logits of labelled rows; of several heads those that rows have labels for."""
        judged = {
            name: judge(rows.targets[name], logits[name], decider)
            for name, decider in self.deciders.items()
            if name in rows.targets
            and (len(self.deciders) == 1 or rows.targets[name].present.any())
        }
        return {"tasks": judged} if self.task == MULTI_TASK else judged[ONLY_HEAD]

    def save_head(self, name: str, folder: str | os.PathLike[str]) -> None:
        """Writes one of several heads as a plain Hugging Face folder, with encoder and tokenizer.

        Args:
            name: Name of the head.
            folder: Where to; it is made where it does not exist.

        Raises:
            ArgumentError: There is no such head.
        """
        if self.task != MULTI_TASK:
            raise ArgumentError(
                "the model has one head", remedy="The run itself is a Hugging Face folder."
            )
        self.model.single_task(name).save_pretrained(folder)
        self.tokenizer.save(Path(folder))

    def _only(self, by_head: dict[str, Any]) -> Any:
        """Takes the name away where there is one head."""
        return by_head if self.task == MULTI_TASK else by_head[ONLY_HEAD]


def load(run: str | os.PathLike[str]) -> Classifier:
    """Loads a run directory, and checks the files that its answers hang on.

    They have to be what ``manifest.json`` says. The model card, pictures and the history may be
    changed or left behind, and other files may lie there. Files that were changed on purpose, such
    as ``config.json``, are taken as they are where ``manifest.json`` is removed.

    Args:
        run: Folder that ``tfclf train --output`` or ``tfclf.train`` made.

    Returns:
        The classifier, with ``predict(texts)``, ``predict_proba(texts)``, ``task`` and ``labels``.

    Raises:
        RunError: There is no run, or a file that it needs is missing, cut or damaged.
    """
    return Classifier.load(run)
