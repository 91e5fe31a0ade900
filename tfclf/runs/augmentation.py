"""Rows made by somebody else: from a file of candidates to a review, from a review to training."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tfclf.data import Columns, Rows, Target, read_rows
from tfclf.errors import ArgumentError, DataError, RunError
from tfclf.imbalance.accepted import Accepted, read_review
from tfclf.imbalance.extra_columns import check_read_twice, extra_columns
from tfclf.imbalance.near_duplicates import SIMILARITY, check_similarity, close_to
from tfclf.imbalance.review import check_review_file, write_review
from tfclf.imbalance.screening import REASONS, Screened, check_task, screen
from tfclf.models import replace_file
from tfclf.tasks import find_task

PROVENANCE = "source"  # column that says who made a candidate, unless another is declared

logger = logging.getLogger("tfclf")


@dataclass(frozen=True)
class Augmentation:
    """What ``augment`` is asked to do.

    Attributes:
        train: Training rows: anything that ``tfclf.data.read_rows`` reads.
        candidates: Rows that somebody made or labelled, with the same columns: a file, a
            ``datasets.Dataset`` or a pandas ``DataFrame``.
        output: Review to write: .csv, .tsv or .jsonl; it must not exist.
        validation: Validation rows to keep away from; None for none.
        test: Test rows to keep away from; None for none.
        task: ``"single-label"`` or ``"multi-label"``.
        columns: Which columns hold what.
        similarity: From which similarity on two texts are close, in (0, 1].
        provenance: Column that says who made a candidate; None takes ``source`` where there is
            one, else the name of the file.
        accept_all: Whether the review is written with every row accepted, as if read.
    """

    train: Any
    candidates: Any
    output: str | os.PathLike[str]
    validation: Any = None
    test: Any = None
    task: str = "single-label"
    columns: Columns = field(default_factory=Columns)
    similarity: float = SIMILARITY
    provenance: str | None = None
    accept_all: bool = False

    def __post_init__(self) -> None:
        find_task(self.task)
        check_task(self.task)
        check_similarity(self.similarity)
        check_read_twice(self.candidates)
        if self.columns.text_pair is not None or self.columns.tokens is not None:
            raise ArgumentError(
                "pairs and words take no rows made by others, only one text a row",
                remedy="Leave text_pair and tokens out.",
            )


def augment(asked: Augmentation) -> Screened:
    """Screens candidates and writes those that are left to a review file.

    Args:
        asked: What to do.

    Returns:
        Which candidates are left, and why the others are not.

    Raises:
        ArgumentError: The output exists, or its format is unknown.
        DataError: Rows cannot be read, a declared column is missing, or no candidate is left.
        RunError: The output cannot be written.
    """
    path = Path(asked.output)
    label = asked.columns.label or find_task(asked.task).label_column
    check_review_file(path, asked.columns, label)
    candidates = read_rows(asked.candidates, columns=asked.columns, task=asked.task)
    makers = _provenance(asked, candidates)
    training = read_rows(asked.train, columns=asked.columns, task=asked.task)
    held_out = {
        split: read_rows(source, columns=asked.columns, task=None)
        for split, source in (("validation", asked.validation), ("test", asked.test))
        if source is not None
    }
    if "validation" not in held_out:
        logger.warning(
            "No validation file: which rows of %s training will hold out is not known yet. "
            "Candidates close to any of its rows are left out; those made from one that is held "
            "out later may still resemble it. A validation file keeps the two apart.",
            training.source,
        )
    screened = screen(candidates, training, held_out, similarity=asked.similarity)
    if not len(screened.kept):
        told = ", ".join(f"{REASONS[key]}: {n}" for key, n in screened.counts.items() if n)
        raise DataError(f"none of {len(candidates)} rows is left ({told})", where=candidates.source)
    if asked.accept_all:
        logger.warning("Every row is accepted, and nobody has read them.")
    accept = "yes" if asked.accept_all else ""

    def write(temporary: Path) -> None:
        write_review(
            temporary, candidates, screened, makers,
            columns=asked.columns, accept=accept, suffix=path.suffix,
        )  # fmt: skip

    try:
        replace_file(path, write)
    except OSError as error:
        raise RunError(f"cannot be written ({error.strerror})", where=str(path)) from None
    return screened


def read_accepted(
    path: str | os.PathLike[str], rows: Mapping[str, Rows], *, columns: Columns | None = None
) -> Accepted:
    """Reads the accepted rows of a review, those left out that are close to held-out rows.

    Args:
        path: The review, with its accept column filled in.
        rows: The rows of each split, as they are used: ``"training"`` without what is held out of
            it, ``"validation"`` and ``"test"`` where there are any.
        columns: Which columns hold what.

    Returns:
        The accepted rows.

    Raises:
        DataError: The review is damaged.
    """
    accepted = read_review(path, rows["training"], columns=columns)
    for split in ("validation", "test"):
        if split in rows:
            accepted = check_leakage(accepted, rows[split], split)
    return accepted


def check_leakage(
    accepted: Accepted,
    held_out: Rows,
    split: str = "validation",
    similarity: float = SIMILARITY,
) -> Accepted:
    """Leaves out accepted rows that are close to held-out ones, with a warning.

    Args:
        accepted: The accepted rows.
        held_out: Rows that the model is judged by.
        split: What they are called, for the warning.
        similarity: From which similarity on two texts are close, in (0, 1].

    Returns:
        The accepted rows that are not.
    """
    texts = [text for part in accepted.rows.texts() for text in part]
    close = close_to(texts, held_out, similarity)
    if close.any():
        logger.warning(
            "%s of %s accepted rows of %s are close to %s rows and left out, the first in %s %s.",
            int(close.sum()),
            len(accepted),
            accepted.rows.source,
            split,
            accepted.rows.unit,
            accepted.rows.dataset[int(close.argmax())]["position"],
        )
    return accepted.without(close)


def add_rows(rows: Rows, more: Rows) -> Rows:
    """Returns rows with others behind them.

    Args:
        rows: The rows, with one text and one head.
        more: Rows of the same kind.

    Raises:
        ArgumentError: The rows are not of one kind.

    Example:
    >>> first = read_rows((["a", "b"], ["x", "y"]))
    >>> add_rows(first, read_rows((["c"], ["y"]))).label_counts
    {'x': 1, 'y': 2}
    """
    if rows.kinds != more.kinds or rows.targets.keys() != more.targets.keys():
        raise ArgumentError(
            f"rows of {rows.kinds} with heads {tuple(rows.targets)} and of {more.kinds} with heads "
            f"{tuple(more.targets)} do not go together"
        )
    return replace(
        rows,
        dataset=rows.dataset.joined(more.dataset),
        source=f"{rows.source} and {more.source}",
        targets={
            name: _joined(target, more.targets[name]) for name, target in rows.targets.items()
        },
        fingerprints=np.concatenate([rows.fingerprints, more.fingerprints]),
        num_empty=rows.num_empty + more.num_empty,
        num_dropped=rows.num_dropped + more.num_dropped,
        weights=None
        if rows.weights is None and more.weights is None
        else np.concatenate([_weights(rows), _weights(more)]),
    )


def _weights(rows: Rows) -> np.ndarray:
    return np.ones(len(rows)) if rows.weights is None else rows.weights


def _joined(target: Target, more: Target) -> Target:
    """Returns the labels of a head with others behind them, whatever their codes."""
    names = tuple(dict.fromkeys((*target.names, *more.names)))
    codes = np.array([names.index(name) for name in more.names], "int32")
    return replace(
        target,
        names=names,
        flat=np.concatenate([target.flat, codes[more.flat]]),
        offsets=np.concatenate([target.offsets, target.offsets[-1] + more.offsets[1:]]),
        present=np.concatenate([target.present, more.present]),
    )


def _provenance(asked: Augmentation, candidates: Rows) -> list[str]:
    """Returns who made each candidate; the name of the file where nobody says."""
    column = asked.provenance or PROVENANCE
    values = extra_columns(asked.candidates, (column,), asked.columns)[column]
    if values is None:
        if asked.provenance is not None:
            raise DataError(
                f"no column {column!r}, or nothing in it",
                where=candidates.source,
                remedy="Declare yours: --provenance COLUMN.",
            )
        values = [None] * len(candidates)
    unknown = Path(candidates.source).name
    return [str(value).strip() or unknown if value is not None else unknown for value in values]
