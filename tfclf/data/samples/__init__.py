"""Synthetic rows, made by ourselves, that are hard in the ways that real ones are."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from tfclf.data.columns import SEPARATOR
from tfclf.data.samples.contracts import contracts
from tfclf.data.samples.entailment import entailment
from tfclf.data.samples.entities import entities
from tfclf.data.samples.reviews import reviews
from tfclf.data.samples.similarity import similarity
from tfclf.data.samples.tickets import TICKETS, tickets
from tfclf.data.samples.two_tasks import two_tasks
from tfclf.errors import ArgumentError, DataError

__all__ = ["MAX_ROWS", "SAMPLES", "TICKETS", "Sample", "find_sample", "tickets", "write_sample"]

MAX_ROWS = 50_000  # of one sample; more would have to repeat texts


@dataclass(frozen=True)
class Sample:
    """Rows of one kind, and what they are for.

    Attributes:
        name: The sample's name on the command line.
        summary: What it is, in one line.
        task: The task of its labels.
        make: Makes rows of a number and a seed; the same rows for the same two.
        formats: Suffixes of the files that it can be written to, the default first.
        rows: Number of rows unless another is asked for.
        train_with: The options of ``tfclf train`` that fit it.
    """

    name: str
    summary: str
    task: str
    make: Callable[[int, int], Sequence[Mapping[str, Any]]]
    formats: tuple[str, ...] = (".csv", ".jsonl")
    rows: int = 1_500
    train_with: str = ""

    @property
    def file_name(self) -> str:
        """Name of the file that it is written to unless another is asked for."""
        return self.name + self.formats[0]


SAMPLES = {
    sample.name: sample
    for sample in (
        Sample(
            "tickets",
            "support tickets with three labels, 90 to 8 to 2, told in the same words",
            "single-label",
            tickets,
        ),
        Sample(
            "reviews",
            "product reviews of up to 500 tokens that decide late",
            "single-label",
            reviews,
            train_with="--max-length 512",
        ),
        Sample(
            "contracts",
            "contracts under 21 frameworks, from 40 % down to 3 %",
            "multi-label",
            contracts,
            formats=(".jsonl", ".csv"),
            rows=8_000,
            train_with="--task multi-label",
        ),
        Sample(
            "entities",
            "sentences with five types of entities, many words of which are none elsewhere",
            "token",
            entities,
            formats=(".jsonl", ".conll"),
            rows=2_000,
            train_with="--task token",
        ),
        Sample(
            "entailment",
            "pairs of sentences of which the first entails the second, contradicts it or neither",
            "single-label",
            entailment,
            train_with="--text-pair text_b",
        ),
        Sample(
            "similarity",
            "pairs of sentences, alike from 0 to 5",
            "regression",
            similarity,
            train_with="--task regression --text-pair text_b",
        ),
        Sample(
            "two-tasks",
            "spoken commands with an intent and tagged words, one of them missing at times",
            "single-label and token",
            two_tasks,
            formats=(".jsonl",),
            train_with="--head intent=single-label:intent --head slots=token:tags",
        ),
    )
}


def find_sample(name: str) -> Sample:
    """Returns the sample of a name.

    Raises:
        ArgumentError: There is no such sample.

    Example:
    >>> find_sample("entities").file_name
    'entities.jsonl'
    """
    if name not in SAMPLES:
        raise ArgumentError(f"unknown sample {name!r}, expected one of {', '.join(SAMPLES)}")
    return SAMPLES[name]


def write_sample(name: str, path: Path, count: int | None = None, seed: int = 1) -> int:
    """Writes a sample in the format of the path's suffix.

    Args:
        name: One of ``SAMPLES``.
        path: File to write; it must not exist.
        count: Number of rows; None takes the sample's own.
        seed: Seed of the draw.

    Returns:
        The number of rows.

    Raises:
        ArgumentError: The name or the number is out of range, the sample has no such format, the
            folder is missing, or the file exists.
        DataError: The file cannot be written.
    """
    sample = find_sample(name)
    count = sample.rows if count is None else count
    if not 1 <= count <= MAX_ROWS:
        raise ArgumentError(f"rows is {count}, expected 1 to {MAX_ROWS}")
    if seed < 0:  # Python's generator takes the same numbers for 1 and -1
        raise ArgumentError(f"seed is {seed}, expected a whole number >= 0")
    if path.suffix not in sample.formats:
        formats = " or ".join(sample.formats)
        raise ArgumentError(
            f"the sample {name} is written as {formats}, not as {path.suffix!r}", where=str(path)
        )
    if not path.parent.is_dir():
        raise ArgumentError("no such folder", where=str(path.parent), remedy="Make it first.")
    if path.exists():
        raise ArgumentError(
            "the file exists already", where=str(path), remedy="Choose another --output."
        )
    rows = sample.make(count, seed)
    try:
        with open(path, "x", encoding="utf-8", newline="") as file:
            FORMATS[path.suffix](file, rows)
    except OSError as error:
        raise DataError(
            f"cannot be written ({error.strerror})",
            where=str(path),
            remedy="Choose another --output.",
        ) from None
    return len(rows)


def _write_csv(file: TextIO, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes a table; a list of labels becomes one text."""
    writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {
                column: SEPARATOR.join(value) if isinstance(value, list) else value
                for column, value in row.items()
            }
        )


def _write_jsonl(file: TextIO, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes one JSON object a line."""
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _write_conll(file: TextIO, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes a word and its tag a line, and an empty line behind each sentence."""
    for row in rows:
        for token, tag in zip(row["tokens"], row["tags"], strict=True):
            file.write(f"{token}\t{tag}\n")
        file.write("\n")


FORMATS: dict[str, Callable[[TextIO, Sequence[Mapping[str, Any]]], None]] = {
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
    ".conll": _write_conll,
}
